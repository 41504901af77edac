"""Bytes and what they are labelled with."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from ingest.loaders.encoding import decode, decode_as


@pytest.mark.parametrize(
    ("text", "written", "label"),
    [
        ("Price 5 € “x” – …", "cp1252", "iso-8859-1"),
        ("Price 5 € “x”", "cp1252", "us-ascii"),
        ("Price 5 € “x”", "utf-8", "iso-8859-1"),
        ("关于朱镕、陈堃𠮷", "gb18030", "gb2312"),
        ("关于朱镕", "gb18030", "x-gbk"),
        ("关于", "utf-8", "gb2312"),
        ("联通", "gb18030", "gb2312"),
        ("关于这个问题", "gb18030", "utf-8"),
        ("關於峯裏", "big5hkscs", "big5"),
        ("①㈱髙", "cp932", "shift_jis"),
        ("똠방각하", "cp949", "ks_c_5601-1987"),
        ("İstanbul €", "cp1254", "iso-8859-9"),
        ("你好", "hz", "hz-gb-2312"),
        ("Привет", "koi8-r", "koi8-r"),
        ("plain", "ascii", "no-such-encoding"),
        ("plain", "ascii", "base64"),
    ],
)  # fmt: skip
def test_a_label_stands_for_what_is_meant(text: str, written: str, label: str) -> None:
    assert decode_as(text.encode(written), label) == text


def test_bytes_that_no_encoding_defines_do_not_change_the_others() -> None:
    assert decode_as(b"a\x81\x80", "iso-8859-1") == "a\x81€"


@pytest.mark.parametrize("declaration", ['<meta charset="{}">', '<meta http-equiv="x" content="text/html; charset={}">'])
def test_pages_are_read_as_browsers_read_them(declaration: str) -> None:
    for text, written, label in (("5 € “x”", "cp1252", "iso-8859-1"), ("关于朱镕、陈堃𠮷", "gb18030", "gb2312")):
        page = f"<html><head>{declaration.format(label)}</head><body><p>{text}</p></body></html>"
        assert load(page.encode(written), "a.html").text == text
        xml = f"<?xml version='1.0' encoding='{label}'?><html><body><p>{text}</p></body></html>"
        assert load(xml.encode(written), "a.xhtml").text == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("张珺 1200\n朱镕 900\n陈堃 800", "gb18030"),
        ("单价", "gb18030"),
        ("陳堃,800\n張珺,900\n吳鎮宇,100", "big5hkscs"),
        ("Größe 5 € “x” – naïve façade", "cp1252"),
        ("25 °C ± 2 µm, ½ «Qué» ÀÉÈ", "cp1252"),
        ("MÜLLER GRÖSSE ÜBERGRÖßE", "cp1252"),
    ],
)
def test_texts_without_a_label(text: str, written: str) -> None:
    assert decode(text.encode(written)) == text
    table = load(f"Name,Note\n{text.replace(',', ' ')},x".encode(written), "a.csv").text
    assert " ".join(text.replace(",", " ").split("\n")[0].split()) in table
