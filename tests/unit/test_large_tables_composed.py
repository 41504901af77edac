"""Questions to a table of more rows than a text may hold: looked up, counted, summed and compared over all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.tables.asking import asked
from service.tables.large import executed, some_rows
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.phrasing import phrased
from service.tables.reading import Candidate
from service.tables.sheet import Sheet
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.settings import Settings
from youju.structure import TableCard

ROWS = 2_400
REGIONS = ("North", "South", "East")


@pytest.fixture
def card(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> TableCard:
    lines = [f"ORD-{n:05},{REGIONS[n % 3]},{n % 7},{n / 2}" for n in range(ROWS)]
    ingest_files(
        {"orders.csv": "Order,Region,Grade,Amount\n" + "\n".join(lines)}, tmp_path / "documents", settings, store, embedder
    )
    (card,) = store.table_cards(only_large=True)
    assert card.is_large
    return card


def reading(store: Store, card: TableCard, question: str, operation: str, kind: str) -> tuple[Sheet, Candidate] | None:
    """What the first reading of an operation and a kind of rows gives over all rows."""
    sheet = some_rows(store.records, card, question, "")
    assert sheet is not None
    what = asked(question)
    found = candidates(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    columns = {"sum": 3, "maximum": 3, "look_up": 3, "most": 0}
    one = next(
        one for one in found
        if one.operation == operation and one.selection.kind == kind and one.column == columns.get(operation, one.column)
        and (operation != "most" or one.by == 3)
    )  # fmt: skip
    return executed(store.records, card, sheet, one)


def test_a_row_beyond_the_text_is_looked_up(store: Store, card: TableCard) -> None:
    found = reading(store, card, "What is the amount of ORD-02001?", "look_up", "row")
    assert found is not None
    sheet, one = found
    assert one.answers == ("1000.5",)
    ((start, end),) = sheet.spans
    assert "ORD-02001" in store.excerpt(card.document_id, start, end)


def test_rows_are_counted_and_summed_over_the_whole_table(store: Store, card: TableCard) -> None:
    counted = reading(store, card, "How many orders are from region North?", "count", "cell")
    assert counted is not None
    assert counted[1].answers == (800.0,)
    summed = reading(store, card, "What is the total amount of region North?", "sum", "cell")
    assert summed is not None
    assert summed[1].answers == (sum(n / 2 for n in range(0, ROWS, 3)),)
    assert "800 rows" in phrased(*summed, "en")
    assert len(summed[0].spans) < 10


def test_the_row_with_the_most_is_found(store: Store, card: TableCard) -> None:
    found = reading(store, card, "Which order has the highest amount?", "most", "all")
    assert found is not None
    assert found[1].answers == ("ORD-02399",)


def test_bounds_hold_over_the_whole_table(store: Store, card: TableCard) -> None:
    found = reading(store, card, "How many orders have an amount over 3?", "count", "compared")
    assert found is not None
    assert found[1].answers == (float(ROWS - 7),)


def test_what_no_condition_can_say_gives_nothing(store: Store, card: TableCard) -> None:
    sheet = some_rows(store.records, card, "Which order comes after ORD-00003?", "")
    assert sheet is not None
    what = asked("Which order comes after ORD-00003?")
    found = candidates(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    beside = [one for one in found if one.selection.kind == "next"]
    assert beside
    assert all(executed(store.records, card, sheet, one) is None for one in beside)
