"""`youju calibrate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from service.reading import gate, make_reader
from service.reading.gate import AnswerabilityGate
from service.resources import make_retriever
from youju.cli.ask import TopKOption
from youju.cli.output import CollectionOption, JsonOption, errors, guarded, model_progress, print_json
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.errors import InvalidRequest
from youju.evaluation import calibration
from youju.evaluation.calibration import Fitted, OperatingPoint, Sample
from youju.evaluation.records import EvalQuestion, load_questions
from youju.index.opening import open_index
from youju.model_files.locate import Progress as ModelProgress
from youju.records import Scope
from youju.settings import Settings, load_settings

MakeEmbedder = Callable[[Settings, ModelProgress], Embedder]


def make_command(embedder: MakeEmbedder = make_embedder) -> Callable[..., None]:
    """The command, over this embedder."""

    @guarded
    def calibrate(
        file: Annotated[
            Path | None,
            typer.Argument(help="Questions about the documents in the index, as for `youju eval`.", show_default=False),
        ] = None,
        collection: CollectionOption = None,
        top_k: TopKOption = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the figures and change nothing.")] = False,
        remove: Annotated[bool, typer.Option("--remove", help="Go back to the bundled calibration.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Fit the gate to your own documents; YOUJU_STRICTNESS then chooses among the points that it prints."""
        settings = load_settings()
        if remove:
            if file or dry_run:
                raise InvalidRequest("--remove reads no questions.", "Leave FILE and --dry-run out.")
            _remove(settings.gate_file, as_json)
            return
        if file is None:
            raise InvalidRequest("There is nothing to calibrate on.", "Name a file of questions, or use --remove.")
        questions = load_questions(file)
        scope = Scope(collection or settings.collection)
        reader, about, found = _samples(questions, scope, top_k or settings.top_k, settings, embedder)
        fitted = calibration.fit(found, reader, {"questions": file.name} | about)
        if not dry_run:
            gate.save(fitted.gate, settings.gate_file)
        _tell(fitted, None if dry_run else settings.gate_file, as_json)

    return calibrate


def _remove(path: Path, as_json: bool) -> None:
    was_there = path.exists()
    path.unlink(missing_ok=True)
    if as_json:
        print_json({"removed": was_there})
    else:
        typer.echo("The bundled calibration is used again." if was_there else "There was none: the bundled one is in use.")


def _tell(fitted: Fitted, written: Path | None, as_json: bool) -> None:
    if as_json:
        points = {name: asdict(point) for name, point in fitted.points.items()}
        where = None if written is None else str(written)
        print_json({"auc": fitted.auc, "counts": fitted.counts, "points": points, "written": where})
        return
    show(fitted, Console(highlight=False))
    if written is None:
        typer.echo("Nothing was changed (--dry-run).")
    else:
        typer.echo(f"Written to {written}. Set YOUJU_STRICTNESS to one of the three; a running service takes it at its next")
        typer.echo("start. `youju calibrate --remove` goes back to the bundled calibration.")


def _samples(
    questions: list[EvalQuestion], scope: Scope, top_k: int, settings: Settings, make: MakeEmbedder
) -> tuple[str, dict[str, object], list[Sample]]:
    """The reader's name, what else the samples depend on, and the samples."""
    store = open_index(settings).store  # before the models: what is wrong with the index is said at once
    try:
        with model_progress() as progress:
            embedder = make(settings, progress)
            reader = make_reader(settings, embedder, progress)
        gatekeeper = AnswerabilityGate(reader, gate.load(gate.bundled(reader.name), reader.name), "off")
        retriever = make_retriever(settings, store, embedder)
        with Progress(
            TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=errors, disable=not errors.is_terminal,
        ) as bar:  # fmt: skip
            task = bar.add_task("reading", total=len(questions))
            found = calibration.samples(
                questions, retriever, gatekeeper, top_k, scope, lambda done: bar.update(task, completed=done)
            )
            about: dict[str, object] = {"embedder": embedder.fingerprint, "candidates": gatekeeper.candidates(0)}
            return reader.name, about, found
    finally:
        store.close()


def show(fitted: Fitted, console: Console) -> None:
    """False answers against false refusals, the three choices first."""
    kinds = sorted(set(fitted.counts) - {"answerable"})
    title = "Cross-validated: " + ", ".join(f"{count} {kind}" for kind, count in fitted.counts.items())
    table = Table("strictness", "threshold", "refused wrongly", *(f"let through: {kind}" for kind in kinds), title=title)

    def add(name: str, point: OperatingPoint) -> None:
        shares = (f"{point.false_answers[kind]:.1%}" for kind in kinds)
        table.add_row(name, f"{point.threshold:.3f}", f"{point.false_refusals:.1%}", *shares)

    for name, point in fitted.points.items():
        add(name, point)
    table.add_section()
    for point in fitted.curve:
        add("", point)
    console.print(table)
    console.print("ROC AUC: " + ", ".join(f"{kind} {value:.3f}" for kind, value in fitted.auc.items()))
