"""Rows to figures by language and kind, readable tables, and the comparison of two runs."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from youju import __version__
from youju.evaluation.records import EvaluationReport, Group, Row
from youju.evaluation.statistics import Interval, RiskPoint, area, bootstrap, mcnemar, risk_coverage, roc_auc
from youju.files import atomic_write
from youju.records import Language, Timings

WIDTH = 110  # columns of the tables where there is no terminal
LANGUAGES: tuple[Language, ...] = ("en", "zh")

# What is printed: title of the table -> (heading, field of a group).
TABLES: dict[str, list[tuple[str, str]]] = {
    "Retrieval": [("recall@1", "recall_at_1"), ("recall@5", "recall_at_5"), ("MRR", "mrr")],
    "Answers to answerable questions": [
        ("right", "right"), ("right of answered", "right_of_answered"),
        ("same, quotes left out", "without_quotes"), ("exact match", "exact_match"), ("F1", "f1"),
        ("complete", "complete"), ("yes or no", "says_so"),
    ],
    "Citations and refusals": [
        ("citation precision", "citation_precision"), ("citation recall", "citation_recall"),
        ("false answers", "false_answers"), ("false refusals", "false_refusals"),
    ],
    "Confidence and cost": [
        ("AUC", "auc"), ("mean error", "aurc"), ("median s", "median_ms"), ("95 % s", "p95_ms"),
        ("prompt tokens", "prompt_tokens"), ("completion tokens", "completion_tokens"), ("errors", "errors"),
    ],
}  # fmt: skip


def build(name: str, rows: Sequence[Row], setup: dict[str, Any], complete: bool = True) -> EvaluationReport:
    """The report of a run."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return EvaluationReport(
        name=name, made_at=made_at, version=__version__, setup=setup, complete=complete, groups=groups(rows), rows=list(rows)
    )


def groups(rows: Sequence[Row]) -> list[Group]:
    """All rows, then each language, then each language's kinds; a group that would repeat the one above it is left out."""
    found = [group(rows, None, None)]
    for language in LANGUAGES:
        spoken = [row for row in rows if row.language == language]
        if spoken and len(spoken) < len(rows):
            found.append(group(spoken, language, None))
        kinds = sorted({row.kind for row in spoken})
        if kinds and (len(kinds) > 1 or kinds[0]):
            found += [group([row for row in spoken if row.kind == kind], language, kind) for kind in kinds]
    return found


def group(rows: Sequence[Row], language: Language | None, kind: str | None) -> Group:
    """The figures of some rows. Those that ended in an error count among `n` and `errors` only."""
    good = [row for row in rows if row.error is None]
    answered = [row for row in good if row.answered]

    def mean(field: str, of: Iterable[Row] = good) -> Interval | None:
        return bootstrap([float(value) for row in of if (value := getattr(row, field)) is not None])

    total = [row.timings_ms.total for row in good]
    asked = [row.usage for row in good if row.usage.prompt_tokens]
    return Group(
        language=language, kind=kind, n=len(rows), errors=len(rows) - len(good),
        recall_at_1=mean("recall_at_1"), recall_at_5=mean("recall_at_5"), mrr=mean("reciprocal_rank"),
        right=mean("right"), right_of_answered=mean("right", answered),
        without_quotes=mean("right_without_quotes", answered),
        exact_match=mean("exact_match"), f1=mean("f1"),
        complete=mean("complete", answered), says_so=mean("says_so", answered),
        citation_precision=mean("citation_precision"), citation_recall=mean("citation_recall"),
        false_answers=mean("false_answer"), false_refusals=mean("false_refusal"),
        auc=roc_auc([row.confidence or 0.0 for row in good], [row.answerable for row in good]), aurc=area(curve(good)),
        median_ms=statistics.median(total) if total else None,
        p95_ms=float(np.quantile(total, 0.95)) if total else None,
        prompt_tokens=statistics.median(usage.prompt_tokens for usage in asked) if asked else None,
        completion_tokens=statistics.median(usage.completion_tokens for usage in asked) if asked else None,
    )  # fmt: skip


def curve(rows: Iterable[Row]) -> list[RiskPoint]:
    """Risk and coverage of the rows whose answers can be told right from wrong."""
    told = [row for row in rows if row.error is None and (row.right is not None or not row.answerable)]
    return risk_coverage(
        [row.confidence or 0.0 for row in told], [row.answerable for row in told], [bool(row.right) for row in told],
        [row.answered for row in told],
    )  # fmt: skip


def is_wrong(row: Row) -> bool:
    """Whether a row is worth a look: an error, a false answer, a false refusal, or an answer without an accepted one."""
    return row.error is not None or bool(row.false_answer or row.false_refusal) or row.right is False


