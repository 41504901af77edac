"""What speaks for a reading by the part that numbers, names and superlatives play in the question (`service.tables.roles`)."""

from __future__ import annotations

import re
from functools import lru_cache

from service.tables.asking import Asked, asked
from service.tables.linking import Link
from service.tables.naming import glossed, words_of
from service.tables.reading import Candidate
from service.tables.roles import ASKS, HINTS, Role, Superlative, bounds, leading, roles, superlatives
from service.tables.sheet import Sheet
from service.tables.values import plain, spaced
from youju.text.language import query_words

Features = dict[str, float]
EXTREMES = ("most", "least", "maximum", "minimum", "along_most", "along_least")
ORDERED = frozenset({"first", "last", "most", "least"})
WHOLE = frozenset(query_words("total overall 总 合计 总计"))  # what people leave out of a name
COUNTED = re.compile(r"^(?:counts?|numbers?|n|total|totals|qty|quantity|freq|frequency|数量|个数|人数|次数|数目)$")
PLACED: frozenset[Role] = frozenset({"next", "previous", "except"})
TAKEN_UP = {"next": ("next", "compared", "both"), "previous": ("previous", "compared", "both"), "except": ("without", "same")}
_ASKS = {name: re.compile(pattern) for name, pattern in ASKS.items()}
_KINDS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in HINTS.items()}


def column_kinds(sheet: Sheet, column: int) -> frozenset[str]:
    """What a column of numbers counts or measures, by its name and its values."""
    return _kinds(spaced(sheet.names[column]), sheet.years[column], column == 0 and _is_running(sheet, column))


@lru_cache(maxsize=8192)
def _kinds(name: str, is_date: bool, is_running: bool) -> frozenset[str]:
    found = {kind for kind, pattern in _KINDS.items() if pattern.search(name.strip())}
    if is_date:
        found |= {"date"}
    elif is_running:
        found |= {"rank"}
    return frozenset(found or {"number"})


def _is_running(sheet: Sheet, column: int) -> bool:
    numbers = [row[column].number for row in sheet.values]
    return len(numbers) > 2 and all(number == at for at, number in enumerate(numbers, 1))


def role_features(question: Asked, link: Link, sheet: Sheet, one: Candidate) -> Features:
    return {
        **_of_bounds(question, one), **_of_superlative(question, link, sheet, one),
        **_of_order(question, sheet, one), **_of_count(question, link, sheet, one), **_of_kind(question, sheet, one),
    }  # fmt: skip


def of_roles(question: Asked, link: Link, sheet: Sheet, one: Candidate) -> Features:
    """Of the rows alone, whatever is done with them."""
    selection, found = one.selection, Features()
    said = [roles(question.plain, plain(mention.text)) for mention in selection.mentions]
    if not said and selection.kind in ("row", "next", "previous"):
        row = selection.rows[0] + {"row": 0, "next": -1, "previous": 1}[selection.kind]
        said = [roles(question.plain, _said_part(question.plain, plain(sheet.values[row][sheet.key].text)))]
    if selection.kind == "without":
        found[f"left={'except' in said[0]}"] = 1.0
        said = said[1:]
    for role in frozenset().union(*said):
        found[f"role={role}&{selection.kind}"] = 1.0
    if selection.kind == "either" and len(said) == 2:
        found[f"both.or={all('or' in some for some in said)}&{'or' in question.cues}"] = 1.0
    for role in placed(question, link) - {role for role in PLACED if selection.kind in TAKEN_UP[role]}:
        found[f"unused={role}"] = 1.0
    return found


def _said_part(question: str, key: str) -> str:
    """A name, or the longest of its words that stands in the question."""
    if key and key in question:
        return key
    return max((word for word in key.split() if len(word) > 2 and word in question), key=len, default="")


def placed(question: Asked, link: Link) -> frozenset[Role]:
    """The parts that names and days of the table play in the question, beyond being there."""
    exact = (mention for mention in link.mentions if mention.is_exact and not mention.is_number)
    return frozenset().union(*(roles(question.plain, plain(one.text)) for one in exact)) & PLACED


def _of_bounds(question: Asked, one: Candidate) -> Features:
    said, used = bounds(question.plain), one.selection.bounds
    if not said:
        return {}
    if used:
        return {"bounds.used": len(used) / len(said), f"bounds.used&{one.operation}": 1.0}
    if one.operation in ("along_over", "along_under", "along_count"):
        return {f"bounds.along&{one.operation}": 1.0}
    numbers = {f"{bound.number:g}" for bound in said}
    taken = any(plain(mention.text) in numbers for mention in one.selection.mentions)
    kind = "years" if all(bound.of_years or 1000 <= bound.number <= 2200 for bound in said) else "numbers"
    return {f"bounds.unused={kind}": 1.0, f"bounds.as_value={kind}&{one.selection.kind}": float(taken)}


