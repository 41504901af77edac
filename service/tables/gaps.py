"""What a question names or asks for and a reading does not take up: with such a gap nothing is said, however sure it is."""

from __future__ import annotations

import functools
import re

from service.tables.asking import CUES, occurs
from service.tables.contents import is_of_contents
from service.tables.features import Seen, is_itself, taken
from service.tables.flags import flag
from service.tables.identity import is_no_time, is_of_identity, repeats_its_row
from service.tables.mismatch import FULLY, is_at_odds
from service.tables.pieces import EACH, count_of
from service.tables.reading import TARGETS, Candidate, Operation
from service.tables.rest import REST
from service.tables.role_features import EXTREMES, TAKEN_UP, placed
from service.tables.roles import bounds, superlatives
from service.tables.values import YEAR, plain, read
from youju.text.dates import dates
from youju.text.denial import denies
from youju.text.language import query_words

IN_CELLS = ("look_up", "along_most", "along_least", "along_over", "along_under", "along_list", "along_names")
READ = ("look_up", "along_list", "along_names")
ALONG_BOUNDS = ("along_over", "along_under", "along_count")
BEYOND = ("along_over", "along_under", "along_count", "whether")
LEAST_SAID = 0.5  # share of the name of a row, by weight, that a question must have
FEWEST_NUMBER = 10  # smaller ones are ranks, and parts of names
ENDS_OF_MONTHS = (28, 29, 30, 31)  # days that tell no more than month and year do, in what is told by periods
OVER_YEARS = ("mean", "sum", "difference", "change")
COUNTS = ("count", "distinct")
COUNTING = frozenset({"how_many", "how_much", "total"})
OFTEN = re.compile(r"\b(?:how (?:often|frequently)|amount of|tally)\b|(?:几|多少)[次回]|次数", re.IGNORECASE)
EXTREME_CUES = frozenset({"most", "least", "first", "last", "or", "more_than", "less_than"})
COMPUTATIONS = ("change", "difference", "average")
SHORT_SCALES = {
    "thousand": re.compile(r"['’]000|\b000s|[$€£¥]k\b|\bin k\b"), "million": re.compile(r"[$€£¥]m\b|\bmn\b|\bin m\b|'000,000"),
}  # fmt: skip
SCALES = re.compile(r"\d ?(thousand|million|billion|千|百万|万|亿)")
COSTING = frozenset(
    query_words(
        "cost price pay buy purchase order take total together altogether piece pcs unit item "
        "多少 多少钱 总价 价钱 费用 花费 一共 总共 合计 买 购买 订购 订 采购 需要 要"
    )
)
RESTING = frozenset(
    query_words("left remain remaining budget spent spend still unspent unused available 剩 剩余 还剩 剩下 还有 结余")
)
DAYS = frozenset(
    query_words("day days week weeks date after before between long start end until 天 日期 之后 以后 之前 相隔 几天 多少天")
)
TARGETING = frozenset(
    query_words(
        "budget budgeted plan planned target quota forecast below under short miss missed fail reach meet met hit achieve beat "
        "above over exceed surpass more less than percent percentage amount number margin far "
        "预算 计划 目标 任务 指标 定额 没有 达到 达成 完成 达标 超 超过 超出 低于 高于 不足 不到 百分比 幅度 最多 几个 收入"
    )
)
SHARING = frozenset(
    query_words(
        "share percent percentage proportion fraction total whole sum overall all "
        "占 百分之 百分之几 比例 比重 份额 总数 总额 占比 多少"
    )
)
# Operations that are asked for in so many words, and those words.
WHOLE: dict[Operation, frozenset[str]] = {
    "times": COSTING, "rest": RESTING, "days": DAYS, "day": DAYS, "share_of_all": SHARING, **dict.fromkeys(TARGETS, TARGETING),
}  # fmt: skip
CODE = re.compile(r"(?<!\S)(?=\S*[^\W\d_])(?=\S*\d)[^\s?,;:]+")  # letters and digits without a space
SHORTEST_SAID = 3  # characters of an answer that the question itself may not have


