"""`youju eval`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from service.resources import Resources, make_resources
from youju.cli.ask import TopKOption
from youju.cli.output import CollectionOption, JsonOption, errors, guarded, model_progress, print_json
from youju.errors import InvalidRequest
from youju.evaluation import html, report
from youju.evaluation.records import EvalQuestion, EvaluationReport, Row, load_questions, load_report
from youju.evaluation.run import run
from youju.records import Scope
from youju.settings import Settings, load_settings

INTERRUPTED = 130


def loaded(settings: Settings) -> Resources:
    """Resources with the models that the settings name."""
    with model_progress() as progress:
        return make_resources(settings, progress=progress)


def make_command(resources: Callable[[Settings], Resources] = loaded) -> Callable[..., None]:
    """The command, which asks the answerer of these resources."""

    @guarded
    def evaluate(
        file: Annotated[Path | None, typer.Argument(help="Questions, one JSON object a line.", show_default=False)] = None,
        out: Annotated[Path | None, typer.Option("--out", help="Write the whole run here, as JSON.")] = None,
        html_file: Annotated[Path | None, typer.Option("--html", help="Write a page with plots here.")] = None,
        collection: CollectionOption = None,
        top_k: TopKOption = None,
        limit: Annotated[int | None, typer.Option(min=1, help="Ask the first so many questions only.")] = None,
        as_json: JsonOption = False,
        compare: Annotated[
            tuple[Path, Path] | None,
            typer.Option("--compare", metavar="A.json B.json", help="Compare two runs that --out wrote."),
        ] = None,
    ) -> None:
        """Ask the questions of a file and measure the answers. Exit code 1 if a question failed."""
        if compare is not None:
            if file or out or html_file:
                raise InvalidRequest("--compare reads two runs and asks nothing.", "Leave FILE, --out and --html out.")
            _compare(*compare, as_json)
            return
        if file is None:
            raise InvalidRequest("There is nothing to ask.", "Name a file of questions, or two runs with --compare.")
        questions = load_questions(file)[:limit]
        _check(out, html_file)
        settings = load_settings()
        scope = Scope(collection or settings.collection)
        rows, models = _run(questions, scope, top_k, settings, resources)
        complete = len(rows) == len(questions)
        setup = models | {"collection": scope.collection, "top_k": top_k or settings.top_k}
        _hand_out(report.build(file.name, rows, setup, complete), out, html_file, as_json)
        if not complete:
            raise typer.Exit(INTERRUPTED)
        if any(row.error is not None for row in rows):
            raise typer.Exit(1)

    return evaluate


def _check(out: Path | None, html_file: Path | None) -> None:
    """Find out before the first question what would else be found out after the last."""
    for path in (out, html_file):
        if path is not None and path.is_dir():
            raise InvalidRequest(f"{path} is a folder.", "Name a file.")
    if html_file is not None:
        html.require_matplotlib()


def _run(
    questions: list[EvalQuestion], scope: Scope, top_k: int | None, settings: Settings, make: Callable[[Settings], Resources]
) -> tuple[list[Row], dict[str, Any]]:
    """The rows, of which an interruption leaves the first ones, and the names of the models."""
    rows: list[Row] = []
    models: dict[str, Any] = {}
    with Progress(
        TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[right]} right"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=errors, disable=not errors.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("asking", total=len(questions), right=0)

        def add(row: Row) -> None:
            rows.append(row)
            bar.update(task, advance=1, right=sum(bool(one.right) for one in rows))

        async def ask() -> None:
            built = make(settings)
            try:
                await built.generator.check()
                models.update(generator=built.generator.name, embedder=built.embedder.name)
                await run(built.answerer, questions, scope, top_k, add)
            finally:
                await built.close()

        try:
            asyncio.run(ask())
        except KeyboardInterrupt:
            if not rows:
                raise
            errors.print(f"Stopped after {len(rows)} of {len(questions)} questions.")
    return rows, models


def _hand_out(made: EvaluationReport, out: Path | None, html_file: Path | None, as_json: bool) -> None:
    if out is not None:  # first: the rest can be made from it
        report.save(made.model_dump_json(indent=1) + "\n", out)
    if html_file is not None:
        report.save(html.page(made), html_file)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        report.show(made, _console())


def _compare(first: Path, second: Path, as_json: bool) -> None:
    found = report.compare(load_report(first), load_report(second))
    if not found.pairs:
        raise InvalidRequest("The two runs have no question in common.", "Compare runs of the same file.")
    if as_json:
        print_json(asdict(found))
    else:
        report.show_comparison(found, _console())


def _console() -> Console:
    width = None if sys.stdout.isatty() else report.WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)
