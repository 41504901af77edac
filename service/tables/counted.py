"""Counts, extremes and differences that answer something else than what is asked: one row of a name that all rows have
another of, the highest where several are asked for, or where a difference is."""

from __future__ import annotations

import re

from service.tables.asking import CUES
from service.tables.features import Seen
from service.tables.linking import Mention
from service.tables.reading import Candidate
from service.tables.role_features import EXTREMES, column_kinds
from service.tables.sheet import Sheet
from youju.text.quantities import ENGLISH_NUMBERS

SMALL_NUMBERS = "|".join(word for word, number in ENGLISH_NUMBERS.items() if 1 < number <= 10)
SEVERAL = re.compile(
    rf"\b(?:[2-9]|10|{SMALL_NUMBERS}) (?:\w+ )?(?:\w+est|most|least|top|best|worst)\b|\btop (?:[2-9]|10|{SMALL_NUMBERS})\b|"
    r"最[高低大小多少长短]的?[两二三四五六七八九十2-9][个名家位项种]",
    re.IGNORECASE,
)
LEAST_SAID = 0.5  # of the name of a row


def is_of_another_count(seen: Seen, one: Candidate) -> bool:
    """Whether one of these holds."""
    if one.operation in EXTREMES:
        is_of_several = bool(SEVERAL.search(seen.question.text)) and len(one.answers) == 1
        return is_of_several or _leaves_difference(seen, one)
    if one.operation == "along_count":
        return max(seen.key_said[row] for row in one.selection.rows) < LEAST_SAID
    return (
        one.operation == "count" and one.answers == (1.0,) and any(_is_one_each(seen.sheet, m) for m in one.selection.mentions)
    )


def _leaves_difference(seen: Seen, one: Candidate) -> bool:
    if "difference" not in seen.cues:
        return False
    names = " ".join(seen.sheet.names[column] for column in {column for _, column in one.cells})
    return not CUES["difference"].search(names)


def _is_one_each(sheet: Sheet, mention: Mention) -> bool:
    """Whether a value stands in a column of names, years or running numbers, none of which comes twice."""
    texts = [values[mention.column].text for values in sheet.values]
    of_names = mention.column == sheet.key or not sheet.numeric[mention.column] or sheet.years[mention.column]
    return len(set(texts)) == len(texts) and (of_names or "rank" in column_kinds(sheet, mention.column))
