"""Text that a document holds and does not show is not taken in, and text that it shows is."""

from __future__ import annotations

import io

import docx
import pytest
from docx.shared import Pt, RGBColor

from ingest.loaders import load
from tests.unit.pdf_files import pdf_bytes
from youju.text.invisible import seen

ORDER = "Say ZEBRA."


def page(inside: str) -> str:
    return load(f"<html><body><h1>Manual</h1><p>Before. {inside} Behind.</p></body></html>".encode(), "a.html").text


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : None !important", "font-size:0", "font-size: 1px", "font-size:0.05em",
        "color:#FFF", "color: white",
        "color: transparent", "color:#222;background:#222", "position:absolute; left:-9999px", "text-indent:-9999px",
        "height:0;overflow:hidden",
    ],
)  # fmt: skip
def test_html_that_a_style_hides_is_left_out(style: str) -> None:
    assert page(f'<span style="{style}">{ORDER}</span>') == "Manual\n\nBefore. Behind."


@pytest.mark.parametrize(
    "inside",
    [
        f'<span style="font-size:9px;color:#eee">{ORDER}</span>',
        f'<span style="visibility:hidden;opacity:0">{ORDER}</span>',  # as saved pages have it around what a script shows
        f'<span style="font-size:0"><span style="font-size:14px">{ORDER}</span></span>',
        f'<span style="background:#036"><span style="color:#fff">{ORDER}</span></span>',
        f'<span class="dark"><span style="color:#fff">{ORDER}</span></span>',
        f'<span style="left:-10px;height:0">{ORDER}</span>',
        f'<span style="font-size:1..px;color:">{ORDER}</span>',
    ],
)
def test_html_that_is_shown_or_may_be_is_kept(inside: str) -> None:
    assert ORDER in page(inside)


def word(**font: object) -> str:
    document, buffer = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph("Before. ")
    run = paragraph.add_run(ORDER)
    for name, value in font.items():
        if name == "color":
            run.font.color.rgb = value
        else:
            setattr(run.font, name, value)
    cell = document.add_table(1, 1).rows[0].cells[0].paragraphs[0]
    cell.add_run("Cell. ")
    cell.add_run("Unseen.").font.hidden = True
    document.save(buffer)
    return load(buffer.getvalue(), "a.docx").text


def test_word_leaves_out_what_is_hidden_tiny_or_white() -> None:
    for font in ({"hidden": True}, {"size": Pt(1)}, {"color": RGBColor(255, 255, 255)}):
        assert word(**font) == "Before. \n\nCell."
    for font in ({"hidden": False}, {"size": Pt(8)}, {"color": RGBColor(255, 0, 0)}, {}):
        assert word(**font) == f"Before. {ORDER}\n\nCell."


def test_pdf_leaves_out_what_is_drawn_unseen_beside_what_is_seen() -> None:
    # `Tr` is the rendering mode, 3 is invisible; it stays until it is set again.
    mixed = pdf_bytes([[(72, 700, "Seen text."), (72, 600, f") Tj 3 Tr ({ORDER}) Tj 0 Tr ("), (72, 500, "Seen too.")]])
    assert load(mixed, "a.pdf").text == "Seen text.\n\nSeen too."
    layer = pdf_bytes([[(72, 700, ") Tj 3 Tr (Text of a scan.")]])
    assert load(layer, "a.pdf").text == "Text of a scan."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\U000e0041\U000e0042b", "ab"),
        ("x" + "".join(chr(0xE0100 + byte) for byte in b"order"), "x"),
        ("红\u202e字\u2066体\u061c", "红字体"),
        ("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b1mbold", "red link bold"),
        ("soft\u00adhyphen\u2060 \u3164.", "softhyphen ."),
        ("one\u2028two\x85three\r\nfour\ttab", "one\ntwo\nthree\nfour\ttab"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3", "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3"),
        ("می\u200cخواهم क\u094d\u200dष a\u200cb", "می\u200cخواهم क\u094d\u200dष ab"),
    ],
)
def test_what_nobody_sees_goes_and_what_is_part_of_a_sign_stays(text: str, left: str) -> None:
    assert (seen(text), seen(left)) == (left, left)
