"""The network and what it remembers of each stream. Everything here belongs to one thread, which never is the loop's.

A window is 512 samples at 16 kHz; before it the network sees the last 64 of the window before, and beside it the state
that it has left there. Streams are rows of two tables, so a batch is gathered, computed and put back in a few calls.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

WINDOW_SAMPLES = 512
SAMPLE_RATE_HZ = 16_000

_FILE = Path(__file__).parent / "silero_vad_16k.onnx"
_CONTEXT_SAMPLES = 64
_STATE = 128
_FULL_SCALE = 32_768.0


@dataclass(frozen=True, slots=True)
class Batch:
    """One window of several streams: their rows, which of these begin anew, and the samples one after the other."""

    rows: list[int]
    fresh: list[int]
    pcm: bytes


class Network(Protocol):
    """What computes batches."""

    def probabilities(self, batch: Batch) -> list[float]:
        """How likely each window holds a voice, in the order of its rows."""
        ...


class Silero:
    """The network, loaded."""

    def __init__(self) -> None:
        import numpy as np
        import onnxruntime

        runtime: Any = onnxruntime  # its types are unknown
        runtime.disable_telemetry_events()  # builds for Windows have them
        options = runtime.SessionOptions()
        # One thread: a batch is small, and the other cores belong to other processes with calls of their own.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._numpy: Any = np
        self._session = runtime.InferenceSession(str(_FILE), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(SAMPLE_RATE_HZ, dtype=np.int64)
        self._context: Any = np.zeros((0, _CONTEXT_SAMPLES), dtype=np.float32)
        self._state: Any = np.zeros((2, 0, _STATE), dtype=np.float32)
        self.probabilities(Batch([0], [0], bytes(2 * WINDOW_SAMPLES)))

    def probabilities(self, batch: Batch) -> list[float]:
        """How likely each window holds a voice."""
        np, rows = self._numpy, batch.rows
        self._make_room(max(rows) + 1)
        if batch.fresh:
            self._context[batch.fresh] = 0.0
            self._state[:, batch.fresh] = 0.0
        seen = np.empty((len(rows), _CONTEXT_SAMPLES + WINDOW_SAMPLES), dtype=np.float32)
        seen[:, :_CONTEXT_SAMPLES] = self._context[rows]
        samples = np.frombuffer(batch.pcm, dtype="<i2").reshape(len(rows), WINDOW_SAMPLES)
        np.divide(samples, _FULL_SCALE, out=seen[:, _CONTEXT_SAMPLES:], dtype=np.float32)
        given = {"input": seen, "state": self._state[:, rows], "sr": self._rate}
        found, self._state[:, rows] = self._session.run(None, given)
        self._context[rows] = seen[:, -_CONTEXT_SAMPLES:]
        return found[:, 0].tolist()

    def _make_room(self, rows: int) -> None:
        np, have = self._numpy, len(self._context)
        if rows <= have:
            return
        more = max(rows, 2 * have, 16) - have
        self._context = np.concatenate([self._context, np.zeros((more, _CONTEXT_SAMPLES), dtype=np.float32)])
        self._state = np.concatenate([self._state, np.zeros((2, more, _STATE), dtype=np.float32)], axis=1)
