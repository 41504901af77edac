from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders import is_supported, load
from ingest.loaders.encoding import clean, decode
from ingest.loaders.kind import EXTENSIONS
from ingest.loaders.layout import Line, paragraphs
from tests.conftest import EXAMPLES
from tests.growth import growth
from youju.errors import UnreadableFile
from youju.records import Extracted

ZH = "青岚仪器公司的员工每年有十五天年假，可以分两次使用。\n\n第二段说明了请假的流程。"
ZH_TRADITIONAL = "員工每年有十五天年假，可以分兩次使用。請保留發票。"


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def docx_bytes() -> bytes:
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Leave", 1)
    document.add_paragraph("Fifteen days a year.")
    document.add_paragraph("first item", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ["Model", "Price", "T3", "438"], strict=True):
        cell.text = text
    return saved(document)


MINIMAL = {
    "a.txt": b"Rules\n\nFifteen days a year.",
    "a.md": b"---\ntitle: The book\n---\n# Rules\n\nFifteen days a year.\n\n## Leave ##\n\nMore.",
    "a.html": b"<html><head><title>T</title></head><body><nav>menu</nav><h1>Rules</h1><p>Fifteen days<br>a year.</p></html>",
    "a.docx": docx_bytes(),
}


def check_contract(extracted: Extracted) -> None:
    """What every loader promises."""
    text = extracted.text
    assert text.strip()
    assert "\r" not in text
    assert "\0" not in text
    assert extracted.title == " ".join(extracted.title.split())
    assert list(extracted.headings) == sorted(extracted.headings, key=lambda h: h.start)
    for heading in extracted.headings:
        assert 0 <= heading.start < heading.end <= len(text)
        assert text[heading.start : heading.end].strip()
        assert 1 <= heading.level <= 6
    if extracted.page_starts:
        assert extracted.page_starts[0] == 0
        assert list(extracted.page_starts) == sorted(extracted.page_starts)
        assert extracted.page_starts[-1] <= len(text)


@pytest.mark.parametrize("name", sorted(MINIMAL))
def test_contract_on_minimal_files(name: str) -> None:
    extracted = load(MINIMAL[name], name)
    check_contract(extracted)
    assert "Fifteen days a year." in extracted.text


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_contract_on_examples(path: Path) -> None:
    extracted = load(path.read_bytes(), path.name)
    check_contract(extracted)
    assert len(extracted.text) > 300
    assert "�" not in extracted.text


def test_the_examples_hold_all_formats() -> None:
    assert {".txt", ".md", ".html", ".pdf", ".docx"} <= {path.suffix for path in EXAMPLES.iterdir()}


@pytest.mark.parametrize("suffix", sorted(EXTENSIONS))
@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\x00\x01\x02\x03" * 100])
def test_what_holds_no_text_is_refused(suffix: str, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        load(data, f"a{suffix}")


def test_unknown_endings_are_refused() -> None:
    assert not is_supported("a.exe")
    with pytest.raises(UnreadableFile, match=r"\.exe"):
        load(b"x", "a.exe")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"])
def test_chinese_encodings(encoding: str) -> None:
    assert decode(ZH.encode(encoding)) == ZH


def test_big5_and_latin() -> None:
    assert decode(ZH_TRADITIONAL.encode("big5")) == ZH_TRADITIONAL
    assert decode("café déjà vu, 3 €".encode("cp1252")) == "café déjà vu, 3 €"
    assert decode("plain\r\nlines\rhere".encode("utf-16")) == "plain\nlines\nhere"


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    assert decode(ZH.encode() + b"\xff" + ZH.encode()) == f"{ZH}�{ZH}"


def test_what_tells_the_encoding_may_stand_far_behind() -> None:
    ascii_part = "plain words\n" * 8000
    assert decode((ascii_part + ZH).encode("gbk")) == ascii_part + ZH
    assert decode("English without a mark".encode("utf-16-le")) == "English without a mark"
    assert decode((ascii_part + ZH).encode() + b"\xff").endswith(ZH + "�")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1))
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode()) == clean(text)


def test_markdown_headings_point_into_the_source() -> None:
    extracted = load(MINIMAL["a.md"], "a.md")
    assert extracted.title == "The book"
    assert [extracted.text[h.start : h.end] for h in extracted.headings] == ["Rules", "Leave"]
    assert extracted.text == MINIMAL["a.md"].decode()


@pytest.mark.parametrize(
    ("line", "title"),
    [('title: "A: b" ', "A: b"), ("title: 'A'", "A"), ('title: "A', '"A'), ("title:A  ", "A"), ('title: "A" b', '"A" b')],
)
def test_markdown_titles_of_the_front_matter(line: str, title: str) -> None:
    assert load(f"---\n{line}\n---\ntext".encode(), "a.md").title == title


@pytest.mark.parametrize("text", [b"---\ntitle: a%bb\n---\ntext", b"%b\n# Heading"])
@pytest.mark.parametrize("sign", [b" ", b"["])
def test_the_time_of_a_long_front_matter_grows_with_its_length(text: bytes, sign: bytes) -> None:
    assert growth(lambda size: load(text % (sign * size), "a.md"), 40_000) < 2


def test_the_time_of_a_docx_grows_with_its_paragraphs() -> None:
    made = {count: saved_paragraphs(count) for count in (1250, 5000)}
    assert len(load(made[5000], "a.docx").text) > 20_000
    assert growth(lambda count: load(made[count], "a.docx"), 1250) < 2  # it was 4: quadratic


def saved_paragraphs(count: int) -> bytes:
    document = docx.Document()
    body = document.add_paragraph("first")._p
    for number in range(count):
        body.addnext(parse_xml(f"<w:p {nsdecls('w')}><w:r><w:t>{number}</w:t></w:r></w:p>"))
    return saved(document)


