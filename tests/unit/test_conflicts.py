from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import Ask, Finished, SentenceReady
from service.grounding import conflicts
from service.grounding.citations import Supported
from service.reading import Reading, Span
from service.reading.evidence import narrowed
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, a_document, a_passage, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer, Document, Language, Passage
from youju.settings import Settings

Asking = Callable[..., tuple[Answer, list[str]]]

OLD = a_document("old", "Manual 2023", "2023-05-06")
NEW = a_document("new", "Manual 2025", "2025-01-02")


def found(passage: Passage, value: str, score: float = 3.0) -> Reading:
    start = passage.text.index(value)
    return Reading((Span(start, start + len(value), score),), score)


def compare(
    first: tuple[str, str],
    second: tuple[str, str],
    language: Language = "en",
    documents: tuple[Document, Document] = (OLD, NEW),
    score: float = 3.0,
) -> Supported | None:
    """What is told of two passages, each given as its text and the value read in it."""
    pairs = zip((first, second), documents, (10, 500), strict=True)
    passages = [a_passage(text, start, key=start, document=document) for (text, _), document, start in pairs]
    readings = [found(one, value, score) for one, (_, value) in zip(passages, (first, second), strict=True)]
    return conflicts.find(passages, list(zip(passages, readings, strict=True)), language)


def test_a_conflict_is_told_with_titles_dates_values_and_both_citations() -> None:
    told = compare(
        ("Charge it often. The battery of the T3 lasts 24 months.", "24 months"),
        ("The battery of the T3 now lasts 18\nmonths.", "18\nmonths"),
    )
    assert told is not None
    assert told.sentence.text == (
        "The documents disagree: “Manual 2025” (2025-01-02) says 18 months, “Manual 2023” (2023-05-06) says 24 months."
    )
    assert (told.sentence.markers, told.sentence.support) == ([2, 1], 1.0)  # the newer one first
    second, first = told.citations
    assert (first.marker, first.document_id, first.start, first.end) == (1, "old", 27, 65)
    assert first.quote == "The battery of the T3 lasts 24 months."
    assert (second.marker, second.quote) == (2, "The battery of the T3 now lasts 18\nmonths.")


def test_a_conflict_in_chinese() -> None:
    told = compare(("员工每年有十五天年假。", "十五天"), ("员工每年有二十天年假。", "二十天"), "zh")
    assert told is not None
    assert told.sentence.text == "文档说法不一：《Manual 2025》（2025-01-02）为二十天，《Manual 2023》（2023-05-06）为十五天。"


def test_values_without_numbers_conflict_too() -> None:
    assert compare(("The data is kept in Frankfurt for all customers.", "Frankfurt"),
                   ("The data is kept in Dublin for all customers.", "Dublin"))  # fmt: skip


def test_a_date_that_was_moved_conflicts_with_the_plan() -> None:
    told = compare(("The launch is planned for 1 May.", "1 May"), ("The launch moves from 1 May to 15 June.", "15 June"))
    assert told is not None
    assert "says 15 June, " in told.sentence.text


