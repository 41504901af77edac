"""What a row or sentence is about: which key a row belongs to, which of several sentences names what was asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from service.grounding.namesakes import is_named_otherwise, is_of_the_kind
from service.tables import asking
from service.tables.ranges import stretch
from youju.records import Passage
from youju.text.dates import is_of_another_day, is_one_other_day
from youju.text.language import ROW_CELLS, query_words, sentences, words
from youju.text.names import named
from youju.text.rows import COLUMN, cells, named_rows

LEAST = re.compile(
    r"\b(?:least|fewest|lowest|smallest|shortest|lightest|youngest|cheapest|slowest|minimum)\b|最[少低小短轻便慢]",
    re.IGNORECASE,
)
MOST = re.compile(
    r"\b(?:most(?! of)|greatest|largest|highest|biggest|longest|tallest|heaviest|oldest|fastest|maximum|best)\b|"
    r"最[多高大长重贵快]",
    re.IGNORECASE,
)
# A limit that each row has of its own; "which city allows most" is a row that has most.
LIMIT = re.compile(r"\bat (?:the )?(?:most|least)\b|\b(?:max|min)imum\b|最[多少高低]|至少|至多", re.IGNORECASE)
WHICH = re.compile(r"\b(?:which|who|whose|where)\b|哪|谁", re.IGNORECASE)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
# `Valve 5`, `阀门 5`, `5 号`: words, a number, or a number and its sign.
NUMBERED = re.compile(r"([^\W\d_]*)[\s#-]*(?<![\d.,])(\d+)(?![\d.,]*\d)\s*([号號栋楼层室期组班级]?)")
YEARS = 1800, 2100  # of the calendar: `2025年` is no time that somebody has worked


def is_of_another(text: str, question: str, shown: Sequence[Passage], above: str) -> bool:
    """Whether a row of a table is not the one asked for: the question names another row of the passages better than this one,
    or its key with another number, or an amount outside of the stretch that it holds for (`10 to 20 years`), or asks for the
    largest or least of all, which it is not among those shown. Whether prose
    names something otherwise than the question, and what stands above it does too. Whether either is of other days than the one
    that the question is about (today).

    Args:
        above: title and headings of the text.
    """
    if is_of_another_day(text, question):
        return True
    if ROW_CELLS not in text:
        return is_named_otherwise(text, question, above)
    if is_named_otherwise(text, question):
        return True
    rows = [line for line in text.split("\n") if ROW_CELLS in line]
    if all(
        _has_another_number(row, question) or _holds_in_another_case(row, question) or _is_of_another_date(row, question)
        for row in rows
    ):
        return True
    texts = [passage.text for passage in shown]
    named = {whole[start:end] for whole, spans in zip(texts, named_rows(question, texts), strict=True) for start, end in spans}
    if named:
        return named.isdisjoint(text.split("\n")) and not any(_is_named_besides(row, named, question) for row in rows)
    sign = extreme_asked(question)
    return bool(sign) and not any(_is_extreme(line, sign, question, shown) for line in text.split("\n"))


def _has_another_number(row: str, question: str) -> bool:
    """Whether the key of a row is numbered, as `Valve 5` is, and the question has the same words with other numbers only."""
    key = COLUMN.sub("", row.split(ROW_CELLS)[0].strip()).casefold()
    asked = NUMBERED.findall(question.casefold())
    for word, number, sign in NUMBERED.findall(key):
        numbers = {other for before, other, behind in asked if before.endswith(word) and behind == sign and word + sign}
        if numbers and number not in numbers:
            return True
    return False


def _is_of_another_date(row: str, question: str) -> bool:
    """Whether the key of a row is a day, and the question names another one: a rota."""
    (name, value), *_ = cells(row)
    return is_one_other_day(f"{name}: {value}", question)


def _is_named_besides(row: str, named: Collection[str], question: str) -> bool:
    """Whether a row tells the kind of quantity that is asked for, and its key has all words of that of a row which is named:
    how long a battery lasts stands under `Battery life`, beside `Battery: 3.6 V`."""
    key, *_ = cells(row)
    keys = [set(query_words(other)) for name in named for _, other in cells(name)]
    return is_of_the_kind(row, question) and any(other and other < set(query_words(key[1])) for other in keys)


def _holds_in_another_case(row: str, question: str) -> bool:
    """Whether the key of a row is a stretch, and the question tells one amount of its unit, which lies outside."""
    held = stretch(COLUMN.sub("", row.split(ROW_CELLS)[0].strip()))
    if held is None:
        return False
    units = asking.asked(question).units
    amounts = [number for number, unit in units.items() if unit == held.unit and not YEARS[0] <= number <= YEARS[1]]
    return len(amounts) == 1 and not held.holds(amounts[0])


def extreme_asked(question: str) -> int:
    """1 where the question asks for the largest of all, -1 for the least, 0 for neither, as where it asks for a limit."""
    question = question if WHICH.search(question) else LIMIT.sub("", question)
    return -1 if LEAST.search(question) else 1 if MOST.search(question) else 0


def _is_extreme(row: str, sign: int, question: str, shown: Sequence[Passage]) -> bool:
    """Whether some other row shown has a column that the question names, and none has more in it (less, if `sign` is -1)."""
    columns, asked = _numbers(row), set(query_words(question))
    others = [_numbers(line) for passage in shown for line in passage.text.split("\n") if ROW_CELLS in line]
    for name, value in columns.items():
        if not asked & set(words(name)):
            continue
        values = [other[name] for other in others if name in other]
        if len(values) > 1 and sign * value >= max(sign * one for one in values):
            return True
    return False


def _numbers(row: str) -> dict[str, float]:
    """Column -> the number in its cell, of the cells that begin with one."""
    found: dict[str, float] = {}
    for cell in row.split(ROW_CELLS):
        if (column := COLUMN.match(cell.strip())) and (number := NUMBER.match(cell.strip()[column.end() :])):
            found[column.group()] = float(number.group().replace(",", ""))
    return found


def is_of_another_subject(passage: Passage, question: str, shown: Sequence[Passage]) -> bool:
    """Whether the question has names of which a passage, its title and the name of its file hold none, and another one does, or
    it is of a document that is titled otherwise."""
    names = named(question, passage.language)
    if names and not names & _held(passage) and any(names & _held(other) for other in shown):
        return True
    return is_titled_otherwise(passage, question, shown)


def is_titled_otherwise(passage: Passage, question: str, shown: Sequence[Passage]) -> bool:
    """Whether the question names what a document of the same kind is titled by, and a passage and its title say nothing of
    that: the price that Kestrel asks stands in no agreement with Nordwind."""
    names, title, held = named(question, passage.language), _titled(passage), _held(passage)
    others = (_titled(other) for other in shown if other.document.id != passage.document.id)
    return not names & title and any(
        (names & other) and names.isdisjoint(held & other) and (other - names) & title for other in others
    )


def _titled(passage: Passage) -> frozenset[str]:
    return _words_of_title(passage.document.title, passage.document.uri)


@lru_cache(maxsize=4096)
def _words_of_title(title: str, uri: str) -> frozenset[str]:
    return frozenset(query_words(f"{title}\n{PurePosixPath(uri).stem}"))


def _held(passage: Passage) -> set[str]:
    return set(words(f"{passage.context}\n{passage.document.uri.rsplit('/', 1)[-1]}"))


def is_apart(asked: set[str], text: str, shown: Sequence[Passage]) -> bool:
    """Whether a sentence (with its title) has not one of the words of a question that some passage has."""
    return bool(asked) and asked.isdisjoint(words(text)) and any(not asked.isdisjoint(words(one.context)) for one in shown)


def is_beside(shared: set[str], text: str, passage: str) -> bool:
    """Whether a sentence of a passage is about something else: it holds none of the words that question and answer share, and
    another sentence holds most of them."""
    if not shared or shared & set(words(text)):
        return False
    return any(2 * len(shared & set(words(passage[start:end]))) > len(shared) for start, end in sentences(passage))
