"""What a reading tells that cannot be what is asked for: an amount in other money, the first row where nobody asks for one, all
rows where the question says more of them, what two columns differ by where one of them is asked for, a number where it is asked
why."""

from __future__ import annotations

import re

from service.tables.asking import CUES
from service.tables.beside import is_beside
from service.tables.counted import is_of_another_count
from service.tables.features import Seen, taken
from service.tables.naming import words_of
from service.tables.operations import READ
from service.tables.reading import Candidate
from service.tables.values import YEAR, plain
from youju.text.dates import is_of_another_day, is_one_other_day
from youju.text.language import query_words
from youju.text.quantities import ENGLISH_NUMBERS, numbers

NAMING = frozenset({*READ, "most", "least", "along_most", "along_least"})  # operations that tell words
OF_WORDS = frozenset({"which", "when", "where", "list"})  # cues of what is asked for beside a number
TWO = 2
HOW_MANY = re.compile(r"\bhow many\b|多少|几[个名家位种条项次所座]", re.IGNORECASE)
ASKS_WHO = re.compile(r"(?:^|[;.?]\s*|\b(?:and|or)\s+)who\b|谁|哪位|什么", re.IGNORECASE)  # not "people who"
MONEY = {
    "usd": re.compile(r"\bdollars?\b|\busd\b|\bus\$|(?<![a-z])\$|美元|美金", re.IGNORECASE),
    "eur": re.compile(r"\beuros?\b|\beur\b|€|欧元", re.IGNORECASE),
    "gbp": re.compile(r"\bpounds? sterling\b|\bgbp\b|£|英镑", re.IGNORECASE),
    "cny": re.compile(r"\byuan\b|\brmb\b|\bcny\b|人民币|¥|￥", re.IGNORECASE),
    "jpy": re.compile(r"\byen\b|\bjpy\b|日元", re.IGNORECASE),
}
IN_ORDER = re.compile(
    r"\b(?:first|last|latest|earliest|final|initial|newest|oldest|top|bottom|most recent|next|previous)\b|"
    r"最[早先后近新晚]|第一|首[个次位先]|末",
    re.IGNORECASE,
)
SAYS_LITTLE = frozenset(query_words(f"kind kinds type types sort sorts form forms different {' '.join(ENGLISH_NUMBERS)}"))
# Questions for words: a cell that has a reason or a meaning is called so.
WHY = re.compile(
    r"^\W*why\b|\bhow come\b|^\W*for what reason|为什么|为何|什么原因|"
    r"^\W*how (?:is|are|was|were) .+ (?:calculated|computed|determined|derived|defined)|"
    r"^\W*what (?:do|does|did) .+ (?:include|comprise|consist of|represent|reflect|relate to|refer to|mean)\b",
    re.IGNORECASE,
)
REASONS = re.compile(
    r"reason|cause|why|note|remark|meaning|description|definition|comment|原因|理由|说明|备注|含义|定义", re.IGNORECASE
)
WHICH_YEAR = re.compile(r"\b(?:which|what)(?: fiscal| financial)? (?:years?|fys?)\b|哪一?年", re.IGNORECASE)
ASKS_CHANGE = frozenset({"change", "difference", "percent", "more_than", "less_than"})
OF_COLUMNS = re.compile(
    r"\b(?:years?|fys?|quarters?|months?|periods?|columns?|dates?|when|regions?|segments?)\b|[年季月期列]|哪些|哪几",
    re.IGNORECASE,
)
PER = re.compile(r"\bper ((?!cent\b)[\w-]+(?: [\w-]+){0,2})|每(\w{1,4})", re.IGNORECASE)
PER_WORDS = re.compile(r"\bper\b|/|each|average|rate|yield|每|平均|均")
ALONG = ("along_most", "along_least", "along_over", "along_under")
# `Which company services it`: a verb, and no name of a column.
HEAD_AND_VERB = re.compile(r"\b(?i:which|what) (?P<head>[a-z]+) (?P<verb>[a-z]+s) (?=the |a |an |our |this |these |[A-Z])")
CHANGES = frozenset(
    query_words("change changes difference variance increase decrease growth versus 增减 增长 变化 变动 差额 差异")
)
FULLY = 0.99  # said of a name
MOST_UNSAID = 1  # words of the question that all rows may leave: one may be another word for their column


