"""The facts of a sentence that evidence must have alike: numbers with their units, dates, names, codes, addresses.

Knows nothing of passages, nor of how words are compared.
"""

from __future__ import annotations

import re

from service.grounding.polarity import asks_whether
from service.grounding.sanitising import addresses
from youju.text.dates import tells_dates
from youju.text.language import HAN, detect_language, words
from youju.text.names import named, written_as_names
from youju.text.quantities import codes, figures, numbers, other_units

# The number of a section or of a list's item at the beginning of a line or heading: it counts and says nothing.
NUMBERING = re.compile(
    rf"(?:^|(?<=\n)|(?<= > ))[ \t]*(?:\d+(?:\.\d+)+\.?(?=[ \t]+[A-Z{HAN}])|\(?\d{{1,3}}[.)、](?=\s))|"
    r"第[〇零一二三四五六七八九十百\d]+[章节節条條款部]"
)
CLAUSE_NUMBER = re.compile(rf"^[ \t]*\d+(?:\.\d+)+\.?[ \t]+(?=[A-Z{HAN}])")
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z?][\w-]*(?![\w-])")  # of a command: `-k`, `--dmesg`; one letter is another option
CODE_SPAN = re.compile(r"`+([^`\n]+)`+")  # a command or name as a draft marks it
HOW_MANY = re.compile(
    r"\bhow (?:many|much|long|often|heavy|big|large|fast|far|high|tall|wide|deep|loud)\b|"
    r"多少|几(?![乎何])|多[大高长重快远宽深]",
    re.IGNORECASE,
)
# `one` is mostly no number, but where one is asked for.
SAYS_ONE = re.compile(r"\b(?:one|single|1|once (?:an?|per|every|each))\b", re.IGNORECASE)
YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")


def says_more(sentence: str, context: str, question: str = "") -> bool:
    """Whether a sentence has a number, date, name, code or address that the context has not, or a number with another unit.

    Amounts of the question may be repeated, unless it asks whether they are so; codes, years and dates tell what it is about,
    and must stand in the context. Numbering is no fact.
    """
    if not _has_code(sentence, context):
        return True
    if HOW_MANY.search(question) and _counts_one(sentence, question) and not SAYS_ONE.search(context):
        return True
    facts = NUMBERING.sub(" ", context)
    repeated = set() if asks_whether(question) else numbers(question) - figures(" ".join(codes(question)))
    known = numbers(facts) | {number for number in repeated if not YEAR.fullmatch(number)}
    written_alike = named(sentence, detect_language(context)) <= written_as_names(context) | set(words(question))
    said = numbers(CLAUSE_NUMBER.sub(" ", sentence))  # `4.2 The loss ...`, as contracts count their clauses
    stands = said <= known and codes(sentence) <= codes(facts) and addresses(sentence) <= addresses(facts)
    return not (stands and written_alike and tells_dates(facts, sentence)) or other_units(sentence, facts)


def only_repeats_numbers(sentence: str, question: str) -> bool:
    """Whether a question asks how many, and all numbers of a sentence are those of the question: `10 dB` for the Tern 10."""
    said = numbers(sentence)
    return bool(HOW_MANY.search(question) and said and said <= numbers(question)) and not asks_whether(question)


def _counts_one(sentence: str, question: str) -> bool:
    """Whether a sentence says `one` more often than the question."""
    return len(SAYS_ONE.findall(sentence)) > len(SAYS_ONE.findall(question))


def _has_code(sentence: str, context: str) -> bool:
    """Whether every command that a sentence marks as code, and every option, stands in the context as it is: one word off, it
    does else."""
    if not set(OPTION.findall(sentence)) <= set(OPTION.findall(context)):
        return False
    there = " ".join(context.replace("`", "").casefold().split())
    return all(" ".join(code.casefold().split()) in there for code in CODE_SPAN.findall(sentence))
