"""Questions about what a table holds: the years of its columns, the rows under a heading. No other reading is tried then."""

from __future__ import annotations

import re

from service.tables.asking import Asked
from service.tables.naming import words_of
from service.tables.reading import Candidate
from service.tables.sheet import Sheet
from service.tables.values import YEAR

YEARS_OF_TABLE = re.compile(
    r"\b(?:which|what)\b[^?]{0,12}\byears\b.{0,60}\b(?:tables?|information|data|figures|provided|included|reported|available|shown|covered)\b|"
    r"表[^？?]{0,8}哪几?些?年|哪几?些?年的?(?:数据|信息)",
    re.IGNORECASE,
)
PARTS = re.compile(
    r"\bwhat\b.{0,30}\b(?:components?|items?|categories|elements)\b.{0,24}\b(?:of|under|within|in|does|do)\b|"
    r"\bwhat (?:does|do|is|are) .+ (?:consist of|made up of|composed of)|(?:包括|包含|下面有|由)[^？?]{0,6}(?:哪些|什么)",
    re.IGNORECASE,
)
FEWEST = 2  # rows under a heading


def is_of_contents(question: Asked, sheet: Sheet, one: Candidate) -> bool:
    """Whether the question asks what the table holds, and the reading tells that."""
    if one.operation == "along_names":
        return bool(YEARS_OF_TABLE.search(question.text)) and _tells_all_years(sheet, one)
    if one.operation != "look_up" or one.selection.kind != "group" or one.column != sheet.key:
        return False
    return bool(PARTS.search(question.text)) and _is_heading_said(question, sheet, one)


def _tells_all_years(sheet: Sheet, one: Candidate) -> bool:
    years = {year for name in sheet.names for year in YEAR.findall(name)}
    return len(years) > 1 and set(one.answers) == years


def _is_heading_said(question: Asked, sheet: Sheet, one: Candidate) -> bool:
    """Whether the heading of all these rows, and no other one that they stand under, is what the question names."""
    heading = next((name for name in sheet.groups[one.selection.rows[0]] if words_of(name) <= question.words), "")
    return (
        len(one.selection.rows) >= FEWEST and bool(heading) and all(heading in sheet.groups[row] for row in one.selection.rows)
    )
