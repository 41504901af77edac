"""How a question may say the names of a table: spelt a little otherwise, shortened, derived, in one of two scripts; and how
much of a name it says, by how rare its words are in the table."""

from __future__ import annotations

import difflib
import functools
import math
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from service.tables.asking import Asked
from service.tables.values import CURRENCIES
from youju.text.folding import HAN, folded
from youju.text.language import HAN_CHARACTER, query_words, simplified
from youju.text.quantities import UNITS

GLOSSARY = Path(__file__).with_name("glossary.toml")
CLOSE = 0.84  # likeness of two spellings of one word
SHORTEST_CLOSE = 5  # letters
SHORT = (3, 5)  # letters of a short form
SHORTEST_DERIVED = 3  # letters
DERIVED = frozenset("er r or ers ing ment ion ation".split())
QUARTER = re.compile(
    r"\b(first|second|third|fourth|last|[1-4](?:st|nd|rd|th)) quarter\b|([一二三四1-4]) ?季度|\bq([1-4])(?!\d)"
)
_QUARTERS = ("first 1st 一 1", "second 2nd 二 2", "third 3rd 三 3", "fourth 4th last 四 4")
QUARTERS = {text: number for number, texts in enumerate(_QUARTERS, 1) for text in texts.split()}
# The months with which they end, as reports name them (`Three months ended Sept. 30`).
ENDS = tuple(frozenset(query_words(names)) for names in ("march mar", "june jun", "september sept sep", "december dec"))
BY_MONTHS = frozenset(query_words("quarter months"))
_UNIT_TEXTS = {*UNITS, *CURRENCIES, "%", "万元", "亿元", "百万元", "千元"}
_UNIT_TEXT = "|".join(re.escape(text) for text in sorted(_UNIT_TEXTS, key=len, reverse=True))
UNIT_OF_NAME = re.compile(rf"\s*[(（]\s*(?:{_UNIT_TEXT})\s*[)）]", re.IGNORECASE)
SHORT_FORM = re.compile(r"[(（]\s*[\"“”']?([A-Z][A-Za-z]*[A-Z][A-Za-z]*|[A-Z]{2,})[\"“”']?\s*[)）]")
# What a name does not need: a short form of it, its scale, a reference, the sign that it may have, a mark.
REMARK = re.compile(
    r"[(（]\s*(?:[\"“”'][^()\"“”']{1,20}[\"“”']|[A-Z][A-Za-z]*[A-Z][A-Za-z]*|see [^()]{1,30}|"
    r"(?:in )?(?:thousands|millions|billions|cents|dollars|years|hours|days)[^()]{0,12}|"
    r"loss(?:es)?|gains?|income|expenses?|benefits?|credit|decreases?|used in|[a-z0-9]{1,2})\s*[)）]",
)
TWO_SCRIPTS = re.compile(rf"[{HAN}）)][\s/|·]+[A-Za-z]{{2}}|[A-Za-z]{{2}}[\s/|·]+[{HAN}]")


@functools.lru_cache(maxsize=65536)
def words_of(text: str) -> frozenset[str]:
    return frozenset(query_words(text))


@functools.lru_cache(maxsize=65536)
def spoken(text: str) -> tuple[frozenset[str], ...]:
    """The words by which a name may be said: all of them, without its unit; of one that stands there in two scripts (`预算
    Budget（万元）`) also those of each; those without remarks in brackets; its short form (`seat miles (ASM)`)."""
    plain_name = UNIT_OF_NAME.sub(" ", text).strip() or text
    words = words_of(plain_name)
    found = [words]
    if TWO_SCRIPTS.search(plain_name):
        han = frozenset(word for word in words if HAN_CHARACTER.match(word))
        found += [han, words - han]
    if REMARK.search(plain_name):
        found += [words_of(REMARK.sub(" ", plain_name)), *(words_of(short) for short in SHORT_FORM.findall(plain_name))]
    return tuple(dict.fromkeys(some for some in found if some))


