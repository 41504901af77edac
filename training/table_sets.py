"""Questions about tables, each with its table and the answers that are accepted: AIT-QA, TAT-QA, WikiTableQuestions."""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.tables.sheet import Sheet, made
from service.tables.values import is_nothing, plain, read

CLOSE = 0.006  # of numbers that were rounded


@dataclass(frozen=True)
class TableCase:
    """`table` names the sheet; `kind` what is asked for, as its set says it."""

    id: str
    question: str
    table: str
    sheet: Sheet
    answers: tuple[str, ...]
    kind: str


def aitqa(data: Path) -> list[TableCase]:
    sheets = {}
    for line in (data / "aitqa_tables.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        names = one["row_header"] or [[]] * len(one["data"])
        has_names = bool(one["row_header"])
        columns = [[], *one["column_header"]] if has_names else one["column_header"]
        rows = [[*path[-1:], *row] for path, row in zip(names, one["data"], strict=False)]
        groups = [[part for part in path[:-1] if part] for path in names]
        sheets[one["id"]] = made(_tidy(columns), _tidy(rows), _tidy(groups)[: len(rows)])
    cases = map(json.loads, (data / "aitqa_questions.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        TableCase(one["id"], one["question"], one["table_id"], sheets[one["table_id"]], tuple(one["answers"]), one["type"])
        for one in cases
    ]


def tatqa(data: Path, half: int | None = None) -> list[TableCase]:
    """
    Args:
        half: 0 or 1, by the table; None for all.
    """
    cases = []
    for one in json.loads((data / "tatqa_dev.json").read_text(encoding="utf-8")):
        table = one["table"]["uid"]
        if half is not None and zlib.crc32(table.encode()) % 2 != half:
            continue
        text = " ".join(paragraph["text"] for paragraph in one["paragraphs"])
        sheet = report_sheet(one["table"]["table"], text)
        for asked in one["questions"]:
            answers = asked["answer"] if isinstance(asked["answer"], list) else [asked["answer"]]
            kind = f"{asked['answer_type']}/{asked['answer_from']}"
            cases.append(TableCase(asked["uid"], asked["question"], table, sheet, tuple(map(str, answers)), kind))
    return cases


def report_sheet(rows: Sequence[Sequence[str]], beside: str = "") -> Sheet:
    """A table of a report: names of columns above the first row with values, lone names above the rows of a group."""
    lines = [[" ".join(cell.split()) for cell in row] for row in rows]
    first = next((at for at, row in enumerate(lines) if any(_is_value(cell) for cell in row[1:])), 1)
    while first > 1 and sum(map(bool, lines[first - 1])) == 1 and lines[first - 1][0]:
        first -= 1
    above = zip(lines[:first], [*lines[1:first], ()], strict=False)
    header, title = [_spread(row, below) for row, below in above], [row[0] for row in lines[:first] if row[0]]
    columns = [[row[at] for row in header if row[at]] for at in range(len(lines[0]))]
    group: list[str] = []
    body, groups = [], []
    for row in lines[first:]:
        if row[0] and not any(row[1:]):
            group = [row[0]]
            continue
        if any(row):
            body.append(row)
            groups.append(group)
    return made(columns, body, groups, f"{' '.join(title)} {scale_of(beside)}".strip())


def scale_of(text: str) -> str:
    found = re.search(r"in (?:thousands|millions|billions)", text, re.IGNORECASE)
    return found.group() if found else ""


def _spread(row: list[str], below: Sequence[str]) -> list[str]:
    """A lone name over several columns stands over all of them, else as far as the next one."""
    named = [cell for cell in row[1:] if cell]
    if len(named) == 1 and len(row) > 2:
        return [row[0], *named * (len(row) - 1)]
    if len(row) > 2 and row[1] and below:
        spread = list(row)
        for at in range(2, len(row)):
            if not spread[at] and below[at]:
                spread[at] = spread[at - 1]
        return spread
    return row


def _is_value(cell: str) -> bool:
    value = read(cell)
    return (value.number is not None and not value.is_year and value.is_plain) or (is_nothing(cell) and bool(cell))


def _tidy(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def wikitables(
    data: Path, part: str, limit: int, seed: int = 1, whole_tables: bool = False, first: int = 0
) -> list[TableCase]:  # fmt: skip
    """
    Args:
        part: `training` or `unseen`.
        limit: how many questions; of how many tables all questions, if `whole_tables`, from the `first` one on.
    """
    with gzip.open(data / f"wtq_{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        asked = [json.loads(line) for line in lines]
    choice = random.Random(seed)
    if whole_tables:
        tables = sorted({one["table"] for one in asked})
        choice.shuffle(tables)
        kept = set(tables[first : first + limit])
        asked = [one for one in asked if one["table"] in kept]
    else:
        asked = choice.sample(asked, min(limit, len(asked)))
    wanted, sheets = {one["table"] for one in asked}, dict[str, Sheet]()
    with gzip.open(data / "wtq_tables.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            if one["id"] in wanted:
                rows = _tidy(one["rows"])
                width = len(rows[0])
                body = [(row + [""] * width)[:width] for row in rows[1:]]
                sheets[one["id"]] = made([[name] for name in rows[0]], body)
    return [
        TableCase(one["id"], one["question"], one["table"], sheets[one["table"]], tuple(one["answers"]), "wtq") for one in asked
    ]


def is_right(said: Sequence[str | float], right: Sequence[str]) -> bool:
    """Whether both are the same values in whatever order: numbers as numbers, rounded ones too, dates as dates, else words."""
    left = [str(one) if isinstance(one, float) else one for one in said]
    return (
        len(left) == len(right)
        and all(any(same(one, other) for one in left) for other in right)
        and all(any(same(one, other) for other in right) for one in left)
    )


def same(said: str, right: str) -> bool:
    first, second = plain(said), plain(right)
    if first == second and first:
        return True
    one, other = read(said), read(_scaled(right))
    if one.date and other.date and one.date == other.date:
        return True
    if one.number is None or other.number is None or not (one.is_plain and other.is_plain):
        return first.replace(" ", "") == second.replace(" ", "") != ""
    decimals = re.search(r"\.(\d+)", right)
    close = max(CLOSE, 0.501 * 10.0 ** -len(decimals[1])) if decimals else CLOSE
    return abs(one.number - other.number) <= max(close, 1e-4 * abs(other.number))


def _scaled(right: str) -> str:
    """An answer without the words of its scale, which the title of a table tells (`$480 million` of a table in millions)."""
    return re.sub(r"(?<=\d)\s*(?:thousands?|millions?|billions?|cents|per ?cent)\b", "", right, flags=re.IGNORECASE)


COMPANIES = "Northwind|Contoso|Fabrikam|Harbor Foods|Meridian Steel|Alder Bank|Tallis Group|Quarry Holdings|Birch Energy".split(
    "|"
)
FORMS = (
    "What was the {} in {}?", "How much was {} in {}?", "what is the {} for {}", "Give me the {} of {}.", "List the {} {}.",
    "How many {} were there in {}?", "What was the {} in the year {}?", "How much {} was reported for {}?", "Show {} in {}",
    "What is the value of {} as of {}?", "{} {}", "In {1}, what was the {0}?", "For {1}, how much was the {0}?",
    "What percentage was the {} in {}?", "By how much did {} change in {}?", "What was the average {} in {}?",
    "Find the {} for {}.", "what was the value of {} for the year {}", "how high was the {} reported in {} ?",
    "Tell me the {} as of {}", "How much money was the {} in {}?", "what did the {} amount to in {}",
)  # fmt: skip


def look_ups(cases: Sequence[TableCase], seed: int, each: int = 8) -> list[TableCase]:
    """Questions made by rule for cells of the same tables, so that names that sound like computations are learnt as names, that
    a company is named which the table does not tell, and that names are said in part or shortened."""
    choice, found = random.Random(seed), []
    for case in {case.table: case for case in cases}.values():
        sheet = case.sheet
        cells = [
            (row, column) for row, values in enumerate(sheet.values) for column, value in enumerate(values)
            if column != sheet.key and value.number is not None and values[sheet.key].text and sheet.columns[column]
        ]  # fmt: skip
        for row, column in choice.sample(cells, min(each, len(cells))) if sheet.is_matrix else ():
            name, value = sheet.values[row][sheet.key].text.lower(), sheet.values[row][column].text
            words = _said(re.sub(r"\([^)]*\)|[,:]", " ", name).split(), choice) or [name]
            form = choice.choice([one for one in FORMS if _suits(one, name, value)])
            company = choice.choice(COMPANIES)
            of_whom = choice.choice(("{0}", "{0}", "{1}'s {0}", "{0} of {1}", "{0} for {1}", "{1} {0}"))
            question = form.format(of_whom.format(" ".join(words), company), sheet.columns[column][-1])
            found.append(TableCase(f"{case.id}-{row}-{column}", question, case.table, sheet, (value,), "made"))
    return found


def _said(words: list[str], choice: random.Random) -> list[str]:
    """A name as people say it: some of its words left out, or the first letters of a long one."""
    if len(words) > 2 and choice.random() < 0.15:
        first = choice.randrange(len(words) - 2)
        return [*words[:first], "".join(word[0] for word in words[first : first + 3]).upper(), *words[first + 3 :]]
    kept = choice.choice((0.9, 0.9, 0.6))
    return [word for word in words if choice.random() < kept]


def _suits(form: str, name: str, value: str) -> bool:
    """Whether a form that sounds like a computation asks for a name that does as well."""
    return (
        ("percentage" not in form or "%" in value)
        and ("change in" not in form or any(word in name for word in ("change", "increase", "decrease")))
        and ("average" not in form or "average" in name)
    )


def without_answer(case: TableCase) -> TableCase | None:
    """The same question of the table without the rows that hold its answer; None where they cannot be told, or few are left."""
    sheet = case.sheet
    kept = [
        row for row, values in enumerate(sheet.values)
        if not any(same(value.text, right) for value in values for right in case.answers if value.text)
    ]  # fmt: skip
    if not 2 <= len(kept) < len(sheet.values) or len(kept) < len(sheet.values) - 3:
        return None
    less = Sheet(
        sheet.title, sheet.columns, tuple(sheet.groups[row] for row in kept), tuple(sheet.values[row] for row in kept),
        tuple(sheet.spans[row] for row in kept), sheet.about,
    )  # fmt: skip
    return TableCase(case.id, case.question, f"{case.table}-", less, (), "absent")