def test_an_upload_has_the_date_of_its_coming() -> None:
    upload = replace(OLD, id="up", modified_ns=-1, ingested_at="2026-02-03T04:05:06+00:00")
    told = compare(LONGER, SHORTER, documents=(OLD, upload))
    assert told is not None
    assert "(2026-02-03) says 18 months, " in told.sentence.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(("The battery of the T3 lasts 24 months.", "24 months"),
                     ("The battery of the T3 lasts 24 months at least.", "24 months at least"), id="same value"),
        pytest.param(("员工每年有十五天年假。", "十五天"), ("员工每年有 15 个工作日的年假。", "15 个工作日"), id="numerals"),
        pytest.param(("The battery of the T3 lasts 24 months.", "24 months"),
                     ("T3 的电池可以用 24 个月。", "24 个月"), id="another language"),
        pytest.param(("The battery of the T3 lasts 24 months.", "24 months"),
                     ("The battery of the T3H lasts 18 months.", "18 months"), id="another product"),
        pytest.param(("The battery of model 3 lasts 24 months.", "24 months"),
                     ("The battery of model 4 lasts 18 months.", "18 months"), id="another number"),
        pytest.param(("The battery of the T3 lasts 24 months.", "24 months"),
                     ("Employees get leave of 18 months after a birth.", "18 months"), id="unrelated"),
        pytest.param(("The battery of the logger lasts 24 months.", "24 months"),
                     ("Employees get leave of 18 months after a birth.", "18 months"), id="unrelated, without a code"),
        pytest.param(("It lasts 24 months.", "24 months"), ("It lasts 18 months.", "18 months"), id="too little said"),
        pytest.param(("The office in Kiel opens at 8.", "8"), ("The office in Bonn opens at 9.", "9"), id="another town"),
        pytest.param(("The launch is planned for 1 May.", "1 May"),
                     ("The launch is planned for May 1.", "May 1"), id="same day"),
        pytest.param(("The data is kept in Frankfurt for all customers.", "Frankfurt"),
                     ("The data is kept in Frankfurt, Germany, for all customers.", "Frankfurt, Germany"), id="more exact"),
    ],
)  # fmt: skip
def test_no_conflict(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert compare(first, second) is None
    assert compare(second, first) is None


LONGER = ("The battery of the T3 lasts 24 months.", "24 months")
SHORTER = ("The battery of the T3 lasts 18 months.", "18 months")


def test_only_what_was_read_surely_in_different_documents_conflicts() -> None:
    assert compare(LONGER, SHORTER, score=conflicts.CANDIDATE) is not None
    assert compare(LONGER, SHORTER, score=conflicts.CANDIDATE - 0.1) is None
    assert compare(LONGER, SHORTER, documents=(NEW, NEW)) is None


def test_passages_without_a_reading_or_a_partner() -> None:
    passage = a_passage(LONGER[0])
    assert conflicts.find([], [], "en") is None
    assert conflicts.find([passage], [(passage, found(passage, "24 months"))], "en") is None
    other = a_passage(SHORTER[0], key=2, document=NEW)
    assert conflicts.find([passage, other], [(one, Reading((), 5.0)) for one in (passage, other)], "en") is None


def test_spans_of_the_whole_passage_are_found_in_what_was_shown() -> None:
    """The reader saw all of the passage, the prompt a part of it, in another order and with another marker."""
    before = "Charge it often. Do not open it before the lamp has gone out."
    texts = [f"{before} {text} Call us. Send it back." for text, _ in (LONGER, SHORTER)]
    passages = [a_passage(texts[0], 7, 1, OLD), a_passage(texts[1], 90, 2, NEW)]
    readings = [found(one, value) for one, value in zip(passages, ("24 months", "18 months"), strict=True)]
    shown = [narrowed(one, reading, 20) for one, reading in zip(passages, readings, strict=True)][::-1]
    assert all(one.start > whole.start for one, whole in zip(shown, passages[::-1], strict=True))
    told = conflicts.find(shown, list(zip(passages, readings, strict=True)), "en")
    assert told is not None
    assert [citation.quote for citation in told.citations] == [SHORTER[0], LONGER[0]]
    assert [citation.marker for citation in told.citations] == [1, 2]
    for citation, whole in zip(told.citations, passages[::-1], strict=True):
        assert whole.text[citation.start - whole.start : citation.end - whole.start] == citation.quote


FILES = {
    "manual-2023.txt": "The battery of the T3 lasts 24 months.",
    "manual-2025.txt": "The battery of the T3 lasts 18 months now.",
    "t3h.txt": "The battery of the T3H lasts 36 months.",
    "leave-2023.txt": "员工每年有十五天年假。",
    "leave-2025.txt": "员工每年有二十天年假。",
}
DATES = {"2023": datetime(2023, 5, 6, 12, tzinfo=UTC), "2025": datetime(2025, 1, 2, 12, tzinfo=UTC)}


@pytest.fixture
def ask(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Asking:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        for year, moment in DATES.items():
            if year in name:
                os.utime(folder / name, (moment.timestamp(), moment.timestamp()))
    ingest_files({}, folder, settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)

    def answer(question: str, script: str, *sought: str) -> tuple[Answer, list[str]]:
        """The answer, and the sentences as they came."""
        keeper = gatekeeper_of(FindingReader(*sought))
        answerer = Answerer(settings, retriever, keeper, ScriptedGenerator(script), embedder)

        async def run() -> tuple[Answer, list[str]]:
            events = [event async for event in answerer.stream(Ask(question))]
            assert isinstance(events[-1], Finished)
            return events[-1].answer, [one.sentence.text for one in events if isinstance(one, SentenceReady)]

        return asyncio.run(run())

    return answer


@pytest.mark.parametrize(
    ("question", "script", "values", "sentence"),
    [
        ("How long does the battery of the T3 last?", "The battery of the T3 lasts 18 months now.", ("18 months", "24 months"),
         "The documents disagree: “manual-2025.txt” (2025-01-02) says 18 months, "
         "“manual-2023.txt” (2023-05-06) says 24 months"),
        ("员工每年有几天年假？", "员工每年有二十天年假。", ("二十天", "十五天"),
         "文档说法不一：《leave-2025.txt》（2025-01-02）为二十天，《leave-2023.txt》（2023-05-06）为十五天"),
    ],
)  # fmt: skip
def test_an_answer_ends_with_the_conflict(
    ask: Asking,
    store: Store,
    question: str,
    script: str,
    values: tuple[str, ...],
    sentence: str,
) -> None:
    answer, came = ask(question, script, *values)
    assert answer.verdict == "answered"
    assert [one.text for one in answer.sentences] == came
    assert came[0] == script
    assert came[1].rstrip(".。") == sentence
    assert sentence in answer.answer
    newer, older = (citation.marker for citation in answer.citations)
    assert newer == 1 < older
    assert answer.answer.rstrip(".。").endswith(f"[{newer}][{older}]")
    for citation, value in zip(answer.citations, values, strict=True):
        assert value in citation.quote == store.text(citation.document_id)[citation.start : citation.end]


def test_no_conflict_is_told_of_another_product(ask: Asking) -> None:
    question, script = "How long does the battery of the T3 last?", "The battery of the T3 lasts 18 months now."
    assert ask(question, script, "18 months", "36 months")[1] == [script]


def test_a_quotation_in_place_of_a_draft_does_not_hide_the_conflict(ask: Asking) -> None:
    _, came = ask("How long does the battery of the T3 last?", "NOT FOUND", "24 months", "18 months")
    assert [one.split(":")[0] for one in came] == ["Source", "The documents disagree"]


@pytest.mark.parametrize(
    ("before", "after", "values", "said"),
    [
        (
            ("Launch: 1 May 2026 (to be confirmed)", "1 May 2026"),
            ("Decisions\n- The launch moves from 1 May to 15 June 2026.", "from 1 May to 15 June 2026"),
            ("15 June 2026", "1 May 2026"), "en",
        ),
        (
            ("The fee for a locker is 20 EUR.", "20 EUR"),
            ("The fee for a locker was raised from 20 to 25 EUR.", "from 20 to 25 EUR"),
            ("25 EUR", "20 EUR"), "en",
        ),
        (
            ("上线日期：2026年5月1日", "2026年5月1日"),
            ("会议决定，上线日期由2026年5月1日推迟到2026年6月15日。", "由2026年5月1日推迟到2026年6月15日"),
            ("2026年6月15日", "2026年5月1日"), "zh",
        ),
    ],
)  # fmt: skip
def test_what_was_changed_is_told_against_what_it_was(
    before: tuple[str, str], after: tuple[str, str], values: tuple[str, str], said: Language
) -> None:
    told = compare(before, after, said)
    assert told is not None
    text = told.sentence.text
    assert text.startswith(("This was changed", "此处已有变更"))
    assert text.index(values[0]) < text.index(values[1])


def test_from_one_to_the_other_is_no_change_where_nothing_changes() -> None:
    assert (
        compare(
            ("The shop is open on 1 May 2026.", "1 May 2026"),
            ("The shop is open from 1 May to 15 June 2026.", "from 1 May to 15 June 2026"),
        )
        is None
    )
