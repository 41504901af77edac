"""What there is, and questions to begin with, made from the documents: their questions, their tables, their headings.

Knows no generator: a question is a line of a document, or a name of a row and of a column, or a heading, in a frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from youju.index.protocols import Store
from youju.records import Document, Language, Passage, Scope, Scores
from youju.text.language import HAN, ROW_CELLS, detect_language
from youju.text.rows import cells

LOOKED_AT = 12  # documents, the newest first
PASSAGES = 12  # of each
LEAD = re.compile(r"^[\W_]*(?:(?:Q|问|\d{1,3})[:：.)、]\s*)?")  # signs of a heading, a list, a question
AMOUNT, PARTED = re.compile(r"\W{0,2}(?:[A-Z]{3} ?)?\d"), re.compile(r"[,;，；、/|]")
MARKED = re.compile(r"^#{2,6}\s+(.+?)\s*$", re.MULTILINE)  # headings of Markdown inside a passage
NUMBERED = re.compile(rf"^(?:[\dIVX]+(?:\.\d+)*[.)、]?|第[{HAN}\d]+[章节条]|[一二三四五六七八九十]+、|[A-Z]\.)\s*")
# Headings that every other document has too.
COMMON = re.compile(
    r"(?:table of )?contents|introduction|overview|preface|foreword|appendix.*|index|references|summary|notes?|general|"
    r"about th(?:is|e) .*|"
    r"目\s*录|前\s*言|引\s*言|附\s*录.*|概\s*述|总\s*则|附\s*则|序|说\s*明|关于本.*|参考文献|备\s*注",
    re.IGNORECASE,
)
ASKED_OF_ROW: dict[Language, str] = {"en": "What is the {column} of {key}?", "zh": "{key}的{column}是多少？"}
ASKED_OF_HEADING: dict[Language, str] = {
    "en": "What does “{title}” say about “{heading}”?",
    "zh": "《{title}》是怎么说“{heading}”的？",
}
UNFOUND = Scores(0, 0, 0)


@dataclass(frozen=True)
class Example:
    """A question, and the document that it was made from."""

    question: str
    document: Document


@dataclass(frozen=True)
class Overview:
    """How many documents there are, the newest of them, and questions to begin with."""

    documents: int
    newest: Document | None
    examples: tuple[Example, ...]


def overview(store: Store, collection: str | None, language: Language | None = None, most: int = 3) -> Overview:
    """
    Args:
        language: whose documents come first.

    Raises:
        UnknownCollection: see `Store.require_collection`.
    """
    with store.snapshot():
        store.require_collection(collection)
        documents = sorted(store.documents(collection), key=lambda one: one.ingested_at, reverse=True)
        first = sorted(documents[: LOOKED_AT * 4], key=lambda one: one.language != (language or one.language))[:LOOKED_AT]
        return Overview(len(documents), documents[0] if documents else None, tuple(_examples(store, first, most)))


def questions_of(store: Store, document: Document, most: int) -> list[str]:
    """Questions made from one document."""
    return list(dict.fromkeys(_questions(_passages(store, document))))[:most]


def _examples(store: Store, documents: Iterable[Document], most: int) -> Iterator[Example]:
    """The best of each document in turn, so that they come from several."""
    made = [(one, questions_of(store, one, most)) for one in documents]
    ranked = [Example(questions[rank], one) for rank in range(most) for one, questions in made if rank < len(questions)]
    found = {one.question: one for one in reversed(ranked)}  # two documents may ask the same
    yield from [one for one in ranked if found.get(one.question) is one][:most]


def _passages(store: Store, document: Document) -> list[Passage]:
    keys = store.keys(Scope(document_ids=(document.id,)))[:PASSAGES]
    return sorted(store.passages({int(key): UNFOUND for key in keys}), key=lambda passage: passage.start)


def _questions(passages: list[Passage]) -> Iterator[str]:
    for passage in passages:
        yield from _asked(f"{passage.heading.split(' > ')[-1]}\n{passage.text}")
    for passage in passages:
        yield from _of_rows(passage)
    for passage in passages:
        yield from _of_heading(passage)


def _asked(text: str) -> Iterator[str]:
    """The lines that are a question."""
    for line in text.split("\n"):
        question = " ".join(LEAD.sub("", line).split())
        if question.endswith(("?", "？")) and 8 <= len(question) <= 90 and ROW_CELLS not in question:
            yield question


def _of_rows(passage: Passage) -> Iterator[str]:
    """Of the first row of a table whose first cell is a name: its first column that holds a number."""
    for line in passage.text.split("\n"):
        row = cells(line) if ROW_CELLS in line else []
        key = row[0][1] if row else ""
        columns = [
            name
            for name, value in row[1:]
            if AMOUNT.match(value) and len(value) <= 40 and _is_name(name) and not name.isupper()
        ]
        if columns and row[0][0] and _is_name(key):
            column, language = columns[0], detect_language(f"{key} {columns[0]}")
            told = column[0].lower() + column[1:] if column[1:].islower() else column
            yield ASKED_OF_ROW[language].format(key=key, column=told)
            return


def _is_name(text: str) -> bool:
    """Whether it may stand in a question as a name: short, of letters, no list and no code."""
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return 1 < len(text) <= 30 and letters >= 0.7 * len(text) and not PARTED.search(text)


def _of_heading(passage: Passage) -> Iterator[str]:
    title = passage.document.title
    for found in (passage.heading.split(" > ")[-1], *MARKED.findall(passage.text)):
        heading = NUMBERED.sub("", found).strip()
        wordy = len(heading) >= 4 if re.search(f"[{HAN}]", heading) else len(heading.split()) > 1
        if title and wordy and max(len(heading), len(title)) <= 60 and heading not in title and not COMMON.fullmatch(heading):
            yield ASKED_OF_HEADING[detect_language(heading)].format(title=title, heading=heading)