def weights_of(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """Word -> how much it tells: the rarer, the more. `""` is for words that none has."""
    counts = Counter(word for text in texts for word in text)
    return {word: math.log(1 + len(texts) / count) for word, count in counts.items()} | {"": math.log(1 + len(texts))}


def said_words_of(question: Asked, weights: dict[str, float]) -> frozenset[str]:
    """The words of the question, and for one that the table lacks the one that it spells a little otherwise."""
    lacking = [word for word in question.words if word not in weights and len(word) >= SHORTEST_CLOSE and word.isalpha()]
    known = [word for word in weights if len(word) >= SHORTEST_CLOSE] if lacking else []
    close = (difflib.get_close_matches(word, known, 1, CLOSE) for word in lacking if len(known) <= 5000)
    close_words = {word for found in close for word in found}
    return (
        question.words
        | close_words
        | _short_forms(question, weights)
        | _derived(question, weights)
        | _quarters(question, weights)
    )


def written_out(question: Asked, names: Sequence[str]) -> frozenset[str]:
    """The words of names whose short form the question says, where they stand beside it (`available seat miles (ASM)`)."""
    found: set[str] = set()
    for name in names:
        short = SHORT_FORM.search(name)
        if short and words_of(short[1]) & question.words:
            found |= words_of(name[: short.start()])
    return frozenset(found)


def _derived(question: Asked, weights: dict[str, float]) -> set[str]:
    """Words of the table for who does, or the doing of, what the question says (`owns`: Owner, `drives`: Driver)."""
    lacking = [word for word in question.words if word not in weights and len(word) >= SHORTEST_DERIVED and word.isascii()]
    return {
        name for name in weights for word in lacking
        if name.startswith(word.rstrip("e")) and name[len(word.rstrip("e")) :] in DERIVED
    }  # fmt: skip


def _quarters(question: Asked, weights: dict[str, float]) -> set[str]:
    """`second quarter` as reports write it: Q2, or the month with which it ends."""
    numbers = {
        QUARTERS[match[1] or match[2] or match[3]] for match in QUARTER.finditer(simplified(folded(question.text).lower()))
    }
    found = {f"q{number}" for number in numbers}
    if BY_MONTHS & weights.keys():
        found |= {word for number in numbers for word in ENDS[number - 1] if word in weights}
    return found


def _short_forms(question: Asked, weights: dict[str, float]) -> set[str]:
    """Words of the table that are the first letters of words of the question in a row (`mpg`), the beginning of one (`exp`), or
    a short form of what it says that is known (`hp`)."""
    said = [word for word in question.plain.split() if word.isascii() and word.isalpha()]
    letters = "".join(word[0] for word in said)
    found = {
        word for word, meanings in _glossary().items()
        if word in weights and any(meaning <= question.words for meaning in meanings)
    }  # fmt: skip
    for word in weights:
        if word in question.words or not (SHORT[0] <= len(word) <= SHORT[1] and word.isascii() and word.isalpha()):
            continue
        begins = any(one.startswith(word) and len(one) >= len(word) + 3 for one in said)
        if (len(word) > 2 and word in letters) or begins:
            found.add(word)
    return found


@functools.cache
def _glossary() -> dict[str, tuple[frozenset[str], ...]]:
    """Short name -> what it stands for, each as the words of a question."""
    with GLOSSARY.open("rb") as file:
        told = tomllib.load(file)
    return {word: tuple(words_of(text) for text in texts) for form, texts in told.items() for word in words_of(form)}


def glossed(words: frozenset[str]) -> frozenset[str]:
    """What short names among some words stand for."""
    return frozenset().union(*(meaning for word in words for meaning in _glossary().get(word, ())))


def weigh(words: frozenset[str] | Sequence[str], weights: dict[str, float]) -> float:
    return sum(weights.get(word, weights[""]) for word in words)


def share_of(asked: frozenset[str], words: frozenset[str], weights: dict[str, float]) -> float:
    """How much of some words is asked for, by weight."""
    return weigh(words & asked, weights) / (weigh(words, weights) or 1.0)
