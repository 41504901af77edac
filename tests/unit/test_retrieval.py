from __future__ import annotations

from pathlib import Path

import pytest

from service.retrieval.retriever import Retriever, fuse
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.errors import EmbedderMismatch, EmptyIndex, UnknownCollection
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings


@pytest.fixture
def retriever(settings: Settings, store: Store, embedder: HashingEmbedder) -> Retriever:
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


def ingest(files: dict[str, str], tmp_path: Path, retriever: Retriever, settings: Settings) -> None:
    ingest_files(files, tmp_path / "documents", settings, retriever.store, retriever.embedder)


def test_best_passage_first(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    ingest(
        {"a.txt": "The battery lasts long.", "b.txt": "The box is blue.", "c.txt": "天气很好。"},
        tmp_path,
        settings=settings,
        retriever=retriever,
    )
    found = retriever.retrieve("How long does the battery last?", 3)
    assert found[0].text == "The battery lasts long."
    assert [passage.scores.fused for passage in found] == sorted((p.scores.fused for p in found), reverse=True)


def test_duplicates_come_once(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    ingest(
        {"a.txt": "The battery lasts long.", "b.txt": "The battery  lasts\nlong."},
        tmp_path,
        settings=settings,
        retriever=retriever,
    )
    assert len(retriever.retrieve("battery", 5)) == 1


def test_it_sees_a_new_ingest_and_a_deletion_at_once(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    ingest({"a.txt": "The box is blue."}, tmp_path, settings=settings, retriever=retriever)
    assert retriever.retrieve("battery", 1)[0].text == "The box is blue."
    ingest({"b.txt": "The battery lasts long."}, tmp_path, settings=settings, retriever=retriever)
    found = retriever.retrieve("battery", 1)[0]
    assert found.text == "The battery lasts long."
    retriever.store.delete([found.document.id])
    assert retriever.retrieve("battery", 1)[0].text == "The box is blue."


def test_what_it_refuses(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    with pytest.raises(EmptyIndex, match="youju ingest"):
        retriever.retrieve("battery", 1)
    ingest({"a.txt": "The box is blue."}, tmp_path, settings=settings, retriever=retriever)
    with pytest.raises(UnknownCollection):
        retriever.retrieve("battery", 1, Scope("other"))
    other = Retriever(retriever.store, retriever.vectors, HashingEmbedder("another"))
    with pytest.raises(EmbedderMismatch, match="YOUJU_EMBEDDING_MODEL"):
        other.retrieve("battery", 1)


def test_a_word_that_is_nowhere_lowers_the_share_of_the_others(
    tmp_path: Path, settings: Settings, retriever: Retriever
) -> None:
    ingest(
        {"a.txt": "A trip by train.", "b.txt": "The box is blue.", "c.txt": "Nothing at all."},
        tmp_path,
        settings=settings,
        retriever=retriever,
    )
    alone = retriever.retrieve("trip", 1)[0].scores.lexical
    beside = retriever.retrieve("trip hotel shanghai", 1)[0].scores.lexical
    assert 0 < beside < alone / 2


def test_fusion_knows_languages() -> None:
    same = fuse(0.1, 0.7, 0.5, same_language=True, usual_share=0.1)
    usual = fuse(0.1, 0.7, 0.1, same_language=True, usual_share=0.1)
    other = fuse(0.1, 0.7, 0.0, same_language=False, usual_share=0.1)
    assert same.fused > usual.fused == other.fused


def test_what_lifts_a_passage_does_not_depend_on_the_other_language(
    tmp_path: Path, settings: Settings, retriever: Retriever
) -> None:
    """Else a gate that was fitted on an index of one language would open for anything in one of both."""
    english = {f"{n}.txt": f"Fact number {n} is about batteries and trips." for n in range(60)}
    ingest(english, tmp_path / "a", settings=settings, retriever=retriever)
    alone = retriever.retrieve("fact number 7 about trips", 1)[0]
    chinese = {f"中{n}.txt": f"第{n}条讲的是电池和行程，还有别的事情。" for n in range(60)}
    ingest(chinese, tmp_path / "b", settings=settings, retriever=retriever)
    beside = retriever.retrieve("fact number 7 about trips", 1)[0]
    assert beside.text == alone.text
    assert alone.scores.lift > 0
    assert beside.scores.lift == pytest.approx(alone.scores.lift, rel=0.35)  # each average is drawn a little to that of all
    # Nearness to all that is Chinese, as `fused` has it, is another matter.
    assert retriever.retrieve("第7条讲的是什么？", 1)[0].scores.lift > 0
