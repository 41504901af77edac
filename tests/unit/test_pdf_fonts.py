"""Chinese, Japanese and Korean fonts that a PDF names and does not hold: read alike whatever fonts are installed."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from PIL import ImageFont

from ingest.loaders import load
from ingest.loaders.pdf.fonts import made_font
from tests.conftest import ROOT
from tests.unit.pdf_files import HEIGHT, SIZE, WIDTH, drawn_pdf, eastern, text_at
from tests.unit.test_pdf import box_of, check_boxes
from youju.records import Extracted

EXACT = 0.2 / HEIGHT  # an installed font's signs are nowhere so near to the places of ours
FONTS = {
    "UCS-2": (eastern(), "utf-16-be", "年度财务报告A1"),
    "UTF-16": (eastern(encoding="UniGB-UTF16-H", kind="CIDFontType2", name="SimSun"), "utf-16-be", "年度财务报告A1"),
    "GBK": (eastern(encoding="GBK-EUC-H", kind="CIDFontType2", name="SimHei,Bold"), "gbk", "年度财务报告A1"),
    "GBK in a simple font": (
        "<< /Type /Font /Subtype /TrueType /BaseFont /#CB#CE#CC#E5 /Encoding /WinAnsiEncoding >>", "gbk", "年度财务报告",
    ),
    "traditional": (eastern("CNS1", "UniCNS-UCS2-H", name="MSung-Light"), "utf-16-be", "年度財務報告"),
    "Big5": (eastern("CNS1", "ETen-B5-H", name="MSung-Light"), "big5", "年度財務報告"),
    "Japanese": (eastern("Japan1", "90ms-RKSJ-H", name="Ryumin-Light"), "cp932", "年度のデータ"),
    "Korean": (eastern("Korea1", "UniKS-UCS2-H", name="HYSMyeongJo-Medium"), "utf-16-be", "재무보고"),
}  # fmt: skip


def read(drawn: list[str], third: str | None = None) -> Extracted:
    extracted = load(drawn_pdf(["\n".join(drawn)], third=third), "a.pdf")
    check_boxes(extracted)
    return extracted


@pytest.mark.parametrize("name", FONTS)
def test_characters_drawn_one_by_one_are_read(name: str) -> None:
    font, codec, text = FONTS[name]
    drawn = [text_at(60 + SIZE * number, 700, one, font="F3", codec=codec) for number, one in enumerate(text)]
    assert read(drawn, font).text == text


@pytest.mark.parametrize(("text", "end"), [("年度财务报告", 0.96), ("2023年第1", 0.5), ("报告（", 0.96), ("ﾃﾞｰﾀ", 0.48)])
def test_where_a_line_stands_is_the_same_everywhere(text: str, end: float) -> None:
    box = box_of(read([text_at(60, 700, text, font="F3")]), text)
    assert (box.left, box.right) == pytest.approx(
        ((60 + 0.04 * SIZE) / WIDTH, (60 + SIZE * (len(text) - 1 + end)) / WIDTH), abs=EXACT
    )
    assert (box.top, box.bottom) == pytest.approx(
        (1 - (700 + 0.87 * SIZE) / HEIGHT, 1 - (700 - 0.12 * SIZE) / HEIGHT), abs=EXACT
    )


def test_the_font_is_one_and_shows_nothing() -> None:
    font = ImageFont.truetype(io.BytesIO(made_font()), 100)
    assert [font.getlength(one) for one in "年iA1ﾃ\U0002070e"] == [100, 31, 68, 54, 52, 100]
    assert font.getmask("年度财务报告 2023").getbbox() is None


def test_pages_are_drawn_with_the_fonts_of_the_machine() -> None:
    """People are shown pages by a program that never hears of the reader's fonts."""
    code = "import sys, ingest.page_picture; print(*(name for name in sys.modules if name.startswith('ingest.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "ingest.page_picture" in done.stdout.split()
    assert "ingest.loaders.pdf.fonts" not in done.stdout.split()
