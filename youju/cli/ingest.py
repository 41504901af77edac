"""`youju ingest`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import watchfiles
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingest.pipeline import IngestProgress as FileProgress
from ingest.pipeline import IngestReport, Pipeline, make_plan
from ingest.plan import Plan, Skipped
from ingest.remote import Fetched, Limits, fetch, is_remote
from youju.cli.output import CollectionOption, JsonOption, errors, guarded, model_progress, print_json
from youju.embedding.base import Embedder
from youju.embedding.factory import embedder_fingerprint, make_embedder
from youju.errors import InvalidRequest
from youju.index.opening import open_index
from youju.index.protocols import Store
from youju.settings import Settings, load_settings

TOTAL_BYTES = 5 << 30  # most that one address may bring
QUIET_MS = 1600  # a folder that changes is looked at when it has been quiet for so long
TICK_MS = 1000
LOOK_EVERY = 60  # ticks after which it is looked at anyway: not every network share tells of changes


@guarded
def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, and addresses: https://host/sitemap.xml, git+https://host/path.git, s3://bucket/folder.",
            metavar="PATH...",
            show_default=False,
        ),
    ],
    collection: CollectionOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete documents whose files are gone from these paths.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Let --prune empty a collection.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Read files again that failed before and have not changed.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on and follow the paths until stopped.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from addresses of this machine and of private networks too.")
    ] = False,
    max_files: Annotated[int, typer.Option("--max-files", min=1, help="Most files that one address may bring.")] = 10_000,
    as_json: JsonOption = False,
) -> None:
    """Embed documents into the index. Only what is new or changed is done; an interrupted run goes on where it was.

    Exit code 1 if a file failed; the others are ingested all the same.
    """
    given = _files(paths)
    settings = load_settings()
    store = open_index(settings).store
    embedder = _Embedder(settings)
    with model_progress() as progress:
        store.require_embedder(embedder_fingerprint(settings, progress))
    if watch and len(given) < len(paths):
        raise InvalidRequest(
            "addresses are not watched.", "Run `youju ingest` on them from time to time (cron, a systemd timer)."
        )
    limits = Limits(max_files, settings.max_file_mb << 20, TOTAL_BYTES, allow_private)
    fetched = [_fetch(path, settings, limits) for path in paths if is_remote(path)]
    shown_as = {path: address for one in fetched for path, address in one.shown.items()}
    work = make_plan([*given, *(one.folder for one in fetched)], settings, store, collection, retry, shown_as)
    work.skipped += [Skipped(address, reason, failed=True) for one in fetched for address, reason in one.failed]
    if dry_run:
        _print_plan(work, prune, as_json)
        return
    report = _run(work, settings, store, embedder, prune, yes)
    _print(report, as_json)
    if watch:
        _follow(given, collection, settings, store, embedder, prune, yes, as_json)
    elif report.failed:
        raise typer.Exit(1)


def _files(paths: list[str]) -> list[Path]:
    """Those that are no addresses."""
    if not all(path.strip() for path in paths):
        raise InvalidRequest("a path is empty.", "Give files, folders or addresses; in a script a variable may not be set.")
    return [Path(path) for path in paths if not is_remote(path)]


def _fetch(address: str, settings: Settings, limits: Limits) -> Fetched:
    found = fetch(address, settings.data_dir / "sources", limits)
    errors.print(f"{len(found.shown)} files of {found.name}, {found.new} of them new or changed.", highlight=False)
    return found


class _Embedder:
    """Makes the embedder once, when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: Embedder | None = None

    def __call__(self) -> Embedder:
        if self._made is None:
            with model_progress() as progress:
                self._made = make_embedder(self._settings, progress)
        return self._made


def _follow(
    paths: list[Path],
    collection: str | None,
    settings: Settings,
    store: Store,
    embedder: _Embedder,
    prune: bool,
    yes: bool,
    as_json: bool,
) -> None:
    changes = watchfiles.watch(*paths, debounce=QUIET_MS, rust_timeout=TICK_MS, yield_on_timeout=True, raise_interrupt=True)
    for tick, changed in enumerate(changes):
        if tick == 0:  # from here on no change is missed; those before are found by the plan
            errors.print("Following the paths; stop with Ctrl-C.")
        if not changed and tick % LOOK_EVERY:
            continue
        there = [path for path in paths if path.exists()]
        work = make_plan(there, settings, store, collection)
        if len(work.of("unchanged")) < len(work.items) or work.gone:
            _print(_run(work, settings, store, embedder, prune, yes), as_json)


def _run(work: Plan, settings: Settings, store: Store, embedder: _Embedder, prune: bool, yes: bool) -> IngestReport:
    todo = sum(item.state != "unchanged" for item in work.items)
    if todo:
        embedder()  # before the bar, which would hide its progress
    chunks = 0
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=errors, disable=not errors.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("ingesting", total=todo, rate="")

        def watch(progress: FileProgress) -> None:
            nonlocal chunks
            if progress.state in ("done", "linked", "failed"):
                chunks += progress.chunks
                elapsed = bar.tasks[0].elapsed or 0.0
                bar.update(task, advance=1, rate=f"{chunks / elapsed:.1f} chunks/s" if elapsed else "")

        return Pipeline(settings, store, embedder, watch).run(work, prune, yes)


def _print(report: IngestReport, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    linked = f", {report.linked} moved or duplicate" if report.linked else ""
    typer.echo(
        f"{report.documents} documents ingested into {report.collection!r} ({report.chunks} chunks, {report.embedded} "
        f"embedded), {report.unchanged} unchanged{linked}, {report.deleted} deleted, in {report.seconds:.1f} s."
    )
    listed = {
        "failed": [(one.uri, one.reason) for one in report.failed],
        "skipped": [(one.uri, one.reason) for one in report.skipped if not one.failed],
        "notes": [(one.uri, one.text) for one in report.notes],
    }
    for title, rows in listed.items():
        if rows:
            typer.echo(f"{len(rows)} {title}:")
        for uri, text in rows:
            typer.echo(f"  {uri}: {text}")


def _print_plan(work: Plan, prune: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "collection": work.collection,
                "files": [{"uri": one.source.uri, "state": one.state, "moved_from": one.moved_from} for one in work.items],
                "gone": [location.uri for location in work.gone],
                "skipped": [asdict(one) for one in work.skipped],
            }
        )
        return
    for item in work.items:
        if item.state != "unchanged":
            typer.echo(f"{item.state:9} {item.source.uri}{f'  (from {item.moved_from})' if item.moved_from else ''}")
    for location in work.gone:
        typer.echo(f"{'delete' if prune else 'gone':9} {location.uri}")
    for one in work.skipped:
        typer.echo(f"{'failed' if one.failed else 'skip':9} {one.uri}: {one.reason}")
    typer.echo(f"{len(work.of('unchanged'))} unchanged. Nothing was done (--dry-run).")