def test_html_keeps_content_and_leaves_out_the_rest() -> None:
    page = """<html><head><title>T</title><script>evil()</script></head><body><header>logo</header>
    <div role="navigation">links</div><main><h1>Title¶</h1><p>One <b>bold</b> word.</p><ul><li>first<li>second</ul>
    <pre>  kept
      as is</pre><table><tr><th>Model</th><th>Price</th></tr><tr><td>T3</td><td>438</td></tr></table>
    <p hidden>secret</p></main><footer>imprint</footer></body></html>"""
    extracted = load(page.encode(), "a.html")
    assert extracted.title == "Title"
    assert extracted.text == ("Title\n\nOne bold word.\n- first\n- second\n\n  kept\n      as is\n\nModel: T3 | Price: 438")


def test_html_cells_keep_words_apart_and_leave_scripts_out() -> None:
    page = "<table><tr><td>24<br>months</td><td><p>A</p><p>B</p><script>evil()</script></td></tr></table>"
    assert load(f"<html><body>{page}</body></html>".encode(), "a.html").text == "24 months | A B"


def test_html_that_wrongly_declares_utf16() -> None:
    assert "plain" in load(b'<html><head><meta charset="utf-16"></head><body><p>plain</p></body></html>', "a.html").text


def test_html_in_gbk_by_its_own_declaration() -> None:
    page = f'<html><head><meta charset="gbk"></head><body><p>{ZH_TRADITIONAL}</p></body></html>'
    assert ZH_TRADITIONAL in load(page.encode("gbk"), "a.html").text


def test_html_nested_deeper_than_python_recurses() -> None:
    page = b"<html><body><p>top</p>" + b"<div>" * 3000 + b"deep" + b"</div>" * 3000 + b"</body></html>"
    assert "top" in load(page, "a.html").text


def test_docx_order_headings_and_tables() -> None:
    extracted = load(MINIMAL["a.docx"], "a.docx")
    assert extracted.title == "Handbook"
    assert extracted.text == "Handbook\n\nLeave\n\nFifteen days a year.\n- first item\n\nModel: T3 | Price: 438"
    assert [h.level for h in extracted.headings] == [1, 1]


def test_docx_equal_cells_stay_and_merged_ones_come_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=4)
    for cell, text in zip(table.rows[0].cells, ["Battery", "24", "24", "18"], strict=True):
        cell.text = text
    table.rows[1].cells[0].merge(table.rows[1].cells[3]).text = "all"
    assert load(saved(document), "a.docx").text == "Battery | 24 | 24 | 18\nall"


def test_docx_tracked_insertions_are_read() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The fee is ")
    inserted = parse_xml(f'<w:ins {nsdecls("w")} w:id="1" w:author="a"><w:r><w:t>45 euros</w:t></w:r></w:ins>')
    deleted = parse_xml(f'<w:del {nsdecls("w")} w:id="2" w:author="a"><w:r><w:delText>40</w:delText></w:r></w:del>')
    paragraph._p.append(deleted)
    paragraph._p.append(inserted)
    assert load(saved(document), "a.docx").text == "The fee is 45 euros"


def test_pdf_pages_and_headings() -> None:
    path = EXAMPLES / "user-manual-frostline-t3.pdf"
    extracted = load(path.read_bytes(), path.name)
    pages = pypdfium2.PdfDocument(path)
    assert len(extracted.page_starts) == len(pages)
    for number in range(len(pages)):
        end = extracted.page_starts[number + 1] if number + 1 < len(pages) else len(extracted.text)
        ours = extracted.text[extracted.page_starts[number] : end]
        theirs = pages[number].get_textpage().get_text_range()
        if " | " in ours:  # a table: its rows say the names of their columns again
            assert not Counter("".join(theirs.replace("\x02", "").split())) - Counter("".join(ours.split()))
        else:
            own, drawn = "".join(ours.split()), "".join(theirs.replace("\x02", "").split())
        assert ("Property: " in ours, "Code: E01" in ours) == (number == 2, number == 3)  # pages with tables
        assert own == drawn if number not in (2, 3) else not Counter(drawn) - Counter(own)
    pages.close()
    assert "2.2 Starting" in [extracted.text[h.start : h.end] for h in extracted.headings]
    assert "fallen below 3.1 V." in extracted.text  # drawn with room behind the point


def test_a_damaged_pdf_is_refused() -> None:
    whole = (EXAMPLES / "user-manual-frostline-t3.pdf").read_bytes()
    with pytest.raises(UnreadableFile):
        load(whole[:200], "a.pdf")


def test_lines_of_a_paragraph_are_joined() -> None:
    lines = [
        Line(text, 10.0)
        for text in [
            "This line is full and goes on to the",
            "next one. Short.",
            "• item",
            "",
            "末行是完整的一行文字并且还有下文内容",
            "接着说。",
        ]
    ]
    assert [line.text for line in paragraphs(lines)] == [
        "This line is full and goes on to the next one. Short.",
        "• item",
        "末行是完整的一行文字并且还有下文内容接着说。",
    ]
    broken = [Line("a hyphen\x02", 10.0), Line("ated word", 10.0)]
    assert [line.text for line in paragraphs(broken)] == ["a hyphenated word"]


@pytest.mark.parametrize(("name", "notes"), [("broken.pdf", 1), ("old.doc", 1), ("a.txt", 0), ("a.md", 0), ("LICENSE", 0)])
def test_a_text_under_another_name_is_called_what_it_is(name: str, notes: int) -> None:
    read = load(b"This is no PDF at all, but it says that the pump stops at 9 bar.", name)
    assert "9 bar" in read.text
    assert len(read.notes) == notes
    assert all(note == f"plain text under the name of a {name[-4:]}." for note in read.notes)
