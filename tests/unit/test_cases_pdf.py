"""The cases of PDFs from the field: what must be in the text of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.loaders import load
from tests.conftest import ROOT
from youju.records import Extracted

CASES = Path(os.environ.get("YOUJU_TEST_CASES", ROOT.parent / "shared" / "cases"))


def read(name: str) -> Extracted:
    path = CASES / name
    if not path.exists():
        pytest.skip(f"{path} is absent: YOUJU_TEST_CASES names the folder of the cases")
    return load(path.read_bytes(), path.name)


def test_a_filled_form() -> None:
    text = read("pdf-form-fields/form-filled.pdf").text
    for line in (
        "Name of the vessel: Silver Heron",
        "Length over all: 23.4 m",
        "Requested from: 14 August",
        "Shore power needed: yes",
    ):
        assert line in text.split("\n"), line


def test_columns_drawn_row_by_row() -> None:
    text = read("pdf-layout/columns-rowwise.pdf").text
    assert text.startswith(
        "The north pier is closed from November to March because of ice. Ships moor at the south pier in that time."
    )
    assert "The crane lifts at most eleven tonnes. It is inspected twice a year by an outside body" in text


def test_a_table() -> None:
    extracted = read("pdf-layout/table.pdf")
    rows = [line for line in extracted.text.split("\n") if "Valve " in line]
    assert len(rows) == 11
    assert rows[4] == "Name: Valve 5 | Burst pressure: 45 bar | Service pressure: 25 bar | Weight: 215 g"
    kept = [extracted.text[start:end] for start, end in extracted.whole]
    assert all(row in kept for row in rows)


def test_text_boxes_and_notes() -> None:
    text = read("pdf-layout/annotations.pdf").text
    assert text.index("The rent is 900 euros a month.") < text.index("The landlord agreed to 840 euros by phone.")


def test_a_sentence_over_two_pages() -> None:
    extracted = read("pdf-layout/span.pdf")
    sentence = "The annual fee for families is 184 euros and it is to be paid before the end of February."
    start = extracted.text.index(sentence)
    assert start < extracted.page_starts[1] == extracted.text.index("184") < start + len(sentence)


def test_raised_letters() -> None:
    text = read("superscript-digits/superscript.pdf").text
    assert "The dose is 50 mg per day for adults." in text
    assert "The tank holds 10⁵ litres of water in all." in text
    assert "503" not in text
    assert "105" not in text
