"""What slides hold beside plain texts: charts, diagrams, numbers, struck-out runs, formulas, what is hidden, what repeats."""

from __future__ import annotations

from typing import Any

import pptx
import pytest
from lxml import etree
from pptx.chart.data import BubbleChartData, CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.presentation import Presentation
from pptx.util import Inches

from ingest.loaders import load
from ingest.loaders.builder import TextBuilder
from ingest.loaders.charts import add_chart
from tests.unit.loaders.made import saved
from tests.unit.loaders.test_word import DIAGRAM

BOX = Inches(1), Inches(1), Inches(4), Inches(3)
DRAWING = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)


def slide_of(presentation: Presentation, title: str = "") -> Any:
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = title
    return slide


def text_of(presentation: Presentation) -> str:
    return load(saved(presentation), "a.pptx").text


def with_paragraphs(paragraphs: str) -> str:
    presentation = pptx.Presentation()
    body = slide_of(presentation).shapes.add_textbox(*BOX).text_frame._txBody
    for old in body.findall("{*}p"):
        body.remove(old)
    for new in etree.fromstring(f"<x {DRAWING}>{paragraphs}</x>"):
        body.append(new)
    return text_of(presentation)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<a:r><a:t>Fee </a:t></a:r><a:r><a:rPr strike="sngStrike"/><a:t>28</a:t></a:r><a:r><a:t> 32</a:t></a:r>', "Fee 32"),
        ('<a:r><a:t>10</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>5</a:t></a:r>', "10⁵"),
        ('<a:r><a:t>CO</a:t></a:r><a:r><a:rPr baseline="-25000"/><a:t>2</a:t></a:r>', "CO₂"),
        ('<a:r><a:t>a</a:t></a:r><a:r><a:rPr sz="100"/><a:t>tiny</a:t></a:r>', "a"),
        ('<a:r><a:rPr><a:sym typeface="Wingdings"/></a:rPr><a:t>\uf0fe</a:t></a:r><a:r><a:t> yes</a:t></a:r>', "☑ yes"),
        ('<a:r><a:t>one</a:t></a:r><a:br/><a:fld type="slidenum"><a:t>7</a:t></a:fld><a:r><a:t>two</a:t></a:r>', "one\ntwo"),
        (
            '<a:r><a:t>so </a:t></a:r><mc:AlternateContent><mc:Choice Requires="a14"><a14:m>'
            '<m:oMath><m:r><m:t>k=2</m:t></m:r></m:oMath>'
            "</a14:m></mc:Choice><mc:Fallback><a:r><a:t> </a:t></a:r></mc:Fallback></mc:AlternateContent>",
            "so k=2",
        ),
    ],
)  # fmt: skip
def test_runs(inside: str, expected: str) -> None:
    assert with_paragraphs(f"<a:p>{inside}</a:p>") == expected


def test_automatic_numbers() -> None:
    def point(text: str, properties: str) -> str:
        return f"<a:p><a:pPr {properties}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>"

    paragraphs = (
        point("one", '><a:buAutoNum type="arabicPeriod"/>')
        + point("a", 'lvl="1"><a:buAutoNum type="alphaLcParenR"/>')
        + point("b", 'lvl="1"><a:buAutoNum type="alphaLcParenR"/>')
        + point("two", '><a:buAutoNum type="arabicPeriod"/>')
        + point("plain", '><a:buChar char="•"/>')
        + point("五", '><a:buAutoNum type="ea1ChsPeriod" startAt="5"/>')
        + point("circle", '><a:buAutoNum type="circleNumDbPlain"/>')
    )
    assert with_paragraphs(paragraphs) == "1. one\na) a\nb) b\n2. two\nplain\n五. 五\n① circle"


def test_charts_are_tables_of_their_values() -> None:
    presentation = pptx.Presentation()
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["2023", "2024"]
    data.add_series("North", (0.071, 0.1))
    data.add_series("South", (0.2, None))
    slide = slide_of(presentation, "Growth")
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Growth by region"
    chart.value_axis.has_title = True
    chart.value_axis.axis_title.text_frame.text = "per year"
    points = XyChartData()
    series = points.add_series("Pressure")
    series.add_data_point(1.5, 16)
    series.add_data_point(2, 18.25)
    slide_of(presentation).shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *BOX, points)
    bubbles = BubbleChartData()
    bubbles.add_series("Sales").add_data_point(1, 2, 30)
    slide_of(presentation).shapes.add_chart(XL_CHART_TYPE.BUBBLE, *BOX, bubbles)
    nested = CategoryChartData()
    year = nested.add_category("2024")
    year.add_sub_category("Q1")
    year.add_sub_category("Q2")
    nested.add_series("Costs", (3, 4))
    slide_of(presentation).shapes.add_chart(XL_CHART_TYPE.PIE, *BOX, nested)
    assert text_of(presentation) == (
        "Growth\n\nGrowth by region (per year)\n\n2023 | North: 7.1% | South: 20%\n2024 | North: 10%\n\n"
        "1.5 | Pressure: 16\n2 | Pressure: 18.25\n\n1 | Sales: 2 | Sales (size): 30\n\n2024 Q1 | Costs: 3\n2024 Q2 | Costs: 4"
    )


