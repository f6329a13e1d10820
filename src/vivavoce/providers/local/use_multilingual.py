"""The universal sentence encoder, multilingual, third version: sentences of 16 languages become 512 numbers.

No attention: words look at their neighbours only, through windows of two, three and five words, each passed twice, and
are added up; a small network makes the row of the sum. So it takes few milliseconds in full precision. The table of
words is kept in the 8 bits of its file, in blocks with a scale each.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from vivavoce.providers.local.embedding import Embed, Numbers
from vivavoce.providers.local.graph import Graph
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.sentencepieces import SentencePieces
from vivavoce.providers.local.workplace import Kind

Weights = Mapping[str, Any]

DIMENSIONS = 512
_NARROW = 256
_BLOCKS = 17
_FIRST, _LAST = 1, 2
_MOST_PIECES = 256
_WINDOWS = ((2, 0), (3, 1), (5, 2))
"""How many words, and how many of them before the one that looks."""


class SentenceEncoder:
    """The loaded model. Several threads may use it at a time."""

    def __init__(self, folder: Path) -> None:
        import numpy as np
        import onnxruntime

        self._pieces = SentencePieces(folder / "sp.model")
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            weights: Weights = {name: file[name] for name in file.files}
        self._words = [weights[f"q{block + 1}"] for block in range(_BLOCKS)]
        self._scales, self._lows = weights["scale"], weights["lo"]
        options = cast(Any, onnxruntime).SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = _computation(weights)
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str]) -> Numbers:
        """A row of length 1 for each text; zeros for one without a word."""
        import numpy as np

        return np.stack([self._row(text) for text in texts])

    def _row(self, text: str) -> Numbers:
        import numpy as np

        if not any(character.isalnum() for character in text):
            return np.zeros(DIMENSIONS, np.float32)
        numbers = [_FIRST, *self._pieces.write(text)[: _MOST_PIECES - 2], _LAST]
        root = np.array([len(numbers) ** 0.5], np.float32)
        (row,) = self._session.run(None, {"words": self._looked_up(numbers)[None], "root": root})
        return cast(Numbers, row[0] / np.linalg.norm(row[0])).astype(np.float32)

    def _looked_up(self, numbers: Sequence[int]) -> Numbers:
        """The words' rows. A word's block is its number modulo the blocks."""
        import numpy as np

        places = ((number % _BLOCKS, number // _BLOCKS) for number in numbers)
        return np.stack([self._words[block][row] * self._scales[block] + self._lows[block] for block, row in places])


def _computation(weights: Weights) -> bytes:
    import numpy as np

    graph = Graph()
    epsilon = float(weights["eps"])

    def product(given: str, *names: str) -> str:
        matrix, *bias = [graph.constant(weights[name]) for name in names]
        made: str = graph.step("MatMul", given, matrix)
        return graph.step("Add", made, *bias) if bias else made

    def joined(name: str) -> str:
        return graph.constant(np.concatenate([weights[f"{name}{size}"] for size, _ in _WINDOWS], axis=-1))

    # What each window looks at; the three are evened out together.
    narrow = graph.step("Add", graph.step("MatMul", "words", joined("proj")), joined("proj_b"))
    even = graph.step("LayerNormalization", narrow, joined("ln_g"), joined("ln_b"), axis=-1, epsilon=epsilon)
    views = graph.step("Split", graph.step("Transpose", even, perm=(0, 2, 1)), outputs=len(_WINDOWS), axis=1)
    seen = [_seen(graph, weights, view, *window) for view, window in zip(views, _WINDOWS, strict=True)]
    beside = graph.step("Transpose", graph.step("Concat", *seen, axis=1), perm=(0, 2, 1))
    norm = [graph.constant(weights[name]) for name in ("ln_g", "ln_b")]
    features = graph.step("Concat", "words", beside, axis=2)
    features = graph.step("LayerNormalization", features, *norm, axis=-1, epsilon=epsilon)
    # All words together, through three layers and what goes past them.
    mean = product(graph.step("ReduceMean", features, axes=(1,), keepdims=0), "cnn_W", "cnn_b")
    whole = graph.step("Mul", mean, "root")
    first = graph.step("Relu", product(whole, "d0"))
    second = graph.step("Relu", graph.step("Add", product(whole, "p1"), product(first, "d1")))
    third = graph.step("Relu", product(second, "d2"))
    row = graph.step("Tanh", graph.step("Add", product(second, "p3"), product(third, "d3")))
    return graph.model({"words": (1, "pieces", DIMENSIONS), "root": (1,)}, row, (1, DIMENSIONS))


def _seen(graph: Graph, weights: Weights, view: str, size: int, before: int) -> str:
    """What a window sees, twice over."""
    for step in ("1", "2"):
        # Window by word by outcome becomes outcome by word by window, as convolutions want it.
        matrix = weights[f"w{step}_{size}"].reshape(size, -1, _NARROW).transpose(2, 1, 0)
        inputs = (view, graph.constant(matrix), graph.constant(weights[f"b{step}_{size}"]))
        looked = graph.step("Conv", *inputs, kernel_shape=(size,), pads=(before, size - 1 - before))
        view = graph.step("Add", graph.step("Relu", looked), view)
    return view


KIND = Kind("use_multilingual", SentenceEncoder, Urgency.BACKGROUND, (Embed,))
