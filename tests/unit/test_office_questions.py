"""The questions on the office documents: what each stands on is in the text that the loaders read from the made files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.office import make
from ingest.loaders import load

FOLDER = Path(make.__file__).parent
FILES = sorted(FOLDER.glob("questions-*.jsonl"))
UNANSWERABLE, OF_EACH = 15, 60
LONG = 40  # characters; shorter lines are headings and names of columns
MISSES = {"other", "year", "grade", "attribute"}

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def questions(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each made file, white space folded, under its name."""
    folder = tmp_path_factory.mktemp("office")
    make.write(folder)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len({path.name for path in paths}) == len(paths) == len(make.sources())
    return {path.name: folded(load(path.read_bytes(), path.name).text) for path in paths}


@every_file
def test_the_evidence_of_each_question_is_read_from_its_documents(path: Path, texts: dict[str, str]) -> None:
    own = {source.name for source in make.sources() if path.stem == f"questions-{source.split}-{source.language}"}
    for question in questions(path):
        assert set(question["documents"]) <= own, question
        unseen = set(question["documents"])
        for evidence in question["evidence"]:
            holding = {name for name in question["documents"] if folded(evidence) in texts[name]}
            assert holding, evidence
            unseen -= holding
        assert not unseen, question  # a document is named for what it says


@every_file
def test_a_file_holds_sixty_questions_of_which_a_quarter_has_no_answer(path: Path) -> None:
    asked = questions(path)
    assert len({question["question"] for question in asked}) == len(asked) == OF_EACH
    unanswerable = [question for question in asked if not question["answerable"]]
    assert len(unanswerable) == UNANSWERABLE
    for question in unanswerable:
        assert question["kind"] == "near"
        assert question["miss"] in MISSES
        assert not question["answers"] + question["documents"] + question["evidence"]
    for question in asked:
        if question["answerable"]:
            assert question["answers"], question
            assert question["documents"], question
            assert question["evidence"], question
            assert question.get("parts", [question["answers"]])[0] == question["answers"]


@every_file
def test_half_of_what_is_answered_by_yes_or_no_is_answered_by_no(path: Path) -> None:
    verdicts = Counter(question.get("says") for question in questions(path) if question["kind"] == "yes_no")
    assert verdicts["yes"] == verdicts["no"] > 0
    assert set(verdicts) == {"yes", "no"}


def test_splits_share_no_document_and_no_question() -> None:
    assert {path.stem.split("-")[1] for path in FILES} <= set(make.SPLITS)
    names, lines, asked = [], [], []
    for split in make.SPLITS:
        own = [source for source in make.sources() if source.split == split]
        names.append({source.name for source in own})
        lines.append({line.strip() for source in own for line in source.lines if len(line.strip()) > LONG})
        asked.append({question["question"] for path in FILES if f"-{split}-" in path.stem for question in questions(path)})
    for fit, test in (names, lines, asked):
        assert not fit & test


@pytest.mark.parametrize("ending", make.WRITERS)
def test_a_made_package_says_nothing_of_when_it_was_made(ending: str) -> None:
    source = next(source for source in make.sources() if source.name.endswith(ending))
    with zipfile.ZipFile(io.BytesIO(make.made(source))) as package:
        assert {part.date_time for part in package.infolist()} == {make.THEN.timetuple()[:6]}
        times = set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", package.read("docProps/core.xml").decode()))
    assert times == {make.THEN.isoformat()}