def is_at_odds(seen: Seen, one: Candidate) -> bool:
    """Whether one of these holds."""
    return any(holds(seen, one) for holds in KINDS)


def _is_in_no_order(seen: Seen, one: Candidate) -> bool:
    return one.operation in ("first", "last") and not IN_ORDER.search(seen.question.text)


def _is_no_reason(seen: Seen, one: Candidate) -> bool:
    if not WHY.search(seen.question.text):
        return False
    return one.column is None or not REASONS.search(seen.sheet.names[one.column])


def _is_no_year(seen: Seen, one: Candidate) -> bool:
    """Whether columns are told that are no years where a year is asked for."""
    return (
        one.operation in ALONG
        and bool(WHICH_YEAR.search(seen.question.text))
        and not all(YEAR.search(str(answer)) for answer in one.answers)
    )


def _is_what_others_differ_by(seen: Seen, one: Candidate) -> bool:
    if one.operation != "look_up" or one.column is None or seen.cues & ASKS_CHANGE:
        return False
    return seen.sheet.changes[one.column] and not any(word in seen.question.words for word in CHANGES)


def _sums_what_stands_there(seen: Seen, one: Candidate) -> bool:
    """Whether rows of a report are added up though the question has the whole name of one."""
    if one.operation not in ("sum", "mean") or not seen.sheet.is_matrix or one.selection.kind in ("row", "either", "top"):
        return False
    said = (seen.sheet.values[row][seen.sheet.key].text for row, share in enumerate(seen.key_said) if share >= FULLY)
    return any(len(words_of(name)) > 1 for name in said)


def _is_named_by_a_verb(seen: Seen, one: Candidate) -> bool:
    found = HEAD_AND_VERB.search(seen.question.text)
    if one.operation != "look_up" or one.column is None or found is None:
        return False
    name = seen.sheet.names[one.column]
    return plain(name) == found["verb"].lower() and not words_of(found["head"]) & words_of(name)


def _is_of_another_row(seen: Seen, one: Candidate) -> bool:
    """Whether one row of a report is read or compared though the question has the whole name of another one besides."""
    sheet = seen.sheet
    if not sheet.is_matrix or one.selection.kind != "row":
        return False
    path = sheet.path(one.selection.rows[0])
    own, flat = words_of(path), plain(path)
    return any(
        mention.is_exact and not mention.is_number and mention.column == sheet.key and one.selection.rows[0] not in mention.rows
        and len(words_of(mention.text)) > 1 and bool(words_of(mention.text) - own)
        and plain(mention.text) not in flat
        for mention in seen.link.mentions
    )  # fmt: skip


def _is_of_another_day(seen: Seen, one: Candidate) -> bool:
    """Whether rows of other days are told where a day is meant that no row selected is of: today, tomorrow."""
    rows = one.selection.rows
    return bool(rows) and all(
        is_of_another_day(" | ".join(value.text for value in seen.sheet.values[row]), seen.question.text) for row in rows
    )


def _is_what_is_divided_by(seen: Seen, one: Candidate) -> bool:
    """Whether the seat miles are told where the cost per seat mile is asked for."""
    behind = PER.search(seen.question.text)
    if behind is None or one.operation != "look_up" or one.selection.kind != "row":
        return False
    names = f"{seen.sheet.path(one.selection.rows[0])} {seen.sheet.names[one.column or 0]}"
    return not PER_WORDS.search(names.lower()) and bool(
        words_of(behind[1] or behind[2]) & words_of(seen.sheet.values[one.selection.rows[0]][seen.sheet.key].text)
    )


def _is_along_nothing_asked(seen: Seen, one: Candidate) -> bool:
    """Whether columns are named or counted, and the question asks for none."""
    if one.operation == "along_count":
        return "how_many" not in seen.cues
    return one.operation == "along_names" and not OF_COLUMNS.search(seen.question.text)


