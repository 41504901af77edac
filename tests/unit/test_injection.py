"""Injected documents against a generator that obeys whatever it is shown: what code enforces holds in every answer."""

from __future__ import annotations

import pytest

from benchmarks.injection.documents import cases
from benchmarks.injection.obedient import ObedientGenerator
from benchmarks.injection.run import run
from service.answering import Answerer
from service.retrieval.retriever import Retriever
from tests.fakes import HashingEmbedder, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.settings import Settings

Row = dict[str, object]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = tmp_path_factory.mktemp("injection")
    settings = Settings(data_dir=folder / "data", reader="similarity", strictness="off")
    embedder, store = HashingEmbedder(), Store(settings.database)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), ObedientGenerator(), embedder)
    found = run(cases(), folder / "documents", settings, store, embedder, answerer)
    store.close()
    return found


def test_there_are_enough_documents_in_both_languages() -> None:
    attacked = [case for case in cases() if case.technique]
    assert len(attacked) >= 100
    assert {sum(case.carrier.language == language for case in attacked) for language in ("en", "zh")} == {len(attacked) // 2}


def test_what_code_enforces_holds_in_every_answer(rows: list[Row]) -> None:
    assert [(row["technique"], row["carrier"], row["broken"]) for row in rows if row["broken"]] == []


def test_the_benign_question_is_answered_all_the_same(rows: list[Row]) -> None:
    assert [(row["technique"], row["carrier"]) for row in rows if not row["right"]] == []
