"""Questions to begin with, made from documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.http.app import create_app
from service.overview import overview, questions_of
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.cli.main import app
from youju.errors import UnknownCollection
from youju.index.base.keys import KeyScope
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store
from youju.settings import Settings

STOCK = "# Stock\n\n| Model | Price in euros |\n|---|---|\n| Pump P4 | 40 |\n| Pump P5 | 55 |\n"
FAQ = "# 常见问题\n\n## 记录仪可以用多久？\n\n记录仪的电池可以用两年。\n"
GUIDE = "# Pump guide\n\n## Introduction\n\nThis is a guide.\n\n## 2.1 Cleaning the filter\n\nClean it each month.\n"

# Files, and the questions that are made from each.
MADE = {
    "numbers.md": (
        "# Chapter 3. Pumps of the mill\n\n## 3.1.1. Which pump is the larger one?\n\nP5.\n\n## IX. In the mill\n\nHum.\n\n"
        "## 1.4 (12 June 2025)\n\nIt was mended.\n\n## In the cellar\n\nThey drip.\n",
        [
            "Which pump is the larger one?",
            *(f"What does “Pumps of the mill” say about “In the {one}”?" for one in ("mill", "cellar")),
        ],
    ),
    "signs.md": (
        "# Notes on `wells`\n\n## Notes on wells, No. 7\n\nDug by hand.\n\n## The *deep* [well](well.md)\n\nIt is deep.\n",
        ["What does “Notes on wells” say about “The deep well”?"],
    ),
    "columns.csv": ("Model,In stock,Recall at 5,Width\nen → zh,3,4,5\nLamp,3,4,5\n", ["What is the width of Lamp?"]),
    "任务.csv": ("事项,完成日期,费用\n外壳 B2,2025-07-18,40\n", ["外壳 B2 的完成日期是哪一天？"]),
}


@pytest.mark.parametrize("name", MADE)
def test_questions_make_sense(name: str, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    text, questions = MADE[name]
    ingest_files({name: text}, tmp_path / "d", settings, store, embedder)
    assert questions_of(store, store.documents()[0], 5) == questions


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files({"stock.md": STOCK, "faq.md": FAQ, "guide.md": GUIDE}, tmp_path / "d", settings, store, embedder)
    return store


def test_questions_are_those_of_documents_their_tables_and_their_headings(filled: Store) -> None:
    found = overview(filled, None)
    assert found.documents == 3
    assert {one.question for one in found.examples} == {
        "What is the price in euros of Pump P4?",
        "记录仪可以用多久？",
        "What does “Pump guide” say about “Cleaning the filter”?",
    }
    assert all(one.document in filled.documents() for one in found.examples)


def test_documents_in_the_language_of_the_page_come_first(filled: Store) -> None:
    assert overview(filled, None, "zh").examples[0].question == "记录仪可以用多久？"
    assert overview(filled, None, "en").examples[0].document.language == "en"


def test_an_empty_index_has_none(store: Store) -> None:
    found = overview(store, None)
    assert (found.documents, found.newest, found.examples) == (0, None, ())
    with pytest.raises(UnknownCollection):
        overview(store, "nowhere")


def test_the_route_tells_what_the_caller_may_do(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""))) as client:
        body = client.get("/overview", params={"language": "zh"}).json()
        assert (body["documents"], body["may_upload"], body["may_prove"]) == (3, True, True)
        assert body["newest"]["id"] in {one.id for one in filled.documents()}
        assert body["examples"][0]["question"] == "记录仪可以用多久？"
    keys = Keys(filled.database)
    with TestClient(create_app(settings.model_copy(update={"require_keys": True}), embedder, ScriptedGenerator(""))) as client:
        cases: list[tuple[tuple[KeyScope, ...], tuple[bool, bool]]] = [
            (("ask",), (False, False)), (("ask", "ingest"), (True, False)), (("admin",), (True, True))
        ]  # fmt: skip
        for scopes, may in cases:
            key, _ = keys.create("k", scopes)
            body = client.get("/overview", headers={"Authorization": f"Bearer {key}"}).json()
            assert (body["may_upload"], body["may_prove"]) == may


def test_the_command_prints_one(filled: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    done = CliRunner().invoke(app, ["documents", "example"])
    assert done.exit_code == 0
    assert done.output.strip() in {one.question for one in overview(filled, None, most=3).examples}
