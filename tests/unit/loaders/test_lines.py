"""Texts that are read line for line, XML, and the formats before 2007."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from tests.unit.loaders.made import FILES
from youju.records import Extracted


def kept(extracted: Extracted) -> list[str]:
    return [extracted.text[start:end] for start, end in extracted.whole]


def headings(extracted: Extracted) -> list[tuple[str, int]]:
    return [(extracted.text[one.start : one.end], one.level) for one in extracted.headings]


def test_code_and_settings_stay_as_they_are() -> None:
    code = "import os\n\n\ndef fee(days):\n    # the fee\n    return 3 * days\n"
    extracted = load(code.encode(), "fee.py")
    assert extracted.text == code
    assert kept(extracted) == ["import os", "def fee(days):\n    # the fee\n    return 3 * days"]
    assert (extracted.title, extracted.media_type) == ("", "text/x-source")
    settings = "# limits\nserver:\n  port: 8000  # 默认\n"
    assert load(settings.encode("gb18030"), "a.yml").text == settings


def test_each_line_of_a_log_is_kept() -> None:
    extracted = load(b"12:00 start\n\n12:01 pump P7 failed\n", "a.log")
    assert kept(extracted) == ["12:00 start", "12:01 pump P7 failed"]


def test_headings_of_restructured_text() -> None:
    text = "=====\nGuide\n=====\n\nIntro.\n\n"
    text += "Setup\n-----\n\nText::\n\n   not a heading\n   -------\n\n假期\n----\n\nEnd.\n\n====  ====\na     b\n"
    extracted = load(text.encode(), "a.rst")
    assert extracted.text == text
    assert extracted.title == "Guide"
    assert headings(extracted) == [("Guide", 1), ("Setup", 2), ("假期", 2)]


def test_xml_records_and_texts() -> None:
    source = """<?xml version="1.0" encoding="gb2312"?><!DOCTYPE list SYSTEM "x.dtd">
    <catalogue xmlns="http://example.com/x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">
      <title>Pumps 水泵</title>
      <pump id="P7"><name>Pump P7</name><limit unit="bar">16</limit><empty/></pump>
      <pump id="P8"><name>Pump P8</name><limit unit="bar">25</limit></pump>
      <section><title>Care</title><para>Oil it <emph>twice</emph> a year.</para><para>Never run it dry.</para></section>
    </catalogue>"""
    extracted = load(source.encode("gb18030"), "a.xml")
    assert extracted.text == (
        "Pumps 水泵\n\nid: P7\nname: Pump P7\nlimit: 16\nlimit unit: bar\n\n"
        "id: P8\nname: Pump P8\nlimit: 25\nlimit unit: bar\n\nCare\n\nOil it twice a year.\n\nNever run it dry."
    )
    assert headings(extracted) == [("Pumps 水泵", 1), ("Care", 2)]
    assert kept(extracted)[0].startswith("id: P7\nname: Pump P7")


@pytest.mark.parametrize("source", ["<a>never ended", "<?xml version='1.0'?><a>" + "<b>" * 300 + "x"])
def test_what_is_no_xml_is_read_as_it_is(source: str) -> None:
    assert load(source.encode(), "a.xml").text == source


def test_entities_of_xml_are_not_followed() -> None:
    source = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts"><!ENTITY f "long">]><x>be&e;fo&f;re</x>'
    assert load(source.encode(), "a.xml").text == "before"


def test_an_old_document_without_what_is_struck_out_or_hidden() -> None:
    extracted = load(FILES["a.doc"], "a.doc")
    assert extracted.text == (
        "Handbook\n\n假期\n\nFifteen days a year. Fee 32, 10⁵ litres\n- first item\n- second item\n\n"
        "Model: T3 | Price: 438\nModel: T4 | Price: 520\n\n可以分两次使用。"
    )
    assert headings(extracted) == [("Handbook", 1), ("假期", 2)]


def test_old_slides_are_pages_and_hidden_ones_are_empty() -> None:
    extracted = load(FILES["a.ppt"], "a.ppt")
    assert extracted.text == "Leave\n\nFifteen days a year.\n\nSay it slowly.\n\n假期\n\n可以分两次使用。"
    assert len(extracted.page_starts) == 3
    assert headings(extracted) == [("Leave", 2), ("假期", 2)]
