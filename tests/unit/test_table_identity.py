"""Who somebody or what something is does not stand in the row where the name is met; a name told again is no answer."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.phrasing import phrased
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder
from youju.text.language import detect_language

TASKS = made(
    [["Action"], ["Owner"], ["Supplier"], ["Due"], ["Status"]],
    [
        ["Order new hinges", "Ines Falk", "Corvus", "2026-05-04", "open"],
        ["Repaint the gate", "Tom Aldous", "Brightwell", "2026-06-11", "done"],
        ["Repair the pump", "Ines Falk", "Brightwell", "2026-07-01", "open"],
    ],
    title="Actions",
)
PEOPLE = made([["Name"], ["Office"]], [["Ines Falk", "Treasurer"], ["Tom Aldous", "Secretary"]], title="Board")
GOODS = made([["货品"], ["类别"], ["保管人"]], [["角磨机", "电动工具", "高岚"], ["卷尺", "量具", "石磊"]], title="仓库")
STAFF = made([["姓名"], ["职务"]], [["高岚", "会计"], ["石磊", "出纳"]], title="通讯录")
TWICE = made([["Depot"], ["Known as"], ["Doors"]], [["Riverside", "Riverside", "4"], ["Old Mill", "The Mill", "2"]])


def without_gap(sheet: Sheet, question: str) -> set[tuple[str | float, ...]]:
    """What readings without that gap tell, of rows that a value or name of the question tells."""
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, sheet)
    seen = Seen.of(what, link, sheet)
    of_rows = ("row", "cell", "part")
    found = [one for one in candidates(what, link, sheet) if one.operation == "look_up" and one.selection.kind in of_rows]
    return {one.answers for one in found if not gaps_of(seen, one) & {"operation", "itself"}}


@pytest.mark.parametrize(
    ("sheet", "question"),
    [
        (TASKS, "Who is Ines Falk?"),
        (TASKS, "who is tom aldous"),
        (TASKS, "Who's Tom Aldous?"),
        (TASKS, "What is Corvus?"),
        (TASKS, "What is a Brightwell?"),
        (TASKS, "When is Ines Falk?"),
        (GOODS, "高岚是谁？"),
        (GOODS, "谁是高岚？"),
        (GOODS, "什么是量具？"),
        (GOODS, "电动工具是什么？"),
    ],
)
def test_a_row_in_which_a_name_is_met_does_not_tell_who_or_what_it_is(sheet: Sheet, question: str) -> None:
    found = without_gap(sheet, question)
    keys = {row[sheet.key].text for row in sheet.values}
    assert not any(keys & set(map(str, answers)) for answers in found)


@pytest.mark.parametrize(
    ("sheet", "question", "answer"),
    [
        (PEOPLE, "Who is the treasurer?", ("Ines Falk",)),
        (PEOPLE, "Who is Ines Falk?", ("Treasurer",)),
        (STAFF, "会计是谁？", ("高岚",)),
        (STAFF, "谁是出纳？", ("石磊",)),
        (TASKS, "Which action is done?", ("Repaint the gate",)),
        (TASKS, "What is done?", ("Repaint the gate",)),
        (TASKS, "Which actions are Ines Falk's?", ("Order new hinges", "Repair the pump")),
    ],
)
def test_what_rows_do_tell_is_still_told(sheet: Sheet, question: str, answer: tuple[str, ...]) -> None:
    assert answer in without_gap(sheet, question)


def test_a_cell_that_says_the_name_of_its_row_again_is_no_answer() -> None:
    assert ("Riverside",) not in without_gap(TWICE, "What is the Riverside depot known as?")
    assert ("The Mill",) in without_gap(TWICE, "What is the Old Mill depot known as?")


@pytest.mark.parametrize(
    ("sheet", "question", "said"),
    [
        (TASKS, "Which action is done?", "Action where Status: done (1 row): Repaint the gate"),
        (STAFF, "谁是出纳？", "职务: 出纳，姓名（共 1 行）：石磊"),
    ],
)
def test_a_row_that_a_value_tells_is_named_with_that_value(sheet: Sheet, question: str, said: str) -> None:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, sheet)
    texts = {
        phrased(sheet, one, detect_language(question)) for one in candidates(what, link, sheet)
        if one.operation == "look_up" and one.column == sheet.key and one.selection.kind == "cell"
    }  # fmt: skip
    assert said in texts
