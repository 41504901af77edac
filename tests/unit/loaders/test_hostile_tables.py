"""Tables that nobody would write to be read: they cost about what their bytes cost, and lose nothing that can be kept."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ingest.loaders import load
from ingest.loaders.grid import LARGE, WIDEST
from tests.unit.loaders.made import new_sheet, saved
from youju.index.base.records import Source
from youju.index.sqlite.store import Store
from youju.records import Extracted
from youju.structure import Condition

LAST_COLUMN = 16_384
MEGABYTE = 1 << 20
SECONDS = 30.0  # of the processor, for what takes about one: quadratic time would take minutes


def timed(data: bytes, name: str) -> Extracted:
    began = time.process_time()
    extracted = load(data, name)
    assert time.process_time() - began < SECONDS
    for table in extracted.tables:
        for cell in (cell for row in table.rows for cell in row.cells):
            assert cell.column < len(table.columns)
            assert extracted.text[cell.start : cell.end].strip()
    return extracted


def put(store: Store, extracted: Extracted) -> str:
    source = Source("default", "/folder/a", "a", "a", 1, 1)
    return store.put(source, extracted, "en", [], np.zeros((0, 4), np.float32), "hashing")


def wide(rows: int, columns: int = LAST_COLUMN) -> bytes:
    lines = [",".join(f"{sign}{column}" for column in range(columns)) for sign in ("n", *["1"] * rows)]
    return "\n".join(lines).encode()


def html_row(cells: int) -> str:
    return f"<tr>{'<td>a' * cells}</tr>"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", wide(5)),
        ("a.csv", wide(LARGE + 300, 300)),
        ("a.html", f"<table>{html_row(LAST_COLUMN)}{html_row(2) * 500}</table>".encode()),
        ("a.md", b"|" + b"a|" * LAST_COLUMN + b"\n|" + b"-|" * LAST_COLUMN + b"\n|" + b"1|" * LAST_COLUMN),
        ("a.csv", b"\n".join(b"," * number for number in range(2000)) + b"x,y\n1,2"),
        ("a.csv", b"Name,Sum\n" + b"head,\n" * 1900 + b"a,1\n"),
        ("a.csv", b"\n" * 50_000 + b"Name,Sum\na,1\n" * 1000),
        ("a.csv", b"Name,Sum\n" + b"a," + b"x" * MEGABYTE + b"\n" + b"b,2\n" * 20),
    ],
    ids=["wide", "wide and long", "ragged", "wide markdown", "triangle", "heads only", "empty rows", "a large cell"],
)
def test_what_nobody_writes_is_read_in_its_time(name: str, data: bytes) -> None:
    assert timed(data, name).text


def test_a_table_too_wide_for_records_is_text(store: Store) -> None:
    data = wide(LARGE + 1, WIDEST + 1)
    extracted = timed(data, "a.csv")
    assert not extracted.rest
    assert extracted.text.count("\n") >= LARGE


def test_large_cells_and_ragged_rows_are_kept_and_found(store: Store) -> None:
    rows = [f"k{number},{'x' * (MEGABYTE if number == 2100 else 5)}{',more' * (number % 3)}" for number in range(LARGE + 300)]
    document_id = put(store, timed("\n".join(["Key,Text", *rows]).encode(), "a.csv"))
    (found,) = store.records.where(document_id, 0, [Condition(0, "=", "k2100")])
    assert found.values == ("k2100", "x" * MEGABYTE, "", "")
    assert store.excerpt(document_id, found.start, found.end) == found.line
    assert store.records.named(document_id, 0, ["k2099"])[0].values == ("k2099", "xxxxx", "more", "more")


@pytest.mark.parametrize(
    "formula", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", '=HYPERLINK("http://x")', "'); DROP TABLE t; --"]
)
def test_what_looks_like_a_formula_is_a_text(store: Store, formula: str) -> None:
    workbook, sheet = new_sheet()
    sheet.append(["Name", "Sum"])
    for number in range(LARGE + 30):
        sheet.append([formula if number % 2 else f"a{number}", number])
        sheet.cell(sheet.max_row, 1).data_type = "s"
    document_id = put(store, timed(saved(workbook), "a.xlsx"))
    group = store.records.groups(document_id, 0, [Condition(0, "=", formula)], None, 1)[0]
    assert group.rows == LARGE // 2 + 15
    assert store.records.where(document_id, 0)[1].values == (formula, "1")
