"""Questions who somebody or what something is: a row in which the name stands beside its key tells neither."""

from __future__ import annotations

import re

from service.tables.features import Seen
from service.tables.naming import words_of
from service.tables.reading import Candidate
from service.tables.roles import HINTS
from service.tables.values import plain

WHO = re.compile(
    r"^\W*who(?:['’]s| is| was| are| were) (?P<en>\S.*)$|^谁是(?P<of>.+)$|"
    r"^(?P<zh>.+?[^的])(?:到底|究竟)?是(?:谁|什么人|哪位|何人)\W*$",
    re.IGNORECASE,
)
# With a capital behind the first word, or an article: `what is done` asks for rows.
WHAT = re.compile(
    r"^\W*(?i:what(?:['’]s| is| was| are| were)) (?P<en>[Aa]n? .+|(?:[Tt]he )?[A-Z].*)$|^(?:什么|何)(?:是|叫|谓)(?P<of>.+)$|"
    r"^(?P<zh>.+?[^的])(?:到底|究竟)?(?:是|指的?是)什么(?:东西|意思|概念)?\W*$"
)
PEOPLE = re.compile(
    rf"{HINTS['person']}|owner|member|employee|\bstaff|contact|assignee|responsible|speaker|teacher|tenant|customer|"
    r"员工|成员|同事|老师|教师|主管|客户|租户|申请人|讲师",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")


def is_of_identity(seen: Seen, one: Candidate) -> bool:
    """Whether the question asks nothing but who or what a name is that is no key of the rows that are read. A number or code
    identifies its row, and who has an office or task stands under the names of people."""
    text, mentions = seen.question.text, one.selection.mentions
    who = WHO.match(text)
    told = who or WHAT.match(text)
    if told is None or DIGIT.search(text) or not mentions or any(mention.column == seen.sheet.key for mention in mentions):
        return False
    name = next(group for group in told.groups() if group)
    if words_of(name) - frozenset().union(*(words_of(mention.text) for mention in mentions)):
        return False
    of_people = [bool(PEOPLE.search(seen.sheet.names[mention.column])) for mention in mentions]
    return not (who and one.column is not None and PEOPLE.search(seen.sheet.names[one.column]) and not any(of_people))


def repeats_its_row(seen: Seen, one: Candidate) -> bool:
    """Whether another cell of the row that is named says the name of it again."""
    if one.operation != "look_up" or one.selection.kind != "row":
        return False
    rows = seen.sheet.values
    return all(plain(rows[row][column].text) == plain(rows[row][seen.sheet.key].text) for row, column in one.cells)


def is_no_time(seen: Seen, one: Candidate) -> bool:
    """Whether names of rows are told that are no days, where the question asks when."""
    if one.operation != "look_up" or one.column != seen.sheet.key or not seen.cues & {"when", "long"}:
        return False
    values = [seen.sheet.values[row][column] for row, column in one.cells]
    return all(value.date is None and value.number is None for value in values)
