"""Which rows reached what was planned for them, and by how much: a column of amounts held against one of plans, row by row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.linking import Link
from service.tables.reading import Candidate, Operation
from service.tables.rest import REST
from service.tables.roles import bounds
from service.tables.sheet import Sheet
from service.tables.values import plain, spaced

TARGET = re.compile(
    r"\bbudget(?:s|ed)?\b|\bplan(?:s|ned)?\b|\btargets?\b|\bquotas?\b|\bforecasts?\b|预算|计划|目标|任务|指标|定额",
    re.IGNORECASE,
)
MISSED = re.compile(
    r"\b(?:below|under|beneath|behind|short of|less than|fewer than|miss(?:ed|es|ing)?|fail(?:ed|s)?|undershot|"
    r"(?:not|n['’]t|never) (?:reach|meet|make|hit|achieve|attain|exceed))\b|"
    r"[没未](?:有|能)?(?:达到|达成|完成|达标|做到|超过?|到)|低于|少于|不足|不到|不及|落后",
    re.IGNORECASE,
)
BEATEN = re.compile(
    r"\b(?:above|over|more than|exceed(?:ed|s)?|beat(?:en|s)?|surpass(?:ed|es)?|overshot|topped|outperform(?:ed)?|"
    r"reach(?:ed)?|met|hit|achieved?)\b|超过?|高于|多于|达到|达成|完成|达标",
    re.IGNORECASE,
)
BY_SHARE = re.compile(r"\bpercent(?:age)?s?\b|%|\bproportion|\brelative|百分|比例|幅度", re.IGNORECASE)
FURTHEST = re.compile(r"\bmost\b|\b(?:largest|biggest|greatest|widest|highest|furthest|farthest)\b|最", re.IGNORECASE)
HOW_MANY = re.compile(r"\bhow many\b|\bnumber of\b|\bin how many\b|几[个家处间名位条项]?|多少[个家处间名位条项]", re.IGNORECASE)
OF_ROWS = re.compile(rf"{HOW_MANY.pattern}|{FURTHEST.pattern}|\bwhich\b|\bwho\b|\blist\b|哪|谁|列出", re.IGNORECASE)
SUMMANDS = 2  # columns, the fewest that make a total


def targets(question: Asked, link: Link, sheet: Sheet) -> Iterator[Candidate]:
    """Readings of all rows that are no totals: the names of those below (above) their plans, their number, or the one that
    is furthest."""
    missed = bool(MISSED.search(question.text))
    told = TARGET.search(question.text)
    if told is None or not (missed or BEATEN.search(question.text)) or not OF_ROWS.search(question.text):
        return
    if bounds(question.plain) or any(REST.search(spaced(name)) for name in sheet.names):  # a budget over 500
        return
    rows = [row for row in sheet.plain_rows if sheet.values[row][sheet.key].text]
    for plan in [column for column in amounts(sheet) if TARGET.search(spaced(sheet.names[column]))]:
        if told.group().lower() not in spaced(sheet.names[plan]).lower() and len(_plans(sheet)) > 1:
            continue
        actual = _actual(link, sheet, plan)
        if actual is None:
            continue
        pairs = {row: (sheet.values[row][actual].number, sheet.values[row][plan].number) for row in rows}
        known = {row: (done, due) for row, (done, due) in pairs.items() if done is not None and due is not None}
        if len(known) < max(2, len(rows)):
            continue
        yield from _told(question, sheet, known, (actual, plan), missed)


def _told(
    question: Asked, sheet: Sheet, known: dict[int, tuple[float, float]], columns: tuple[int, int], missed: bool
) -> Iterator[Candidate]:
    selection = Selection("all", tuple(known), frozenset())
    held = [row for row, (done, due) in known.items() if (done < due if missed else done > due)]
    names = tuple(sheet.values[row][sheet.key].text for row in held)

    def cells(rows: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple((row, column) for row in rows for column in columns)

    if HOW_MANY.search(question.text):
        shown = held or list(known)
        yield Candidate("target_count", selection, (float(len(held)),), cells(shown), columns[0], None, columns, len(known))
    elif FURTHEST.search(question.text):
        by_share = bool(BY_SHARE.search(question.text))
        if by_share and any(due <= 0 for _, due in known.values()):
            return
        apart = {row: (done - due) / (due if by_share else 1.0) for row, (done, due) in known.items()}
        best = (min if missed else max)(apart.values())
        rows = [row for row, value in apart.items() if math.isclose(value, best, rel_tol=1e-9)]
        told = tuple(sheet.values[row][sheet.key].text for row in rows)
        operation: Operation = "target_share" if by_share else "target_most"
        yield Candidate(operation, selection, told, cells(rows), sheet.key, None, columns)
    elif names:
        yield Candidate("target_names", selection, names, cells(held), sheet.key, None, columns, len(known))


def _plans(sheet: Sheet) -> list[int]:
    return [column for column in amounts(sheet) if TARGET.search(spaced(sheet.names[column]))]


def _actual(link: Link, sheet: Sheet, plan: int) -> int | None:
    """The column that is held against the plan: the one that is named, the one that adds up others, or the only one."""
    others = [
        column for column in amounts(sheet)
        if column != plan and not TARGET.search(spaced(sheet.names[column])) and not is_share(sheet, column)
    ]  # fmt: skip
    return meant(link, sheet, others)


def meant(link: Link, sheet: Sheet, columns: Sequence[int]) -> int | None:
    """Of columns of amounts the one that is named, else the one that adds up those before it, else the only one."""
    said = [column for column in columns if link.columns.said[column] == 1 or link.columns.exact[column]]
    totals = [column for column in columns if _adds_up(sheet, column, columns)]
    for found in (said, totals, columns):
        if len(found) == 1:
            return found[0]
    return None


def amounts(sheet: Sheet) -> list[int]:
    return [column for column, is_number in enumerate(sheet.numeric) if is_number and not sheet.years[column]]


def is_share(sheet: Sheet, column: int) -> bool:
    return "%" in sheet.names[column] or all(row[column].unit in ("%", "") and "%" in row[column].text for row in sheet.values)


def _adds_up(sheet: Sheet, column: int, others: Sequence[int]) -> bool:
    """Whether a column is the sum of those right before it."""
    before = [other for other in others if other < column]
    for first in range(len(before) - SUMMANDS + 1):
        run = before[first:]
        sums = [[row[at].number for at in run] for row in sheet.values]
        if all(
            None not in numbers and row[column].number is not None
            and math.isclose(sum(filter(None, numbers)), row[column].number or 0.0, rel_tol=1e-6)
            for numbers, row in zip(sums, sheet.values, strict=True)
        ):  # fmt: skip
            return True
    return False


def apart(sheet: Sheet, one: Candidate) -> str:
    """By how much a row is above or below its plan, as it is told."""
    (row, actual), (_, plan) = one.cells[:2]
    done, due = (sheet.values[row][column].number or 0.0 for column in (actual, plan))
    if one.operation == "target_share":
        return f"{(done - due) / due:+.1%}"
    return plain(f"{abs(done - due):g}") if done >= due else f"-{abs(done - due):g}"
