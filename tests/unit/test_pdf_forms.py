"""Form fields, text boxes and notes of PDFs, read where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.loaders import load
from tests.unit.pdf_files import drawn_pdf, text_at
from tests.unit.test_pdf import check_boxes

WIDE = "/Rect [200 {} 400 {}]"


def widget(kind: str, y: float, more: str, rect: str = "") -> str:
    place = rect or f"/Rect [200 {y - 4} 400 {y + 14}]"
    return f"<< /Type /Annot /Subtype /Widget /FT /{kind} /T (f{y}) {place} {more} >>"


def form(contents: Sequence[str], widgets: Sequence[str]) -> list[str]:
    extracted = load(drawn_pdf(["\n".join(contents)], [widgets], fields=True), "form.pdf")
    check_boxes(extracted)
    return [line for line in extracted.text.split("\n") if line]


def test_values_stand_behind_their_labels() -> None:
    lines = form(
        [
            text_at(60, 700, "Application for a berth"),
            text_at(60, 650, "Vessel:"),
            text_at(60, 600, "Length:"),
            text_at(60, 550, "Flag:"),
        ],
        [
            widget("Tx", 650, "/V (Silver Heron)"),
            widget("Tx", 600, "/V (23.4 m)"),
            widget("Ch", 550, "/Ff 131072 /Opt [[(no) (Norway)] [(se) (Sweden)]] /V (se) /I [1]"),
        ],
    )
    assert lines == ["Application for a berth", "Vessel: Silver Heron", "Length: 23.4 m", "Flag: Sweden"]


def test_a_value_within_a_line_stands_within_its_sentence() -> None:
    field = widget("Tx", 700, "/V (Ada Berg)", "/Rect [84 696 200 714]")
    assert form([text_at(60, 700, "I,"), text_at(206, 700, "agree.")], [field]) == ["I, Ada Berg agree."]
    dotted = widget("Tx", 700, "/V (Ada Berg)", "/Rect [110 696 200 714]")
    assert form([text_at(60, 700, "Name: __________")], [dotted]) == ["Name: Ada Berg"]


def test_a_label_above_and_one_that_is_not_drawn() -> None:
    below = widget("Tx", 680, "/V (Ada Berg)", "/Rect [60 676 200 694]")
    assert form([text_at(60, 700, "Name")], [below]) == ["Name: Ada Berg"]
    alone = widget("Tx", 500, "/V (Ada Berg) /TU (Name of the owner)", "/Rect [60 496 200 514]")
    assert form([text_at(60, 700, "Sheet 1")], [alone]) == ["Sheet 1", "Name of the owner: Ada Berg"]


STATES = "/AP << /N << /Yes << >> /Off << >> >> >>"


@pytest.mark.parametrize(("state", "said"), [("Yes", "yes"), ("Off", "no")])
def test_check_boxes(state: str, said: str) -> None:
    behind = widget("Btn", 700, f"/V /{state} /AS /{state} {STATES}", "/Rect [200 698 212 710]")
    assert form([text_at(60, 700, "Shore power:")], [behind]) == [f"Shore power: {said}"]
    before = widget("Btn", 700, f"/V /{state} /AS /{state} {STATES}", "/Rect [40 698 52 710]")
    assert form([text_at(60, 700, "Shore power")], [before]) == [f"Shore power: {said}"]


def test_boxes_in_one_row_keep_their_own_words() -> None:
    boxes = [
        widget("Btn", 700, f"/V /{state} /AS /{state} {STATES}", f"/Rect [{x} 698 {x + 12} 710]")
        for x, state in ((150, "Off"), (250, "Yes"))
    ]
    words = [text_at(60, 700, "Engine:"), text_at(166, 700, "Petrol"), text_at(266, 700, "Diesel")]
    (line,) = form(words, boxes)
    assert "Petrol: no" in line
    assert "Diesel: yes" in line


def test_yes_and_no_as_words_of_their_own() -> None:
    boxes = [
        widget("Btn", 700, f"/V /{state} /AS /{state} {STATES}", f"/Rect [{x} 698 {x + 12} 710]")
        for x, state in ((150, "Off"), (250, "Yes"))
    ]
    (line,) = form([text_at(60, 700, "Insured?"), text_at(166, 700, "Yes"), text_at(266, 700, "No")], boxes)
    assert line == "Insured? Yes (not chosen) No (chosen)"


def test_chinese_labels() -> None:
    field = widget("Tx", 700, "/V <FEFF6C885C9A>")
    box = widget("Btn", 650, f"/V /Yes /AS /Yes {STATES}", "/Rect [200 648 212 660]")
    drawn = [text_at(60, 700, "姓名：", font="F3"), text_at(60, 650, "是否投保：", font="F3")]
    assert form(drawn, [field, box]) == ["姓名： 沈岚", "是否投保： 是"]


def test_passwords_buttons_and_hidden_fields_are_left_out() -> None:
    fields = [
        widget("Tx", 700, "/Ff 8192 /V (secret)"),
        widget("Tx", 650, "/F 2 /V (hidden)"),
        widget("Btn", 600, "/Ff 65536 /MK << /CA (Send) >>"),
    ]
    drawn = [text_at(60, 700, "Password:"), text_at(60, 650, "Unseen:"), text_at(60, 600, "Done.")]
    assert not {"secret", "hidden", "Send"} & set(" ".join(form(drawn, fields)).split())


def note(kind: str, text: str, y: float, more: str = "") -> str:
    return f"<< /Type /Annot /Subtype /{kind} /Rect [300 {y} 500 {y + 20}] /Contents ({text}) {more} >>"


def test_text_boxes_and_notes_stand_at_their_paragraph() -> None:
    drawn = "\n".join(text_at(60, y, text) for y, text in ((700, "The rent is 900 euros."), (500, "The lease ends in May.")))
    notes = [
        note("Text", "Ask about parking.", 480),
        note("FreeText", "Agreed: 840 euros.", 670),
        note("Highlight", "The rent is 900 euros.", 700),
        note("Popup", "Ask about parking.", 480),
        note("FreeText", "Nobody sees this.", 600, "/F 2"),
    ]
    extracted = load(drawn_pdf([drawn], [notes]), "lease.pdf")
    check_boxes(extracted)
    assert extracted.text.split("\n\n") == [
        "The rent is 900 euros.",
        "Agreed: 840 euros.",
        "The lease ends in May.",
        "Ask about parking.",
    ]
