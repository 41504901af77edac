"""`youju reindex`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingest.reindex import ReindexReport, estimate
from ingest.reindex import reindex as embed_again
from youju.cli.output import JsonOption, errors, guarded, model_progress, print_json
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.errors import EmptyIndex
from youju.files import mib
from youju.index.base.records import Goal
from youju.index.opening import Index, open_index, require_index
from youju.index.protocols import Store
from youju.model_files.locate import Progress as ModelProgress
from youju.settings import Settings, load_settings

MakeEmbedder = Callable[[Settings, ModelProgress], Embedder]


def make_command(make: MakeEmbedder = make_embedder) -> Callable[..., None]:
    """The command, with what makes the embedder of a model."""

    @guarded
    def reindex(
        model: Annotated[str, typer.Option("--model", help="The new embedding model, as in YOUJU_EMBEDDING_MODEL.")] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how much there is to do, and do nothing.")] = False,
        give_up: Annotated[bool, typer.Option("--give-up", help="Drop what an unfinished reindex has made.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Embed all documents again with another model, while the index serves with the old one.

        An interrupted run goes on where it was. At the end the new vectors take the place of the old ones at once; restart
        the service with the new model then.
        """
        if bool(model) == give_up:
            raise typer.BadParameter("Give either --model or --give-up.")
        settings = load_settings(embedding_model=model or None)
        index = _index(settings)
        store = index.store
        if give_up:
            _give_up(index, as_json)
            return
        with model_progress() as progress:
            embedder = make(settings, progress)
        if store.embedder() == embedder.fingerprint:
            _say_nothing_to_do(store, model, as_json)
        elif dry_run:
            _tell_estimate(index, embedder, model, as_json)
        else:
            _tell(_run(index, embedder, model), settings, as_json)

    return reindex


def _index(settings: Settings) -> Index:
    require_index(settings)
    index = open_index(settings)
    if not index.store.count_chunks():
        raise EmptyIndex(f"the index in {index.store.place} is empty.", "Set YOUJU_EMBEDDING_MODEL and run `youju ingest`.")
    return index


def _run(index: Index, embedder: Embedder, model: str) -> ReindexReport:
    with Progress(
        TextColumn("embedding"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
        TimeRemainingColumn(), console=errors, disable=not errors.is_terminal,
    ) as bar:  # fmt: skip
        kept = index.new_vectors.count()
        task = bar.add_task("embedding", total=index.store.count_chunks(), completed=kept, rate="")

        def watch(done: int, total: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f"{max(0, done - kept) / elapsed:.1f} chunks/s" if elapsed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        return embed_again(index.store, index.settings, embedder, model, watch)


def _tell(report: ReindexReport, settings: Settings, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    kept = f", {report.kept} from a run before" if report.kept else ""
    typer.echo(
        f"{report.chunks} chunks have vectors of {report.model} ({report.embedded} embedded{kept}), in {report.seconds:.1f} s. "
        f"Set YOUJU_EMBEDDING_MODEL={report.model} and restart the service: until then it refuses questions and uploads wait."
    )
    if settings.gate_file.exists():
        typer.echo("Your calibration was made with the model before: run `youju calibrate` again.")


def _tell_estimate(index: Index, embedder: Embedder, model: str, as_json: bool) -> None:
    found = estimate(index, Goal(embedder.fingerprint, model), embedder.dimension)
    if as_json:
        print_json(asdict(found))
    else:
        typer.echo(
            f"{found.waiting} of {found.chunks} chunks to embed with {model}; up to {mib(found.bytes_needed)} more on the disk "
            "meanwhile. Nothing was done (--dry-run)."
        )


def _say_nothing_to_do(store: Store, model: str, as_json: bool) -> None:
    chunks = store.count_chunks()
    if as_json:
        print_json({"model": model, "chunks": chunks, "embedded": 0})
    else:
        typer.echo(f"The {chunks} chunks have vectors of {model} already.")


def _give_up(index: Index, as_json: bool) -> None:
    with index.new_vectors.alone():
        dropped = index.new_vectors.drop()
    if as_json:
        print_json({"dropped": dropped})
    else:
        typer.echo(f"{dropped} new vectors dropped; the index goes on with the model it has.")
