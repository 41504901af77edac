"""Small files of kinds that failed, with right answers: the whole way with the real models (skipped without the files)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline, make_plan
from service.events import Ask
from service.resources import Resources, make_resources
from tests.conftest import ROOT
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.records import Answer, Scope
from youju.settings import Settings

pytestmark = [pytest.mark.models, pytest.mark.data]

CASES = Path(os.environ.get("YOUJU_TEST_CASES", ROOT.parent / "shared" / "cases"))
# Folder of the case, its files, the question, what the answer must say, what it must not say.
ASKED = [
    ("table-wrong-row", "*.xlsx", "How many visitors did the Beacon Museum have in 2021?", "1736", "1514"),
    ("table-wrong-row", "*.xlsx", "How many visitors did the Otter Museum have in 2020?", "9307", "Heron"),
    ("table-wrong-row", "*.xlsx", "How many visitors did the Heron Museum have in 2022?", "8543", ""),
    ("xlsx-merged-rows", "stock.xlsx", "How many floats are in the Tromso warehouse?", "324", "241"),
    ("xlsx-merged-rows", "stock.xlsx", "How many pumps are in the Bergen warehouse?", "447", ""),
    ("xlsx-merged-rows", "stock.xlsx", "How many lamps are in the Narvik warehouse?", "56", ""),
    ("xlsx-number-formats", "*.xlsx", "What discount do schools get?", "15", "0.15"),
    ("xlsx-number-formats", "*.xlsx", "Which account number do hospitals have?", "6222029876543210", "e+15"),
    ("markdown-table-header", "valves.md", "What is the test pressure of valve V35?", "55", ""),
    ("markdown-table-header", "valves.md", "What is the working pressure of valve V33?", "63", ""),
    ("docx-nested-table", "*.docx", "What is the pressure limit of the pump P7?", "16", ""),
    ("docx-content-controls", "*.docx", "Who approved the leave request?", "Mira Kovacs", ""),
    ("docx-footnotes", "*.docx", "What is the contract number of the Harbour Hall agreement?", "HH-4471", ""),
    ("struck-out", "*.docx", "What is the daily travel allowance?", "32", "28"),
    ("superscript-digits", "*.docx", "How many litres does the tank hold?", "10⁵", "105"),
    ("pdf-form-fields", "*.pdf", "What is the name of the vessel in the berth application?", "Silver Heron", "Nordvik"),
    ("html-content-lost", "article-card.html", "How many days of holiday does an employee have?", "29", ""),
    ("html-content-lost", "aside.html", "How long may the pump run dry?", "40 seconds", ""),
    ("eml-blank-plain", "*.eml", "When does the container arrive?", "Thursday", ""),
    ("thousands-separators", "contracts.txt", "哪份合同的总价是614690元？", "采购合同38", ""),
]

Asking = Callable[[str, str, str], Answer]


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, default_gguf: Path, e5_folder: Path, cache_dir: Path) -> Iterator[Asking]:
    """Asks about the files of one case, which are a collection of their own."""
    if not CASES.is_dir():
        pytest.skip(f"no cases in {CASES}; name their folder with YOUJU_TEST_CASES")
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), cache_dir=cache_dir)
    embedder = make_embedder(settings)
    store = Store(settings.database)
    for name in sorted({f"{case}/{pattern}" for case, pattern, *_ in ASKED}):
        case, pattern = name.split("/")
        files = sorted((CASES / case).glob(pattern))
        plan = make_plan(files, settings.model_copy(update={"collection": case}), store)
        assert not Pipeline(settings, store, lambda: embedder).run(plan).failed
    store.close()
    with asyncio.Runner() as runner:
        resources: Resources = make_resources(settings, embedder)

        def ask(case: str, question: str, _: str = "") -> Answer:
            return runner.run(resources.answerer.uncached.answer(Ask(question, Scope(case))))

        yield ask
        runner.run(resources.close())


@pytest.mark.parametrize(("case", "files", "question", "said", "never"), ASKED, ids=[f"{one[0]}-{one[3]}" for one in ASKED])
def test_the_case_is_answered_rightly(asking: Asking, case: str, files: str, question: str, said: str, never: str) -> None:
    answer = asking(case, question, files)
    assert said in answer.answer, (answer.verdict, answer.answer)
    assert not (never and never in answer.answer), answer.answer
    assert all(sentence.markers for sentence in answer.sentences)
