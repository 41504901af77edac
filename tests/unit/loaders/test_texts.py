"""HTML, Markdown, tables in text, JSON and mail: what is particular to each."""

from __future__ import annotations

import json
from email.message import EmailMessage

import pytest

from ingest.loaders import load
from tests.unit.loaders.made import EN, FILES, ZH, docx_file, message
from youju.errors import UnreadableFile
from youju.records import Extracted


def kept(extracted: Extracted) -> list[str]:
    return [extracted.text[start:end] for start, end in extracted.whole]


def html(body: str) -> Extracted:
    return load(f"<!doctype html><html><body>{body}</body></html>".encode(), "a.html")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><th>Model<th>Price<tr><th>T3<td>438<tr><td>T4<td>520", "Model: T3 | Price: 438\nModel: T4 | Price: 520"),
        ("<caption>Prices</caption><thead><tr><td>A<td>B</thead><tbody><tr><td>1<td>2</tbody>", "Prices\n\nA: 1 | B: 2"),
        ("<tr><td><th>2024<th>2025<tr><td>T3<td>1<td>2", "T3 | 2024: 1 | 2025: 2"),
        (
            "<tr><th rowspan=2>Model<th colspan=2>Price<tr><th>2024<th>2025<tr><td>T3<td>1<td>2",
            "Model: T3 | Price 2024: 1 | Price 2025: 2",
        ),
        ("<tr><th>A<th>B<th>C<tr><td rowspan=2>x<td>1<td>2<tr><td>3<td>4", "A: x | B: 1 | C: 2\nA: x | B: 3 | C: 4"),
        ("<tr><th>A<th>B<th>C<tr><td colspan=2>x<td>2", "A: x | B: x | C: 2"),
        ("<tr><td>a<td>b<tr><td>c<td>d", "a | b\nc | d"),
        ("<tr><th>only<th>names", "only | names"),
        ("<tr><th>A<th>B<tr><td colspan=999999999>x", "x"),
        (  # a title over the whole table names no column
            "<thead><tr><th colspan=3>General</thead><tr><td>Variable<td>Default<td>Meaning<tr><td>trash<td>false<td>kept"
            "<tr><td>wait<td>300<td>time",
            "General\n\nVariable: trash | Default: false | Meaning: kept\nVariable: wait | Default: 300 | Meaning: time",
        ),
    ],
)
def test_html_tables(table: str, expected: str) -> None:
    assert html(f"<table>{table}</table>").text == expected


def test_html_keeps_lists_and_code_together() -> None:
    extracted = html(
        "<p>Do this:</p><ol><li>one<li><p>two</p><ul><li>inner</ul></ol>and then"
        "<pre> x = 1\n y = 2</pre><ul><li>a</ul><ul><li>b</ul>"
    )
    assert extracted.text == "Do this:\n1. one\n2. two\n- inner\n\nand then\n\n x = 1\n y = 2\n- a\n- b"
    assert kept(extracted) == ["1. one\n2. two\n- inner", " x = 1\n y = 2", "- a", "- b"]


def test_markdown_keeps_lists_and_code_together() -> None:
    text = "# T\n\n- a\n  - b\n\n  ```\n  in the list\n  ```\n\nWords.\n\n```py\nx = 1\n\ny = 2\n```\n\n1. one\n2. two"
    assert kept(load(text.encode(), "a.md")) == [
        "- a\n  - b\n\n  ```\n  in the list\n  ```",
        "```py\nx = 1\n\ny = 2\n```",
        "1. one\n2. two",
    ]


def test_rows_of_markdown_tables_have_the_names_of_their_columns() -> None:
    text = "# T\n\nPrices:\n| **Model** | Price |\n|:--|--:|\n| T3 | `438` |\n| T4 |\n\n## N\n\n> |Q|R|\n> |-|-|\n> |1|2|\n"
    extracted = load(text.encode(), "a.md")
    rows = ["Model: T3 | Price: 438", "Model: T4"]
    assert extracted.text == f"# T\n\nPrices:\n\n\n{rows[0]}\n{rows[1]}\n\n## N\n\n>\n>\n> Q: 1 | R: 2\n"
    assert kept(extracted) == [*rows, "> Q: 1 | R: 2"]
    assert [extracted.text[heading.start : heading.end] for heading in extracted.headings] == ["T", "N"]


