"""What Rich Text holds beside plain paragraphs: hidden and deleted text, notes, numbers, boxes, fields, formulas, encodings."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from youju.errors import UnreadableFile
from youju.records import Extracted

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fnil\fcharset2 Wingdings;}"
    r"{\f2\fnil\fcharset134 SimSun{\*\falt x};}{\f3\fcharset161 Arial Greek;}{\f4\fcharset2 Symbol;}}"
    r"{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}"
    r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\*\cs10 x;}}{\*\generator Y 1;}"
)


def read(inside: str) -> Extracted:
    return load((HEAD + inside + "}").encode("latin-1"), "a.rtf")


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r"Price {\strike 40} 30 euros", "Price 30 euros"),
        (r"Price \strike 40\strike0  30 euros", "Price 30 euros"),
        (r"Price {\striked1 40} 30 euros", "Price 30 euros"),
        (r"a {\v hidden} b", "a b"),
        (r"a {\v hidden\v0 shown} b", "a shown b"),
        (r"a {\deleted removed\par }{\revised added} b", "a added b"),
        (r"a {\fs2 tiny} b", "a b"),
        (r"a {\cf1 white} b", "a b"),
        (r"a {\cf1\highlight2 white on black} b", "a white on black b"),
        (r"a {\v\plain shown} b", "a shown b"),
        (r"a {\*\unknown never} b", "a  b"),
        (r"10{\super 5} and 50\super 3\nosupersub  mg, CO{\sub 2}, 4 m\up6 2\up0 .", "10⁵ and 50 mg, CO₂, 4 m²."),
        (r"ISO\_9001 na\-me", "ISO-9001 name"),
        (r"{\f1 \u61694\'fe} {\f1 \'fc} {\f4\'6d}", "☑ ✓ μ"),
        (r"{\f3\'e1}\'e4 {\f2\'c4\'ea}", "αä 年"),
        (r"\u24180\'c4\'ea\uc0\u20551 .\uc1", "年ê假."),
        (r"{\upr{old}{\*\ud{new}}} text", "new text"),
        (r"{\pict\bin5 }}}{{ ff}text", "text"),
        ("lost\\bin3 }}}tail", "losttail"),
    ],
)
def test_what_is_shown(inside: str, expected: str) -> None:
    assert read(inside).text == expected


def test_notes_headers_footers_and_boxes() -> None:
    extracted = read(
        r"\titlepg{\header\pard Contract HH-4471\par}{\footer Page \chpgn  of {\field{\*\fldinst NUMPAGES}{\fldrslt 9}}}"
        r"{\headerf First page}{\header Contract HH-4471}"
        r"\pard\s1 Rules\par\pard Ten days{\super \chftn}{\*\footnote\pard {\super\chftn} Waived for\par members.}.\par"
        r" Midnight\super 2{\footnote\ftnalt Until two.}\nosupersub . "
        r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt In a box.\par}}{\shprslt{\*\do{\dptxbxtext In a box.}}}}\par"
    )
    assert extracted.text == (
        "Contract HH-4471\n\nFirst page\n\nRules\n\nTen days (Waived for members).\nMidnight (Until two).\nIn a box."
    )
    assert extracted.title == "Rules"
    assert [extracted.text[one.start : one.end] for one in extracted.headings] == ["Rules"]


def test_a_header_of_the_first_page_that_is_switched_off() -> None:
    assert read(r"{\headerf First page}Text.").text == "Text."


def test_numbers_of_lists() -> None:
    extracted = read(
        r"{\listtext 1.\tab}one\par{\listtext 2.\tab}two\par\pard between\par{\pntext\f4\'b7\tab}{\*\pn\pnlvlblt}dot\par"
        r"\pard\s1{\listtext I.}Part\par"
    )
    assert extracted.text == "1. one\n2. two\nbetween\n- dot\n\nI. Part"
    assert [extracted.text[start:end] for start, end in extracted.whole] == ["1. one\n2. two", "- dot"]


def test_tables_with_merged_cells_and_tables_in_cells() -> None:
    extracted = read(
        r"\trowd\trhdr\clmgf\cellx1\clmrg\cellx2\cellx3\pard\intbl Limit\cell\cell Note\cell\row"
        r"\trowd\clvmgf\cellx1\cellx2\cellx3\pard\intbl A\cell 1\cell\pard\intbl see\par\itap2 In\nestcell 7\nestcell"
        r"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}\pard\intbl\cell\row"
        r"\trowd\clvmrg\cellx1\cellx2\cellx3\pard\intbl\cell 2\cell x\cell\row\pard end"
    )
    lines = extracted.text.split("\n")
    assert "In | 7" in lines
    assert lines.index("In | 7") < lines.index(next(line for line in lines if "2" in line and "A" in line))
    assert any("A" in line and "1" in line and "see" in line for line in lines)
    assert lines[-1] == "end"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r'{\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt link}}', "link"),
        (r"{\field{\*\fldinst IF {\field{\*\fldinst MERGEFIELD a}{\fldrslt 7}}}{\fldrslt yes}}", "yes"),
        (r"{\field{\*\fldinst EQ \\o\\ad(\\s\\up 9(zhi),Z)}{\fldrslt }}", "Z"),
        (r"{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres25\ffdefres1{\*\ffname x}}}}{\fldrslt}}", "☒"),
        (r"{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres0}}}{\fldrslt}}", "☐"),
        (r"{\mmath{\*\moMath{\mr k=}{\mf{\mnum{\mr a+b}}{\mden{\mr 2}}}}{\mmathPict never}}", "k=(a+b)/2"),
        (r"{\mmath{\*\moMath{\md{\mdPr{\mbegChr [}{\mendChr ]}}{\me{\mr x}}}}}", "[x]"),
    ],
)
def test_fields_and_formulas(inside: str, expected: str) -> None:
    assert read(f"<{inside}>").text == f"<{expected}>"


def test_groups_without_end_are_refused_or_read() -> None:
    assert load(rb"{\rtf1 text {\b bold {\i deeper", "a.rtf").text == "text bold deeper"
    assert load(rb"{\rtf1 text}} behind {\b", "a.rtf").text == "text"
    with pytest.raises(UnreadableFile, match="nested too deeply"):
        load(rb"{\rtf1 text" + b"{" * 100_000, "a.rtf")
    assert load(rb"{\rtf1 \intbl\itap999999999 a\nestcell\nestrow\pard b}", "a.rtf").text == "a\n\nb"
    assert load(rb"{\rtf1 \uc-5\u24180 kept}", "a.rtf").text == "年kept"
