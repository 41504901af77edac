"""What there is, and questions to begin with, made from the documents: their questions, their tables, their headings.

Knows no generator: a question is a line of a document, or a name of a row and of a column, or a heading, in a frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from youju.index.protocols import Store
from youju.records import Document, Heading, Language, Passage, Scope, Scores
from youju.text.dates import dates
from youju.text.language import HAN, ROW_CELLS, detect_language, words
from youju.text.markdown import as_read
from youju.text.rows import cells

LOOKED_AT = 12  # documents, the newest first
PASSAGES = 12  # of each
HEADINGS = 30  # of each
SAME_NAME = 0.6  # share of the words of a title from which on a heading is the title again
# Signs of a heading, a list, a question.
LEAD = re.compile(r"^[\W_]*(?:(?:Q|问|\d{1,3}(?:\.\d{1,3})*)[:：.)、]\s*|\d{1,3}(?:\.\d{1,3})+\s+)?")
AMOUNT = re.compile(r"\W{0,2}(?:[A-Z]{3} ?)?\d")
# What may stand in a question: a name of words, not a list, a code, a path or an arrow; a column that begins so is no name.
NAME = re.compile(r"[^\W_](?:[\w '’&.·°-]*(?:[(（][\w %°/.-]+[)）])?)*")
NO_NAME = re.compile(r"(?:in|on|at|per|of|by|to|for|from|with|without|the|is|has)\b", re.IGNORECASE)
NUMBERED = re.compile(
    r"^(?:(?:chapter|section|part|appendix)\s+)?"
    r"(?:(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+)(?:[.)、:：](?!\d)\s*|\s+)|(?:[IVXL]+|[A-Z])[.)、:：]\s+)"
    rf"|^第\s*[{HAN}\d]+\s*[章节節条篇部]\s*|^[（(]?[一二三四五六七八九十]+[)）、]\s*",
    re.IGNORECASE,
)
DAY = re.compile(r"日期|时间|時間|日$")
# Headings that every other document has too.
COMMON = re.compile(
    r"(?:table of )?contents|introduction|overview|preface|foreword|appendix.*|index|references|summary|see also|"
    r"links?|notes?|general|"
    r"about th(?:is|e) .*|"
    r"目\s*录|前\s*言|引\s*言|附\s*录.*|概\s*述|总\s*则|附\s*则|序|说\s*明|关于本.*|参考文献|备\s*注",
    re.IGNORECASE,
)
ASKED_OF_ROW: dict[Language, str] = {"en": "What is the {column} of {key}?", "zh": "{key}的{column}是多少？"}
WHEN: dict[Language, str] = {"en": "What is the {column} of {key}?", "zh": "{key}的{column}是哪一天？"}
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
    return list(dict.fromkeys(_questions(store, document)))[:most]


def headings_of(store: Store, document: Document, most: int) -> list[tuple[Heading, str]]:
    """The first headings of a document with their words, those without words left out."""
    headings = store.outlines.get(document.id).headings[:most]
    text = store.excerpt(document.id, 0, max((one.end for one in headings), default=0))
    named = [(one, " ".join(as_read(text[one.start : one.end].lstrip("#"), document.media_type).split())) for one in headings]
    return [(one, name) for one, name in named if name]


def _examples(store: Store, documents: Iterable[Document], most: int) -> Iterator[Example]:
    """The best of each document in turn, so that they come from several."""
    made = [(one, questions_of(store, one, most)) for one in documents]
    ranked = [Example(questions[rank], one) for rank in range(most) for one, questions in made if rank < len(questions)]
    found = {one.question: one for one in reversed(ranked)}  # two documents may ask the same
    yield from [one for one in ranked if found.get(one.question) is one][:most]


def _passages(store: Store, document: Document) -> list[Passage]:
    keys = store.keys(Scope(document_ids=(document.id,)))[:PASSAGES]
    return sorted(store.passages({int(key): UNFOUND for key in keys}), key=lambda passage: passage.start)


def _questions(store: Store, document: Document) -> Iterator[str]:
    passages = _passages(store, document)
    for passage in passages:
        read = as_read(passage.text, passage.document.media_type)
        yield from _asked(f"{passage.heading.split(' > ')[-1]}\n{read}")
    for passage in passages:
        yield from _of_rows(passage)
    for _, heading in headings_of(store, document, HEADINGS):
        yield from _of_heading(document, heading)


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
            (name, value)
            for name, value in row[1:]
            if AMOUNT.match(value) and len(value) <= 40 and _is_name(name) and _names_a_column(name)
        ]
        if columns and row[0][0] and _is_name(key):
            column, value = columns[0]
            language = detect_language(f"{key} {column}")
            told = column[0].lower() + column[1:] if column[1:].islower() else column
            frame = WHEN if DAY.search(column) and dates(value) else ASKED_OF_ROW
            spaced = f"{key} " if language == "zh" and key[-1].isascii() else key  # between Latin and Chinese stands a space
            yield frame[language].format(key=spaced, column=told)
            return


def _is_name(text: str) -> bool:
    """Whether it may stand in a question as a name: short, mostly of letters."""
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return 1 < len(text) <= 30 and letters >= 0.7 * len(text) and NAME.fullmatch(text) is not None


def _names_a_column(text: str) -> bool:
    """Whether "the ... of" goes before it: no number, no mere sign of a unit, no `on disk`."""
    return not (text.isupper() or NO_NAME.match(text) or re.search(r"\d", text))


def _of_heading(document: Document, found: str) -> Iterator[str]:
    title, heading = (NUMBERED.sub("", one).strip() for one in (document.title, found))
    if title and max(len(heading), len(title)) <= 60 and _is_asked_about(heading, title):
        yield ASKED_OF_HEADING[detect_language(heading)].format(title=title, heading=heading)


def _is_asked_about(heading: str, title: str) -> bool:
    """Whether a heading names a matter of its own: no question, no day, not the document's name, nor one that all have."""
    wordy = len(heading) >= 4 if re.search(f"[{HAN}]", heading) else len(heading.split()) > 1
    own, named = set(words(heading)), set(words(title))
    return (
        wordy and not heading.endswith(("?", "？")) and not dates(heading) and not COMMON.fullmatch(heading)
        and not own <= named and len(own & named) < SAME_NAME * len(named)
    )  # fmt: skip
