"""The words of a line of a PDF's page as text: with raised and lowered characters, without spaces inside Chinese words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.loaders.layout import WIDE
from ingest.loaders.pdf.reading import Found, PageText, Rect, units
from ingest.loaders.raised import lowered, raised
from youju.text.language import HAN

WORD = re.compile(r"\S+")
# A word that begins, or ends, with a single Chinese character or sign.
LONE_FIRST = re.compile(rf"[{HAN}](?![{HAN}])|[，。、；：）（]")
LONE_LAST = re.compile(rf"(?:(?<![{HAN}])[{HAN}]|[，。、；：）（])$")

# Of an em:
TIGHT = 0.15  # a narrower gap is none
OFF_LINE = 0.12  # so far from the line raised and lowered characters stand
SMALLER = 0.92  # of the size of the line's font


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    first: int
    left: float
    right: float


def words_of(page: PageText, one: Found) -> list[Word]:
    """The words of a line; one that goes back to the left, or stands off, is its own."""
    found = []
    ascii_only = one.text.isascii()
    for match in WORD.finditer(one.text):
        first = one.first + (match.start() if ascii_only else units(one.text[: match.start()]))
        last = first + units(match.group()) - 1
        box = page.box(first)
        end = box if last == first else page.box(last)
        found.append(Word(match.group(), first, min(box.left, end.left), max(box.right, end.right)))
    return found


def baseline(page: PageText, one: Found, words: Sequence[Word], odd: Sequence[Rect]) -> tuple[float, float]:
    """Where a line stands, and its size: those of the first word that is not raised or lowered."""
    first = next((word.first for word in words if not any(rect.left < word.left + 1 < rect.right for rect in odd)), one.first)
    return page.baseline(first), page.size(first)


def text_of(page: PageText, words: Sequence[Word], em: float, main: tuple[float, float] | None, odd: Sequence[Rect]) -> str:
    """The text of words: with what is raised and lowered, where they do not stand on the line alone."""
    text = ""
    if main is None and all(word.text.isascii() for word in words):
        return " ".join(word.text for word in words)
    for word, space in zip(words, _spaces(page, words, em), strict=True):
        text += space
        if main is None or not any(rect.left < word.right and word.left < rect.right for rect in odd):
            text += word.text
            continue
        for kind, run in _runs(page, word, em, main):
            text += run if not kind else raised(text, run) if kind > 0 else lowered(run)
    return text


def _runs(page: PageText, word: Word, em: float, main: tuple[float, float]) -> Iterator[tuple[int, str]]:
    """Stretches of a word that are raised (1), lowered (-1) or neither."""
    base, size = main
    run, kind, at = "", 0, word.first
    for character in word.text:
        off = base - page.baseline(at)
        stands = (off > OFF_LINE * em) - (off < -OFF_LINE * em) if page.size(at) < SMALLER * size else 0
        if stands != kind and run:
            yield kind, run
            run = ""
        kind, run, at = stands, run + character, at + units(character)
    yield kind, run


def _spaces(page: PageText, words: Sequence[Word], em: float) -> list[str]:
    """What stands before each word: nothing between Chinese characters that are spaced for looks."""
    gaps = [after.left - before.right for before, after in zip(words, words[1:], strict=False)]
    begins = [LONE_FIRST.match(word.text) is not None for word in words]
    ends = [LONE_LAST.search(word.text) is not None for word in words]
    least = min((gap for gap, first, second in zip(gaps, ends, begins[1:], strict=False) if first and second), default=0.0)
    spaces = [""]
    for before, after, gap, first, second in zip(words, words[1:], gaps, ends, begins[1:], strict=False):
        both = WIDE.match(before.text[-1]) and WIDE.match(after.text[0])
        looks = first and second and gap <= max(1.6 * least, least + 0.3 * em)
        put_in = both and gap < 0.6 * em and page.is_put_in(after.first - 1)
        spaces.append("" if looks or put_in else " ")
    return spaces
