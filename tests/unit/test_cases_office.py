"""The office files of the field cases, and what is right in their text (`expected.md` beside each)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.loaders import load
from tests.conftest import ROOT

CASES = Path(os.environ.get("YOUJU_TEST_CASES") or ROOT.parent / "shared" / "cases")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"no field cases in {CASES} (YOUJU_TEST_CASES names their folder)")


def text_of(case: str, name: str) -> str:
    path = CASES / case / name
    return load(path.read_bytes(), path.name).text


@pytest.mark.parametrize(
    ("case", "name", "there"),
    [
        ("docx-footnotes", "footnotes.docx", "signing (For members of the rowing club the deposit is waived)."),
        ("docx-footnotes", "footnotes.docx", "midnight (On the eve of a public holiday until two in the morning)."),
        ("docx-footnotes", "footnotes.docx", "Contract number HH-4471, version 3"),
        ("docx-footnotes", "footnotes.docx", "Contact: lettings@harbourhall.example"),
        ("docx-content-controls", "content-controls.docx", "Approved by: Mira Kovacs on 4 June."),
        ("docx-content-controls", "content-controls.docx", "Days: 3 | Deputy: Jonas Weber"),
        ("docx-content-controls", "content-controls.docx", "Badge number 9913 returned"),
        ("docx-content-controls", "content-controls.docx", "Reason: moving house"),
        ("docx-nested-table", "nested-table.docx", "Quantity: Pressure | Limit: 16 bar"),
        ("struck-out", "moves-and-strikes.docx", "The daily allowance is 32 euros."),
        ("struck-out", "moves-and-strikes.docx", "Taxis need approval above 40 euros."),
        ("struck-out", "moves-and-strikes.docx", "Hotels up to 130 euros a night."),
        ("docx-footnotes", "foot.rtf", "within ten days (For members the deposit is waived)."),
        ("docx-footnotes", "foot.rtf", "Contract HH-4471"),
        ("docx-footnotes", "foot.rtf", "Text in a box."),
        ("struck-out", "foot.rtf", "Price 30 euros."),
        ("superscript-digits", "foot.rtf", "The dose is 50 mg."),
        ("superscript-digits", "runs.docx", "The tank holds 10⁵ litres. The dose is 50 mg per day."),
        ("superscript-digits", "runs.docx", "The standard is ISO-9001 and the model is RT-12-4."),
        ("superscript-digits", "runs.docx", "Approved: ☑ yes  ☐ no"),
        ("superscript-digits", "runs.docx", "The load factor is k=1.35 in all cases."),
        ("superscript-digits", "runs.docx", "负责人是缪铮老师。"),
    ],
)
def test_what_is_right_stands_in_the_text_once(case: str, name: str, there: str) -> None:
    assert text_of(case, name).count(there) == 1


@pytest.mark.parametrize("words", ["40", "hidden words", "removed words", "503"])
def test_what_is_struck_out_or_hidden_is_not_in_the_text(words: str) -> None:
    assert words not in text_of("struck-out", "foot.rtf")
