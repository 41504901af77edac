"""`youju ingest`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingest.pipeline import Pipeline, Report, make_plan
from ingest.plan import Item, Plan
from youju.embedders import make_embedder
from youju.settings import load_settings
from youju.store import Store
from youju_cli.output import CollectionOption, JsonOption, errors, guarded, model_progress, print_json


@guarded
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...", show_default=False)],
    collection: CollectionOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete documents whose files are gone from these paths.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Embed documents into the index. Only what is new or changed is done; an interrupted run goes on where it was.

    Exit code 1 if a file failed; the others are ingested all the same.
    """
    settings = load_settings()
    store = Store(settings.database)
    work = make_plan(paths, settings, store, collection)
    if dry_run:
        _print_plan(work, prune, as_json)
        return
    report = _run(work, settings, store, prune)
    if as_json:
        print_json(asdict(report))
    else:
        _print_report(report)
    if report.failed:
        raise typer.Exit(1)


def _run(work: Plan, settings: Any, store: Store, prune: bool) -> Report:
    todo = sum(item.state != "unchanged" for item in work.items)
    with model_progress() as progress:
        embedder = make_embedder(settings, progress)
    chunks = 0
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=errors, disable=not errors.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("ingesting", total=todo, rate="")

        def watch(item: Item, added: int) -> None:
            nonlocal chunks
            if item.state == "unchanged":
                return
            chunks += added
            elapsed = bar.tasks[0].elapsed or 0.0
            bar.update(task, advance=1, rate=f"{chunks / elapsed:.1f} chunks/s" if elapsed else "")

        return Pipeline(settings, store, embedder, watch).run(work, prune)


def _print_report(report: Report) -> None:
    typer.echo(
        f"{report.documents} documents ingested into {report.collection!r} ({report.chunks} chunks, {report.embedded} "
        f"embedded), {report.unchanged} unchanged, {report.deleted} deleted, in {report.seconds:.1f} s."
    )
    for title, rows in (("failed", report.failed), ("skipped", [one for one in report.skipped if not one.failed])):
        if rows:
            typer.echo(f"{len(rows)} {title}:")
        for one in rows:
            typer.echo(f"  {one.uri}: {one.reason}")


def _print_plan(work: Plan, prune: bool, as_json: bool) -> None:
    states = {
        state: [item.source.uri for item in work.items if item.state == state] for state in ("new", "changed", "unchanged")
    }
    gone = [document.uri for document in work.gone]
    if as_json:
        print_json({"collection": work.collection, **states, "gone": gone, "skipped": [asdict(one) for one in work.skipped]})
        return
    for state in ("new", "changed"):
        for uri in states[state]:
            typer.echo(f"{state:9} {uri}")
    for uri in gone:
        typer.echo(f"{'delete' if prune else 'gone':9} {uri}")
    for one in work.skipped:
        typer.echo(f"{'skip':9} {one.uri}: {one.reason}")
    typer.echo(f"{len(states['unchanged'])} unchanged. Nothing was done (--dry-run).")
