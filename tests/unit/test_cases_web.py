"""The inputs of `shared/cases` for pages, books, messages, uploads and clients: the right values are in the text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.loaders import load
from tests.conftest import ROOT

CASES = Path(os.environ.get("YOUJU_TEST_CASES", ROOT.parent / "shared" / "cases"))


def text(name: str) -> str:
    path = CASES / name
    if not CASES.is_dir():
        pytest.skip("no cases: name their folder by YOUJU_TEST_CASES")
    return load(path.read_bytes(), path.name).text


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("html-content-lost/article-card.html", ["29 days of holiday", "lapse on 31 March"]),
        ("html-content-lost/aside.html", ["the seal fails after 40 seconds", "Connect the hose."]),
        ("html-content-lost/header.html", ["Chapter 3: The lighthouse", "Valid from 1 May 2025.", "second floor"]),
        ("html-content-lost/notes.epub", ["Chapter 3: The lighthouse", "whale oil", "From 1871 on it burned paraffin."]),
        ("html-content-lost/math.html", ["The load factor is k=1.35 in all cases."]),
        ("html-content-lost/form.html", ["Number: A-778", "Deliver to gate 5", "Status: paid"]),
        ("html-content-lost/tabs.html", ["setup.exe", "Linux", "kite-setup --root"]),
        ("eml-blank-plain/plain-empty.eml", ["on Thursday at gate 14"]),
        ("eml-blank-plain/plain-stub.eml", ["on Thursday at gate 14"]),
        (
            "eml-gb2312-headers/gb2312-subject.eml",
            ["Subject: 关于朱镕先生与陈堃的采购合同", "From: 张珺 ", "Attachment: 刘喆报价单.txt", "三十六万元", "十五天"],
        ),
        ("struck-out/sup.html", ["The fee was 30 euros, or 9 for members."]),
        ("superscript-digits/sup.html", ["holds 10⁵ litres", "The dose is 50 mg per day", "12 m²", "4. Press start"]),
    ],
)
def test_the_right_values_are_in_the_text(name: str, right: list[str]) -> None:
    found = text(name)
    assert [value for value in right if value not in found] == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("struck-out/sup.html", ["40 30", "12 9"]),
        ("superscript-digits/sup.html", ["105", "503"]),
        ("html-content-lost/form.html", ["open"]),
        ("html-content-lost/math.html", ["k=1.35k"]),
    ],
)
def test_no_wrong_value_is(name: str, wrong: list[str]) -> None:
    found = text(name)
    assert [value for value in wrong if value in found] == []
