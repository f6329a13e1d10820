"""The second start: from enter on `./dev serve` to a server that takes calls, beside a bare FastAPI server.

    ./dev bench start [--rounds 7]

*Ours* is the command that people type, on a data folder that has been started before, until `/readyz` answers 200. The
*floor* is one Python process that imports FastAPI, SQLAlchemy's asyncio side and uvicorn, and answers one route: less
than any server on these libraries can do. The two take turns. Expected, of the medians: ours takes at most
`MOST_FLOORS` floors. In seconds, which are true for one machine on one day, the goal is two.

Prints one JSON object, and keeps it under `artifacts/`.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import _report

MOST_FLOORS = 2.5
GOAL_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.005
FLOOR = """
import sys
import sqlalchemy.ext.asyncio
import uvicorn
from fastapi import FastAPI

app = FastAPI()

@app.get("/readyz")
async def ready() -> dict[str, bool]:
    return {"ready": True}

uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ours(port: int, data_dir: str) -> Sequence[str]:
    """What a person types, with nothing fetched from anywhere."""
    options = ["--port", str(port), "--data-dir", data_dir, "--fetch-models", "none", "--discover-minds", "none"]
    return [str(_report.REPOSITORY / "dev"), "serve", *options]


def floor(port: int) -> Sequence[str]:
    """The least there is."""
    return [sys.executable, "-c", FLOOR, str(port)]


def seconds_to_ready(command: Sequence[str], port: int) -> float:
    """From the command's beginning to the first good answer; the server is stopped afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIVAVOCE_")}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_SECONDS:
                raise RuntimeError(f"{command[0]} did not become ready")
            time.sleep(PAUSE_SECONDS)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _is_ready(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def measure(rounds: int, data_dir: Path) -> dict[str, list[float]]:
    """Both sides in turn; the first start, which makes the data folder, does not count."""
    sides: dict[str, list[float]] = {"ours": [], "floor": []}
    for number in range(rounds + 1):
        port = free_port()
        one = seconds_to_ready(ours(port, str(data_dir)), port)
        port = free_port()
        other = seconds_to_ready(floor(port), port)
        if number:
            sides["ours"].append(one)
            sides["floor"].append(other)
    return sides


def main() -> int:
    """Measure and say so; the exit status is whether the expectation was met."""
    parser = argparse.ArgumentParser(prog="./dev bench start")
    parser.add_argument("--rounds", type=int, default=7)
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        sides = measure(parser.parse_args().rounds, Path(folder))
    medians = {side: statistics.median(figures) for side, figures in sides.items()}
    floors = medians["ours"] / medians["floor"]
    results = {
        "seconds": {side: round(median, 2) for side, median in medians.items()},
        "quickest_seconds": {side: round(min(figures), 2) for side, figures in sides.items()},
        "floors": round(floors, 2),
        "most_floors": MOST_FLOORS,
        "goal_seconds": GOAL_SECONDS,
        "met": floors <= MOST_FLOORS,
    }
    print(json.dumps(results, indent=2))
    print(_report.write("start", results))
    return 0 if results["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
