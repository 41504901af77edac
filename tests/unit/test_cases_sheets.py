"""The tables of files that were handed in as failing: their right values, from the folder of cases, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.chunking import chunk
from ingest.loaders import load
from tests.conftest import ROOT
from youju.records import Extracted
from youju.text.language import query_words, words

CASES = Path(os.environ.get("YOUJU_TEST_CASES") or ROOT.parent / "shared" / "cases")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="no folder of cases (YOUJU_TEST_CASES)")


def read(place: str) -> Extracted:
    path = CASES / place
    return load(path.read_bytes(), path.name)


def lines(place: str) -> list[str]:
    return read(place).text.split("\n")


def test_lines_above_the_names_of_a_csv() -> None:
    assert "Date: 2025-05-09 | Text: Invoice 771 | Amount: 1200" in lines("csv-head/preamble.csv")
    assert lines("csv-head/sep-line.csv") == ["Name: Ada | City: Oslo | Limit: 40", "Name: Bo | City: Riga | Limit: 55"]


def test_a_markdown_table_longer_than_a_chunk() -> None:
    extracted = read("markdown-table-header/valves.md")
    chunks = chunk(extracted, lambda texts: [len(text.split()) for text in texts], 100)
    assert len(chunks) > 2
    row = "Valve: Valve V35 | Working pressure: 65 bar | Test pressure: 55 bar | Place: hall 1"
    assert [piece for piece in chunks if row in piece.text]
    assert "Valve: Valve V33 | Working pressure: 63 bar | Test pressure: 57 bar" in extracted.text


def test_merged_rows_say_their_warehouse() -> None:
    stock, merged = lines("xlsx-merged-rows/stock.xlsx"), lines("xlsx-merged-rows/merged.xlsx")
    for row in (
        "Warehouse: Tromso | Item: Floats | Quantity: 324",
        "Warehouse: Bergen | Item: Pumps | Quantity: 447",
        "Warehouse: Narvik | Item: Lamps | Quantity: 56",
    ):
        assert row in stock
    for name in ("Bergen", "Tromso", "Narvik"):
        assert sum(line.startswith(f"Warehouse: {name} | Item: ") for line in stock) == 10
    assert "Warehouse: Tromso | Item: Nets | Quantity: 31" in merged


def test_cells_as_they_are_shown() -> None:
    found = lines("xlsx-number-formats/formats.xlsx")
    assert (
        "Customer group: Schools | Discount: 15.0% (Only with a written application.) | Code: 00042 | "
        "Account: 6222021234567890 | Shift length: 27:30 | Fee: €1,250.00"
    ) in found
    assert [line for line in found if "Hospitals" in line and "Account: 6222029876543210 |" in line]


def test_each_row_has_its_name_and_those_of_its_columns() -> None:
    found = lines("table-wrong-row/visitors-named.xlsx")
    assert [line for line in found if line.startswith("Museum: Beacon Museum |") and "Year 2021: 1736" in line]
    assert [line for line in found if line.startswith("Museum: Otter Museum |") and "Year 2020: 9307" in line]
    assert [line for line in found if line.startswith("Museum: Heron Museum |") and "Year 2022: 8543" in line]


def test_amounts_and_padded_names_share_a_term_with_what_is_asked() -> None:
    contracts = read("thousands-separators/contracts.txt").text
    line = next(line for line in contracts.split("\n") if "采购合同38" in line)
    assert "614690" in set(query_words("哪份合同的总价是614690元？")) & set(words(line))
    roster = next(line for line in read("spaced-chinese-names/roster.txt").text.split("\n") if "沈　涛" in line)
    assert "沈涛" in set(query_words("沈涛的分机号是多少？")) & set(words(roster))
