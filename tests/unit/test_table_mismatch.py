"""What a table tells and nobody asked for."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder

BANDS = made([["Band"], ["Notice"], ["Allowance (£)"]], [["Crew", "1 month", "20"], ["Mate", "2 months", "35"]], title="Bands")
SERVICE = made([["Service"], ["Price"]], [["Calibration", "80"], ["New motor", "210"], ["New window", "45"]], title="Prices")


def gaps(sheet: Sheet, question: str, operation: str, kind: str) -> list[frozenset[str]]:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, sheet)
    seen = Seen.of(what, link, sheet)
    found = [one for one in candidates(what, link, sheet) if one.operation == operation and one.selection.kind == kind]
    return [gaps_of(seen, one) for one in found]


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (BANDS, "What salary does the band Mate start at?", "first", "all"),
        (BANDS, "What is the allowance of Mate in dollars?", "look_up", "cell"),
        (SERVICE, "Which company services the lidar of the S3 robots?", "look_up", "all"),
    ],
)
def test_what_is_at_odds_with_the_question_is_not_told(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    amounts = gaps(sheet, question, operation, kind)
    assert amounts
    if kind == "cell":  # the cell of the allowance at least; the notice is in no money
        assert any("operation" in gap for gap in amounts)
    else:
        assert all("operation" in gap for gap in amounts)


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (BANDS, "Which band is the first?", "first", "all"),
        (BANDS, "What is the allowance of Mate in pounds?", "look_up", "cell"),
        (SERVICE, "Which services are there?", "look_up", "all"),
    ],
)
def test_what_is_asked_for_so_may_be(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    assert any("operation" not in gap for gap in gaps(sheet, question, operation, kind))
