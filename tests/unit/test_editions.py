from __future__ import annotations

from dataclasses import replace

import pytest

from service.grounding.editions import edition_of, superseded
from service.reading import Reading, Span
from service.reading.reranking import Pair
from tests.fakes import a_passage
from youju.records import Document


def titled(title: str, uri: str = "") -> Document:
    document = a_passage("text").document
    return replace(document, id=f"{title}|{uri}", title=title, uri=uri)


def read_in(document: Document) -> Pair:
    return replace(a_passage("text"), document=document), Reading((Span(0, 4, 1.0),), 1.0)


OLD, NEW = titled("Price list 2024", "price-list-2024.md"), titled("Price list 2025", "price-list-2025.html")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, NEW),
        (titled("", "travel-policy-2023.md"), titled("Travel Policy", "Travel policy v4 (2026).docx")),
        (titled("SKERRY PLC HYBRID WORKING POLICY 2022", "hybrid-working-2022.txt"), titled("Hybrid Working Policy 2025")),
        (titled("", "差旅费管理办法（2023）.txt"), titled("差旅管理办法", "差旅管理办法（2026 年版）.docx")),
        (titled("员工手册（第二版）"), titled("员工手册（第三版）")),
        (titled("Calibration procedure CP Rev B"), titled("Calibration procedure CP Rev C")),
        (titled("User manual v2.9"), titled("User manual v2.10")),
        (titled("", "manual-v2.9.txt"), titled("", "manual-v2.10.txt")),
        (titled("员工手册（第三版）"), titled("员工手册（第二十版）")),
        (titled("员工手册（第十版）"), titled("员工手册（第十二版）")),
    ],
)
def test_the_newer_edition_holds(old: Document, new: Document) -> None:
    assert superseded("How much is it?", [read_in(old), read_in(new)]) == {old.id}
    assert superseded("How much is it?", [read_in(new), read_in(old)]) == {old.id}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (titled("Minutes 4 March 2025"), titled("Minutes 1 April 2026")),
        (titled("Quarterly report 2024"), titled("Quarterly report 2025")),
        (titled("Staff handbook Germany 2024"), titled("Staff handbook France 2025")),
        (titled("差旅管理办法（2023）"), titled("信息安全管理办法（2026）")),
        (titled("Price list 2024"), titled("Price list")),
        (titled("Price list"), titled("Price list")),
        (titled("采购合同 2024"), titled("采购合同 2025")),
    ],
)
def test_other_documents_stay(one: Document, other: Document) -> None:
    assert superseded("How much is it?", [read_in(one), read_in(other)]) == frozenset()


@pytest.mark.parametrize(
    "question",
    ["How much was it in 2024?", "What changed in the price?", "What did it cost before?", "去年多少钱？", "新旧规定差多少？"],
)
def test_another_edition_may_be_asked_for(question: str) -> None:
    assert superseded(question, [read_in(OLD), read_in(NEW)]) == frozenset()


def test_an_edition_that_is_found_far_behind_replaces_nothing() -> None:
    others = [read_in(titled(f"Note {number}")) for number in range(4)]
    assert superseded("How much is it?", [read_in(OLD), *others, read_in(NEW)]) == frozenset()
    assert superseded("How much is it?", [read_in(OLD), *others[:2], read_in(NEW)]) == {OLD.id}


def test_words_within_others_ask_for_nothing() -> None:
    assert superseded("差旅住宿标准是多少？", [read_in(OLD), read_in(NEW)]) == {OLD.id}


def test_a_document_without_year_or_version_is_no_edition() -> None:
    assert edition_of(titled("Travel policy")) is None
