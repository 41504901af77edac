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
