"""What is left of what was planned: the planned amount less the spent one, of a row or of several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.reading import Candidate
from service.tables.sheet import Sheet
from service.tables.values import spaced

PLANNED = re.compile(
    r"\bbudget|\bplan(?:ned)?\b|\ballo(?:tted|cat)|\ballowance|\bapproved|\bquota|\bgrant(?:ed)?\b|\bentitle|\bordered\b|"
    r"预算|计划|额度|限额|定额|批准|应[收付]|订购|总额",
    re.IGNORECASE,
)
USED = re.compile(
    r"\bspen[dt]|\bused\b|\bactual|\bpaid\b|\bexpen[sd]|\bcost to date|\bbooked\b|\btaken\b|\bdelivered\b|\bdrawn\b|"
    r"已用|使用|实际|支出|花费|已付|消耗|已休|已交|实[收付]",
    re.IGNORECASE,
)
REST = re.compile(r"\bleft\b|\bremain|\brest\b|\bbalance\b|\bavailable\b|\bunspent|剩|余|结存", re.IGNORECASE)


def rest(question: Asked, sheet: Sheet, selection: Selection) -> Iterator[Candidate]:
    """Readings of rows whose columns tell what was planned and what was spent; nothing where a column tells what is left."""
    if "left" not in question.cues or any(REST.search(spaced(name)) for name in sheet.names):
        return
    numeric = [column for column, is_number in enumerate(sheet.numeric) if is_number and not sheet.years[column]]
    used = [column for column in numeric if USED.search(spaced(sheet.names[column]))]
    for plan in [column for column in numeric if PLANNED.search(spaced(sheet.names[column])) and column not in used]:
        for spent in used:
            pairs = [(sheet.values[row][plan].number, sheet.values[row][spent].number) for row in selection.rows]
            known = [(planned, gone) for planned, gone in pairs if planned is not None and gone is not None]
            if known and len(known) == len(pairs):
                value = sum(planned - gone for planned, gone in known)
                cells = tuple((row, column) for row in selection.rows for column in (plan, spent))
                yield Candidate("rest", selection, (round(value, 6),), cells, plan, None, (plan, spent))
