"""Five real Chinese notes, with all their noise (development data; skipped where it is absent)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline, make_plan
from service.retrieval.retriever import Retriever
from tests.conftest import ROOT
from youju.embedding.sentence_transformer import SentenceTransformerEmbedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.settings import Settings

pytestmark = [pytest.mark.models, pytest.mark.data]

NOTES = Path(os.environ.get("YOUJU_TEST_DATA", ROOT.parent / "shared" / "data")) / "notes-zh"


@pytest.fixture(scope="module")
def retriever(e5_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    if not NOTES.is_dir():
        pytest.skip(f"no development data in {NOTES}; name its folder with YOUJU_TEST_DATA")
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    store = Store(settings.database)
    embedder = SentenceTransformerEmbedder(e5_folder, "multilingual-e5-small", device="cpu")
    report = Pipeline(settings, store, lambda: embedder).run(make_plan([NOTES], settings, store))
    assert (report.documents, report.failed) == (5, [])
    yield Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    store.close()


@pytest.mark.parametrize(
    ("question", "name", "words"),
    [
        ("大模型里哪个参数控制生成结果的确定性程度？", "004", "温度"),
        ("LoRA 方法训练的是什么样的矩阵？", "000", "rank小很多的矩阵"),
        ("Why does multi-head attention use several models?", "000", "multi-head attention"),
    ],
)
def test_the_right_note_is_found(retriever: Retriever, question: str, name: str, words: str) -> None:
    found = retriever.retrieve(question, 5)
    # notes 000 and 001 hold the same article
    names = {"000": ("000", "001")}.get(name, (name,))
    assert any(Path(passage.document.uri).name.startswith(names) and words in passage.text for passage in found)


def test_a_text_that_stands_in_two_notes_comes_once(retriever: Retriever) -> None:
    found = retriever.retrieve("multi-head attention 多头注意力", 10)
    contents = ["".join(passage.text.split()) for passage in found]
    assert len(contents) == len(set(contents))
