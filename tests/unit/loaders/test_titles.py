"""Titles that nobody wrote are not shown, in any format."""

from __future__ import annotations

import docx
import pptx
import pytest

from ingest.loaders import load
from ingest.loaders.titles import is_of_program
from tests.unit.loaders.made import opendocument, saved

PROGRAMS = """untitled; Untitled Document; untitled-1; (anonymous); (unspecified); no title; Microsoft Word - x.doc;
Microsoft Word - 报价单.docx; Microsoft PowerPoint; PowerPoint Presentation; PowerPoint 演示文稿; Document1; Doc 2; Book1;
Slide 1; Presentation; 无标题; 無標題文件; 未命名; 文档1; 工作簿1; 新建 Microsoft Word 文档; New Microsoft Word Document;
about:blank; file:///C:/x.html; C:\\a\\x.doc; report_v3.docx; Scanned Document; None"""
WRITTEN = """Untitled Goose Game; Anonymous users; Microsoft Word for beginners; Document management; Book of hours;
Word order in German; 1984; Slide rules; 标题党; 文档管理办法; None of the above; 年假规定; Node.js; Scan results"""


@pytest.mark.parametrize("title", [title.strip() for title in PROGRAMS.split(";")])
def test_titles_of_programs(title: str) -> None:
    assert is_of_program(title)


@pytest.mark.parametrize("title", ["", *(title.strip() for title in WRITTEN.split(";"))])
def test_titles_that_somebody_wrote(title: str) -> None:
    assert not is_of_program(title)


def test_no_format_shows_one() -> None:
    word = docx.Document()
    word.core_properties.title = "Document1"
    word.add_heading("Leave", 1)
    show = pptx.Presentation()
    show.core_properties.title = "PowerPoint Presentation"
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = "Leave"
    files = {
        "a.docx": saved(word),
        "a.pptx": saved(show),
        "a.html": b"<html><head><title>Untitled Document</title></head><body><h2>Leave</h2><p>x</body></html>",
        "a.odt": opendocument("text", '<text:h text:outline-level="1">Leave</text:h>', "无标题 1"),
        "a.md": b"---\ntitle: untitled\n---\n# Leave\n\nx",
    }
    assert {name: load(data, name).title for name, data in files.items()} == dict.fromkeys(files, "Leave")
    rtf = rb"{\rtf1\ansi{\info{\title Microsoft Word - x.doc}}\pard Some words.\par}"
    assert load(rtf, "a.rtf").title == ""


CLAUSE = "The lamp stays the property of the lender until all that is owed for it, with what the carriage costs, has been paid."


def test_paragraphs_in_the_style_of_headings_are_none() -> None:
    word = docx.Document()
    word.add_heading(CLAUSE, 1)
    word.add_heading("1 Loan of lamps", 1)
    word.add_heading("(a) bring it back in May;", 2)
    word.add_heading("Who pays for repairs?", 2)
    word.add_heading("Contact Mr. Ray Jr.", 2)
    read = load(saved(word), "a.docx")
    assert [read.text[one.start : one.end] for one in read.headings] == [
        "1 Loan of lamps", "Who pays for repairs?", "Contact Mr. Ray Jr.",
    ]  # fmt: skip
    assert read.title == ""
    assert CLAUSE in read.text


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("# 相册|album-app|\n\n## 概述\n\nx", "相册 album-app"),
        ("# Lamp | The shop\n\nx", "Lamp | The shop"),
        (f"# {CLAUSE}\n\n## Lamps\n\nx", "Lamps"),
        ("# 借出的灯在付清全部款项之前归出借人所有。\n\n## 借灯\n\nx", "借灯"),
        (f"# {'Lamp ' * 40}\n\n## 1. First\n\nx", ""),
        ("# 一、总则\n\nx", ""),
        ("# 10 rules for lamps\n\nx", "10 rules for lamps"),
        ("# Lamps by J. Ray Jr.\n\nx", "Lamps by J. Ray Jr."),
    ],
)
def test_titles_are_no_sentences_and_their_parts_are_joined(written: str, title: str) -> None:
    assert load(written.encode(), "a.md").title == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("From: Ann\nTo: Bo\nSubject: The new oars\n\nThey are here, and they are long.\n", "The new oars"),
        ("作者：安\n标题：新的桨\n\n桨到了，很长，可以用了。\n", "新的桨"),
        ("Author: Ann\nDate: 3 May\n\nThe new oars\n\nThey are here, and they are long.\n", "The new oars"),
        ("Project: Falcon\nDate: 3 May\n\nWe spoke about the oars and about nothing else.\n", "Project: Falcon"),
        ("Note: bring oars\nTwo of them.\n", ""),
    ],
)  # fmt: skip
def test_fields_before_a_text_are_no_title_but_may_name_it(text: str, title: str) -> None:
    assert load(text.encode(), "a.txt").title == title
