"""The questions on real manuals, `benchmarks/questions`: their form, and whether the documents say what they are said to."""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path

import pytest

from ingest.loaders import load
from tests.conftest import ROOT
from youju.evaluation.metrics import holds
from youju.evaluation.records import EvalQuestion, load_questions

FOLDER = ROOT / "benchmarks" / "questions"
MANUALS = os.environ.get("YOUJU_TEST_MANUALS")
KINDS = {"fact", "how-to", "yes_no", "reason", "list", "definition", "limit", "condition", "comparison", "cell"}


def documents() -> dict[str, tuple[str, str]]:
    """Half and package of each document, by name."""
    with (FOLDER / "documents.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {row["name"]: (row["half"], row["package"]) for row in rows}
    assert len(found) == len(rows)
    return found


def halves() -> list[str]:
    return sorted({half for half, _ in documents().values()})


def questions(half: str) -> list[EvalQuestion]:
    return [one for language in ("en", "zh") for one in load_questions(FOLDER / f"manuals-{half}-{language}.jsonl")]


def more(question: EvalQuestion, field: str) -> str:
    return str((question.model_extra or {}).get(field, ""))


@cache
def text(path: Path) -> str:
    return " ".join(load(path.read_bytes(), path.name).text.split())


@pytest.mark.parametrize("half", halves())
def test_a_question_names_documents_of_its_half_and_says_what_answers(half: str) -> None:
    lists = documents()
    for one in questions(half):
        assert one.language, one
        if not one.answerable:
            assert one.kind in {"near", "made-up"}, one
            assert not one.answers, one
            assert not one.documents, one
            continue
        assert one.kind in KINDS, one
        assert {lists[name][0] for name in one.documents} == {half}, one
        assert more(one, "evidence"), one


@pytest.mark.parametrize("half", halves())
def test_an_accepted_answer_stands_in_the_evidence(half: str) -> None:
    """Not of yes and no, whose evidence need not hold the word, nor across languages."""
    for one in questions(half):
        if one.answerable and one.kind != "yes_no" and not more(one, "document_language"):
            assert holds(more(one, "evidence"), one.answers), one


def test_no_question_stands_twice_and_the_halves_share_no_book() -> None:
    asked = [one.question for half in halves() for one in questions(half)]
    assert len(asked) == len(set(asked))
    names = [more(one, "id") for half in halves() for one in questions(half)]
    assert len(names) == len(set(names))
    books: dict[str, set[str]] = {}
    for name, (half, _) in documents().items():
        books.setdefault(half, set()).add(name.split("-")[0])
    assert sum(map(len, books.values())) == len(set.union(*books.values()))


@pytest.mark.parametrize("half", halves())
def test_each_half_asks_yes_and_no_about_as_often(half: str) -> None:
    says = [one.says for one in questions(half) if one.kind == "yes_no"]
    assert set(says) == {"yes", "no"}
    assert 0.35 < says.count("no") / len(says) < 0.65


@pytest.mark.parametrize("half", halves())
def test_the_evidence_stands_in_the_text_of_the_document(half: str) -> None:
    folder = Path(MANUALS or "") / f"docs-{half}"
    if not MANUALS or not folder.is_dir():
        pytest.skip("no manuals: benchmarks/questions/fetch.sh FOLDER fetches them, YOUJU_TEST_MANUALS names the folder")
    missing = [
        f"{name}: {more(one, 'evidence')}"
        for one in questions(half)
        for name in one.documents
        if more(one, "evidence") not in text(folder / name)
    ]
    assert not missing, "\n".join(missing)
