from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.interleaving import OF, OTHERS, interleaved
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
    assert [passage.document.uri[-5:] for passage in found] == ["a.txt", "b.txt", "c.txt"]
    assert found[0].scores.fused > found[1].scores.fused


ranked = st.lists(st.integers(), max_size=30)


@given(ranked, ranked, st.integers(0, 70))
def test_two_lists_interleaved_keep_their_orders_and_leave_no_place_empty(
    own: list[int], others: list[int], limit: int
) -> None:
    pairs = interleaved([(0, one) for one in own], [(1, one) for one in others], limit)
    assert len(pairs) == min(limit, len(own) + len(others))
    assert (
        own[: len(pairs)] == [one for side, one in pairs if side == 0] + own[sum(side == 0 for side, _ in pairs) : len(pairs)]
    )
    assert [one for side, one in pairs if side == 1] == others[: sum(side for side, _ in pairs)]
    assert pairs == interleaved([(0, one) for one in own], [(1, one) for one in others], limit + 1)[: len(pairs)]
    if min(len(own), len(others)) >= limit:
        assert sum(side for side, _ in pairs) == limit * OTHERS // OF


def test_many_passages_of_one_language_do_not_crowd_out_the_other(
    tmp_path: Path, settings: Settings, retriever: Retriever
) -> None:
    english = {f"{n}.txt": f"The battery number {n} lasts {n} hours." for n in range(60)}
    ingest(english | {"中.txt": "这块电池能用八个小时。"}, tmp_path, settings=settings, retriever=retriever)
    assert retriever.retrieve("电池能用几个小时？", 8)[0].document.uri.endswith("中.txt")
    assert any(passage.language == "zh" for passage in retriever.retrieve("How many hours does battery 7 last?", 3))


def test_a_listing_is_in_the_language_of_its_document(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    prose = "要看系统日志，请运行下面的命令。它会把最新的记录显示在最后，按时间排列，也可以反过来显示。" * 3
    listing = "journalctl -r --no-pager\njournalctl -u ssh.service -n 100\nsystemctl restart ssh.service"
    ingest({"手册.md": f"# 日志\n\n{prose}\n\n## 命令\n\n{listing}\n"}, tmp_path, settings=settings, retriever=retriever)
    found = retriever.retrieve("journalctl ssh.service", 8)
    assert {passage.language for passage in found} == {"zh"}
    assert any(passage.text.startswith("命令") for passage in found)


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