def test_newer_kinds_of_charts() -> None:
    root = etree.fromstring(
        '<cx:chartSpace xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex"><cx:chartData><cx:data id="0">'
        '<cx:strDim type="cat"><cx:lvl><cx:pt idx="0">Start</cx:pt><cx:pt idx="1">End</cx:pt></cx:lvl></cx:strDim>'
        '<cx:numDim type="val"><cx:lvl formatCode="0%"><cx:pt idx="0">0.5</cx:pt>'
        '<cx:pt idx="1">1</cx:pt></cx:lvl></cx:numDim>'
        "</cx:data></cx:chartData><cx:chart><cx:plotArea><cx:series><cx:tx><cx:txData><cx:v>Share</cx:v></cx:txData></cx:tx>"
        "</cx:series></cx:plotArea></cx:chart></cx:chartSpace>"
    )
    builder = TextBuilder()
    add_chart(root, builder)
    assert builder.build("x", "").text == "Start | Share: 50%\nEnd | Share: 100%"


def test_diagrams_and_shapes_of_several_versions() -> None:
    presentation = pptx.Presentation()
    slide = slide_of(presentation, "Steps")
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", presentation.part.package, DIAGRAM.encode())
    key = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData")
    frame = (
        f'<p:graphicFrame {DRAWING}><p:nvGraphicFramePr><p:cNvPr id="90" name="d"/><p:cNvGraphicFramePr/><p:nvPr/>'
        "</p:nvGraphicFramePr><p:xfrm><a:off x='0' y='9'/><a:ext cx='1' cy='1'/></p:xfrm><a:graphic>"
        f"<a:graphicData uri='http://schemas.openxmlformats.org/drawingml/2006/diagram'>"
        f"<dgm:relIds r:dm='{key}'/></a:graphicData></a:graphic></p:graphicFrame>"
    )
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="{}" name="f"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="0" y="99"/>'
        '<a:ext cx="1" cy="1"/></a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>'
    )
    both = (
        f'<mc:AlternateContent {DRAWING}><mc:Choice Requires="a14">{shape.format(91, "with a formula")}</mc:Choice>'
        f"<mc:Fallback>{shape.format(91, 'as a picture')}</mc:Fallback></mc:AlternateContent>"
    )
    for xml in (both, frame):
        slide.shapes._spTree.append(pptx.oxml.parse_xml(xml))
    assert text_of(presentation) == "Steps\n\n- Order\n- Check\n- Ship\n\nwith a formula"


def test_hidden_slides_and_shapes_and_footers_that_repeat() -> None:
    presentation = pptx.Presentation()
    for number, text in enumerate(("one", "two", "three")):
        slide = slide_of(presentation)
        slide.shapes.add_textbox(*BOX).text_frame.text = text
        footer = slide.shapes.add_textbox(Inches(1), Inches(7), Inches(1), Inches(1))
        footer.text_frame.text = "ACME 2026"
        footer.element.nvSpPr.find("{*}nvPr").append(pptx.oxml.parse_xml(f'<p:ph {DRAWING} type="ftr"/>'))
        if number == 1:
            slide.element.set("show", "0")
        if number == 2:
            hidden = slide.shapes.add_textbox(*BOX)
            hidden.text_frame.text = "secret"
            hidden.element.nvSpPr.cNvPr.set("hidden", "1")
    extracted = load(saved(presentation), "a.pptx")
    assert extracted.text == "one\n\nACME 2026\n\nthree"
    assert len(extracted.page_starts) == 3


def test_merged_cells_of_a_table_and_numbered_notes() -> None:
    presentation = pptx.Presentation()
    slide = slide_of(presentation)
    table = slide.shapes.add_table(3, 2, *BOX).table
    for number, text in enumerate(["Model", "Price", "T3", "438", "", "520"]):
        table.cell(number // 2, number % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    slide.notes_slide.notes_text_frame.text = "Say it.\nTwice."
    assert text_of(presentation) == "Model: T3 | Price: 438\nModel: T3 | Price: 520\n\nSay it.\nTwice."