def gaps_of(seen: Seen, one: Candidate) -> frozenset[str]:
    """What a question names and a reading does not take up: a `year`, where the table tells years, and `absent` if it does not
    tell this one; a `number`; the `row`, of whose name too little is said; the `column`, of whose name nothing is said; an
    `operation` that is asked for and not done; `itself` where it tells but what the question names."""
    if is_of_contents(seen.question, seen.sheet, one):
        return frozenset()
    words = taken(seen, one) | seen.title_words
    found = set()
    titled = YEAR.search(f"{seen.sheet.title} {seen.sheet.about}")  # the figures of 2025 tell nothing of 2024
    tells_years = bool(seen.all_years) or any(seen.sheet.years) or bool(seen.known_years) or bool(titled)
    if tells_years and (lacking := seen.years - words - {str(number)[:4] for number in _bounds(seen, one)}):
        found |= {"year"} | ({"absent"} if lacking - seen.known_years else set())
    used = {mention.text for mention in one.selection.mentions}
    numbers = {
        f"{number:g}" for number in seen.question.numbers
        if number >= FEWEST_NUMBER and number not in _ends_of_months(seen.question.text) and f"{number:g}" not in seen.years
    }  # fmt: skip
    numbers -= _of_codes(seen, one, numbers)
    if numbers - words - used - {f"{number:g}" for number in _bounds(seen, one)} and not one.selection.bounds:
        found.add("number")
    if _bounds(seen, one) and _is_of_another_scale(seen):
        found.add("number")
    if one.operation in IN_CELLS:
        if said_of_name(seen, one) < LEAST_SAID and not _is_of_all_rows(seen, one):
            found.add("row")
        if one.column is not None and not seen.link.columns.said[one.column]:
            found.add("column")
    if _is_undone(seen, one):
        found.add("operation")
    if one.operation not in WHOLE and _is_said_already(seen, one):
        found.add("itself")
    return frozenset(found)


@functools.lru_cache(maxsize=1024)
def _ends_of_months(question: str) -> frozenset[int]:
    return frozenset(date.day for date in dates(question) if date.day in ENDS_OF_MONTHS)


def _of_codes(seen: Seen, one: Candidate, numbers: set[str]) -> set[str]:
    """Of some numbers of the question those that are parts of codes (`A320`, `FY19`) which the names of the cells have."""
    codes = [plain(code) for code in CODE.findall(seen.question.text)]
    names = plain(_names(seen, one)) if codes else ""
    held = {word for code in codes if occurs(code, names) for word in code.split()}
    return numbers & held


def _is_of_all_rows(seen: Seen, one: Candidate) -> bool:
    """Whether the years are told that a table has, which are those of any of its rows."""
    years = [word for column in one.columns for word in seen.link.columns.words[column] if word in seen.all_years]
    return one.operation == "along_names" and len(years) >= len(one.columns) == len(one.answers)


def _is_of_another_scale(seen: Seen) -> bool:
    """Whether the question counts in thousands or millions, which the table does not say that it does."""
    told = f"{seen.sheet.title} {seen.sheet.about} {' '.join(seen.sheet.names)}".lower()
    told += " ".join(scale for scale, pattern in SHORT_SCALES.items() if pattern.search(told))
    return any(scale not in told for scale in SCALES.findall(seen.question.plain))


def _bounds(seen: Seen, one: Candidate) -> tuple[float, ...]:
    """The numbers that a reading takes as bounds."""
    taken_up = bounds(seen.question.plain) if one.operation in BEYOND else one.selection.bounds
    return tuple(number for bound in taken_up for number in (bound.number, bound.last))


def _is_undone(seen: Seen, one: Candidate) -> bool:
    """Whether the question asks for something to be done with cells that the reading does not do."""
    cues, kind = seen.cues, one.selection.kind
    if one.operation in ("rest", "days", "day", "share_of_all", *TARGETS):
        return False
    if is_at_odds(seen, one):
        return True
    if is_uncalled_for(seen, one):
        return True
    if one.operation in EXTREMES and not (cues & EXTREME_CUES or superlatives(seen.question.plain)):
        return True
    if "left" in cues and one.operation in READ and not REST.search(_names(seen, one)):
        return True
    if "whether" in cues and one.operation != "whether" and "or" not in cues:
        return True
    if "same" in cues and kind in ("row", "cell", "part", "all", "next", "previous"):
        return True
    if any(kind not in TAKEN_UP[role] for role in placed(seen.question, seen.link)):
        return True
    if _leaves_denial(seen, one):
        return True
    return _is_unbound(seen, one) or _is_only_read(seen, one)


def is_uncalled_for(seen: Seen, one: Candidate) -> bool:
    """Whether rows are counted where nothing asks how many: whatever is named can be counted, so that it tells nothing."""
    return one.operation in COUNTS and not (seen.cues & COUNTING or OFTEN.search(seen.question.text))


def is_of_another_row(seen: Seen, one: Candidate) -> bool:
    """Whether a row is read the name of which the question does not say, though it says that of another row in full."""
    if one.operation != "look_up" or one.selection.kind != "row":
        return False
    return max(seen.key_said[row] for row in one.selection.rows) < LEAST_SAID and any(share >= FULLY for share in seen.key_said)


def is_of_unsaid_rows(seen: Seen, one: Candidate) -> bool:
    """Whether two rows are compared of which the question names neither: what is told would pass for that of all rows."""
    if one.selection.kind != "either" or one.selection.mentions:
        return False
    return max(seen.key_said[row] for row in one.selection.rows) < LEAST_SAID


