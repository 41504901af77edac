"""Pages of wikis are read without their signs, and other texts as they are."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from youju.records import Extracted


def read(text: str) -> Extracted:
    return load(text.encode(), "a.txt")


def test_headings_and_title_are_those_that_it_marks() -> None:
    fields = "Content-Type: text/x-zim-wiki\nWiki-Format: zim 0.4\n\n"
    extracted = read(f"{fields}====== Boats ======\n\n===== Oars =====\nTwo.\n\n==== Grip ====\nWood.\n")
    assert extracted.title == "Boats"
    named = [(one.level, extracted.text[one.start : one.end]) for one in extracted.headings]
    assert named == [(2, "Oars"), (3, "Grip")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("See [[Oars]], [[:Help:Grip|the grip]] and [[+Sail|sails]].", "See Oars, the grip and sails."),
        ("{{./oar.png?width=3}} Take the **long** oar.", "Take the long oar."),
        ("[[File:Oar.png|thumb|An oar]] Row //slowly//, see https://example.org//a//b.", "Row slowly, see https://example.org//a//b."),
        ("The '''oar''' in ''~/.boat'' isn't Ann's ''oar''.", "The oar in ~/.boat isn't Ann's oar."),
        ("a ** b ** c, x == y, 'quoted'", "a ** b ** c, x == y, 'quoted'"),
    ],
)  # fmt: skip
def test_signs_are_left_out_of_its_lines(line: str, said: str) -> None:
    assert read(f"== Boats ==\n\n{line}\n\n== Oars ==\nTwo.\n").text.split("\n")[2] == said


def test_a_text_without_such_a_heading_is_left_as_it_is() -> None:
    text = "Notes\n\nSee [[Oars]] and **this**, ''that'' {{x}}.\nx == y\n"
    assert read(text).text.strip() == text.strip()
