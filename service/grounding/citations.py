"""Citations: the exact span of a passage that a sentence stands on, and the answer composed with its markers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from youju.records import Citation, Language, Passage, Sentence, TableEvidence
from youju.text.language import END_MARKS, HAN
from youju.text.rows import cells


@dataclass(frozen=True)
class Supported:
    """A sentence that may be sent, and the citations it stands on."""

    sentence: Sentence
    citations: tuple[Citation, ...]


def cite(marker: int, passage: Passage, first: int, last: int, support: float) -> Citation:
    """The citation of the characters `first` to `last` (exclusive) of a passage's text."""
    start, end = passage.start + first, passage.start + last
    page, last_page = _pages(passage, start, end)
    return Citation(
        marker=marker, document_id=passage.document.id, title=passage.document.title, uri=passage.document.uri,
        page=page, last_page=last_page, chunk_id=passage.chunk_id, quote=passage.text[first:last],
        start=start, end=end, score=round(support, 3),
    )  # fmt: skip


def _pages(passage: Passage, start: int, end: int) -> tuple[int | None, int | None]:
    """The page that a quote begins on, and the one it ends on where that is another."""
    first, last = passage.document.page_at(start), passage.document.page_at(max(start, end - 1))
    return first, last if last != first else None


def merge_citations(citations: Sequence[Citation], shown: Sequence[Passage]) -> list[Citation]:
    """One citation for each marker: the shortest span of its passage that holds all spans cited under it."""
    merged: dict[int, Citation] = {}
    for citation in citations:
        known = merged.get(citation.marker)
        if known is not None:
            passage = shown[citation.marker - 1]
            start, end = min(known.start, citation.start), max(known.end, citation.end)
            page, last_page = _pages(passage, start, end)
            citation = known.model_copy(
                update={
                    "start": start, "end": end, "quote": passage.text[start - passage.start : end - passage.start],
                    "page": page, "last_page": last_page, "score": max(known.score, citation.score),
                    "table": _both(known.table, citation.table),
                }
            )  # fmt: skip
        merged[citation.marker] = citation
    return [merged[marker] for marker in sorted(merged)]


def _both(first: TableEvidence | None, second: TableEvidence | None) -> TableEvidence | None:
    """The rows of both; of two tables those of the first."""
    if first is None or second is None or (first.title, first.columns) != (second.title, second.columns):
        return first or second
    rows = [*first.rows, *(row for row in second.rows if row not in first.rows)]
    marked = [(rows.index(second.rows[row]), column) for row, column in second.marked]
    return first.model_copy(update={"rows": rows, "marked": sorted({*first.marked, *marked})})


def names_of(citations: Sequence[Citation]) -> list[str]:
    """What to call the document of each: its title, or the end of its uri. Where two documents would have one name, with the
    uri; where that is one as well, as in two collections, with the id.
    """
    names = [citation.title or re.split(r"[/\\]", citation.uri)[-1] for citation in citations]
    for more in ("uri", "document_id"):
        holders: dict[str, set[str]] = {}
        for name, citation in zip(names, citations, strict=True):
            holders.setdefault(name, set()).add(citation.document_id)
        names = [
            f"{name} ({getattr(citation, more)})" if len(holders[name]) > 1 else name
            for name, citation in zip(names, citations, strict=True)
        ]
    return names


def compose(said: Sequence[Sentence], language: Language) -> str:
    """The answer as Markdown: sentences with their markers before the end mark, `…[1]。` and `… [1].`, one behind the other;
    what is set as a block on lines of its own. What was said before is never changed by what follows."""
    text, steps = "", 0
    for place, sentence in enumerate(said):
        before = said[place - 1] if place else None
        steps = (0 if sentence.block == "heading" else steps) + (sentence.block == "step")
        if before is not None:
            text += _gap(before, sentence, language)
        text += _set(sentence, before, language, steps)
    return text


def _gap(before: Sentence, sentence: Sentence, language: Language) -> str:
    if before.block != sentence.block or (sentence.block == "row" and begins_table(before, sentence)):
        return "\n\n"
    if sentence.block != "sentence":
        return "\n"
    is_latin = (
        before.text[-1:].isascii() and sentence.text[:1].isascii()
    )  # sentences of an English document in a Chinese answer
    return " " if language != "zh" or is_latin else ""


def begins_table(before: Sentence | None, row: Sentence) -> bool:
    """Whether a row is the first of a table: the one before it is none, or has other columns."""
    return before is None or before.block != "row" or _columns(before) != _columns(row)


def _columns(row: Sentence) -> tuple[str, ...]:
    """The names of the columns; empty names, as many as there are cells, where not every cell is behind one."""
    names = tuple(name for name, _ in cells(row.text))
    return names if all(names) else ("",) * len(names)


def _set(sentence: Sentence, before: Sentence | None, language: Language, number: int) -> str:
    markers = "".join(f"[{marker}]" for marker in sentence.markers)
    if sentence.block == "row":
        return _row(sentence, begins_table(before, sentence), markers)
    if sentence.block != "sentence":
        sign = {"heading": "### ", "item": "- ", "step": f"{number}. "}[sentence.block]
        return f"{sign}{' '.join(sentence.text.split())}{' ' * bool(markers)}{markers}"
    text = sentence.text.rstrip(END_MARKS + " ")
    end = sentence.text[len(text) :].strip() or ("。" if language == "zh" else ".")
    ending = rf"[{HAN}，。％%）”」]" if language == "zh" else rf"[{HAN}，。％%）]"
    gap = "" if not markers or re.match(ending, text[-1:]) else " "
    return f"{text}{gap}{markers}{end}"


def _row(sentence: Sentence, is_first: bool, markers: str) -> str:
    """A row of a table. Above the first stand the names of the columns; where it has none it is the head itself."""
    names = [name for name in _columns(sentence) if name]
    values = [value if names else f"{name}: {value}" if name else value for name, value in cells(sentence.text)]
    lines = [[*values[:-1], f"{values[-1]} {markers}".strip()]]
    if is_first:
        lines = [names, ["---"] * len(names), *lines] if names else [*lines, ["---"] * len(values)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
