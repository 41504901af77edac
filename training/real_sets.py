"""Questions on real documents -> `Question`s: written for this project (`training/data/questions.jsonl.gz`), about rows of
tables, and about privacy policies.

Their passages are as the service shows them: chunks with the line of their title and headings, rows with the names of their
columns.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from training.reader_data import Paragraph, Question
from training.reading_sets import squad_like

WRITTEN = Path(__file__).parent / "data" / "questions.jsonl.gz"
HELD_OUT = 10  # every so-manieth document is for judging
ROWS = (3, 9)  # rows in a passage, at least and at most
WINDOWS = 4  # passages made of one table
LONGEST_CELL = 80  # characters
COMPUTED = re.compile(
    r"\b(how many|how much more|total|average|sum|combined|difference|most|least|highest|lowest|largest|smallest|longest"
    r"|shortest|first|last|next|previous|before|after|above|below|more than|less than|only|other|besides|top|earliest|latest"
    r"|consecutive|oldest|youngest|fewest|greatest|best|worst|same)\b"
)
"""Of questions that no single row answers."""


def held_out(document: str) -> bool:
    """Whether the document (`NAME` or `NAME#PART`) is for judging only: told by its name, so that it stays when others come."""
    return hashlib.sha256(document.partition("#")[0].encode()).digest()[0] % HELD_OUT == 0


def written(file: Path, for_judging: bool = False) -> list[Question]:
    """The questions of this project, without those of documents that are held out, or these alone."""
    found = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            if held_out(document["document"]) is for_judging:
                found += _of_document(document)
    return found


def _of_document(document: dict[str, Any]) -> list[Question]:
    passages = [Paragraph(title, text, whole=True) for title, text in document["passages"]]
    found = []
    for asked in document["questions"]:
        place, span = asked["passage"], tuple(asked["span"]) if asked["span"] else None
        answers = (passages[place].text[span[0] : span[1]],) if span else ()
        beside = [one for one in passages if one is not passages[place] and not any(text in one.text for text in answers)]
        also, rivals = ([(passages[at], start, end) for at, start, end in asked.get(name, ())] for name in ("also", "rivals"))
        question = Question(
            asked["question"], passages[place], answers, span, "written", beside=beside, source=document["source"],
            also=also, rivals=rivals,
        )  # fmt: skip
        found.append(question)
    return found


def policies(data: Path) -> list[Question]:
    """PolicyQA. What other policies say would answer as well, so that no neighbours are looked for."""
    found = []
    for name in ("policyqa_dev.json.gz", "policyqa_test.json.gz"):
        with gzip.open(data / "policies" / name, "rt", encoding="utf-8") as file:
            found += squad_like(json.load(file)["data"], "policy")
    return found


def tables(data: Path, seed: int) -> list[Question]:
    """Questions of WikiTableQuestions (its training part) that one row answers: the answer is one cell, and that row names
    another thing that the question names. The passages are runs of rows."""
    drawn = random.Random(seed)
    rows = {record["id"]: record["rows"] for record in _lines(data / "tables" / "wtq_tables.jsonl.gz")}
    by_table: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for record in _lines(data / "tables" / "wtq_training.jsonl.gz"):
        if len(record["answers"]) == 1 and record["table"] in rows and not COMPUTED.search(record["question"].lower()):
            place = _row(rows[record["table"]], record["question"].lower(), record["answers"][0].lower())
            if place is not None:
                by_table[record["table"]].append((record["question"], place, record["answers"][0]))
    found = []
    for name in sorted(by_table):
        for question, place, answer in by_table[name]:
            found += _of_table(rows[name], question, place, answer, drawn)
    return found


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _row(rows: Sequence[Sequence[str]], question: str, answer: str) -> int | None:
    """The one row that holds the answer and something that the question names."""
    named = [
        number
        for number, row in enumerate(rows[1:])
        if any(cell.lower() == answer for cell in row)
        and any(len(cell) > 2 and cell.lower() != answer and cell.lower() in question for cell in row)
    ]
    return named[0] if len(named) == 1 else None


def _of_table(rows: Sequence[Sequence[str]], question: str, place: int, answer: str, drawn: random.Random) -> list[Question]:
    names = [_folded(cell) for cell in rows[0]]
    lines = [
        " | ".join(f"{n}: {_folded(cell)[:LONGEST_CELL]}" for n, cell in zip(names, row, strict=False) if cell)
        for row in rows[1:]
    ]
    size = drawn.randint(*ROWS)
    first = max(0, place - drawn.randrange(size))
    text = "\n".join(lines[first : first + size])
    line = sum(len(one) + 1 for one in lines[first:place])
    start = text.lower().find(": " + answer.lower(), line)
    if start < 0 or start > line + len(lines[place]):
        return []
    starts = [other for other in range(0, len(lines), size) if not other - size < place < other + size]
    drawn.shuffle(starts)
    beside = [Paragraph("", "\n".join(lines[other : other + size]), whole=True) for other in starts[: WINDOWS - 1]]
    beside = [one for one in beside if answer.lower() not in one.text.lower()]
    rest = "\n".join(line for number, line in enumerate(lines[first : first + size], first) if number != place)
    if rest and answer.lower() not in rest.lower():  # the same rows without the one that answers
        beside.append(Paragraph("", rest, whole=True))
    paragraph = Paragraph("", text, whole=True)
    return [Question(question, paragraph, (answer,), (start + 2, start + 2 + len(answer)), "tables", beside=beside)]


def _folded(cell: str) -> str:
    return re.sub(r"\s+", " ", cell)
