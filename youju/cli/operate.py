"""`youju doctor`, `youju worker` and `youju jobs`."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import asdict
from typing import Annotated

import typer

from ingest.worker import stay
from youju import logs
from youju.cli.output import JsonOption, guarded, model_progress, print_json
from youju.embedding.factory import embedder_fingerprint, make_embedder
from youju.index.opening import open_index
from youju.maintenance import doctor as checks
from youju.maintenance import environment
from youju.settings import load_settings


@guarded
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended without the documents.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look the index over, and what it needs: disk, models, settings. Exit code 1 if something is wrong."""
    settings = load_settings()
    index = open_index(settings)
    store = index.store
    found = checks.repair(store, settings) if repair else checks.examine(store, settings)
    found += environment.examine(settings)
    if as_json:
        print_json({"findings": [asdict(finding) for finding in found], "chunks": store.count_chunks()})
    else:
        for one in found:
            typer.echo(f"{one.check}: {one.problem}. {'`youju doctor --repair` mends it.' if one.repairable else one.advice}")
        if not found:
            typer.echo(f"The index is whole: {sum(store.collections().values())} documents, {store.count_chunks()} chunks.")
    if found:
        raise typer.Exit(1)


@guarded
def worker() -> None:
    """Take uploads in until stopped. Of an index in PostgreSQL any number of workers share the files, on any machines."""
    settings = load_settings()
    index = open_index(settings)
    logs.configure(settings)
    with model_progress() as progress:  # with a bar where one can be seen
        embedder = functools.cache(functools.partial(make_embedder, settings, progress))
        index.store.require_embedder(embedder_fingerprint(settings, progress))
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(index):  # Ctrl-C is how it is ended
        stay(settings, index.store, embedder)


@guarded
def jobs(as_json: JsonOption = False) -> None:
    """List the uploads and what became of them."""
    settings = load_settings()
    known = open_index(settings).jobs.latest()
    if as_json:
        print_json({"jobs": [asdict(job) for job in known]})
        return
    for job in known:
        typer.echo(f"{job.id}  {job.collection}  {job.created_at}  {'finished' if job.finished_at else 'waiting'}")
        for file in job.files:
            typer.echo(f"  {file.state:9} {file.name}{f': {file.reason}' if file.reason else ''}")
    if not known:
        typer.echo("Nothing was uploaded yet.")
