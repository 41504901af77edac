"""Large tables: the first rows are text, all rows are records that are found, filtered, summed and quoted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import pytest

from ingest.loaders import load
from ingest.loaders.grid import LARGE, SAMPLE
from ingest.loaders.xlsx import HELD_CELLS
from ingest.sandbox import Limits, Sandbox, read
from ingest.spool import HEAD, MARK, Spool
from tests import hostile
from tests.unit.loaders.made import new_sheet, saved
from youju.errors import UnreadableFile
from youju.index.base.records import Source, TooLong
from youju.index.sqlite.integrity import Integrity
from youju.index.sqlite.store import Store
from youju.index.sqlite.traces import Traces
from youju.maintenance.backup import backup, restore
from youju.records import Extracted
from youju.structure import Condition, Group, Rest
from youju.text.amounts import amount, shown, stored
from youju.text.language import query_words

COUNT = LARGE + 500
NAMES = ["Order", "Region", "Seats", "Price"]
ROWS = [[f"ORD-{n:05}", ["North", "South", "东区"][n % 3], str(n % 7), f"{n:,}.50"] for n in range(COUNT)]
LINES = [" | ".join(f"{name}: {cell}" for name, cell in zip(NAMES, row, strict=True)) for row in ROWS]


def csv_text(rows: list[list[str]] = ROWS) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in [NAMES, *rows])


def put(store: Store, extracted: Extracted, name: str = "a.csv", collection: str = "default") -> str:
    source = Source(collection, f"/folder/{name}", name, name, 1, 1)
    return store.put(source, extracted, "en", [], np.zeros((0, 4), np.float32), "hashing")


@pytest.fixture
def document_id(store: Store) -> str:
    return put(store, load(csv_text().encode(), "a.csv"))


def test_the_first_rows_are_the_text(store: Store, document_id: str) -> None:
    assert store.text(document_id).split("\n") == LINES[:SAMPLE]
    (card,) = store.tables_of(document_id)
    assert card.is_large
    assert card.count == COUNT
    assert [column.name for column in card.columns] == NAMES
    assert store.table(document_id, 0) is None  # some of the rows would make a wrong sum


def test_each_row_is_quoted_as_if_it_stood_in_the_text(store: Store, document_id: str) -> None:
    records = store.records.where(document_id, 0, limit=COUNT)
    assert [record.line for record in records] == LINES
    assert [list(record.values) for record in records] == ROWS
    place = 0
    for record in records:  # without a gap
        assert (record.start, record.end) == (place, place + len(record.line))
        place = record.end + 1
    for number in (0, SAMPLE - 1, SAMPLE, SAMPLE + 1, COUNT - 1):
        record = records[number]
        assert store.excerpt(document_id, record.start, record.end) == LINES[number]
        assert store.excerpt(document_id, record.start + 3, record.end - 2) == LINES[number][3:-2]
    first, last = records[SAMPLE - 1], records[SAMPLE + 1]
    assert store.excerpt(document_id, first.start, last.end) == "\n".join(LINES[SAMPLE - 1 : SAMPLE + 2])
    assert store.excerpt(document_id, records[-1].end + 1, records[-1].end + 9) == ""


def test_rows_are_found_by_what_names_them(store: Store, document_id: str) -> None:
    (found, *_) = store.records.named(document_id, 0, query_words("Which price has order ORD-01234?"))
    assert list(found.values) == ROWS[1234]
    assert {row.values[1] for row in store.records.named(document_id, 0, query_words("东区的价格"), 5)} == {"东区"}
    assert store.records.named(document_id, 0, query_words("What is the meaning?")) == []


def held_by(row: list[str], condition: Condition) -> bool:
    cell, value = row[condition.column], condition.value
    if condition.operator == "contains":
        return str(value).lower() in cell.lower()
    if isinstance(value, str) and condition.column < 2:
        return {"=": cell.lower() == value.lower(), "!=": cell.lower() != value.lower()}[condition.operator]
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
        [Condition(3, "<", 1000.5), Condition(1, "=", "东区")],
        [Condition(3, ">", 2000), Condition(3, "<=", 2100.5)],
        [Condition(2, "=", "3")],
        [Condition(1, "=", "no such")],
        [Condition(1, "=", "x' OR 1=1 --")],
    ],
)
def test_filters_and_sums_are_those_of_the_rows(store: Store, document_id: str, conditions: list[Condition]) -> None:
    rows = [row for row in ROWS if all(held_by(row, one) for one in conditions)]
    found = store.records.where(document_id, 0, conditions, limit=COUNT)
    assert [list(record.values) for record in found] == rows
    prices = [amount(row[3]) or 0.0 for row in rows]
    (group,) = store.records.groups(document_id, 0, conditions, of=3)
    least, most = (min(prices), max(prices)) if prices else (None, None)
    assert group == Group("", len(rows), len(rows), round(sum(prices), 6), least, most)
    by_region = {one.name: one for one in store.records.groups(document_id, 0, conditions, by=1, of=2)}
    for name in {row[1] for row in rows}:
        seats = [int(row[2]) for row in rows if row[1] == name]
        assert by_region.pop(name) == Group(name, len(seats), len(seats), sum(seats), min(seats), max(seats))
    assert not by_region


def test_rows_come_in_the_order_of_numbers_however_they_are_written(store: Store, document_id: str) -> None:
    assert store.records.numeric(document_id, 0) == (False, False, True, True)
    highest = store.records.where(document_id, 0, by=3, descending=True, limit=2)
    assert [row.values[3] for row in highest] == [f"{COUNT - 1:,}.50", f"{COUNT - 2:,}.50"]
    with pytest.raises(ValueError, match="no column 4"):
        store.records.where(document_id, 0, by=4)


def test_a_question_that_takes_too_long_is_ended(store: Store, document_id: str) -> None:
    ending = store.database.within(0.05, 1000, TooLong)
    began = time.monotonic()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(TooLong), ending:
        store.database.rows(endless)
    with pytest.raises(TooLong), store.database.within(0.05, 1000, TooLong):
        store.database.rows(f"CREATE TABLE temp.kept AS {endless}")
    assert time.monotonic() - began < 10
    assert store.records.groups(document_id, 0)[0].rows == COUNT  # and the next one is answered


def test_records_are_seen_by_who_may_see_the_document(store: Store) -> None:
    document_id = put(store, load(csv_text().encode(), "a.csv"), collection="secret")
    records = store.limited_to(("other",)).records
    assert records.where(document_id, 0) == records.named(document_id, 0, ["ord-01234"]) == []
    assert records.groups(document_id, 0) == []
    assert records.numeric(document_id, 0) == ()
    assert records.at(document_id, 0, 10**9) == []


def tables(store: Store) -> list[str]:
    return [name for (name,) in store.database.rows("SELECT name FROM sqlite_schema WHERE name GLOB 'records_*'")]


def test_nothing_stays_of_what_is_deleted_replaced_or_not_taken(store: Store, document_id: str) -> None:
    put(store, load(b"Name,Sum\na,1", "a.csv"))
    assert tables(store) == []
    document_id = put(store, load(csv_text().encode(), "a.csv"))
    assert tables(store)
    store.delete([document_id])
    assert tables(store) == []
    assert Traces(store).rows_left([document_id], []).documents == Integrity(store).count_dangling() == 0

    def breaking() -> Iterator[list[str]]:
        yield ["x"]
        raise UnreadableFile("it ends here")

    extracted = replace(load(csv_text().encode(), "a.csv"), rest=(Rest(0, breaking),))
    with pytest.raises(UnreadableFile):
        put(store, extracted)
    assert tables(store) == []
    assert store.database.rows("SELECT * FROM record_tables") == []


def test_what_a_killed_ingest_left_goes_with_the_next_large_table(store: Store) -> None:
    with store.database.transaction() as (connection, _):
        connection.execute("INSERT INTO record_tables VALUES (7, NULL, 0, 1, ''), (8, NULL, 0, ?, '')", (int(time.time()),))
        connection.execute("CREATE TABLE records_7 (start)")
    put(store, load(csv_text().encode(), "a.csv"))
    assert [key for (key,) in store.database.rows("SELECT key FROM record_tables ORDER BY key")] == [8, 9]
    assert "records_7" not in tables(store)


def test_records_come_along_with_a_backup(store: Store, document_id: str, tmp_path: Path) -> None:
    backup(store, tmp_path / "x.backup")
    restore(tmp_path / "x.backup", tmp_path / "again")
    restored = Store(tmp_path / "again" / "youju.db")
    words = query_words("ORD-01234")
    assert restored.records.named(document_id, 0, words) == store.records.named(document_id, 0, words) != []
    assert Integrity(restored).damage() == []


def test_the_rows_come_out_of_the_child_one_batch_after_the_other(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.csv").write_text(csv_text(), encoding="utf-8")
    with Sandbox(Limits(seconds=30), tmp_path) as sandbox:
        ((_, result),) = sandbox.read_all([(0, tmp_path / "a.csv")])
    assert result.extracted is not None
    (rest,) = result.extracted.rest
    assert [list(row) for row in rest.rows()] == ROWS[SAMPLE:]
    document_id = put(store, result.extracted)
    assert store.records.where(document_id, 0, [Condition(0, "=", ROWS[-1][0])])[0].line == LINES[-1]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.csv"]


def test_what_a_child_says_that_are_no_rows_is_refused(tmp_path: Path) -> None:
    for body in (b'[["a", 1]]', b"{}", b"[[", b"[" * 500):
        spool = Spool(tmp_path, 1000)
        assert spool.add(MARK + HEAD.pack(0, len(body)) + body)
        with pytest.raises(UnreadableFile):
            list(spool.rows(0))
    assert not spool.add(b"x" * 2000)


def test_more_rows_than_there_is_room_for_fail_the_file_and_no_other(tmp_path: Path) -> None:
    workbook, sheet = new_sheet()
    for _ in range(LARGE + 500):  # packed to a hundredth of its size
        sheet.append(["the same text again and again" * 20, "and the same beside it" * 20])
    (tmp_path / "a.xlsx").write_bytes(saved(workbook))
    (tmp_path / "b.csv").write_text("Name,Sum\na,1")
    with Sandbox(Limits(seconds=30, bytes=(tmp_path / "a.xlsx").stat().st_size), tmp_path) as sandbox:
        (first, second) = [read for _, read in sandbox.read_all([(0, tmp_path / "a.xlsx"), (0, tmp_path / "b.csv")])]
    assert (first.extracted, first.reason) == (None, "more than 0 MiB of rows (YOUJU_MAX_FILE_MB)")
    assert second.extracted is not None


def test_a_large_sheet_is_kept_in_the_same_way(store: Store) -> None:
    workbook, sheet = new_sheet()
    for row in [NAMES, *ROWS]:
        sheet.append(row)
    document_id = put(store, load(saved(workbook), "a.xlsx"))
    assert store.records.where(document_id, 0, [Condition(0, "=", "ord-01234")])[0].line == LINES[1234]


def test_rows_of_other_lengths_and_empty_ones(store: Store) -> None:
    rows = [*ROWS, [], ["", "", "", ""], ["ORD-X"], ["ORD-Y", "a", "1", "2", "beyond"]]
    document_id = put(store, load(csv_text(rows).encode(), "a.csv"))
    assert [len(card.columns) for card in store.tables_of(document_id)] == [5]
    found = store.records.where(document_id, 0, [Condition(0, ">=", "ORD-X")])
    assert [row.line for row in found] == ["Order: ORD-X", "Order: ORD-Y | Region: a | Seats: 1 | Price: 2 | beyond"]
    assert [store.excerpt(document_id, row.start, row.end) for row in found] == [row.line for row in found]


@pytest.mark.parametrize(
    "text", ["", "0", "7", "-7", "007", "1.5", "1.50", "1e5", "nan", "-inf", "inf", "1" * 30, "1_0", "１", "+1"]
)
def test_a_cell_is_kept_as_it_is_shown(text: str) -> None:
    assert shown(stored(text)) == text
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t (c)")
    connection.execute("INSERT INTO t VALUES (?)", (stored(text),))
    assert shown(connection.execute("SELECT c FROM t").fetchall()[0][0]) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.5", 1234.5), ("€ 40", 40), ("US$ 1", 1), ("(12)", -12), ("$(3.5)", -3.5), ("-$2", -2), ("12%", 12), ("3元", 3),
     ("40 EUR", 40), ("1 234", 1234), (".5", 0.5), ("12-3", None), ("a1", None), ("", None), ("1,23", None), ("1 m", None),
     ("2024-01-02", None)],
)  # fmt: skip
def test_the_number_that_a_cell_shows(text: str, number: float | None) -> None:
    assert amount(text) == number


def test_reading_without_a_child_leaves_the_rows_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_text(), encoding="utf-8")
    extracted = read(tmp_path / "a.csv", Limits(seconds=30)).extracted
    assert extracted is not None
    assert len(list(extracted.rest[0].rows())) == COUNT - SAMPLE == extracted.tables[0].more


def test_rows_of_a_sheet_beyond_those_that_are_held(store: Store) -> None:
    names = "".join(f'<c r="{letter}2" t="inlineStr"><is><t>Name {letter}</t></is></c>' for letter in "ABCDEFGH")
    rows = [f'<row r="2">{names}</row>']
    for number in range(3, HELD_CELLS // 8 + 1000):
        cells = "".join(f'<c r="{letter}{number}"><v>{number}</v></c>' for letter in "BCDEFGH")
        rows.append(f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>K{number}</t></is></c>{cells}</row>')
    extracted = load(hostile.sound_xlsx(cells="".join(rows)), "a.xlsx")
    document_id = put(store, extracted)
    (card,) = [card for card in store.tables_of(document_id) if card.is_large]
    assert card.count == len(rows) - 1
    last = store.records.where(document_id, card.ordinal, by=1, descending=True, limit=1)[0]
    assert last.values == (f"K{number}", *[str(number)] * 7)
    assert store.excerpt(document_id, last.start, last.end) == last.line
    assert store.records.groups(document_id, card.ordinal, of=1)[0].total == sum(range(3, number + 1))
