"""Embedders: what all of them promise, and the parts that the local one is made of."""

import json
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
from vivavoce.providers.embedding.minilm import MiniLMEmbedder
from vivavoce.providers.local.graph import Graph
from vivavoce.providers.local.minilm import MiniLM
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


@pytest.fixture(params=["hashed", "minilm"])
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
    assert isinstance(made.embedder, MiniLMEmbedder)
    assert made.standings["embedding"].ready
    assert assemble(Choices(embedding="hashed"), OUTSIDE).standing("embedding").ready
