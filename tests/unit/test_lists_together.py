"""Lists of several documents under the same heading, told as one where all of them are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.composing.base import Composition
from service.composing.listed import Nearness, listed_near
from service.composing.listing import SHOWN, ListComposer, strength
from service.composing.verbatim import UNSCORED
from service.events import Ask
from tests.composing import compose
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

ITEMS = {"april": ("Ana: order the gasket", "Li: test the pump"), "may": ("Bo: paint the door", "Ana: call the supplier")}
FILES = {
    f"{month}.md": f"# Meeting in {month}\n\nAll came.\n\n## Action items with their owners\n\n- {first}\n- {second}\n"
    for month, (first, second) in ITEMS.items()
} | {"garden.md": "# Garden\n\n## Tools of the garden\n\n- spade\n- rake\n"}
ALL = "List all action items with their owners"


def answered(
    store: Store, settings: Settings, embedder: HashingEmbedder, question: str, scope: Scope = EVERYTHING
) -> Composition:
    composer = ListComposer(store, embedder, gatekeeper_of(FindingReader()), ScriptedGenerator(""))
    made = compose(composer, store, settings, embedder, question, "list", ask=Ask(question, scope=scope))
    assert made is not None
    return made


def said(made: Composition) -> list[tuple[str, str]]:
    return [(one.sentence.block, one.sentence.text) for one in made.said]


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return store


def test_all_items_of_all_meetings_below_the_names_of_their_documents(
    filled: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    made = answered(filled, settings, embedder, ALL)
    told = said(made)
    assert [text for block, text in told if block == "heading"] in (
        ["Meeting in april", "Meeting in may"], ["Meeting in may", "Meeting in april"],
    )  # fmt: skip
    assert {text for block, text in told if block == "item"} == {*ITEMS["april"], *ITEMS["may"]}
    for month, items in ITEMS.items():
        place = told.index(("heading", f"Meeting in {month}"))
        assert [text for _, text in told[place + 1 : place + 3]] == list(items)
    for one in made.said:
        assert one.sentence.block == "heading" or one.citations
        assert all(filled.text(cited.document_id)[cited.start : cited.end] == cited.quote for cited in one.citations)
    assert (made.verdict, made.missing) == ("answered", None)


def test_one_list_is_told_of_one_document(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    may = next(one.id for one in filled.documents() if one.title == "Meeting in may")
    told = said(answered(filled, settings, embedder, ALL, Scope(document_ids=(may,))))
    assert [text for block, text in told if block == "item"] == list(ITEMS["may"])


def test_how_many_of_all_items_are_shown(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    files = {
        f"{name}.md": f"# Report {name}\n\n## Faults of the mill\n\n" + "".join(f"- fault {name} {one}\n" for one in range(25))
        for name in ("alpha", "beta")
    }
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    made = answered(store, settings, embedder, "List the faults of the mill")
    assert sum(block == "item" for block, _ in said(made)) == SHOWN
    assert made.missing == f"{SHOWN} of 50 items are shown; the rest stands at the place cited."


LOG = "# Engine\n\n## Finding the bad part of the engine\n\n---\n\nBisecting: 675 parts left\n\nBisecting: 337 parts left\n"


def test_lines_that_a_program_writes_are_no_steps(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"log.md": LOG}, tmp_path / "documents", settings, store, embedder)
    composer = ListComposer(store, embedder, gatekeeper_of(FindingReader()), ScriptedGenerator(""))
    question = "How is finding the bad part of the engine done?"
    assert compose(composer, store, settings, embedder, question, "procedure") is None
    made = compose(composer, store, settings, embedder, "List the finding of the bad part of the engine", "list")
    assert made is not None
    assert said(made) == [
        ("heading", "Finding the bad part of the engine"),  # signs lead in to nothing
        ("item", "Bisecting: 675 parts left"),
        ("item", "Bisecting: 337 parts left"),
    ]


def test_words_that_ask_for_a_list_name_nothing(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """In a small collection no text holds them, and what none holds would weigh most."""
    ingest_files({"pets.md": "# Pets\n\n## Animals of the farm\n\n- goose\n- cow\n"}, tmp_path / "d", settings, store, embedder)
    made = answered(store, settings, embedder, "Please list all the different kinds of animals of the farm")
    assert [text for block, text in said(made) if block == "item"] == ["goose", "cow"]


def test_where_steps_are_asked_for_numbers_speak_for_a_list(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    text = "# Pump\n\n## Turning it on\n\n1. Open the valve.\n2. Press the knob.\n\n## Notes\n\n- It is loud.\n- It is red.\n"
    ingest_files({"pump.md": text}, tmp_path / "documents", settings, store, embedder)
    passages = store.passages(dict.fromkeys(store.outlines.chunks(store.documents()[0].id, 0, len(text)), UNSCORED))
    steps, notes = listed_near(store, passages)
    alike = Nearness(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert strength(steps, alike, set(), 0.5, "procedure") > strength(notes, alike, set(), 0.5, "procedure")
    assert strength(steps, alike, set(), 0.5, "list") == strength(notes, alike, set(), 0.5, "list")


def test_a_list_of_questions_answers_where_questions_are_asked_for(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    text = "# Visit\n\n## Questions to the guests of the farm\n\n- How many come? Count them.\n- Who pays? Ask them.\n"
    ingest_files({"visit.md": text}, tmp_path / "documents", settings, store, embedder)
    composer = ListComposer(store, embedder, gatekeeper_of(FindingReader()), ScriptedGenerator(""))
    made = compose(composer, store, settings, embedder, "Which are the questions to the guests of the farm?", "list")
    assert made is not None
    assert [block for block, _ in said(made)] == ["heading", "item", "item"]
    assert compose(composer, store, settings, embedder, "What are the guests of the farm?", "list") is None


@pytest.mark.parametrize(
    ("text", "question", "steps"),
    [
        (
            "# Mill\n\n## Setting up the mill\n\nIt takes a day.\n\n### Step 1: Dig the ditch\n\nIt is as long as the wheel. "
            "Ask the neighbours.\n\n### Step 2: Hang the wheel\n\nUse a crane.\n\n### Colours\n\nPaint it.\n",
            "How do I set up the mill?",
            ["Dig the ditch: It is as long as the wheel. Ask the neighbours.", "Hang the wheel: Use a crane."],
        ),
        (
            "# 水车\n\n## 安装水车\n\n### 第一步 挖沟\n\n沟与轮子一样长。\n\n### 第二步 挂轮\n\n用吊车挂上。\n",
            "怎么安装水车？",
            ["挖沟: 沟与轮子一样长。", "挂轮: 用吊车挂上。"],
        ),
    ],
)
def test_headings_that_are_steps(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, text: str, question: str, steps: list[str]
) -> None:
    ingest_files({"mill.md": text}, tmp_path / "documents", settings, store, embedder)
    composer = ListComposer(store, embedder, gatekeeper_of(FindingReader()), ScriptedGenerator(""))
    made = compose(composer, store, settings, embedder, question, "procedure")
    assert made is not None
    assert [told for block, told in said(made) if block == "step"] == steps
