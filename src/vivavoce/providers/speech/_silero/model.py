"""The network and what it remembers of each stream. Everything here belongs to one thread, which never is the loop's.

A window is 512 samples at 16 kHz; before it the network sees the last 64 of the window before, after it its own end
mirrored, and beside it the state that it has left there. It looks at four frames of that, half over each other. Streams
are rows of tables, so a batch is gathered, computed and put back in a few calls.

    |64|------ 512 ------|64|
    |--frame 0--|
          |--frame 1--|
                |--frame 2--|
                      |--frame 3--|
"""

from pathlib import Path
from typing import Any, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.fitness import require_fit

WINDOW_SAMPLES = 512
SAMPLE_RATE_HZ = 16_000

_FILE = Path(__file__).parent / "silero_vad_16k.onnx"
_CONTEXT_SAMPLES = 64
_SEEN_SAMPLES = _CONTEXT_SAMPLES + WINDOW_SAMPLES
_FRAMES = 4
_FRAME_SAMPLES = 256
_HOP_SAMPLES = 128
_STATE = 128
_FULL_SCALE = 32_768.0


@frozen
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

        require_fit()
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
        self._tables: list[Any] = [np.zeros((0, width), np.float32) for width in (_CONTEXT_SAMPLES, _STATE, _STATE)]
        self.probabilities(Batch([0], [0], bytes(2 * WINDOW_SAMPLES)))

    def probabilities(self, batch: Batch) -> list[float]:
        """How likely each window holds a voice."""
        rows = batch.rows
        self._make_room(max(rows) + 1)
        context, h, c = self._tables
        if batch.fresh:
            for table in self._tables:
                table[batch.fresh] = 0.0
        seen = self._seen(batch, context[rows])
        given = {"frames": self._frames(seen), "h": h[rows], "c": c[rows]}
        found, h[rows], c[rows] = self._session.run(None, given)
        context[rows] = seen[:, WINDOW_SAMPLES:_SEEN_SAMPLES]
        return found[:, 0].tolist()

    def _seen(self, batch: Batch, context: Any) -> Any:
        np, count = self._numpy, len(batch.rows)
        seen = np.empty((count, _SEEN_SAMPLES + _CONTEXT_SAMPLES), np.float32)
        seen[:, :_CONTEXT_SAMPLES] = context
        samples = np.frombuffer(batch.pcm, "<i2").reshape(count, WINDOW_SAMPLES)
        np.divide(samples, _FULL_SCALE, out=seen[:, _CONTEXT_SAMPLES:_SEEN_SAMPLES], dtype=np.float32)
        seen[:, _SEEN_SAMPLES:] = seen[:, _SEEN_SAMPLES - 2 : _SEEN_SAMPLES - 2 - _CONTEXT_SAMPLES : -1]
        return seen

    def _frames(self, seen: Any) -> Any:
        frames = self._numpy.empty((len(seen), _FRAMES, _FRAME_SAMPLES), self._numpy.float32)
        for frame in range(_FRAMES):
            begin = frame * _HOP_SAMPLES
            frames[:, frame] = seen[:, begin : begin + _FRAME_SAMPLES]
        return frames.reshape(-1, _FRAME_SAMPLES)

    def _make_room(self, rows: int) -> None:
        np, have = self._numpy, len(self._tables[0])
        if rows > have:
            more = max(rows, 2 * have, 16) - have
            self._tables = [np.pad(table, ((0, more), (0, 0))) for table in self._tables]
