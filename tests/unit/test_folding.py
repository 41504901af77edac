"""Numbers, quantities, dates, powers, spaced characters: one form for all ways of writing them that mean the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, a_passage, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.settings import Settings
from youju.text.dates import Date, dates
from youju.text.folding import folded
from youju.text.forms import forms, spelled_as
from youju.text.language import passage_terms, query_words, words
from youju.text.quantities import figures, number_form, numbers, quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10⁵ 10⁻³ 2⁺⁴", "10^5 10^-3 2^4"),
        ("25 m²", "25 m2"),
        ("H₂O", "H2O"),
        ("1\u202f250\u00a0000", "1250000"),
        ("５０％", "50%"),
        ("沈　涛　办公室", "沈涛　办公室".replace("　", " ")),
        ("沈　涛的分机", "沈涛的分机"),
        ("合 同 总 价：", "合同总价:"),
        ("合同 总价", "合同 总价"),
        ("第一 条", "第一 条"),
        ("甲 and 乙", "甲 and 乙"),
    ],
)
def test_folding(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize(
    ("token", "form"),
    [
        ("614,690", "614690"), ("1,234,567.50", "1234567.5"), ("1'250'000", "1250000"), ("1.234.567,89", "1234567.89"),
        ("1.234,5", "1234.5"), ("12,50", "12.5"), ("3.0", "3"), ("1.200", "1.2"), ("192.0.2.1", "192.0.2.1"), ("007", "007"),
        ("12:30", "12:30"),
    ],
)  # fmt: skip
def test_numbers_have_one_form(token: str, form: str) -> None:
    assert number_form(token) == form


ALIKE = [
    ("614,690元", "614690 元", "614690"),
    ("614,690 euros", "６１４６９０ euros", "614690"),
    ("1.234.567,89 €", "1,234,567.89 €", "1234567.89"),
    ("1.200 Euro", "1200 euros", "1200"),
    ("50mg", "50 mg", "50mg"),
    ("24hours", "24 hours", "hour"),
    ("25 m²", "25 m2", "m2"),
    ("10⁵ litres", "10^5 litres", "10e5"),
    ("沈　涛", "沈涛", "沈涛"),
    ("11 March 2025", "2025年3月11日", "2025-03-11"),
    ("on 2025/3/11", "11 March 2025", "2025-03-11"),
    ("March 11", "3月11日", "03-11"),
    ("50 kg", "50公斤", "50kg"),
    ("1.2 million euros", "1,200,000 euros", "1200000eur"),
    ("120万元", "1200000元", "1200000cny"),
    ("1 250 000 kr", "1,250,000 kr", "1250000"),
]


@pytest.mark.parametrize(("one", "other", "term"), ALIKE)
def test_two_ways_of_writing_share_a_term(one: str, other: str, term: str) -> None:
    assert term in passage_terms(one)
    assert term in passage_terms(other)


def test_what_is_not_the_same_shares_none() -> None:
    assert "105" not in passage_terms("10⁵ litres")
    assert figures("10⁵") == {"10", "5"}
    assert quantities("10⁵ litres") == {}
    assert "614" not in words("614,690")
    assert numbers("1,5 und 2.50") == {"1.5", "2.5"}
    assert not {"2025a", "11d"} & set(forms("2025年3月11日"))
    assert quantities("25 m²") == {"25": {"m2"}}
    assert dates("11 March 2025") == [Date(2025, 3, 11)]


@given(st.text(st.sampled_from("0123456789.,' 万元kmg⁵²沈　涛年月日-"), max_size=30))
def test_terms_of_any_text_are_words_that_the_full_text_takes(text: str) -> None:
    assert all(term and not any(sign.isspace() or sign == "^" for sign in term) for term in passage_terms(text))
    assert set(query_words(text)) <= set(words(text))


@pytest.fixture
def retriever(settings: Settings, store: Store, embedder: HashingEmbedder) -> Retriever:
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


def test_a_search_finds_what_is_written_otherwise(tmp_path: Path, settings: Settings, retriever: Retriever) -> None:
    files = {f"{n}.txt": f"Order {n} was signed on {n} May 2025 and weighs {n} kilograms." for n in range(10, 30)}
    ingest_files(files, tmp_path / "documents", settings, retriever.store, retriever.embedder)
    for question, place in (("Which order weighs 17kg?", "17.txt"), ("Which was signed on 2025-05-23?", "23.txt")):
        assert retriever.retrieve(question, 1)[0].document.uri.endswith(place)


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        ("哪份合同的总价是614690元？", ["总价为614,690元"], "哪份合同的总价是614,690元？"),
        ("Which has 614,690 euros?", ["It has 614690 euros."], "Which has 614690 euros?"),
        ("Which has 1200 euros?", ["It has １，２００ euros."], "Which has １，２００ euros?"),
        ("Which has 1200 euros?", ["It has 1,200 euros.", "It has 1200 euros."], "Which has 1200 euros?"),
        ("Which has 200 euros?", ["It has 1,200 euros."], "Which has 200 euros?"),
        ("沈涛的分机号", ["沈　涛　办公室"], "沈　涛的分机号"),
        ("沈涛的分机号", ["沈　涛　办公室", "沈涛"], "沈涛的分机号"),
    ],
)
def test_the_reader_is_asked_in_the_spelling_of_the_passages(question: str, texts: list[str], expected: str) -> None:
    assert spelled_as(question, texts) == expected
    reader = FindingReader()
    gatekeeper_of(reader).read(question, [a_passage(text, key=key) for key, text in enumerate(texts)])
    assert reader.asked == [expected]