def _of_superlative(question: Asked, link: Link, sheet: Sheet, one: Candidate) -> Features:
    said = superlatives(question.plain)
    if one.operation not in EXTREMES:
        return {f"superlative.unused&{one.operation}": 1.0} if said else {}
    if not said:
        return {f"superlative.none&{one.operation}": 1.0}
    column = one.by if one.by is not None else one.column
    if column is None:
        way = 1 if one.operation == "along_most" else -1
        return {"along.way": float(max(way * some.way for some in said))}
    way = 1 if one.operation in ("most", "maximum") else -1
    kinds = column_kinds(sheet, column)
    best = max((_fit(some, link, sheet, column, kinds) for some in said), key=lambda fit: (fit[0] + fit[1], fit[2] == way))
    near, hinted, wanted = best
    return {
        "superlative.near": near, "superlative.hint": hinted, f"way={'with' if way == wanted else 'against'}": 1.0,
        f"near.way={'with' if way == wanted else 'against'}": near,
    }  # fmt: skip


def _fit(one: Superlative, link: Link, sheet: Sheet, column: int, kinds: frozenset[str]) -> tuple[float, float, int]:
    """How much of the column's name stands beside a superlative, whether it means such a column by itself (-1 if another kind),
    and which way it points in it."""
    beside, words = words_of(one.beside), words_of(spaced(sheet.names[column]))
    words = words - WHOLE or words
    beside |= {word for word in words if glossed(frozenset([word])) & beside}
    near = link.weight(words & beside) / (link.weight(words) or 1.0)
    short = re.split(r"[(（]", plain(sheet.names[column]))[0]
    if short and one.beside.endswith(short):
        near = 1.0
    way = one.way
    if any(kind[0] == "-" and kind[1:] in kinds for kind in one.kinds):
        way = -way
    meant = {kind.lstrip("-") for kind in one.kinds}
    hinted = 0.0 if not meant else 1.0 if meant & kinds else -1.0
    if not meant and COUNTED.search(plain(sheet.names[column])) and not beside & link.known:
        hinted = 1.0  # `most penguins` by a column `count`
    return near, hinted, way


def _of_order(question: Asked, sheet: Sheet, one: Candidate) -> Features:
    """By what kind of column rows are put in order, or how they stand, for each cue of order."""
    if one.operation in ("most", "least", "maximum", "minimum"):
        column = one.by if one.by is not None else one.column
        kinds = column_kinds(sheet, column) if column is not None else frozenset()
        kind = "date" if "date" in kinds else "rank" if "rank" in kinds else "number"
    elif one.operation in ("first", "last"):
        column = next((at for at, is_date in enumerate(sheet.years) if is_date), None)
        kind = "undated" if column is None else _direction(sheet, one.selection.rows, column)
    else:
        return {}
    return {f"by={kind}&{cue}&{one.operation}": 1.0 for cue in question.cues & ORDERED}


def _direction(sheet: Sheet, rows: tuple[int, ...], column: int) -> str:
    orders = [order for row in rows if (order := sheet.values[row][column].order) is not None]
    if len(orders) < 2:
        return "undated"
    return "rising" if orders == sorted(orders) else "falling" if orders == sorted(orders, reverse=True) else "mixed"


@lru_cache(maxsize=1024)
def _asked_kinds(question: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _ASKS.items() if pattern.search(question))


def _of_kind(question: Asked, sheet: Sheet, one: Candidate) -> Features:
    """Whether what is told stands in a column of the kind that is asked for."""
    wanted = _asked_kinds(question.plain)
    if one.column is None or not wanted or one.operation in ("count", "distinct"):
        return {}
    kinds = column_kinds(sheet, one.column)
    return {f"kind={kind}": 1.0 if kind in kinds else -1.0 for kind in wanted} | {"kind.any": float(bool(wanted & kinds))}


def said_apart(question: Asked, link: Link, sheet: Sheet, one: Candidate) -> float:
    """How much of the name of a column of numbers the question says that no condition on the rows uses: such numbers are asked
    for, not how many rows there are."""
    used = {sheet.key, one.selection.column, *(mention.column for mention in one.selection.mentions)}
    apart = [at for at, is_number in enumerate(sheet.numeric) if is_number and not sheet.years[at] and at not in used]
    if "how_many" not in question.cues:
        return 0.0
    return max((max(float(link.columns.said[at]), said_words(question, sheet.names[at])) for at in apart), default=0.0)


def said_words(question: Asked, name: str) -> float:
    """The share of the words of a name, as the dictionary cuts them, that a question has; of one that it has in part, that part
    (录取 of 录取人数)."""
    words = asked(name).telling
    parts = [max((len(said) / len(word) for said in question.telling if said in word), default=0.0) for word in words]
    return sum(parts) / len(words) if words else 0.0


def _of_count(question: Asked, link: Link, sheet: Sheet, one: Candidate) -> Features:
    found = Features()
    if "how_many" in question.cues:
        heads = [column for column in range(len(sheet.columns)) if link.columns.words[column] & question.head]
        kind = (
            "none" if not heads else "numbers" if all(sheet.numeric[column] for column in heads)
            else "key" if sheet.key in heads else "words"
        )  # fmt: skip
        found[f"many={kind}&{one.operation}"] = 1.0
        if one.operation in ("distinct", "look_up", "sum"):
            found[f"many.column={one.column in heads}&{one.operation}"] = 1.0
        found[f"apart&{one.operation}"] = said_apart(question, link, sheet, one)
        if "times" in question.cues:
            found[f"times&{one.operation}"] = 1.0
    if leading(question.plain) is not None:
        found[f"leading={one.selection.kind == 'top'}"] = 1.0
    return found
