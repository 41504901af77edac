"""What was read or computed from a table as one sentence in the language of the question, with values as they are written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

from service.tables.conditions import Selection
from service.tables.days import day_of
from service.tables.naming import UNIT_OF_NAME
from service.tables.operations import last_name
from service.tables.reading import TARGETS, Candidate
from service.tables.sheet import Sheet
from service.tables.targets import apart
from service.tables.values import Value, is_nothing
from youju.records import Language
from youju.text.language import END_MARKS
from youju.text.quantities import is_grouped

SCALE = re.compile(
    r"\(?\b(?:\w+ )?in (?:thousands|millions|billions)\b[^()\n]{0,40}\)?|"
    r"单位[:：]\s*[^\s|，。)）]{1,12}|[（(](?:千|万|百万|亿)[^()（）]{0,4}[)）]",
    re.IGNORECASE,
)
UNSCALED = (
    "count", "distinct", "items", "change", "share", "ratio", "count_difference", "along_count", "along_names", "days", "day",
    "target_count", "target_share", "share_of_all",
)  # fmt: skip
SHOWN = 10  # values of a list in its sentence
OPERATIONS: dict[str, dict[Language, str]] = {
    "sum": {"en": "Sum of {what}{where}: {value} ({count})", "zh": "{where}{what}合计：{value}（{count}之和）"},
    "mean": {"en": "Average of {what}{where}: {value} ({count})", "zh": "{where}{what}平均：{value}（{count}的平均值）"},
    "maximum": {"en": "Highest {what}{where}: {value}", "zh": "{where}{what}最高：{value}"},
    "minimum": {"en": "Lowest {what}{where}: {value}", "zh": "{where}{what}最低：{value}"},
    "count": {"en": "{value} rows{where}", "zh": "{where}共 {value} 行"},
    "distinct": {"en": "{value} different values of {what}{where}", "zh": "{where}{what}共有 {value} 种"},
    "items": {"en": "{value} in {what} of {row}: {told}", "zh": "{row}的{what}共 {value} 项：{told}"},
    "yes": {"en": "Yes: {pairs}", "zh": "是：{pairs}"},
    "no": {"en": "No: {pairs}", "zh": "否：{pairs}"},
    "commonest": {"en": "Most frequent {what}{where}: {value} ({count})", "zh": "{where}{what}出现最多的：{value}（{count}）"},
    "rarest": {"en": "Least frequent {what}{where}: {value} ({count})", "zh": "{where}{what}出现最少的：{value}（{count}）"},
    "first": {"en": "{what} of the first row{where}: {value}", "zh": "{where}第一行的{what}：{value}"},
    "last": {"en": "{what} of the last row{where}: {value}", "zh": "{where}最后一行的{what}：{value}"},
    "most": {"en": "{value} has the highest {by}{where}: {told}", "zh": "{where}{by}最高的是 {value}：{told}"},
    "least": {"en": "{value} has the lowest {by}{where}: {told}", "zh": "{where}{by}最低的是 {value}：{told}"},
    "difference": {"en": "Difference: {first} − {second} = {value}", "zh": "差：{first} − {second} = {value}"},
    "change": {"en": "Change from {second} to {first}: {value}", "zh": "从 {second} 到 {first} 变化：{value}"},
    "ratio": {"en": "Ratio: {first} / {second} = {value}", "zh": "比：{first} / {second} = {value}"},
    "share": {"en": "Share: {first} of {second} = {value}", "zh": "占比：{first} / {second} = {value}"},
    "count_difference": {"en": "Difference of the numbers of rows: {value}", "zh": "行数之差：{value}"},
    "along_most": {"en": "{row} is highest in {value}: {told}", "zh": "{row}最高的是 {value}：{told}"},
    "along_least": {"en": "{row} is lowest in {value}: {told}", "zh": "{row}最低的是 {value}：{told}"},
    "along_over": {"en": "{row} is above that in {value}: {told}", "zh": "{row}超过的有 {value}：{told}"},
    "along_under": {"en": "{row} is below that in {value}: {told}", "zh": "{row}低于的有 {value}：{told}"},
    "along_count": {"en": "{row}: {value} of the columns", "zh": "{row}：{value} 列"},
    "along_names": {"en": "{row} is given for {value}", "zh": "{row}有 {value}"},
    "along_list": {"en": "{row}: {told}", "zh": "{row}：{told}"},
    "times": {"en": "{times} ({what} of {row}) = {value}", "zh": "{row}：{times}（{what}） = {value}"},
    "rest": {
        "en": "Left{where} ({of_rows}): {planned} − {used} = {value}",
        "zh": "{where}{of_rows}剩余：{planned} − {used} = {value}",
    },
    "days": {"en": "From {second} to {first}: {value} days", "zh": "从 {second} 到 {first}：{value} 天"},
    "day": {"en": "{shift} days from {first}: {value}", "zh": "{first}起 {shift} 天：{value}"},
    "share_of_all": {
        "en": "Share of {row} in {what}: {part} of {whole} = {value}",
        "zh": "{row}占{what}的比例：{part} / {whole} = {value}",
    },
    "target_names": {"en": "{of} in {value}: {compared}", "zh": "{of}的有 {value}：{compared}"},
    "target_count": {
        "en": "{of} in {value} of {rows} rows: {compared}",
        "zh": "{of}的共 {value} 行（{rows} 行中）：{compared}",
    },
    "target_most": {"en": "{value} is furthest, {of}: {compared}, {apart}", "zh": "{of}最多的是 {value}：{compared}，{apart}"},
    "target_share": {"en": "{value} is furthest, {of}: {compared}, {apart}", "zh": "{of}最多的是 {value}：{compared}，{apart}"},
    "look_up": {"en": "{what} of {row}: {value}", "zh": "{row}的{what}：{value}"},
    "nameless": {"en": "{row}: {value}", "zh": "{row}：{value}"},
    "list": {"en": "{what}{where} ({count}): {value}", "zh": "{where}{what}（{count}）：{value}"},
}
BELOW: dict[bool, dict[Language, str]] = {True: {"en": " below ", "zh": "低于"}, False: {"en": " above ", "zh": "高于"}}
AND: dict[Language, str] = {"en": ", ", "zh": "、"}
NOTHING = "–"  # for an empty cell
SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤", "..": ""}


def ended(said: str, language: Language) -> str:
    """A sentence with its end mark, unless a cell told in it ends with one."""
    return said if said.endswith(tuple(END_MARKS)) else said + ("。" if language == "zh" else ".")


def phrased(sheet: Sheet, one: Candidate, language: Language) -> str:
    """The sentence, without its end mark."""
    is_list = one.operation == "look_up" and (len(one.answers) != 1 or (one.column == sheet.key and one.selection.mentions))
    name: str = "list" if is_list else one.operation
    if name == "whether":
        name = str(one.answers[0])
    what = sheet.names[one.column] if one.column is not None else _row_name(sheet, one.cells[0][0]) if one.cells else ""
    if name == "look_up" and not what:
        name = "nameless"
    cells = [_told(sheet, cell, one, language) for cell in one.cells]
    parts = {
        "what": what,
        "where": _where(sheet, one.selection, language),
        "by": sheet.names[one.by] if one.by is not None else "",
        "row": _row_name(sheet, one.cells[0][0]) if one.cells else "",
        "value": _value(sheet, one, language),
        "told": AND[language].join(_values_told(sheet, one)),
        "pairs": f"{what} {AND[language].join(cells)}",
        "first": cells[0] if cells else "", "second": cells[1] if len(cells) > 1 else "",
        "count": _count(one.entered or len(one.columns or {row for row, _ in one.cells}), bool(one.columns), language),
        "times": _times(sheet, one),
        "shift": _shift(sheet, one),
        **_planned_and_used(sheet, one, language),
        **_against_plan(sheet, one, language),
        **_part_and_whole(sheet, one),
    }  # fmt: skip
    said = OPERATIONS[name][language].format(**parts)
    scale = _scale(sheet, one)
    return f"{said} ({scale})" if scale and scale.lower() not in said.lower() else said


def _times(sheet: Sheet, one: Candidate) -> str:
    """So many at the price of one."""
    if one.operation != "times" or not isinstance(one.answers[0], float):
        return ""
    price = sheet.values[one.cells[0][0]][one.cells[0][1]]
    return f"{one.answers[0] / (price.number or 1.0):g} × {price.text}"


def _shift(sheet: Sheet, one: Candidate) -> str:
    """How many days lie between a date of the table and the day that is told."""
    day = day_of(sheet, one.cells[0]) if one.operation == "day" else None
    return f"{(datetime.date.fromisoformat(str(one.answers[0])) - day).days:+}" if day else ""


def _planned_and_used(sheet: Sheet, one: Candidate, language: Language) -> dict[str, str]:
    if one.operation != "rest":
        return {}
    told = {}
    for name, column in zip(("planned", "used"), one.columns, strict=True):
        values = [sheet.values[row][at] for row, at in one.cells if at == column]
        sum_of = written(sum(value.number or 0.0 for value in values), values)
        told[name] = f"{sum_of} ({sheet.names[column]})" if language == "en" else f"{sum_of}（{sheet.names[column]}）"
    rows = list(dict.fromkeys(row for row, _ in one.cells))
    return told | {"of_rows": _row_name(sheet, rows[0]) if len(rows) == 1 else _count(len(rows), False, language)}


def _against_plan(sheet: Sheet, one: Candidate, language: Language) -> dict[str, str]:
    if one.operation not in TARGETS:
        return {}
    pairs = list(zip(one.cells[::2], one.cells[1::2], strict=True))
    told = [
        f"{sheet.values[row][sheet.key].text} {sheet.values[row][actual].text} / {sheet.values[row][plan].text}"
        for (row, actual), (_, plan) in pairs
    ]
    (row, actual), (_, plan) = pairs[0]
    below = (sheet.values[row][actual].number or 0.0) < (sheet.values[row][plan].number or 0.0)
    sign = BELOW[below != (one.answers == (0.0,))][language]
    return {
        "of": f"{sheet.names[actual]}{sign}{sheet.names[plan]}", "rows": str(one.entered or len(pairs)),
        "compared": ("；" if language == "zh" else "; ").join(told[:SHOWN]), "apart": apart(sheet, one),
    }  # fmt: skip


def _part_and_whole(sheet: Sheet, one: Candidate) -> dict[str, str]:
    if one.operation != "share_of_all":
        return {}
    values = [sheet.values[row][column] for row, column in one.cells]
    return {"part": values[0].text, "whole": written(sum(value.number or 0.0 for value in values), values)}


def _row_name(sheet: Sheet, row: int) -> str:
    """What names a row in a sentence: its group and key; of records the other words as well where keys come again."""
    key = sheet.values[row][sheet.key].text
    if sum(values[sheet.key].text == key for values in sheet.values) == 1:
        return " · ".join(dict.fromkeys([*sheet.groups[row][-1:], key]))
    return sheet.path(row)


def _where(sheet: Sheet, selection: Selection, language: Language) -> str:
    """The conditions that the rows fulfil."""
    held: dict[int, list[str]] = {}
    for mention in selection.mentions:
        held.setdefault(mention.column, []).append(mention.text or NOTHING)
    conditions = [f"{sheet.names[column]}: {AND[language].join(dict.fromkeys(texts))}" for column, texts in held.items()]
    for bound in selection.bounds if selection.column is not None else ():
        upto = f"–{bound.last:g}" if bound.sign == ".." else ""
        conditions.append(f"{sheet.names[selection.column or 0]} {SIGNS[bound.sign]} {bound.number:g}{upto}".replace("  ", " "))
    if not conditions:
        return ""
    told = AND[language].join(conditions)
    return f" where {told}" if language == "en" else f"{told}，"


def _value(sheet: Sheet, one: Candidate, language: Language) -> str:
    if isinstance(one.answers[0], float):
        values = [sheet.values[row][column] for row, column in one.cells]
        if one.operation in ("change", "share", "share_of_all"):
            return f"{one.answers[0]:.2f}%"
        if one.operation in ("count", "distinct", "items", "count_difference", "along_count", "days", "target_count"):
            return str(round(one.answers[0]))
        return written(one.answers[0], values, exact=one.operation not in ("mean", "ratio"))
    if one.operation == "look_up" and one.selection.kind == "all" and sheet.key not in (column for _, column in one.cells):
        texts = [f"{sheet.values[row][sheet.key].text}: {sheet.values[row][column].text}" for row, column in one.cells]
        return ("；" if language == "zh" else "; ").join(texts[:SHOWN]) + " …" * (len(texts) > SHOWN)
    shown = AND[language].join(map(str, one.answers[:SHOWN]))
    return f"{shown} …" if len(one.answers) > SHOWN else shown


def _values_told(sheet: Sheet, one: Candidate) -> list[str]:
    column = one.by if one.by is not None else None
    cells = [cell for cell in one.cells if column is None or cell[1] == column]
    if one.operation == "along_list":
        return [f"{last_name(sheet, column)}: {sheet.values[row][column].text}" for row, column in cells]
    return list(dict.fromkeys(sheet.values[row][column].text for row, column in cells))


def _told(sheet: Sheet, cell: tuple[int, int], one: Candidate, language: Language) -> str:
    row, column = cell
    same_row = len({row for row, _ in one.cells}) == 1 and one.operation != "whether"
    name = last_name(sheet, column) if same_row else sheet.values[row][sheet.key].text
    return f"{sheet.values[row][column].text} ({name})" if language == "en" else f"{sheet.values[row][column].text}（{name}）"


def _count(count: int, columns: bool, language: Language) -> str:
    if language == "zh":
        return f"共 {count} {'列' if columns else '行'}"
    return f"{count} {'column' if columns else 'row'}{'s' * (count != 1)}"


def _scale(sheet: Sheet, one: Candidate) -> str:
    """What the title says of the scale of numbers, where a number is told that does not say it itself."""
    if one.operation in UNSCALED:
        return ""
    told = [sheet.values[row][column] for row, column in one.cells]
    if not any(value.number is not None and value.unit != "%" and not value.date for value in told):
        return ""
    names = " ".join(sheet.names[column] for column in {column for _, column in one.cells})
    groups = " ".join(" ".join(sheet.groups[row]) for row in {row for row, _ in one.cells})
    found = SCALE.search(names) or SCALE.search(groups)
    if not found and not UNIT_OF_NAME.search(names):  # a column with a unit of its own needs none of the title
        found = SCALE.search(sheet.title)
    return found.group().strip("()（） ") if found else ""


def written(number: float, values: Sequence[Value], exact: bool = True) -> str:
    """A number as those of the table that it was computed from are written: decimals, grouping, sign of currency, unit."""
    texts = [value.text for value in values if not is_nothing(value.text)]
    decimals = max((len(match[1]) for text in texts if (match := re.search(r"\d\.(\d+)", text))), default=0)
    if not exact:
        decimals = max(decimals, 2)
    grouped = any(is_grouped(token) for text in texts for token in re.findall(r"[\d,.]+\d", text))
    told = f"{abs(number):{',' if grouped else ''}.{decimals}f}"
    if not exact and "." in told:
        told = told.rstrip("0").rstrip(".")
    sign = _common(texts, _currency)
    percent = _common(texts, lambda text: "%" * ("%" in text))
    return f"{'-' * (number < 0)}{sign}{told}{percent}"


def _currency(text: str) -> str:
    found = re.match(r"[(\-–\s]*([$€£¥￥])", text)
    return found[1] if found else ""


def _common(texts: Sequence[str], of: Callable[[str], str]) -> str:
    """What all texts have."""
    found = {of(text) for text in texts}
    return found.pop() if len(found) == 1 else ""
