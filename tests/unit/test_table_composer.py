"""Answers from tables: read and computed, with their rows; nothing where the question names what the table has not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from service.answering import Answerer
from service.composing.table_reading import TableReader, is_sure, tables_of
from service.composing.tables import TableComposer
from service.events import Ask
from service.retrieval.retriever import Retriever
from service.tables.choosing import choose
from service.tables.linking import Linker
from service.tables.phrasing import ended, phrased
from service.tables.sheet import Sheet, made
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, NarrowEmbedder, ScriptedGenerator, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings
from youju.text.language import detect_language

STOCK = made(
    [["产品"], ["类别"], ["库存（台）"], ["单价（元）"]],
    [
        ["水泵A1", "水泵", "120", "900"],
        ["水泵A2", "水泵", "35", "1,250"],
        ["阀门B1", "阀门", "400", "80"],
        ["阀门B2", "阀门", "22", "95"],
    ],
    title="库存表",
)
REPORT = made(
    [[], ["Year ended", "2019"], ["Year ended", "2018"]],
    [["Fixed price", "1,452.4", "1,146.2"], ["Other", "44.1", "56.7"], ["Total sales", "1,496.5", "1,202.9"]],
    title="Sales (in millions)",
)
VISITORS = made(
    [["Museum"], ["Year 2019"], ["Year 2020"], ["Year 2021"]],
    [
        ["Quay Museum", "1490", "1500", "1514"],
        ["Heron Museum", "8100", "8200", "8300"],
        ["Otter Museum", "9100", "9307", "9400"],
    ],
)


def said(sheet: Sheet, question: str) -> str:
    choice = choose(Linker(NarrowEmbedder()), question, sheet)
    assert choice is not None
    return phrased(sheet, choice.best, detect_language(question))


@pytest.mark.parametrize(
    ("sheet", "question", "answer"),
    [
        (STOCK, "水泵A2的单价是多少？", "1,250"),
        (STOCK, "阀门的库存合计是多少？", "422"),
        (STOCK, "最贵的产品是哪个？", "水泵A2"),
        (STOCK, "单价超过90元的产品有几个？", "3"),
        (REPORT, "What was the total sales in 2019?", "1,496.5"),
        (REPORT, "What was the change in Other in 2019 from 2018?", "-12.6"),
        (VISITORS, "How many visitors did the Otter Museum have in 2020?", "9307"),
    ],
)  # fmt: skip
def test_the_cell_and_the_sum(sheet: Sheet, question: str, answer: str) -> None:
    assert answer in said(sheet, question)


def test_what_was_computed_and_its_scale_are_told() -> None:
    assert "共 2 行之和" in said(STOCK, "阀门的库存合计是多少？")
    assert "in millions" in said(REPORT, "What was the total sales in 2019?")


@pytest.mark.parametrize(
    ("sheet", "question", "gap"),
    [
        (VISITORS, "How many visitors did the Beacon Museum have in 2020?", "row"),
        (VISITORS, "How many visitors did the Otter Museum have in 2027?", "year"),
        (REPORT, "What was the total sales in 2012?", "year"),
        (STOCK, "500台水泵A2的单价是多少？", "number"),
    ],
)
def test_what_is_named_and_not_there_leaves_a_gap(sheet: Sheet, question: str, gap: str) -> None:
    choice = choose(Linker(NarrowEmbedder()), question, sheet)
    assert choice is not None
    assert gap in choice.gaps
    assert not is_sure(choice)


def test_which_of_several_columns_is_not_guessed_in_a_table_of_names_by_names() -> None:
    choice = choose(Linker(NarrowEmbedder()), "Quay Museum in 2020", VISITORS)
    assert choice is not None
    sure = replace(choice, confidence=0.95, gaps=frozenset())
    assert is_sure(sure)
    assert not is_sure(replace(sure, gaps=frozenset({"column"})))


def test_what_is_named_and_there_leaves_none() -> None:
    choice = choose(Linker(NarrowEmbedder()), "How many visitors did the Otter Museum have in 2020?", VISITORS)
    assert choice is not None
    assert choice.gaps <= {"column"}


def test_a_cell_may_end_the_sentence() -> None:
    assert [ended(said, "zh") for said in ("备注：保持干燥。", "备注：无")] == ["备注：保持干燥。", "备注：无。"]
    assert [ended(said, "en") for said in ("Note: keep dry.", "Note: none")] == ["Note: keep dry.", "Note: none."]


PRICES = """产品,类别,库存（台）,单价（元）
水泵A1,水泵,120,900
水泵A2,水泵,35,1250
阀门B1,阀门,400,80
阀门B2,阀门,22,95
"""


@pytest.fixture
def ask(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[[str], Answer]:
    ingest_files(
        {"库存表.csv": PRICES, "note.txt": "水泵要在干燥的地方存放。"}, tmp_path / "documents", settings, store, embedder
    )
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    generator = ScriptedGenerator("未找到")
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), generator, embedder, None, composers)
    return lambda question: asyncio.run(answerer.answer(Ask(question)))


def test_a_cell_is_answered_with_its_row(ask: Callable[[str], Answer], store: Store) -> None:
    answer = ask("水泵A2的单价是多少？")
    assert answer.verdict == "answered"
    assert "1250" in answer.answer
    (citation,) = answer.citations
    assert store.text(citation.document_id)[citation.start : citation.end] == citation.quote
    assert "水泵A2" in citation.quote
    assert citation.table is not None
    assert citation.table.rows == [["水泵A2", "水泵", "35", "1250"]]
    assert citation.table.marked == [(0, 3)]
    assert citation.table.columns[3] == "单价（元）"


def test_a_sum_shows_its_rows(ask: Callable[[str], Answer]) -> None:
    answer = ask("阀门的库存合计是多少？")
    assert "422" in answer.sentences[0].text
    assert "共 2 行之和" in answer.sentences[0].text
    rows = [one for one in answer.sentences if one.block == "row"]
    assert [one.text for one in rows] == [
        "产品: 阀门B1 | 类别: 阀门 | 库存（台）: 400 | 单价（元）: 80",
        "产品: 阀门B2 | 类别: 阀门 | 库存（台）: 22 | 单价（元）: 95",
    ]
    (citation,) = answer.citations
    assert citation.table is not None
    assert citation.table.marked == [(0, 2), (1, 2)]


@pytest.fixture
def ask_of_visits(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[[str], Answer]:
    rows = "\n".join(",".join(value.text for value in row) for row in VISITORS.values)
    ingest_files({"visits.csv": f"{','.join(VISITORS.names)}\n{rows}\n"}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    generator = ScriptedGenerator("The museum had 1514 visitors [1].")
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), generator, embedder, None, composers)
    return lambda question: asyncio.run(answerer.answer(Ask(question)))


def test_a_row_of_another_name_is_never_cited(ask_of_visits: Callable[[str], Answer]) -> None:
    answer = ask_of_visits("How many visitors did the Beacon Museum have in 2021?")
    assert answer.verdict == "abstained"
    assert answer.citations == []
    assert answer.missing is not None
    assert answer.missing.startswith("The tables do not have: beacon. Nearest rows: ")


def test_what_the_table_has_not_is_left_to_others(ask: Callable[[str], Answer]) -> None:
    assert ask("电机C7的单价是多少？").verdict == "abstained"


def test_the_dearest_product_is_told_from_the_table(ask: Callable[[str], Answer]) -> None:
    answer = ask("最贵的产品是哪个？")
    assert answer.verdict == "answered"
    assert "水泵A2" in answer.answer
    assert answer.citations[0].table is not None


@pytest.fixture
def ask_of_two_firms(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[[str], Answer]:
    files = {
        "Otter Ltd report.csv": "Item,2020,2021\nRevenue,150,160\nStaff,14,15\n",
        "Heron plc report.csv": "Item,2020,2021\nRevenue,700,710\nStaff,41,42\n",
    }
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), ScriptedGenerator("-"), embedder, None, composers)
    return lambda question: asyncio.run(answerer.answer(Ask(question)))


@pytest.mark.parametrize(("firm", "value", "other"), [("Otter Ltd", "160", "710"), ("Heron plc", "710", "160")])
def test_of_two_tables_alike_the_one_of_the_named_firm_answers(
    ask_of_two_firms: Callable[[str], Answer], firm: str, value: str, other: str
) -> None:
    answer = ask_of_two_firms(f"What was the revenue of {firm} in 2021?")
    assert value in answer.answer
    assert other not in answer.answer


def test_a_row_of_a_large_table_is_told_and_cited(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    rows = "\n".join(f"ORD-{number:05},{('North', 'South')[number % 2]},{number / 2}" for number in range(2_300))
    ingest_files({"orders.csv": f"Order,Region,Amount\n{rows}\n"}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    question = "What is the amount of ORD-02001?"
    found = TableReader(NarrowEmbedder()).read(question, tables_of(question, retriever.retrieve(question, 8), store), store)
    assert found is not None
    assert found.best.choice.best.answers == ("1000.5",)


def test_what_another_document_changes_is_told_below_a_cell(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    files = {
        "plan.csv": "Phase,Start,End\nDesign,2025-02-03,2025-04-30\nLaunch,2025-06-02,2025-06-30\n",
        "minutes.txt": "Second meeting. Resolved: the start of the launch is moved to 8 September 2025.",
    }
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), ScriptedGenerator("-"), embedder, None, composers)
    answer = asyncio.run(answerer.answer(Ask("What is the start of the launch?")))
    first, change = answer.sentences
    assert "2025-06-02" in first.text
    assert "8 September 2025" in change.text
    assert change.markers == [2, 1]
    assert "moved to" in next(one.quote for one in answer.citations if one.marker == 2)


@pytest.mark.parametrize(("asked", "verdict"), [("B", "answered"), ("D", "abstained")])
def test_a_row_of_another_class_is_no_answer(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, asked: str, verdict: str
) -> None:
    files = {"盘点.csv": "货物类别,盘点周期,抽查比例\nA 类,每周,10%\nB 类,每月,5%\nC 类,每季,2%\n"}
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), ScriptedGenerator("-"), embedder, None, composers)
    assert asyncio.run(answerer.answer(Ask(f"{asked} 类货物类别的盘点周期是多久？"))).verdict == verdict