def _adds_up_a_total(seen: Seen, one: Candidate) -> bool:
    """Whether a row is added up over years because its name, which the question says, begins with `total`."""
    if one.operation != "sum" or not one.columns or "total" not in seen.cues:
        return False
    name = seen.sheet.values[one.selection.rows[0]][seen.sheet.key].text
    return bool(CUES["total"].search(name)) and not CUES["total"].search(seen.rest(frozenset([name])))


def _is_uneven(seen: Seen, one: Candidate) -> bool:
    """Whether amounts and shares are added up, or three columns for two years."""
    if one.operation not in ("sum", "mean", "along_list") or len(one.columns) < 2:
        return False
    percents = {"%" in seen.sheet.values[row][column].text for row, column in one.cells}
    years = len(seen.question.period)
    return len(percents) > 1 or (one.operation != "along_list" and years > 1 and bool(len(one.columns) % years))


def _is_no_share(seen: Seen, one: Candidate) -> bool:
    """Whether a change in percent is told from a loss to a gain, or back: it says nothing."""
    if one.operation != "change":
        return False
    numbers = [seen.sheet.values[row][column].number or 0.0 for row, column in one.cells]
    return min(numbers) < 0 < max(numbers)


def _is_of_other_money(seen: Seen, one: Candidate) -> bool:
    asked = _money(seen.question.text)
    names = " ".join(seen.sheet.names[column] for column in {column for _, column in one.cells})
    told = _money(names) or _money(" ".join(seen.sheet.values[row][column].text for row, column in one.cells))
    return bool(asked and told) and asked.isdisjoint(told)


def _money(text: str) -> set[str]:
    return {name for name, pattern in MONEY.items() if pattern.search(text)}


def _leaves_more(seen: Seen, one: Candidate) -> bool:
    if one.operation != "look_up" or one.selection.kind != "all":
        return False
    if seen.question.head and one.column is not None and seen.question.head.isdisjoint(seen.link.columns.words[one.column]):
        return True  # companies are asked for, services told
    words = taken(seen, one) | seen.title_words | seen.question.head | seen.link.columns.words[seen.sheet.key]
    words |= SAYS_LITTLE
    left = {word for word in seen.question.telling if not any(word in other or other in word for other in words)}
    return len(left) > MOST_UNSAID


def _is_no_number(seen: Seen, one: Candidate) -> bool:
    """Whether the name of a row, or of a column, is told where it is only asked how many."""
    text = seen.question.text
    if one.operation not in NAMING or one.column not in (None, seen.sheet.key) or not HOW_MANY.search(text):
        return False
    return not (seen.cues & OF_WORDS or ASKS_WHO.search(text) or numbers(" ".join(map(str, one.answers))))


def _is_in_a_column_of_another_day(seen: Seen, one: Candidate) -> bool:
    """Whether a column is told that is named after another day than the question's: a rota of a week."""
    columns = {mention.column for mention in one.selection.mentions} | ({one.column} if one.column is not None else set())
    return any(is_one_other_day(seen.sheet.names[column], seen.question.text) for column in columns)


def _leaves_a_row_of_two(seen: Seen, one: Candidate) -> bool:
    """Whether one row is read where the question names two of them by name, one and the other."""
    if one.operation != "look_up" or len(one.selection.rows) != 1 or "and" not in seen.cues or "between" in seen.cues:
        return False
    exact = [mention for mention in seen.link.mentions if mention.is_exact and mention.column == seen.sheet.key]
    named = {mention.rows: plain(mention.text) for mention in exact if len(mention.rows) == 1}
    row = one.selection.rows[0]
    there = [plain(text) for text in (*seen.sheet.names, *(value.text for value in seen.sheet.values[row]))]
    return len(named) == TWO and not any(rows != (row,) and name in there for rows, name in named.items())


KINDS = (
    _leaves_a_row_of_two,
    _is_in_a_column_of_another_day,
    _is_in_no_order, _is_no_number, _is_no_reason, _is_no_year, _is_what_others_differ_by, _sums_what_stands_there,
    _is_named_by_a_verb, _is_no_share, is_of_another_count, _is_what_is_divided_by, _is_along_nothing_asked,
    _adds_up_a_total, _is_uneven, _is_of_another_row, _is_of_another_day, is_beside, _is_of_other_money, _leaves_more,
)  # fmt: skip
