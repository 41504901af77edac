from __future__ import annotations

import pytest

from ingest.loaders.plain import load
from youju.records import Extracted

REPORT = """INCIDENT REPORT IR-7
Clocks that run slow in the cold
================================

Author:  A. Miller

1. SUMMARY

On 22 May a customer saw it.

Effect
------

Only old loggers.

Which ones
~~~~~~~~~~

Those before 3.4.

FURTHER READING

See the manual.
"""


def headings(extracted: Extracted) -> list[tuple[str, int]]:
    return [(extracted.text[one.start : one.end], one.level) for one in extracted.headings]


def test_headings_are_numbered_underlined_or_capitals() -> None:
    extracted = load(REPORT.encode())
    assert extracted.title == "INCIDENT REPORT IR-7 Clocks that run slow in the cold"
    assert headings(extracted) == [("1. SUMMARY", 2), ("Effect", 2), ("Which ones", 3), ("FURTHER READING", 2)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Meeting\nDate: 3 May\n\nWe met.", "Meeting"),
        ("配送政策\n青岚仪器\n\n一、范围\n\n全国。", "配送政策 青岚仪器"),
        ("====\nNotes\n====\n\nText.", "Notes"),
        ("One line that ends here.\n\nMore.", ""),
        ("a\nb\nc\nd\n\nMore.", ""),
        ("\n\n", ""),
    ],
)
def test_the_first_short_lines_are_the_title(text: str, title: str) -> None:
    assert load(text.encode()).title == title


@pytest.mark.parametrize(
    "text",
    [
        "Title\n\nItem            Price\n------------------\n\nWaterproof box  30",  # the head of a table
        "Title\n\nA paragraph of two lines\nthat a line parts\n----\n\nFrom this.",
        "Title\n\nShort\n--------------------------------------------------\n\nA line across the page.",
        "Title\n\nWE DO NOT DO THAT!\n\nNOT\n\nNever.",
        "Title\n\n-----\n-----\n\nText.",
        "Title\n\nType\n\n----------------\n$ git bisect good\n----------------\n\nto go on.",
    ],
)
def test_what_only_looks_like_a_heading_is_none(text: str) -> None:
    assert headings(load(text.encode())) == []