def _leaves_denial(seen: Seen, one: Candidate) -> bool:
    """Whether the question denies something, and neither the rows nor what they are named by do."""
    if not seen.denies:
        return False
    held = [mention.text for mention in seen.link.mentions if mention.is_exact]
    keys = [seen.sheet.values[row][seen.sheet.key].text for row in one.selection.rows[:1]]
    if (
        one.operation == "whether"
        or bounds(seen.question.plain)
        or not denies(seen.rest(frozenset([*seen.sheet.names, *held, *keys])))
    ):
        return False
    if one.selection.kind in TAKEN_UP["except"]:
        return False
    return not any(flag(read(mention.text)) is False or denies(mention.text) for mention in one.selection.mentions)


def _is_unbound(seen: Seen, one: Candidate) -> bool:
    """Whether a bound of the question is left out, or its number taken for a value."""
    if one.selection.bounds or one.operation in BEYOND or one.selection.kind in ("next", "previous", "top"):
        return False
    words = taken(seen, one)
    dated = any(seen.sheet.years) and not seen.all_years
    return any(
        dated if bound.of_years or 1000 <= bound.number <= 2200 else f"{bound.number:g}" not in words
        for bound in bounds(seen.question.plain)
    )


def _is_only_read(seen: Seen, one: Candidate) -> bool:
    """Whether cells are read as they are, and neither their names nor they are what was asked to be found out."""
    if one.operation not in READ:
        return False
    if one.operation == "look_up" and (_is_of_one_piece(seen, one) or _leaves_conditions(seen, one)):
        return True
    names = _names(seen, one)
    if any(cue in seen.cues and not CUES[cue].search(names) for cue in COMPUTATIONS):
        return True
    is_percent = any("%" in seen.sheet.values[row][column].text for row, column in one.cells)
    if "percent" in seen.cues and not is_percent and not CUES["percent"].search(names):
        return True
    if "how_many" in seen.cues and is_percent and "percent" not in seen.cues:
        return True
    flat = plain(names)
    is_chosen = one.selection.bounds or one.selection.kind in ("top", "same")
    return not is_chosen and any(superlative.word not in flat for superlative in superlatives(seen.question.plain))


def _names(seen: Seen, one: Candidate) -> str:
    """What names the cells: columns, rows, the table."""
    columns, rows = {column for _, column in one.cells}, {row for row, _ in one.cells}
    names = [*(seen.sheet.names[column] for column in columns), *(seen.sheet.path(row) for row in rows)]
    return f"{' '.join(names)} {seen.sheet.title}"


def _is_of_one_piece(seen: Seen, one: Candidate) -> bool:
    """Whether the price of one is told, with no number of pieces in its name, where that of so many is asked for."""
    names = [seen.sheet.values[row][seen.sheet.key].text for row in one.selection.rows[:1]]
    is_asked = not EACH.search(seen.question.plain) and any((count_of(seen.question, name) or 1) > 1 for name in names)
    is_told = one.column is not None and bool({f"{number:g}" for number in seen.question.numbers} & taken(seen, one))
    return is_asked and not is_told


def _leaves_conditions(seen: Seen, one: Candidate) -> bool:
    """Whether all rows are told though the question says more of them than the name of their column."""
    words = taken(seen, one) | seen.title_words | seen.question.head | seen.link.columns.words[seen.sheet.key]
    left = frozenset(seen.question.telling) & seen.link.known - words
    return one.selection.kind == "all" and bool(left)


def _is_said_already(seen: Seen, one: Candidate) -> bool:
    """Whether what is answered is what the question names, or but the name of a row that it happens to stand in."""
    if is_of_identity(seen, one) or is_no_time(seen, one):
        return True
    if (is_itself(seen, one) or repeats_its_row(seen, one)) and "or" not in seen.cues:
        return True
    if (one.operation != "look_up" and len(one.answers) != 1) or "or" in seen.cues or one.operation == "whether":
        return False
    return all(_is_in_question(seen, answer) for answer in one.answers)


def _is_in_question(seen: Seen, answer: str | float) -> bool:
    flat = plain(answer) if isinstance(answer, str) else ""
    return len(flat) >= SHORTEST_SAID and read(flat).number is None and f" {flat} " in f" {seen.question.plain} "


def said_of_name(seen: Seen, one: Candidate) -> float:
    """How much of the name of the row, or of the value that tells the rows, the question says."""
    if one.selection.mentions:
        return min(mention.share for mention in one.selection.mentions)
    if one.selection.kind in ("row", "either"):
        return min(seen.key_said[row] for row in one.selection.rows)
    return 1.0
