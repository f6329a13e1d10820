"""Embedders: what all of them promise, and the parts that the local one is made of."""

import json
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vivavoce.ports.embedding import Embedder, HashedWords
from vivavoce.ports.outbound import CannedOutbound
from vivavoce.ports.references import KnownReferences
from vivavoce.providers import registry
from vivavoce.providers.assembly import assemble
from vivavoce.providers.choices import Choices
from vivavoce.providers.embedding._remembering import RememberingEmbedder
from vivavoce.providers.local.graph import Graph
from vivavoce.providers.local.minilm import MiniLM
from vivavoce.providers.local.sentencepieces import SentencePieces
from vivavoce.providers.local.use_multilingual import SentenceEncoder
from vivavoce.providers.local.wordpiece import WordPieces
from vivavoce.providers.registry import Outside

pytestmark = pytest.mark.anyio

OUTSIDE = Outside(CannedOutbound(), CannedOutbound(), KnownReferences())
PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "open",
    "##ed",
    "##ing",
    "cafe",
    "when",
    "?",
    "do",
    "you",
    "東",
    "京",
    "!",
]
SIZE, WIDE, LAYERS = 64, 128, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same make, with two small layers of chance."""
    folder = tmp_path_factory.mktemp("minilm")
    vocabulary = {piece: number for number, piece in enumerate(PIECES)}
    np.savez(folder / "weights.npz", **made_up_encoder())
    (folder / "sp.model").write_bytes(made_up_pieces())
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}), "utf-8")
    write_safetensors(folder / "model.safetensors", made_up_weights())
    return folder


def made_up_weights() -> Mapping[str, Any]:
    chance = np.random.default_rng(1)

    def some(*shape: int, scale: float = 0.2, around: float = 0.0) -> Any:
        return (chance.standard_normal(shape) * scale + around).astype(np.float32)

    weights: dict[str, Any] = {
        "embeddings.word_embeddings.weight": some(len(PIECES), SIZE, scale=1.0),
        "embeddings.position_embeddings.weight": some(512, SIZE),
        "embeddings.token_type_embeddings.weight": some(2, SIZE),
    }
    products = {f"attention.self.{view}": (SIZE, SIZE) for view in ("query", "key", "value")}
    products |= {
        "attention.output.dense": (SIZE, SIZE),
        "intermediate.dense": (WIDE, SIZE),
        "output.dense": (SIZE, WIDE),
    }
    names = ["embeddings"]
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        names += [f"{prefix}.attention.output", f"{prefix}.output"]
        for name, shape in products.items():
            weights |= {f"{prefix}.{name}.weight": some(*shape), f"{prefix}.{name}.bias": some(shape[0])}
    for name in names:
        weights |= {f"{name}.LayerNorm.weight": some(SIZE, around=1.0), f"{name}.LayerNorm.bias": some(SIZE)}
    return weights


def write_safetensors(file: Path, weights: Mapping[str, Any]) -> None:
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in weights.items():
        begin, data = len(data), data + tensor.tobytes()
        entries[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [begin, len(data)]}
    head = json.dumps(entries).encode()
    file.write_bytes(len(head).to_bytes(8, "little") + head + data)


def exactly(weights: Mapping[str, Any], numbers: list[int]) -> Any:
    """What the model is by its definition, in plain arithmetic and full precision."""
    from math import erf

    def norm(x: Any, name: str) -> Any:
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        x = (x - x.mean(-1, keepdims=True)) / spread
        return x * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]

    def product(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def heads(x: Any) -> Any:
        return x.reshape(-1, SIZE // 32, 32).transpose(1, 0, 2)

    x = weights["embeddings.word_embeddings.weight"][numbers]
    x = x + weights["embeddings.position_embeddings.weight"][: len(numbers)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        query, key, value = (heads(product(x, f"{prefix}.attention.self.{view}")) for view in ("query", "key", "value"))
        weight = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(32))
        seen = (weight / weight.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(-1, SIZE)
        x = norm(x + product(seen, f"{prefix}.attention.output.dense"), f"{prefix}.attention.output")
        wide = product(x, f"{prefix}.intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(erf)(wide / np.sqrt(2)))
        x = norm(x + product(wide, f"{prefix}.output.dense"), f"{prefix}.output")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


SPOKEN = {"<unk>": 0.0, "<s>": 0.0, "</s>": 0.0, "▁do": -2.0, "▁": -3.0, "d": -5.0, "o": -5.0, "▁you": -2.5, "y": -6.0}
SPOKEN |= {"ou": -4.0, "u": -6.0, "▁open": -3.0, "?": -2.0, "▁w": -4.0, "he": -3.0, "n": -4.0, "▁when": -3.5}


def made_up_pieces() -> bytes:
    """A vocabulary as SentencePiece writes it, with fields that are not looked at."""

    def field(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    message = b""
    for text, score in SPOKEN.items():
        piece = field(1, text.encode()) + bytes([2 << 3 | 5]) + struct.pack("<f", score) + bytes([3 << 3, 1])
        message += field(1, piece)
    return message + field(3, b"trained somewhere") + bytes([4 << 3 | 1, *bytes(8)])


def made_up_encoder() -> Mapping[str, Any]:
    chance = np.random.default_rng(2)

    def some(*shape: int, around: float = 0.0) -> Any:
        return (chance.standard_normal(shape) * 0.05 + around).astype(np.float32)

    weights: dict[str, Any] = {f"q{block + 1}": chance.integers(0, 64, (2, 512), np.uint8) for block in range(17)}
    weights |= {"scale": some(17, around=0.1), "lo": some(17, around=-3.0), "eps": np.array(1e-6)}
    for size in (2, 3, 5):
        weights |= {f"proj{size}": some(512, 256), f"proj_b{size}": some(256)}
        weights |= {f"ln_g{size}": some(256, around=1.0), f"ln_b{size}": some(256)}
        for step in (1, 2):
            weights |= {f"w{step}_{size}": some(size * 256, 256), f"b{step}_{size}": some(256)}
    weights |= {"ln_g": some(1280, around=1.0), "ln_b": some(1280), "cnn_W": some(1280, 512), "cnn_b": some(512)}
    weights |= {"d0": some(512, 320), "d1": some(320, 320), "p1": some(512, 320)}
    return weights | {"d2": some(320, 512), "p3": some(320, 512), "d3": some(512, 512)}


def encoded_exactly(weights: Mapping[str, Any], numbers: list[int]) -> Any:
    """The sentence encoder by its definition, word by word."""

    def even(x: Any, gain: Any, shift: Any) -> Any:
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * gain + shift

    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    def window(view: Any, place: int, size: int, before: int) -> Any:
        seen = range(place - before, place - before + size)
        return np.concatenate([view[each] if 0 <= each < len(view) else np.zeros(256) for each in seen])

    sizes = {2: 0, 3: 1, 5: 2}
    blocks = [(number % 17, number // 17) for number in numbers]
    words = np.stack([weights[f"q{b + 1}"][row] * weights["scale"][b] + weights["lo"][b] for b, row in blocks])
    narrow = np.concatenate([words @ weights[f"proj{n}"] + weights[f"proj_b{n}"] for n in sizes], 1)
    gain, shift = (np.concatenate([weights[f"{part}{n}"] for n in sizes]) for part in ("ln_g", "ln_b"))
    views = np.split(even(narrow, gain, shift), 3, axis=1)
    seen = [words]
    for narrowed, (size, before) in zip(views, sizes.items(), strict=True):
        view = narrowed
        for step in (1, 2):
            windows = np.stack([window(view, place, size, before) for place in range(len(view))])
            view = relu(windows @ weights[f"w{step}_{size}"] + weights[f"b{step}_{size}"]) + view
        seen.append(view)
    features = even(np.concatenate(seen, 1), weights["ln_g"], weights["ln_b"])
    whole = (features @ weights["cnn_W"] + weights["cnn_b"]).sum(0) / np.sqrt(len(numbers))
    first = relu(whole @ weights["d0"])
    second = relu(whole @ weights["p1"] + first @ weights["d1"])
    row = np.tanh(second @ weights["p3"] + relu(second @ weights["d2"]) @ weights["d3"])
    return row / np.linalg.norm(row)


def test_the_encoder_of_many_languages_is_what_it_is_defined_to_be(folder: Path) -> None:
    model, pieces = SentenceEncoder(folder), SentencePieces(folder / "sp.model")
    for text in ("When do you open?", "do", "you you do open you do open when do you"):
        [row] = model.embed([text])
        assert float(row @ encoded_exactly(made_up_encoder(), [1, *pieces.write(text), 2])) > 0.9999, text


def test_text_is_cut_where_the_pieces_score_best(folder: Path) -> None:
    pieces = SentencePieces(folder / "sp.model")
    names = list(SPOKEN)

    def written(text: str) -> list[str]:
        return [names[number] for number in pieces.write(text)]

    assert written("do you  open?") == ["▁do", "▁you", "▁open", "?"]
    assert written("when do") == ["▁when", "▁do"]
    assert written("ｄｏ") == ["▁do"]
    assert written("dou") == ["▁do", "u"]
    assert written("do!") == ["▁do", "<unk>"]
    assert written(" ") == ["<unk>"]


def test_the_small_computation_is_the_exact_one_but_for_a_little(folder: Path) -> None:
    model, weights = MiniLM(folder), made_up_weights()
    for text in ("When do you open?", "opened", "cafe cafe cafe you do!"):
        numbers = WordPieces(folder / "tokenizer.json").write(text, 256)
        [row] = model.embed([text])
        assert float(row @ exactly(weights, numbers)) > 0.995, text


def test_words_are_cut_into_known_pieces(folder: Path) -> None:
    pieces = WordPieces(folder / "tokenizer.json")

    def written(text: str, most: int = 256) -> list[str]:
        return [PIECES[number] for number in pieces.write(text, most)]

    assert written("When do you open?") == ["[CLS]", "when", "do", "you", "open", "?", "[SEP]"]
    assert written("OPENED, opening") == ["[CLS]", "open", "##ed", "[UNK]", "open", "##ing", "[SEP]"]
    assert written("Café 東京!") == ["[CLS]", "cafe", "東", "京", "!", "[SEP]"]
    assert written("openly") == ["[CLS]", "[UNK]", "[SEP]"]
    assert written("do you do", most=4) == ["[CLS]", "do", "you", "[SEP]"]


def test_a_graph_written_by_hand_computes() -> None:
    import onnxruntime

    graph = Graph()
    weights = graph.constant(np.arange(6, dtype=np.float32).reshape(2, 3))
    product = graph.step("MatMul", "given", weights)
    low, high = graph.step("Split", product, graph.constant(np.array([1, 2])), outputs=2, axis=1)
    joined = graph.step("Concat", high, graph.step("LeakyRelu", low, alpha=0.5), axis=-1)
    model = graph.model({"given": ("rows", 2)}, joined, ("rows", 3))
    session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])  # pyright: ignore[reportUnknownMemberType]
    (found,) = session.run(None, {"given": np.array([[-1.0, 0.0], [0.0, 1.0]], np.float32)})
    assert found.tolist() == [[-1.0, -2.0, 0.0], [4.0, 5.0, 3.0]]


@pytest.fixture(params=["hashed", "minilm", "use_multilingual"])
def embedder(request: pytest.FixtureRequest, folder: Path) -> Embedder:
    provider = registry.find("embedding", request.param)
    return provider.make(provider.options(), replace(OUTSIDE, model_place=lambda _: folder))


async def test_rows_have_length_one_and_depend_on_their_text_alone(embedder: Embedder) -> None:
    texts = ["When do you open?", "do you?", "when do you open", "do you?"]
    together = await embedder.embed(texts, "passage")
    alone = [(await embedder.embed([text], "query"))[0] for text in texts]
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert (together == np.stack(alone)).all()
    assert together.shape[1] == len(together[1])
    assert (together[1] == together[3]).all()


async def test_a_text_without_a_word_is_like_nothing(embedder: Embedder) -> None:
    rows = await embedder.embed(["", "?!", "open"], "query")
    assert not rows[:2].any()
    assert rows[2].any()
    assert (await embedder.embed([], "query")).shape[0] == 0


async def test_hashed_words_are_near_where_words_are_shared() -> None:
    embedder = HashedWords()
    rows = await embedder.embed(["open on sunday", "are you open sundays", "the price of bread"], "query")
    assert float(rows[0] @ rows[1]) > 0.3 > 0.2 > float(rows[0] @ rows[2])
    assert embedder.id != HashedWords(256).id


def test_without_its_model_words_are_compared_and_it_is_said(folder: Path) -> None:
    made = assemble(Choices(), OUTSIDE)
    assert isinstance(made.embedder, HashedWords)
    assert "vivavoce models pull minilm" in made.standing("embedding").message
    made = assemble(Choices(), replace(OUTSIDE, model_place=lambda _: folder))
    assert isinstance(made.embedder, RememberingEmbedder)
    assert made.standings["embedding"].ready
    assert made.embedder.id.startswith("all-MiniLM")
    many = assemble(Choices(), replace(OUTSIDE, model_place=lambda name: folder if name.startswith("use") else None))
    assert many.embedder.id == "use-multilingual-v3"
    assert assemble(Choices(embedding="hashed"), OUTSIDE).standing("embedding").ready
