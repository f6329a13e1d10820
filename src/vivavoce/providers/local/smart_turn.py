"""Smart-Turn: from the last seconds of speech, how likely it is that the speaker has finished."""

from functools import partial
from pathlib import Path
from typing import Any, cast

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, Samples, log_mel, samples_of
from vivavoce.providers.local.pool import Urgency, interruptible
from vivavoce.providers.local.workplace import Kind

FILE = "smart-turn-v3.2-cpu.onnx"
WINDOW_SECONDS = 8.0


class SmartTurn:
    """The loaded model; one thread for each decision."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        self._run_options: Any = cast(Any, onnxruntime).RunOptions
        options = cast(Any, onnxruntime).SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def probability(self, samples: Samples) -> float:
        """0 to 1. What is shorter than the window is preceded by silence."""
        import numpy as np

        wanted = round(WINDOW_SECONDS * SAMPLE_RATE_HZ)
        window = np.zeros(wanted, np.float32)
        heard = samples[-wanted:]
        if len(heard):
            window[-len(heard) :] = heard
        window = (window - window.mean()) / np.sqrt(window.var() + 1e-7)
        given = {"input_features": log_mel(window.astype(np.float32))[None]}
        options = self._run_options()
        # Every other pause is over before it is judged.
        with interruptible(partial(setattr, options, "terminate", True)):
            (result,) = self._session.run(None, given, options)
        return float(np.asarray(result).reshape(-1)[0])


@frozen
class Judge:
    """Work: how likely it is that whoever is heard in this PCM has finished."""

    pcm: bytes

    def __call__(self, model: SmartTurn) -> float:
        """0 to 1."""
        return model.probability(samples_of(self.pcm))


KIND = Kind("smart_turn", lambda folder: SmartTurn(folder / FILE), Urgency.TURN, (Judge,))
