"""What Word documents hold beside plain paragraphs: changes, notes, numbers, controls, boxes, formulas, signs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ingest.loaders import load
from tests.hostile import with_part
from tests.unit.loaders.made import zipped
from youju.records import Extracted

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "m": f"{OFFICE}/math",
    "r": f"{OFFICE}/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROOTS = {"numbering": "numbering", "styles": "styles", "footnotes": "footnotes", "endnotes": "endnotes", "settings": "settings"}
ROOTS |= {"header": "hdr", "footer": "ftr"}


def word(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    """A document with this body; a part `header2` is related as a header with the id `header2`."""
    parts = parts or {}
    written = {}
    for name, inside in parts.items():
        kind = name.rstrip("0123456789")
        root = f"w:{ROOTS[kind]}" if kind in ROOTS else ""
        written[f"word/{name}.xml"] = f"<{root} {DECLARED}>{inside}</{root}>" if root else inside
    kinds = {name: {"data": "diagramData"}.get(name.rstrip("0123456789"), name.rstrip("0123456789")) for name in parts}
    related = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/relationships/{kind}" Target="{name}.xml"/>' for name, kind in kinds.items()
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/word/document.xml" '
            f'ContentType="{main}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
            f'Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f"<w:document {DECLARED}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
            **written,
        }
    )


def read(body: str, parts: Mapping[str, str] | None = None) -> Extracted:
    return load(word(body, parts), "a.docx")


def run(text: str, properties: str = "") -> str:
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inside}<w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*inside: str, properties: str = "") -> str:
    own = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{own}{''.join(piece if piece.startswith('<') else run(piece) for piece in inside)}</w:p>"


def control(inside: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"


def row(*cells: str, properties: str = "") -> str:
    made = "".join(f"<w:tc>{cell if cell.startswith('<') else p(cell)}</w:tc>" for cell in cells)
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{made}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def test_tracked_changes_are_accepted() -> None:
    body = (
        p("Up to ", "<w:del><w:r><w:delText>110</w:delText></w:r></w:del>", f"<w:ins>{run('130')}</w:ins>", " euros.")
        + p(f"<w:moveFrom>{run('Moved here.')}</w:moveFrom>")
        + p(f"<w:moveTo>{run('Moved here.')}</w:moveTo>")
        + p("One", properties="<w:rPr><w:del/></w:rPr>")
        + p(" paragraph.")
        + table(row("kept"), row("deleted", properties="<w:del/>"), row("added", properties="<w:ins/>"))
    )
    assert read(body).text == "Up to 130 euros.\n\nMoved here.\n\nOne paragraph.\n\nkept\nadded"


STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:strike/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="GoneToo"><w:basedOn w:val="Gone"/></w:style>'
    '<w:style w:type="character" w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Dark"><w:pPr><w:shd w:fill="003366"/></w:pPr>'
    '<w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>'
    '<w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr>'
    "</w:style>"
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:ilvl w:val="1"/>'
    '<w:numId w:val="8"/></w:numPr></w:pPr></w:style>'
)


@pytest.mark.parametrize(
    "properties",
    [
        "<w:strike/>",
        '<w:dstrike w:val="true"/>',
        "<w:vanish/>",
        '<w:sz w:val="2"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="auto"/>',
        '<w:rStyle w:val="Gone"/>',
        '<w:rStyle w:val="GoneToo"/>',
    ],
)
def test_what_is_struck_out_or_hidden_is_left_out_with_its_blank(properties: str) -> None:
    assert read(p("The fee is ", run("28", properties), " 32 euros."), {"styles": STYLES}).text == "The fee is 32 euros."


def test_what_is_shown_stays() -> None:
    body = (
        p("a", run("b", '<w:strike w:val="0"/>'), run("c", '<w:rStyle w:val="Gone"/><w:strike w:val="false"/>'))
        + p("secret", properties='<w:pStyle w:val="Secret"/>')
        + p(run("shown", '<w:vanish w:val="0"/>'), properties='<w:pStyle w:val="Secret"/>')
        + p("white on blue", properties='<w:pStyle w:val="Dark"/>')
        + p(run("marked", '<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>'))
    )
    assert read(body, {"styles": STYLES}).text == "abc\n\nshown\n\nwhite on blue\n\nmarked"


def test_raised_and_lowered_runs() -> None:
    up, down = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    body = p("10", run("-", up), run("3", up), " of CO", run("2", down), ", 50", run("3", up), " mg") + p(
        "4 m", run("2", '<w:rStyle w:val="Up"/>'), " and 7 km", run("2", '<w:position w:val="12"/>')
    )
    assert read(body, {"styles": STYLES}).text == "10⁻³ of CO₂, 50 mg\n\n4 m² and 7 km²"


def test_notes_stand_at_their_marks_once() -> None:
    def mark(kind: str, number: int, more: str = "") -> str:
        return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Reference w:id="{number}"{more}/></w:r>'

    custom = '<w:r><w:footnoteReference w:id="3" w:customMarkFollows="1"/><w:t>*</w:t></w:r>'
    body = (
        p("Rules", mark("footnote", 4), properties='<w:pStyle w:val="Heading1"/>')
        + p("Ten days", mark("footnote", 2), mark("footnote", 2), ". Midnight", mark("endnote", 2), ".")
        + table(row(f"{p('cell', custom)}"))
    )
    footnotes = (
        f'<w:footnote w:type="separator" w:id="0">{p("___")}</w:footnote>'
        f'<w:footnote w:id="2">{p("<w:r><w:footnoteRef/></w:r>", " Waived for")}{p("members.")}</w:footnote>'
        f'<w:footnote w:id="3">{p("In ", mark("footnote", 3), "cells too")}</w:footnote>'
        f'<w:footnote w:id="4">{p("of 2024")}</w:footnote>'
    )
    endnotes = f'<w:endnote w:id="2">{table(row("Until"), row("two"))}{p("", run("never", "<w:vanish/>"))}</w:endnote>'
    extracted = read(body, {"styles": STYLES, "footnotes": footnotes, "endnotes": endnotes})
    assert extracted.text == (
        "Rules\n\n(of 2024)\n\nTen days (Waived for members). Midnight (Until two).\n\ncell (In cells too)"
    )
    assert extracted.title == "Rules"


def test_headers_and_footers_once_and_only_those_that_pages_show() -> None:
    def section(*references: str, first: bool = False) -> str:
        made = "".join(
            f'<w:{name.rstrip("0123456789")}Reference w:type="{which}" r:id="{name}"/>'
            for which, name in (one.split(":") for one in references)
        )
        return f"<w:sectPr>{made}{'<w:titlePg/>' if first else ''}</w:sectPr>"

    page = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
    page += f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("4")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = (
        p("One.")
        + p(properties=section("default:header1", "even:header2", "default:footer1", "first:footer2"))
        + p("Two.")
        + section("default:header3", "first:header4", first=True)
    )
    parts = {
        "header1": p("Contract HH-4471"),
        "header2": p("never shown"),
        "header3": p("Contract HH-4471"),
        "header4": table(row("First page", "2024")),
        "footer1": p("Page ", page, " of ", page) + control(p("Contact: a@b.example")),
        "footer2": p("not shown"),
    }
    assert read(body, parts).text == "Contract HH-4471\n\nFirst page | 2024\n\nOne.\n\nTwo.\n\nContact: a@b.example"
    assert "never shown" in read(body, parts | {"settings": "<w:evenAndOddHeaders/>"}).text


def test_content_controls_in_every_place() -> None:
    contents = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    body = (
        control(p("Approved by Mira."))
        + p("Reason: ", control(run("moving")))
        + control(p("Contents ... 1"), contents)
        + table(
            f"<w:tr>{control('<w:tc>' + p('3') + '</w:tc>')}<w:tc>{control(p('Jonas'))}</w:tc></w:tr>", control(row("x", "y"))
        )
        + control(control(table(row("Badge 9913"))))
    )
    assert read(body).text == "Approved by Mira.\n\nReason: moving\n\n3 | Jonas\nx | y\n\nBadge 9913"


def test_a_table_in_a_cell_stands_behind_its_row() -> None:
    inner = table(row("Quantity", "Limit"), row("Pressure", "16 bar"), row("Heat", "110 C"))
    outer = table(row("Part", "Data"), row("Pump", p("see") + inner + p()), row("Valve", "none"))
    assert read(outer).text == (
        "Part: Pump | Data: see\n\nQuantity: Pressure | Limit: 16 bar\nQuantity: Heat | Limit: 110 C\n\n"
        "Part: Valve | Data: none"
    )


def box(text: str) -> str:
    inside = f"<w:txbxContent>{p(text)}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_text_boxes_once_behind_their_paragraph() -> None:
    old = f"<w:r><w:pict><v:textbox><w:txbxContent>{p('old')}</w:txbxContent></v:textbox></w:pict></w:r>"
    body = p("before", box("in the box"), " and after", old) + table(row(p("cell", box("boxed"))))
    assert read(body).text == "before and after\n\nin the box\n\nold\n\ncell boxed"


def level(number: int, form: str, text: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


NUMBERING = (
    f'<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1.")}{level(1, "lowerLetter", "%2)")}'
    f"{level(2, 'lowerRoman', '%1.%2.%3', '<w:isLgl/>')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="2">{level(0, "chineseCounting", "第%1条", "<w:suff w:val=&quot;nothing&quot;/>")}'
    "</w:abstractNum>".replace("&quot;", '"')
    + f'<w:abstractNum w:abstractNumId="3">{level(0, "upperRoman", "%1")}{level(1, "decimal", "%1.%2")}</w:abstractNum>'
    f'<w:abstractNum w:abstractNumId="4">{level(0, "bullet", "o")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    '<w:num w:numId="7"><w:abstractNumId w:val="2"/></w:num><w:num w:numId="8"><w:abstractNumId w:val="3"/></w:num>'
    '<w:num w:numId="9"><w:abstractNumId w:val="4"/></w:num>'
)


def item(text: str, number: int, at: int = 0, more: str = "") -> str:
    return p(text, properties=f'{more}<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>')


def test_automatic_numbers() -> None:
    body = (
        item("one", 1) + item("a", 1, 1) + item("b", 1, 1) + item("deep", 1, 2) + item("two", 1) + item("again", 1, 1)
        + p("between")
        + item("five", 2) + item("six", 2) + item("dot", 9)
        + p("总则", properties='<w:pStyle w:val="Clause"/>') + p("附则", properties='<w:pStyle w:val="Clause"/>')
        + item("Part", 8, more='<w:pStyle w:val="Heading1"/>')
        + p("Scope", properties='<w:pStyle w:val="H2"/>')
        + p("no number", properties='<w:pStyle w:val="Clause"/><w:numPr><w:numId w:val="0"/></w:numPr>')
        + table(row(item("in a cell", 2)))
    )  # fmt: skip
    extracted = read(body, {"numbering": NUMBERING, "styles": STYLES})
    assert extracted.text.split("\n") == [
        "1. one", "a) a", "b) b", "1.2.1 deep", "2. two", "a) again", "", "between", "5. five", "6. six", "- dot",
        "第一条总则", "第二条附则", "", "I Part", "", "I.1 Scope", "", "no number", "", "7. in a cell",
    ]  # fmt: skip
    assert [extracted.text[one.start : one.end] for one in extracted.headings] == ["I Part", "I.1 Scope"]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<w:r><w:t>RT</w:t><w:noBreakHyphen/><w:t>12</w:t></w:r>", "RT-12"),
        (run("ISO\u20119001"), "ISO-9001"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☑"),
        ('<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>', "μ"),
        (run("\uf0a8", '<w:rFonts w:ascii="Wingdings"/>'), "☐"),
        (run("ü", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'), "✓"),
        (f"<w:r><w:ruby><w:rt>{run('miào')}</w:rt><w:rubyBase>{run('缪')}</w:rubyBase></w:ruby></w:r>", "缪"),
        ("<w:smartTag><w:hyperlink><w:ins><w:r><w:t>deep</w:t></w:r></w:ins></w:hyperlink></w:smartTag>", "deep"),
        (
            '<w:r><mc:AlternateContent><mc:Choice Requires="w16se"><symEx/></mc:Choice><mc:Fallback><w:t>😀</w:t></mc:Fallback>'
            "</mc:AlternateContent></w:r>",
            "😀",
        ),
    ],
)  # fmt: skip
def test_signs_and_readings(inside: str, expected: str) -> None:
    assert read(p("[", inside, "]")).text == f"[{expected}]"


def field(instruction: str, result: str | None, form: str = "") -> str:
    shown = "" if result is None else f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{form}</w:fldChar></w:r>'
        f"<w:r><w:instrText>{instruction}</w:instrText></w:r>{shown}"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (field("MERGEFIELD Name", run("Mira")), "Mira"),
        (field("IF " + "</w:instrText></w:r>" + field("MERGEFIELD x", run("7")) + "<w:r><w:instrText>", run("yes")), "yes"),
        (field(r"EQ \* jc2 \* hps10 \o\ad(\s\up 9(zhēng),铮)", None), "铮"),
        (field(r"eq \o\ac(○,1)", None), "1"),
        (field("FORMCHECKBOX", None, '<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'), "☒"),
        (field("FORMCHECKBOX", None, '<w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData>'), "☐"),
        (
            field(
                "FORMDROPDOWN",
                None,
                '<w:ffData><w:ddList><w:result w:val="1"/>'
                '<w:listEntry w:val="no"/><w:listEntry w:val="yes"/></w:ddList></w:ffData>',
            ),
            "yes",
        ),
        (field("XE index", None), ""),
        ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("never ended"), "never ended"),
    ],
)
def test_fields_show_their_results(inside: str, expected: str) -> None:
    assert read(p("[", inside, "]")).text == f"[{expected}]"


def m(name: str, *inside: str) -> str:
    pieces = (piece if piece.startswith("<") else f"<m:r><m:t>{piece}</m:t></m:r>" for piece in inside)
    return f"<m:{name}>{''.join(pieces)}</m:{name}>"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (m("r", "<m:t>k=1.35</m:t>"), "k=1.35"),
        (m("f", m("num", "a+b"), m("den", "2")), "(a+b)/2"),
        (m("sSup", m("e", "10"), m("sup", "5")), "10⁵"),
        (m("sSup", m("e", "x"), m("sup", "n+k")), "x^(n+k)"),
        (m("sSub", m("e", "v"), m("sub", "max")), "v_max"),
        (m("sSubSup", m("e", "x"), m("sub", "1"), m("sup", "2")), "x₁²"),
        (m("rad", m("radPr", '<m:degHide m:val="1"/>'), m("deg"), m("e", "x+1")), "√(x+1)"),
        (m("rad", m("deg", "3"), m("e", "8")), "∛8"),
        (m("nary", m("naryPr", '<m:chr m:val="∑"/>'), m("sub", "i=1"), m("sup", "n"), m("e", "i")), "∑_(i=1)ⁿ i"),
        (m("d", m("dPr", '<m:begChr m:val="["/><m:endChr m:val="]"/>'), m("e", "a"), m("e", "b")), "[a|b]"),
        (m("m", m("mr", m("e", "1"), m("e", "2")), m("mr", m("e", "3"), m("e", "4"))), "[1, 2; 3, 4]"),
        (m("func", m("fName", "sin"), m("e", "x")), "sin x"),
    ],
)  # fmt: skip
def test_formulas_as_text(formula: str, expected: str) -> None:
    assert read(p("where ", f"<m:oMath>{formula}</m:oMath>", ".")).text == f"where {expected}."


CHART = (
    f"<c:chartSpace {DECLARED}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Revenue</a:t></a:r></a:p></c:rich></c:tx>"
    "</c:title><c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>North</c:v></c:pt></c:strCache>"
    "</c:strRef></c:tx><c:cat><c:strRef><c:strCache>"
    "<c:pt idx='0'><c:v>2023</c:v></c:pt><c:pt idx='1'><c:v>2024</c:v></c:pt></c:strCache></c:strRef>"
    "</c:cat><c:val><c:numRef><c:numCache><c:formatCode>0%</c:formatCode><c:pt idx='0'><c:v>0.071</c:v></c:pt><c:pt idx='1'>"
    "<c:v>0.1</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
)
DIAGRAM = (
    f"<dgm:dataModel {DECLARED}><dgm:ptLst><dgm:pt modelId='0' type='doc'/>"
    + "".join(
        f"<dgm:pt modelId='{key}'><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for key, text in ((3, "Ship"), (1, "Order"), (2, "Check"))
    )
    + "<dgm:pt modelId='9' type='pres'><dgm:t><a:p><a:r><a:t>no</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst><dgm:cxnLst>"
    "<dgm:cxn srcId='0' destId='3' srcOrd='1'/><dgm:cxn srcId='0' destId='1' srcOrd='0'/>"
    "<dgm:cxn srcId='1' destId='2' srcOrd='0'/></dgm:cxnLst></dgm:dataModel>"
)


def test_charts_and_diagrams() -> None:
    drawn = "<w:r><w:drawing><c:chart r:id='chart1'/></w:drawing></w:r>"
    diagram = "<w:r><w:drawing><dgm:relIds r:dm='data1'/></w:drawing></w:r>"
    body = p("See ", drawn, "below.") + p(drawn) + p(diagram)
    assert read(body, {"chart1": CHART, "data1": DIAGRAM}).text == (
        "See below.\n\nRevenue\n\n2023 | North: 7.1%\n2024 | North: 10%\n\n- Order\n- Check\n- Ship"
    )


def test_the_strict_variant_is_read() -> None:
    old = b"http://schemas.openxmlformats.org/wordprocessingml/2006/"
    new = b"http://purl.oclc.org/ooxml/wordprocessingml/"
    data = with_part(word(p("strict")), "word/document.xml", lambda xml: xml.replace(old, new))
    assert load(data, "a.docx").text == "strict"


def test_rings_and_depths_end() -> None:
    ring = (
        '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style>'
    )
    deep = p("deepest")
    for _ in range(60):
        deep = table(row(deep + p()))
    assert read(p("text", properties='<w:pStyle w:val="A"/>') + deep, {"styles": ring}).text == "text\n\ndeepest"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("openxmlformats-officedocument.wordprocessingml.template", "a.dotx"),
        ("ms-word.document.macroEnabled", "a.docm"),
        ("ms-word.template.macroEnabledTemplate", "a.dotm"),
    ],
)
def test_templates_and_documents_with_macros_are_read(kind: str, name: str) -> None:
    def change(types: bytes) -> bytes:
        return types.replace(b"openxmlformats-officedocument.wordprocessingml.document", kind.encode())

    assert load(with_part(word(p("text")), "[Content_Types].xml", change), name).text == "text"
