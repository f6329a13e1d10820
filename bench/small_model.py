"""What the small language model costs: its prompt read anew and remembered, its words, its memory.

    ./dev bench small_model [--quick] [--publish]

- `cold`: a prompt of about 300 tokens that was never read, to the first token;
- `remembered`: another question to the same agent, whose begin is remembered, to the first token;
- `word`: each further token, free and held to a grammar.

The model and llama.cpp's library are fetched into the cache outside the clone. One thread computes. Prints one JSON
object, and keeps it under `artifacts/`. Times are of the processor and the best round counts, because on a shared
machine everything else only adds. A remembered begin has to cost at most `GOAL_RATIO` of the same prompt read anew.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.voice.models import pulled

from bench import _figures, _report
from vivavoce.providers.language._small.grammar import of_schema
from vivavoce.providers.language.local import MODEL
from vivavoce.providers.local.llama import engine_id, loaded
from vivavoce.providers.local.tokens import Step, Writer

GOAL_RATIO = 0.25
WORDS = 24
FORM = {"properties": {name: {"type": "string"} for name in ("name", "street", "city", "reason", "wish")}}
FACT = "The house {} has a garden with {} old trees, and is open from nine to five. "


def prompt(number: int, question: str) -> str:
    """A prompt of an agent of its own for each number."""
    facts = "".join(FACT.format(number, place + number) for place in range(12))
    return (
        f"<|im_start|>system\nYou talk on the telephone, number {number}. {facts}<|im_end|>\n"
        f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
    )


def first_token(writer: Writer, text: str) -> tuple[float, Step]:
    """Processor time to the first token."""
    begun = time.process_time()
    while (step := writer.step(text, (), "", 1)).token is None and not step.is_done:
        pass
    return time.process_time() - begun, step


def per_token(writer: Writer, text: str, grammar: str) -> float:
    """Processor time for each token after the first."""
    written: list[int] = []
    first_token(writer, text)
    times: list[float] = []
    while len(written) < WORDS:
        begun = time.process_time()
        step = writer.step(text, written, grammar, 1)
        times.append(time.process_time() - begun)
        if step.token is None:
            break
        written.append(step.token)
    return sum(times[1:]) / max(1, len(times) - 1)


def measured(rounds: int, folder: Path) -> dict[str, float]:
    """Everything, in milliseconds and megabytes."""
    before = _megabytes()
    begun = time.process_time()
    writer = loaded(folder / MODEL)
    load = time.process_time() - begun
    colds: list[float] = []
    remembered: list[float] = []
    free: list[float] = []
    held: list[float] = []
    tokens = 0
    for number in range(rounds):
        took, step = first_token(writer, prompt(number, "When is it open?"))
        tokens = step.prompt_tokens
        colds.append(took)
        remembered.append(first_token(writer, prompt(number, "How many trees are there?"))[0])
        free.append(per_token(writer, prompt(number, "Tell me all that you know about it."), ""))
        held.append(per_token(writer, prompt(number, "Make up an address, as JSON."), of_schema(FORM)))
    return {
        "load_ms": _ms([load]),
        "memory_mb": round(_megabytes() - before),
        "prompt_tokens": tokens,
        "cold_ms": _ms(colds),
        "remembered_ms": _ms(remembered),
        "token_ms": _ms(free),
        "token_by_grammar_ms": _ms(held),
    }


def _ms(seconds: Sequence[float]) -> float:
    return round(min(seconds) * 1e3, 1)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def section(found: dict[str, float]) -> str:
    """For the page of figures."""
    rows = [
        ["loading", f"{found['load_ms']:,.0f} ms"],
        ["memory that it adds, its file as mapped included", f"{found['memory_mb']:,.0f} MB"],
        [f"first token, {found['prompt_tokens']:.0f} tokens read anew", f"{found['cold_ms']:,.0f} ms"],
        ["first token, all but the question remembered", f"{found['remembered_ms']:,.0f} ms"],
        ["each further token", f"{found['token_ms']:.0f} ms"],
        ["each further token, held to a grammar", f"{found['token_by_grammar_ms']:.0f} ms"],
    ]
    table = _figures.table(["the small language model", "processor time, one thread"], rows)
    return f"## The small language model\n\nCommit {_report.commit()}, the best of each.\n\n{table}"


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--publish", action="store_true", help="write the figures into the docs")
    options = parser.parse_args()
    found = measured(1 if options.quick else 3, pulled(engine_id(), MODEL))
    ratio = round(found["remembered_ms"] / found["cold_ms"], 2)
    result = {**found, "goal_ratio": GOAL_RATIO, "ratio": ratio, "reached": ratio <= GOAL_RATIO}
    _report.write("small_model", result)
    print(json.dumps(result, indent=2))
    if options.publish:
        _figures.publish("small_model", section(found))
    return 0 if result["reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
