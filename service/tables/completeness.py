"""Whether a reading takes up all that a question says: then less confidence is needed to tell what was computed."""

from __future__ import annotations

import re

from service.tables.features import Seen, taken
from service.tables.gaps import ALONG_BOUNDS, LEAST_SAID, OVER_YEARS, WHOLE, said_of_name
from service.tables.naming import glossed, words_of
from service.tables.reading import Candidate
from service.tables.role_features import COUNTED, EXTREMES, role_features, said_words
from service.tables.roles import bounds, superlatives
from service.tables.values import plain
from youju.text.language import query_words
from youju.text.quantities import UNITS

MOSTLY_SAID = 0.8
BOUNDING = frozenset(
    query_words(
        "more less fewer greater higher lower larger smaller than over under above below least most exceed after before "
        "since until between thousand million billion "
        "超过 高于 大于 多于 低于 小于 少于 不足 不到 以上 以下 至少 最多 不少 之间 以后 之后 之前 以来"
    )
)
HOW_MANY = re.compile(
    r"\b(?:count|number|quantity|qty|total|headcount|no\. of)\b|人数|数量|件数|次数|个数|台数|合计", re.IGNORECASE
)
# What any row of a table is.
LISTED = frozenset(
    query_words(
        "table file sheet list listed data recorded measured counted registered observed included shown surveyed 表格 记录 登记"
    )
)


def said_share(seen: Seen, column: int) -> float:
    """How much of the name of a column the question says."""
    return max(float(seen.link.columns.said[column]), said_words(seen.question, seen.sheet.names[column]))


def is_complete(seen: Seen, one: Candidate) -> bool:
    """Whether a comparison, a sum or mean, or a number of rows within bounds takes up each word of the question that names
    something, and the column that it goes by is named beside the superlative, meant by it, or named for the bound."""
    found = role_features(seen.question, seen.link, seen.sheet, one)
    if one.operation in EXTREMES:
        is_meant = found.get("superlative.near", 0.0) >= LEAST_SAID or found.get("superlative.hint", 0.0) > 0
        is_told = is_meant and "way=with" in found
    elif one.operation in OVER_YEARS and len({row for row, _ in one.cells}) == 1:
        is_told = _is_over_years(seen, one)
    elif (cue := {"sum": "total", "mean": "average"}.get(one.operation)) is not None:
        is_exact = all(mention.is_exact for mention in one.selection.mentions)
        is_told = is_exact and cue in seen.cues and one.column is not None and said_share(seen, one.column) >= LEAST_SAID
    elif one.operation in WHOLE:
        is_told = True
    elif one.operation in ALONG_BOUNDS:
        is_told = bool(bounds(seen.question.plain)) and said_of_name(seen, one) >= LEAST_SAID
    elif one.operation == "count" and not one.selection.bounds:
        is_told = _is_of_named_values(seen, one)
    elif one.operation in ("commonest", "rarest"):
        is_told = _is_of_rows_alone(seen, one)
    else:
        column = one.selection.column
        is_told = bool(one.selection.bounds) and column is not None and bool(seen.link.columns.said[column] >= LEAST_SAID)
    if not is_told:
        return False
    words = taken(seen, one) | seen.title_words | seen.link.columns.words[seen.sheet.key] | seen.question.head | LISTED
    words |= glossed(words)
    for superlative in superlatives(seen.question.plain):
        words |= frozenset(query_words(superlative.word)) | {superlative.word}
        if one.operation in ("commonest", "rarest"):
            words |= words_of(superlative.beside) - seen.link.known
    if one.column is not None and one.operation in ("sum", "mean"):
        words |= frozenset(word for word in seen.question.telling if word in plain(seen.sheet.names[one.column]))
    is_bounded = bool(one.selection.bounds) or one.operation in ALONG_BOUNDS
    words |= BOUNDING if is_bounded else WHOLE.get(one.operation, frozenset())
    left = {word for word in seen.question.telling if word not in words and not word.isdigit() and word not in UNITS}
    return not any(not any(word in other for other in words) for word in left)


def _is_over_years(seen: Seen, one: Candidate) -> bool:
    """Whether a row is named, computed over just the years that the question names, and as it says."""
    cues = seen.cues
    is_asked = {
        "mean": "average" in cues,
        "sum": "total" in cues,
        "difference": bool(cues & {"change", "difference"}) and "percent" not in cues,
        "change": bool(cues & {"change", "difference"}) and "percent" in cues,
    }[one.operation]
    years = frozenset(word for column in one.columns for word in seen.link.columns.words[column] if word in seen.all_years)
    return is_asked and len(years) > 1 and years == seen.question.period and said_of_name(seen, one) >= MOSTLY_SAID


def _is_of_named_values(seen: Seen, one: Candidate) -> bool:
    """Whether rows are counted that hold values which the question says as they are, in a table that counts nothing itself."""
    mentions, sheet = one.selection.mentions, seen.sheet
    if any(number and HOW_MANY.search(name) for number, name in zip(sheet.numeric, sheet.names, strict=True)):
        return False
    return bool(mentions) and one.selection.kind in ("cell", "cells") and all(one.is_exact for one in mentions)


def _is_of_rows_alone(seen: Seen, one: Candidate) -> bool:
    """Whether the value that most rows have is asked for, in a table that has no numbers of its own for that."""
    if one.column is None or seen.sheet.is_matrix or said_share(seen, one.column) < MOSTLY_SAID:
        return False
    return not any(COUNTED.search(plain(name)) for name in seen.sheet.names) and bool(superlatives(seen.question.plain))
