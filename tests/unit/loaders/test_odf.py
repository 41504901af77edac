"""What OpenDocument holds beside plain paragraphs: looks, numbers, notes, boxes, charts, formulas, headers and footers."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from tests.unit.loaders.made import NAMESPACES, opendocument, zipped
from youju.records import Extracted

MORE = (
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    ' xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"'
)


def style(name: str, properties: str = "", family: str = "text", more: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}"{more}><style:text-properties {properties}/></style:style>'


STYLES = (
    style("Struck", 'style:text-line-through-style="solid"')
    + style("StruckToo", 'style:text-line-through-type="double"')
    + style("Unstruck", 'style:text-line-through-style="none" style:text-line-through-type="none"')
    + style("Hidden", 'text:display="none"')
    + style("Tiny", 'fo:font-size="1pt"')
    + style("White", 'fo:color="#ffffff"')
    + style("OnDark", 'fo:color="#ffffff" fo:background-color="#003366"')
    + style("Up", 'style:text-position="super 58%"')
    + style("UpToo", 'style:text-position="33% 58%"')
    + style("Down", 'style:text-position="sub 58%"')
    + style("Signs", 'style:font-name="Wingdings"')
    + style("Child", more=' style:parent-style-name="Struck"')
    + style("Gone", 'text:display="none"', "paragraph")
    + style("First", "", "paragraph", ' style:master-page-name="Cover"')
    + '<text:list-style style:name="L1">'
    '<text:list-level-style-number text:level="1" style:num-suffix="." style:num-format="1"/>'
    '<text:list-level-style-number text:level="2" style:num-suffix=")" style:num-format="a" text:display-levels="1"/>'
    '<text:list-level-style-number text:level="3" style:num-format="i" text:display-levels="3"/></text:list-style>'
    '<text:list-style style:name="L2"><text:list-level-style-number text:level="1" style:num-prefix="第" style:num-suffix="条" '
    'style:num-format="一, 二, 三, ..."/></text:list-style>'
    '<text:list-style style:name="L3"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
)
COMMON = (
    '<office:styles><text:outline-style><text:outline-level-style text:level="1" style:num-format="I"/>'
    '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    "</office:styles>"
    '<office:master-styles><style:master-page style:name="Standard">'
    "<style:header><text:p>Contract HH-4471</text:p></style:header>"
    "<style:footer><text:p>Page <text:page-number>1</text:page-number></text:p>"
    "<text:p>Contact: a@b.example</text:p></style:footer>"
    '<style:footer-left style:display="false"><text:p>switched off</text:p></style:footer-left></style:master-page>'
    '<style:master-page style:name="Cover"><style:header><text:p>Cover page</text:p></style:header></style:master-page>'
    '<style:master-page style:name="Unused"><style:header><text:p>unused</text:p></style:header></style:master-page>'
    "</office:master-styles>"
)


def document(body: str, parts: dict[str, str] | None = None, kind: str = "text") -> bytes:
    def root(name: str, inside: str) -> str:
        return f"<office:document-{name} {NAMESPACES}{MORE}>{inside}</office:document-{name}>"

    inside = f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    content = f"<office:automatic-styles>{STYLES}</office:automatic-styles>{inside}"
    written = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": root("content", content)}
    for name, inside in (parts or {}).items():
        written[name] = root(name.partition("/")[0].removesuffix(".xml"), inside) if name == "styles.xml" else inside
    return zipped(written)


def read(body: str, parts: dict[str, str] | None = None, kind: str = "text") -> Extracted:
    return load(document(body, parts, kind), f"a.od{kind[0]}")


NOTE = (
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>aside</text:p></text:note-body></text:note>"
)


def span(text: str, name: str) -> str:
    return f'<text:span text:style-name="{name}">{text}</text:span>'


def p(text: str, name: str = "") -> str:
    return f'<text:p text:style-name="{name}">{text}</text:p>'


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        *((f"Price {span('40', name)} 30", "Price 30") for name in ("Struck", "StruckToo", "Hidden", "Tiny", "White", "Child")),
        (f"a {span('b', 'Unstruck')} {span('c', 'OnDark')}", "a b c"),
        (f"a {span('x' + span('shown', 'Unstruck'), 'Struck')} b", "a shown b"),
        (f"10{span('5', 'Up')} or 50{span('3', 'UpToo')} mg CO{span('2', 'Down')}", "10⁵ or 50 mg CO₂"),
        (f"{span(chr(0xF0FE), 'Signs')} yes", "☑ yes"),
        ("<text:ruby><text:ruby-base>缪</text:ruby-base><text:ruby-text>miào</text:ruby-text></text:ruby>老师", "缪老师"),
        ('a <text:hidden-text text:is-hidden="true">secret</text:hidden-text> b', "a b"),
        ("ISO\u20119001", "ISO-9001"),
        (f"ten{span(NOTE, 'Up')}.", "ten (aside)."),
        (f"fee{span('1', 'Up')}{NOTE}.", "fee (aside)."),
    ],
)  # fmt: skip
def test_what_is_shown(inside: str, expected: str) -> None:
    assert read(p(inside)).text == expected


def test_whole_paragraphs_and_sections_that_are_hidden() -> None:
    body = (
        p("one")
        + p("hidden by its style", "Gone")
        + p('<text:hidden-paragraph text:is-hidden="true"/>hidden by a field')
        + f'<text:section text:display="none">{p("hidden section")}</text:section>'
        + f'<table:table><table:table-row table:visibility="collapse"><table:table-cell>{p("hidden row")}</table:table-cell>'
        f"</table:table-row><table:table-row><table:table-cell>{p('row')}</table:table-cell></table:table-row></table:table>"
    )
    assert read(body).text == "one\n\nrow"


def test_headers_and_footers_of_the_pages_that_there_are() -> None:
    text = read(p("One.") + p("Two.", "First"), {"styles.xml": COMMON}).text
    assert text == "Contract HH-4471\n\nCover page\n\nOne.\n\nTwo.\n\nContact: a@b.example"


def test_numbers_of_lists_and_headings() -> None:
    def items(*inside: str) -> str:
        return "".join(f"<text:list-item>{one}</text:list-item>" for one in inside)

    def listed(name: str, inside: str, more: str = "") -> str:
        return f'<text:list text:style-name="{name}"{more}>{inside}</text:list>'

    deep = f"<text:list>{items(p('deep'))}</text:list>"
    body = (
        '<text:h text:outline-level="1">Part</text:h><text:h text:outline-level="2">Scope</text:h>'
        + listed("L1", items(p("one") + p("more") + f"<text:list>{items(p('a'), p('b') + deep)}</text:list>", p("two")))
        + p("between")
        + listed("L1", items(p("three")), ' text:continue-numbering="true" xml:id="l"')
        + listed("L1", items(p("four")), ' text:continue-list="l"')
        + listed("L1", '<text:list-item text:start-value="9"><text:p>nine</text:p></text:list-item>')
        + listed("L2", items(p("总则"))) + listed("L3", items(p("dot")))
    )  # fmt: skip
    extracted = read(body, {"styles.xml": COMMON.partition("<office:master")[0]})
    assert extracted.text.split("\n") == [
        "I Part", "", "I.1 Scope", "1. one", "more", "a) a", "b) b", "1.b.i deep", "2. two", "", "between",
        "3. three", "4. four", "9. nine", "第一条 总则", "- dot",
    ]  # fmt: skip


def test_boxes_and_tables_in_cells() -> None:
    frame = "<draw:frame><svg:desc>a picture</svg:desc><draw:text-box><text:p>in the box</text:p></draw:text-box></draw:frame>"

    def row(*cells: str) -> str:
        return (
            "<table:table-row>"
            + "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
            + "</table:table-row>"
        )

    inner = f"<table:table>{row(p('Quantity'), p('Limit'))}{row(p('Pressure'), p('16 bar'))}</table:table>"
    body = (
        p(f"before{frame} after")
        + f"<table:table>{row(p('Pump'), p('see') + inner)}{row(p('Valve'), p(f'x{frame}'))}</table:table>"
    )
    assert read(body).text.split("\n") == [
        "before after", "", "in the box", "", "Pump | see", "",
        "Quantity: Pressure | Limit: 16 bar", "", "Valve | x in the box",
    ]  # fmt: skip


MATH = (
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn>'
    '</msup></mrow><annotation encoding="StarMath 5.0">E=m c^2</annotation></semantics></math>'
)


def test_formulas_and_charts() -> None:
    def row(*cells: str) -> str:
        return "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)

    chart = (
        f"<office:document-content {NAMESPACES}{MORE}><office:body><office:chart><chart:chart><chart:title>"
        "<text:p>Revenue</text:p>"
        f"</chart:title><table:table><table:table-header-rows><table:table-row>{row('', 'North')}</table:table-row>"
        f"</table:table-header-rows><table:table-rows>"
        f"<table:table-row>{row('2024', '7.1')}</table:table-row></table:table-rows>"
        "</table:table></chart:chart></office:chart></office:body></office:document-content>"
    )
    body = p('so <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>.') + p(
        '<draw:frame><draw:object xlink:href="./Object 2"/></draw:frame>' * 2
    )
    text = read(body, {"Object 1/content.xml": MATH, "Object 2/content.xml": chart}).text
    assert text == "so E=mc².\n\nRevenue\n\n2024 | North: 7.1"


def test_hidden_slides_keep_their_place_and_nothing_else() -> None:
    slide = "<draw:page{}><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>"
    hidden = (
        '<style:style style:name="dp" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/>'
        "</style:style>"
    )
    body = slide.format("", "one") + slide.format(' draw:style-name="dp"', "secret") + slide.format("", "three")
    extracted = load(opendocument("presentation", body, styles=hidden), "a.odp")
    assert extracted.text == "one\n\nthree"
    assert extracted.page_starts == (0, 3, 3)


def test_notes_in_notes_are_read_once() -> None:
    note = "<text:note><text:note-body><text:p>x"
    text = read(p(f"a{note * 40}{'</text:p></text:note-body></text:note>' * 40}")).text
    assert text.count("x") == 40
