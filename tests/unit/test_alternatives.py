from __future__ import annotations

from pathlib import Path

import pytest

from service.composing.cases import whole_alternatives
from service.grounding.alternatives import alternatives, told_each
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, a_passage
from youju.index.sqlite.store import Store
from youju.settings import Settings

LEAVE = "Years of service: below 5 | Days: 20\nYears of service: 5 to 10 | Days: 24\nYears of service: above 10 | Days: 28"
HOTELS = "城市等级: 一类 | 城市: 北京、上海 | 住宿标准: 600 元\n城市等级: 二类 | 城市: 成都 | 住宿标准: 450 元"


def told(question: str, text: str, row: int = 0) -> list[str]:
    line = text.split("\n")[row]
    start = text.index(line)
    passage = a_passage(f"Leave\n\n{text}")
    return [passage.text[slice(*span)] for span in alternatives(question, passage, start + 7, start + 7 + len(line))]


@pytest.mark.parametrize("row", [0, 1, 2])
def test_what_depends_on_a_case_is_told_of_each(row: int) -> None:
    assert told("How many days of leave do I have?", LEAVE, row) == LEAVE.split("\n")


def test_in_chinese_too() -> None:
    assert told("出差住宿标准是多少？", HOTELS) == HOTELS.split("\n")


@pytest.mark.parametrize("question", ["How many days of leave at most?", "What is the maximum number of days?"])
def test_a_limit_is_not_the_row_that_has_most(question: str) -> None:
    assert told(question, LEAVE) == LEAVE.split("\n")
    assert told(f"Which case has {question}", LEAVE) == []


@pytest.mark.parametrize(("question", "cases"), [("住宿标准最多是多少？", 2), ("哪个城市等级的住宿标准最高？", 0)])
def test_a_limit_in_chinese(question: str, cases: int) -> None:
    assert told(question, HOTELS) == HOTELS.split("\n")[:cases]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many days after 7 years of service?", LEAVE),  # a number may lie in one of them
        ("成都的住宿标准是多少？", HOTELS),  # one is named
        ("What is the highest number of days?", LEAVE),
        ("How many days of leave are there?", HOTELS),  # across languages words tell nothing
        ("How do I see a file?", "Command: cat | Use: shows 1 file\nCommand: rm | Use: removes files"),  # no amounts
        ("How many days?", "Kind: a | Days: 20\nKind: b | Days: 20"),  # the same in each case
        ("How many days?", "Kind: a | Days: 20\nKind: a | Days: 24"),  # nothing that tells them apart
        ("How many days?", "Kind: a | Days: 20"),
        ("How many days?", "There are 20 days."),
        ("How many days?", "\n".join(f"Kind: k{n} | Days: {n}" for n in range(20, 40))),  # too many to tell
    ],
)
def test_a_row_that_is_meant_stands_alone(question: str, text: str) -> None:
    assert told(question, text) == []


def test_each_case_is_cited_exactly() -> None:
    passage = a_passage(LEAVE, start=100)
    rows = alternatives("How many days of leave do I have?", passage, 0, 5)
    lead, *each = told_each(passage, 1, rows)
    assert lead.sentence.text == "It depends on “Years of service”:"
    assert [one.sentence.block for one in each] == ["row"] * 3
    for one in each:
        (cited,) = one.citations
        assert LEAVE[cited.start - 100 : cited.end - 100] == cited.quote == one.sentence.text


def test_of_a_part_of_a_table_no_cases_are_told(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    rows = ["| Years of service | Days |", "| --- | --- |", "| below 5 | 20 |", "| 5 to 10 | 24 |", "| above 10 | 28 |"]
    ingest_files({"leave.md": "# Leave\n\n" + "\n".join(rows)}, tmp_path, settings, store, embedder)
    (document,) = store.documents()
    text = store.text(document.id)
    lines = LEAVE.split("\n")
    start = text.index(lines[0])
    for count, told_rows in ((3, 3), (2, 0)):
        passage = a_passage("\n".join(lines[:count]), start, document=document)
        found = whole_alternatives(store, "How many days of leave do I have?", passage, 0, 5)
        assert len(found) == told_rows