def test_markdown_tables_without_names_and_those_in_code() -> None:
    text = "| | |\n|-|-|\n| Name | Age |\n| Ada | 5 |\n\n```\n| A | B |\n|---|---|\n| 1 | 2 |\n```\n\nA | B\n--|--\n"
    assert load(text.encode(), "a.md").text == (
        "\n\n\nName: Ada | Age: 5\n\n```\n| A | B |\n|---|---|\n| 1 | 2 |\n```\n\nA | B\n\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name;Wert\nA;1,5\nB;2,5\n", "Name: A | Wert: 1,5\nName: B | Wert: 2,5"),
        ('问题,答案\n"多久,几天","三天。\n工作日。"\n', "问题: 多久,几天 | 答案: 三天。 工作日。"),
        ("1,2\n3,4\n", "1 | 2\n3 | 4"),
        ("Name\nAnna\nBob\n", "Name\nAnna\nBob"),
        ('a,b\n"say ""yes""",2\n', 'a: say "yes" | b: 2'),
        ("sep=;\nName;City\nAda;Oslo, B\n", "Name: Ada | City: Oslo, B"),
        ('"sep=\t"\r\nName\tCity\r\nAda\tOslo\r\n', "Name: Ada | City: Oslo"),
        (
            "Statement, account 12, May 2025\nIn euros, net\n\n"
            "Date;Text;Sum\n03.05.2025;Rent, May;-900,00\n09.05.2025;b, c;1,00\n",
            "Statement, account 12, May 2025\nIn euros, net\n\nDate: 03.05.2025 | Text: Rent, May | Sum: -900,00\n"
            "Date: 09.05.2025 | Text: b, c | Sum: 1,00",
        ),
        (",x\nAfrica,11506\nAsia,16988\n", "Africa | x: 11506\nAsia | x: 16988"),
        ("'Name','City'\n'Ada, B','Oslo'\n", "Name: Ada, B | City: Oslo"),
    ],
)
def test_delimited_text(text: str, expected: str) -> None:
    assert load(text.encode(), "a.csv").text == expected


def test_a_quotation_mark_that_never_ends_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="damaged table"):
        load(b'a,b\n"x,' + b"y" * (1 << 21), "a.csv")


def test_json_records_are_kept_whole() -> None:
    records = [
        {"title": "Leave", "tags": ["a", "b"], "who": {"name": "Chen", "old": None}, "on": True, "in": [{"x": 1}, {"x": 2.5}]},
        {"title": "x" * 300, "n": 0},
    ]
    extracted = load(json.dumps(records).encode(), "a.json")
    first = "tags: a, b\nwho.name: Chen\non: true\nin.1.x: 1\nin.2.x: 2.5"
    assert kept(extracted) == [first, f"title: {'x' * 300}\nn: 0"]
    assert [extracted.text[heading.start : heading.end] for heading in extracted.headings] == ["Leave"]
    assert extracted.title == ""


@pytest.mark.parametrize("data", [b'{"a": ', b"[" * 100_000, b'{"a": 1}\nnot json'])
def test_damaged_json_is_refused(data: bytes) -> None:
    for name in ("a.json", "a.jsonl"):
        with pytest.raises(UnreadableFile, match="damaged JSON"):
            load(data, name)


def test_a_message_with_attachments() -> None:
    mail = message("年假规定")
    mail.add_attachment(docx_file(), maintype="application", subtype="octet-stream", filename="规定.docx")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="photo.png")
    mail.add_attachment(b"PK\x03\x04 cut", maintype="application", subtype="zip", filename="cut.xlsx")
    extracted = load(mail.as_bytes(), "a.eml")
    assert extracted.title == "年假规定"
    assert extracted.text.startswith(
        "Subject: 年假规定\nFrom: 陈晓 <chen@example.org>\nTo: all@example.org\nDate: Mon, 03 Mar 2025"
    )
    found = [(extracted.text[heading.start : heading.end], heading.level) for heading in extracted.headings]
    assert found == [
        ("Attachment: 规定.docx", 2),
        ("Handbook", 3),
        ("Leave", 3),
        ("Attachment: photo.png", 2),
        ("Attachment: cut.xlsx", 2),
    ]
    assert kept(extracted)[1:] == ["- first item\n- second item"]


def test_a_message_in_html_and_one_that_breaks_the_rules() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b", "S"
    mail.set_content(f"<html><body><h1>Head</h1><p>{ZH}</p></body></html>", subtype="html")
    assert load(mail.as_bytes(), "a.eml").text.endswith(f"Head\n\n{ZH}")
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        raw = f"From: a@b\nSubject: 年假规定的通知，请大家看\n\n员工的年假{ZH}".encode(encoding)
        extracted = load(raw, "a.eml")
        assert extracted.title == "年假规定的通知，请大家看"
        assert extracted.text.endswith(f"员工的年假{ZH}")


def nested(depth: int) -> EmailMessage:
    mail = message(f"level {depth}", f"text {depth}")
    if depth:
        mail.add_attachment(nested(depth - 1))
    return mail


def test_messages_in_messages_are_read_two_deep() -> None:
    text = load(nested(4).as_bytes(), "a.eml").text
    assert [f"text {depth}" in text for depth in (4, 3, 2, 1, 0)] == [True, True, True, False, False]
    assert "Attachment: level 1.eml" in text


def test_of_very_many_attachments_the_first_are_read() -> None:
    mail = message()
    for number in range(60):
        mail.add_attachment(f"note {number}", filename=f"{number}.txt")
    text = load(mail.as_bytes(), "a.eml").text
    assert text.count("Attachment: ") == 50
    assert "note 49" in text


def test_lines_of_json_and_messages_need_no_name() -> None:
    assert load(FILES["a.eml"], "letter").text == load(FILES["a.eml"], "a.eml").text
    assert EN in load(FILES["a.json"], "export").text
