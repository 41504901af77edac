"""Tables, large tables and outlines of an index."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ingest.loaders import load
from ingest.loaders.grid import LARGE, SAMPLE
from tests.contract.building import EMBEDDER, put, source
from tests.fakes import HALF
from youju.errors import UnreadableFile
from youju.index.opening import Index
from youju.index.protocols import Store
from youju.records import Extracted, Scope
from youju.structure import Column, Condition, Group, Rest
from youju.text.amounts import amount
from youju.text.language import query_words

PAGE = """<h1>Fleet book</h1><h2>Fleet</h2>
<table><tr><th>Type<th>Seats</tr><tr><td>Wide:<td></tr><tr><td>B-7<td>1,234</tr></table>
<p>Between.</p><ol><li>Open it</li><li>Close it</li></ol><table><tr><th>城市<th>人口</tr><tr><td>北京<td>2189</tr></table>"""
COUNT = LARGE + 300
NAMES = ["Order", "Region", "Seats", "Price", "Note"]
ROWS = [
    [f"ORD-{n:05}", ["North", "South", "东区", ""][n % 4], str(n % 7), f"{n:,}.50", f'it\'s {n % 3} % "x"' if n % 5 else "7"]
    for n in range(COUNT)
]
LINES = [" | ".join(f"{name}: {cell}" for name, cell in zip(NAMES, row, strict=True) if cell) for row in ROWS]


def large() -> Extracted:
    rows = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [NAMES, *ROWS]]
    return load("\n".join(rows).encode(), "a.csv")


def keep(store: Store, extracted: Extracted, name: str = "a.csv", collection: str = "default") -> str:
    none = np.zeros((0, EMBEDDER.dimension), np.float32)
    return store.put(source(name, collection), extracted, "en", [], none, EMBEDDER.fingerprint)


@pytest.fixture
def document_id(index: Index) -> str:
    return keep(index.store, large())


def test_a_table_comes_back_as_it_was_read(index: Index) -> None:
    store, extracted = index.store, load(PAGE.encode(), "a.html")
    document_id, other = keep(store, extracted, "a.html", "mine"), keep(store, extracted, "b.html", "other")
    first, second = store.tables_of(document_id)
    assert (first.ordinal, first.title, first.count, first.is_large) == (0, "Fleet", 2, False)
    assert second.columns == (Column(("城市",)), Column(("人口",)))
    held = store.table(document_id, 0)
    assert held is not None
    assert (held.card, held.rows, held.row(1)) == (first, extracted.tables[0].rows, ("B-7", "1,234"))
    assert store.table(document_id, 2) is None
    text = store.text(document_id)
    assert store.tables_at(document_id, text.index("北京"), text.index("北京") + 1) == [second]
    limited = store.limited_to(("mine",))
    assert {card.document_id for card in limited.table_cards()} == {document_id}
    assert limited.tables_of(other) == limited.tables_at(other, 0, 1000) == []
    assert limited.table(other, 0) is None
    assert {card.document_id for card in store.table_cards(Scope(collection="other"))} == {other}
    store.delete([document_id])
    assert store.tables_of(document_id) == []
    assert len(store.table_cards()) == 2


def test_outlines_and_the_chunks_of_parts(index: Index) -> None:
    store = index.store
    outline = store.outlines.get(keep(store, load(PAGE.encode(), "a.html"), "a.html"))
    assert [heading.level for heading in outline.headings] == [1, 2]
    assert len(outline.lists) == 1
    document_id = put(store, "b.txt", [f"sentence {n}" for n in range(20)])
    keys = store.keys(Scope(document_ids=(document_id,))).tolist()
    assert store.outlines.chunks(document_id, 0, 12) == keys[:2]
    assert store.limited_to(("other",)).outlines.chunks(document_id, 0, 12) == []
    chosen, vectors = store.outlines.vectors(document_id, 7)
    assert chosen == keys[::3]
    assert np.allclose(vectors, EMBEDDER.embed_documents([f"sentence {n}" for n in range(0, 20, 3)]), atol=HALF)
    assert store.outlines.vectors(document_id, 100)[0] == keys


def test_each_row_of_a_large_table_is_quoted_as_if_it_stood_in_the_text(index: Index, document_id: str) -> None:
    store = index.store
    (card,) = store.tables_of(document_id)
    assert (card.is_large, card.count, store.table(document_id, 0)) == (True, COUNT, None)
    assert store.text(document_id).split("\n") == LINES[:SAMPLE]
    records = store.records.where(document_id, 0, limit=COUNT)
    assert [record.line for record in records] == LINES
    assert [list(record.values) for record in records] == ROWS
    for number in (0, SAMPLE - 1, SAMPLE, COUNT - 1):
        record = records[number]
        assert store.excerpt(document_id, record.start + 3, record.end - 2) == LINES[number][3:-2]
    first, last = records[SAMPLE - 1], records[SAMPLE + 1]
    assert store.excerpt(document_id, first.start, last.end) == "\n".join(LINES[SAMPLE - 1 : SAMPLE + 2])
    assert store.excerpt(document_id, records[-1].end + 1, records[-1].end + 9) == ""
    behind = records[SAMPLE + 3]
    assert store.records.at(document_id, behind.start + 1, behind.end + 2) == records[SAMPLE + 3 : SAMPLE + 5]


def test_rows_are_found_by_what_names_them(index: Index, document_id: str) -> None:
    records = index.store.records
    (found, *_) = records.named(document_id, 0, query_words("Which price has order ORD-01234?"))
    assert list(found.values) == ROWS[1234]
    assert {row.values[1] for row in records.named(document_id, 0, query_words("东区的价格"), 5)} == {"东区"}
    assert records.named(document_id, 0, query_words("What is the meaning?")) == []
    assert records.named(document_id, 1, ["ord-01234"]) == []


def held_by(row: list[str], condition: Condition) -> bool:
    cell, value = row[condition.column], condition.value
    if condition.operator == "contains":
        return str(value).lower() in cell.lower()
    if isinstance(value, str) and condition.column < 2:
        return bool(cell) and {"=": cell.lower() == value.lower(), "!=": cell.lower() != value.lower()}[condition.operator]
    number, asked = amount(cell) or 0.0, float(value)
    return {"=": number == asked, "!=": number != asked, "<": number < asked, "<=": number <= asked,
            ">": number > asked, ">=": number >= asked}[condition.operator]  # fmt: skip


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [Condition(1, "=", "north")],
        [Condition(1, "!=", "North"), Condition(2, ">=", 4)],
        [Condition(0, "contains", "ord-0123")],
        [Condition(4, "contains", "%")],
        [Condition(3, "<", 1000.5), Condition(1, "=", "东区")],
        [Condition(3, ">", 2000), Condition(3, "<=", 2100.5)],
        [Condition(2, "=", "3")],
        [Condition(1, "=", "no such")],
        [Condition(1, "=", "x' OR 1=1 --")],
    ],
)
def test_filters_and_sums_are_those_of_the_rows(index: Index, document_id: str, conditions: list[Condition]) -> None:
    rows = [row for row in ROWS if all(held_by(row, one) for one in conditions)]
    records = index.store.records
    assert [list(record.values) for record in records.where(document_id, 0, conditions, limit=COUNT)] == rows
    prices = [amount(row[3]) or 0.0 for row in rows]
    (group,) = records.groups(document_id, 0, conditions, of=3)
    least, most = (min(prices), max(prices)) if prices else (None, None)
    assert group == Group("", len(rows), len(rows), round(sum(prices), 6), least, most)
    groups = records.groups(document_id, 0, conditions, by=1, of=2)
    assert [one.name for one in groups] == sorted(one.name for one in groups)
    by_region = {one.name: one for one in groups}
    for name in {row[1] for row in rows}:
        seats = [int(row[2]) for row in rows if row[1] == name]
        assert by_region.pop(name) == Group(name, len(seats), len(seats), sum(seats), min(seats), max(seats))
    assert not by_region


def test_rows_come_in_the_order_of_numbers_however_they_are_written(index: Index, document_id: str) -> None:
    records = index.store.records
    assert records.numeric(document_id, 0) == (False, False, True, True, False)
    highest = records.where(document_id, 0, by=3, descending=True, limit=2)
    assert [row.values[3] for row in highest] == [f"{COUNT - 1:,}.50", f"{COUNT - 2:,}.50"]
    assert [row.values[0] for row in records.where(document_id, 0, by=0, limit=2)] == ["ORD-00000", "ORD-00001"]
    with pytest.raises(ValueError, match="no column 5"):
        records.where(document_id, 0, by=5)


def test_nothing_stays_of_large_tables(index: Index, document_id: str) -> None:
    store = index.store
    limited = store.limited_to(("other",)).records
    assert limited.where(document_id, 0) == limited.named(document_id, 0, ["ord-01234"]) == []
    assert limited.groups(document_id, 0) == []
    assert limited.at(document_id, 0, 10**9) == []
    again = keep(store, load(b"Name,Sum\na,1", "a.csv"))
    assert store.records.where(again, 0) == []

    def breaking() -> Iterator[list[str]]:
        yield ["x"]
        raise UnreadableFile("it ends here")

    with pytest.raises(UnreadableFile):
        keep(store, replace(large(), rest=(Rest(0, breaking),)))
    assert [card.count for card in store.table_cards()] == [1]
    assert store.table_cards(only_large=True) == [card for card in store.table_cards() if card.is_large]
    store.delete([again])
    assert index.integrity.count_dangling() == 0


def test_cells_of_every_kind_are_kept_as_they_are_shown(index: Index) -> None:
    rng = random.Random(2)
    kinds = [
        "007",
        "1.50",
        "1e5",
        "-3",
        "2.5",
        "123456789012345678901234567890",
        "0.1",
        "NaN",
        "inf",
        "",
        "x",
        "1,5",
        "-0",
        "99999999999999999",
    ]
    rows = [[f"r{n}", rng.choice(kinds)] for n in range(LARGE + 50)]
    document_id = keep(index.store, load("\n".join(["Name,Value", *(f'{a},"{b}"' for a, b in rows)]).encode(), "a.csv"))
    assert [list(one.values) for one in index.store.records.where(document_id, 0, limit=LARGE * 2)] == rows
