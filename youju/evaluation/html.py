"""A report as one HTML file that needs nothing else: figures, plots, and the questions that went wrong.

The only module that knows matplotlib, which is optional.
"""

from __future__ import annotations

import base64
import importlib
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from youju.errors import YoujuError, to_install
from youju.evaluation.records import EvaluationReport, Row
from youju.evaluation.report import LANGUAGES, TABLES, curve, figure, filled, is_wrong, label, stages

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUOTE = 300  # characters of a quote that are shown
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 0 0 2rem; font-size: 14px; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
td.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
img { max-width: 100%; }
q { color: #555; display: block; }
"""


def require_matplotlib() -> None:
    """
    Raises:
        YoujuError: matplotlib is not installed.
    """
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError:
        raise YoujuError("The plots of --html need matplotlib.", f"Run {to_install('eval')}.") from None


def page(report: EvaluationReport) -> str:
    """The HTML file of a report.

    Raises:
        YoujuError: matplotlib is not installed.
    """
    require_matplotlib()
    wrong = [row for row in report.rows if is_wrong(row)]
    setup = "".join(f"<li>{escape(str(name))}: {escape(str(value))}</li>" for name, value in report.setup.items())
    note = "" if report.complete else " The run was stopped before its end."
    return "".join(
        (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(report.name)}</title>',
            f"<style>{STYLE}</style></head><body><h1>{escape(report.name)}</h1>",
            f"<p>{len(report.rows)} questions, {escape(report.made_at)}, Youju {escape(report.version)}.{note} ",
            "In brackets: 95 % bootstrap intervals.</p>",
            f"<ul>{setup}</ul>",
            *(_figures(report, title) for title in TABLES),
            "<h2>Risk and coverage</h2><p>What would be answered if only answers of at least some confidence were given.</p>",
            _image(risk_plot(report.rows), "Error and false answers over coverage"),
            "<h2>Where the time goes</h2>",
            _image(time_plot(report.rows), "Mean seconds of a question by stage"),
            f"<h2>Wrong: {len(wrong)}</h2>",
            _wrong(wrong),
            "</body></html>\n",
        )
    )


def _figures(report: EvaluationReport, title: str) -> str:
    columns, told = filled(report.groups, title)
    if not columns:
        return ""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in ("", "n", *(heading for heading, _ in columns)))
    body = "".join(
        f"<tr><td>{escape(label(one))}</td>"
        + "".join(f'<td class="figure">{escape(value)}</td>' for value in (str(one.n), *(
            figure(name, getattr(one, name)) for _, name in columns
        )))
        + "</tr>"
        for one in told
    )  # fmt: skip
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def risk_plot(rows: Sequence[Row]) -> Figure:
    """Error and false answers over coverage, a line for each language."""
    drawing = _figure(9, 4)
    risk, false = drawing.subplots(1, 2)
    for language, spoken in _by_language(rows):
        points = curve(spoken)
        coverage = [point.coverage for point in points]
        style = {"label": f"{language} ({len(spoken)} questions)", "marker": ".", "markersize": 4, "drawstyle": "steps-pre"}
        risk.plot(coverage, [point.error for point in points], **style)
        if not all(row.answerable for row in spoken):
            false.plot(coverage, [point.false_answers for point in points], **style)
    for axes, title in ((risk, "error among the answered"), (false, "false answers (of unanswerable)")):
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="coverage (of answerable)", title=title)
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    return drawing


def time_plot(rows: Sequence[Row]) -> Figure:
    """Mean seconds of a question by stage, a bar for each language."""
    drawing = _figure(9, 2.5)
    axes = drawing.subplots()
    bars = [(language, [stages(row.timings_ms) for row in spoken]) for language, spoken in _by_language(rows)]
    left = [0.0] * len(bars)
    for stage in dict.fromkeys(stage for _, spent in bars for one in spent for stage in one):
        means = [sum(one.get(stage, 0.0) for one in spent) / len(spent) / 1000 for _, spent in bars]
        if any(means):
            axes.barh([language for language, _ in bars], means, left=left, label=stage)
            left = [start + mean for start, mean in zip(left, means, strict=True)]
    axes.set(xlabel="seconds, mean of a question")
    if axes.patches:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


def _by_language(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    good = [row for row in rows if row.error is None]
    return [(one, spoken) for one in LANGUAGES if (spoken := [row for row in good if row.language == one])]


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _image(drawing: Figure, text: str) -> str:
    """The drawing as an image in the page. SVG with letters as paths: it looks the same without the fonts."""
    import matplotlib

    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "youju"}):
        file = io.BytesIO()
        drawing.savefig(file, format="svg", metadata={"Date": None})
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(text)}" src="data:image/svg+xml;base64,{data}">'


def _wrong(rows: Sequence[Row]) -> str:
    """A table of rows. Questions, answers and quotes come from outside: all of it is escaped."""
    heads = ("question", "group", "what", "accepted", "answer and quotes", "confidence")
    body = "".join(
        f"<tr><td>{escape(row.question)}</td><td>{escape(f'{row.language} {row.kind}')}</td><td>{_what(row)}</td>"
        f"<td>{escape(' | '.join(row.answers if row.answerable else []))}</td><td>{_given(row)}</td>"
        f'<td class="figure">{"" if row.confidence is None else f"{row.confidence:.2f}"}</td></tr>'
        for row in rows
    )
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{body}</table>"


def _what(row: Row) -> str:
    if row.error is not None:
        return "error"
    if row.false_answer or row.false_refusal:
        return "false answer" if row.false_answer else "false refusal"
    return "wrong answer"


def _given(row: Row) -> str:
    quotes = "".join(f"<q>[{one.marker}] {escape(one.quote[:QUOTE])} ({escape(one.uri)})</q>" for one in row.citations)
    return escape(row.answer if row.error is None else row.error) + quotes
