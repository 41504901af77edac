"""`youju calibrate`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from service.generation import Generator, make_generator
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
from youju.evaluation.made_questions import made_questions
from youju.evaluation.records import EvalQuestion, load_questions
from youju.index.opening import open_index
from youju.index.protocols import Store
from youju.model_files.locate import Progress as ModelProgress
from youju.records import Scope
from youju.settings import Settings, load_settings

SEED = 20261126
MakeGenerator = Callable[[Settings], Generator]
MakeEmbedder = Callable[[Settings, ModelProgress], Embedder]


def make_command(embedder: MakeEmbedder = make_embedder, generator: MakeGenerator = make_generator) -> Callable[..., None]:
    """The command, over this embedder and generator."""

    @guarded
    def calibrate(
        file: Annotated[
            Path | None,
            typer.Argument(help="Questions about the documents in the index, as for `youju eval`.", show_default=False),
        ] = None,
        collection: CollectionOption = None,
        top_k: TopKOption = None,
        auto: Annotated[
            int,
            typer.Option("--auto", min=0, metavar="N", help="Make N questions from the documents instead.", show_default=False),
        ] = 0,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the figures and change nothing.")] = False,
        remove: Annotated[bool, typer.Option("--remove", help="Go back to the bundled calibration.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Fit the gate to your own documents; YOUJU_STRICTNESS then chooses among the points that it prints."""
        settings = load_settings()
        if remove:
            if file or dry_run or auto:
                raise InvalidRequest("--remove reads no questions.", "Leave FILE and --dry-run out.")
            _remove(settings.gate_file, as_json)
            return
        if (file is None) is not bool(auto):
            raise InvalidRequest("There is nothing to calibrate on, or two things.", "Name FILE, or use --auto N.")
        questions = load_questions(file) if file else []
        scope = Scope(collection or settings.collection)
        with _opened(settings, embedder) as tools:
            if auto:
                questions = asyncio.run(_made(tools, generator(settings), auto, scope))
            found = _samples(tools, questions, scope, top_k or settings.top_k)
        about = {"questions": file.name if file else f"{len(questions)} made"} | tools.about
        fitted = calibration.fit(found, tools.keeper.reader.name, about)
        if not dry_run:
            if settings.gate_file.exists():
                shutil.copyfile(settings.gate_file, _before(settings.gate_file))
            gate.save(fitted.gate, settings.gate_file)
        _tell(fitted, None if dry_run else settings.gate_file, as_json)

    return calibrate


def _before(path: Path) -> Path:
    """Where the calibration lies that was in use before."""
    return path.with_suffix(".before.json")


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
        if _before(written).exists():
            typer.echo(f"The one before is kept as {_before(written).name}.")


@dataclass(frozen=True)
class Tools:
    """What is needed to see what the gate sees. `about`: what else the samples depend on."""

    settings: Settings
    store: Store
    embedder: Embedder
    keeper: AnswerabilityGate

    @property
    def about(self) -> dict[str, object]:
        return {"embedder": self.embedder.fingerprint, "candidates": self.keeper.candidates(0)}


@contextmanager
def _opened(settings: Settings, make: MakeEmbedder) -> Iterator[Tools]:
    store = open_index(settings).store  # before the models: what is wrong with the index is said at once
    try:
        with model_progress() as progress:
            embedder = make(settings, progress)
            reader = make_reader(settings, embedder, progress)
        keeper = AnswerabilityGate(reader, gate.load(gate.bundled(reader.name), reader.name), "off")
        yield Tools(settings, store, embedder, keeper)
    finally:
        store.close()


async def _made(tools: Tools, generator: Generator, count: int, scope: Scope) -> list[EvalQuestion]:
    """Questions about what the index holds."""
    found: list[EvalQuestion] = []
    try:
        with _bar("asking", count) as done:
            async for question in made_questions(tools.store, tools.keeper.reader, generator, count, SEED, scope):
                found.append(question)
                done(len(found))
    finally:
        await generator.close()
    return found


def _samples(tools: Tools, questions: Sequence[EvalQuestion], scope: Scope, top_k: int) -> list[Sample]:
    retriever = make_retriever(tools.settings, tools.store, tools.embedder)
    with _bar("reading", len(questions)) as done:
        return calibration.samples(questions, retriever, tools.keeper, top_k, scope, done)


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bar:
        task = bar.add_task(name, total=total)
        yield lambda done: bar.update(task, completed=done)


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