def stages(timings: Timings) -> dict[str, float]:
    """Milliseconds by stage, apart from each other; they add up to the total.

    `generate` holds the time to the first token, which is spent reading the prompt; it is taken out. Stages that a later
    version adds come by themselves.
    """
    spent: dict[str, float] = timings.model_dump()
    total, first, generate = spent.pop("total"), spent.pop("first_token"), spent.pop("generate")
    spent |= {"read prompt": min(first, generate), "write": max(0.0, generate - first), "verify": spent.pop("verify")}
    return spent | {"other": max(0.0, total - sum(spent.values()))}


def save(text: str, path: Path) -> None:
    """Write a file so that it appears whole or not at all."""
    with atomic_write(path) as draft:
        draft.write_text(text, encoding="utf-8")


def show(report: EvaluationReport, console: Console) -> None:
    """Print the tables."""
    note = "" if report.complete else ", stopped before the end"
    console.print(f"{report.name}: {len(report.rows)} questions{note}. In brackets: 95 % intervals.\n", markup=False)
    for title in TABLES:
        columns, told = filled(report.groups, title)
        if columns:
            console.print(_table(title, columns, told), "")
    for row in report.rows:
        if row.error is not None:
            console.print(f"failed: {row.question}: {row.error}", markup=False)


def filled(of: Sequence[Group], title: str) -> tuple[list[tuple[str, str]], list[Group]]:
    """The columns (heading, field) and the groups of a table that hold any figure."""
    columns = [(heading, name) for heading, name in TABLES[title] if any(getattr(one, name) is not None for one in of)]
    return columns, [one for one in of if any(getattr(one, name) is not None for _, name in columns)]


def _table(title: str, columns: Sequence[tuple[str, str]], shown: Sequence[Group]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("n", justify="right")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for one in shown:
        table.add_row(escape(label(one)), str(one.n), *(figure(name, getattr(one, name)) for _, name in columns))
    return table


def label(one: Group) -> str:
    """Name of a group."""
    return " ".join(part for part in (one.language, one.kind) if part) or "all"


def figure(name: str, value: Interval | float | None) -> str:
    """A figure of a group as it is shown: a rate with its interval, seconds, or a number."""
    if value is None:
        return "–"
    if isinstance(value, Interval):
        return f"{_rate(value.mean)} ({_rate(value.low)}–{_rate(value.high)})"
    if name.endswith("_ms"):
        return f"{value / 1000:.2f}"
    return _rate(value) if name in ("auc", "aurc") else f"{value:.0f}"


def _rate(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


@dataclass(frozen=True)
class Change:
    """A yes-or-no measure over the pairs of two runs: in how many it is yes in both, in one only, in none; McNemar's p."""

    measure: str
    both: int
    only_first: int
    only_second: int
    neither: int
    p: float


@dataclass(frozen=True)
class Comparison:
    """Two runs, question by question. `unpaired`: questions of either run that the other does not have, or that failed."""

    pairs: int
    unpaired: int
    changes: list[Change]


MEASURES: dict[str, Callable[[Row], bool | None]] = {
    "right": lambda row: row.right,
    "false answer": lambda row: row.false_answer,
    "false refusal": lambda row: row.false_refusal,
}


def compare(first: EvaluationReport, second: EvaluationReport) -> Comparison:
    """Pair two runs by question, language and kind; the same question asked twice is paired in order."""
    ours, theirs = _keyed(first.rows), _keyed(second.rows)
    pairs = [
        (ours[key], theirs[key]) for key in ours if key in theirs and ours[key].error is None and theirs[key].error is None
    ]
    changes = [_change(measure, read, pairs) for measure, read in MEASURES.items()]
    return Comparison(len(pairs), len(ours) + len(theirs) - 2 * len(pairs), changes)


def _keyed(rows: Iterable[Row]) -> dict[tuple[str, str, str, int], Row]:
    seen: dict[tuple[str, str, str], int] = defaultdict(int)
    keyed: dict[tuple[str, str, str, int], Row] = {}
    for row in rows:
        key = (row.question, row.language, row.kind)
        keyed[(*key, seen[key])] = row
        seen[key] += 1
    return keyed


def _change(measure: str, read: Callable[[Row], bool | None], pairs: Sequence[tuple[Row, Row]]) -> Change:
    told = [(one, other) for a, b in pairs if (one := read(a)) is not None and (other := read(b)) is not None]
    only_first = sum(one and not other for one, other in told)
    only_second = sum(other and not one for one, other in told)
    both = sum(one and other for one, other in told)
    neither = len(told) - both - only_first - only_second
    return Change(measure, both, only_first, only_second, neither, mcnemar(only_first, only_second))


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    console.print(f"{comparison.pairs} questions in both runs; {comparison.unpaired} rows have no counterpart.")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for heading in ("both", "only A", "only B", "neither", "McNemar p"):
        table.add_column(heading, justify="right")
    for one in comparison.changes:
        counts = (one.both, one.only_first, one.only_second, one.neither)
        table.add_row(one.measure, *map(str, counts), f"{one.p:.4f}")
    console.print(table)
