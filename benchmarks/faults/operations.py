"""What is disturbed: operations on a small index, each in a child process, and what has to hold afterwards.

An operation says `put NAME` or `deleted NAME` once that is acknowledged. To add one (a reindex, a backup): a function over a
`Bench`, and its row in `OPERATIONS`.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from ingest.pipeline import IngestProgress, Pipeline, make_plan
from service.retrieval.retriever import Retriever
from tests.fakes import HashingEmbedder
from youju.cli.output import guarded
from youju.index.base.uploads import path_of
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.doctor import examine
from youju.settings import Settings

KNOWN = 8  # documents in the index before
TRACEBACK = 70  # exit code of a child that ended with one
ORDINARY = {"youju.db", "youju.db-wal", "youju.db-shm", "vectors.index", ".vectors.index.lock", ".youju.db.lock"}
UPLOADS = {"uploads", "uploads.lock"}


@dataclass(frozen=True)
class Bench:
    """An index and the documents that go into it. `say` tells what is acknowledged."""

    data_dir: Path
    documents: Path
    store: Store
    settings: Settings
    say: Callable[[str], None] = print


@dataclass(frozen=True)
class Operation:
    """`after` holds the documents and their versions once it is complete."""

    run: Callable[[Bench], None]
    before: dict[str, int]
    after: dict[str, int]


def mark(name: str, version: int) -> str:
    """A word that only this version of this document holds."""
    return f"mark{name}v{version}"


def write_documents(folder: Path, versions: dict[str, int]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, version in versions.items():
        paragraphs = [f"Paragraph {i} of {mark(name, version)}. " + f"word{name}{i} " * 40 for i in range(4)]
        (folder / f"{name}.txt").write_text("\n\n".join(paragraphs))


def ingest(bench: Bench) -> None:
    def watch(progress: IngestProgress) -> None:
        if progress.state == "done":
            bench.say(f"put {progress.item.path.stem}")

    plan = make_plan([bench.documents], bench.settings, bench.store)
    Pipeline(bench.settings, bench.store, HashingEmbedder, watch).run(plan)


def delete(bench: Bench) -> None:
    for one in bench.store.documents():
        name = Path(one.uri).stem
        if name in ("a0", "a1", "a2"):
            bench.store.delete([one.id])
            bench.say(f"deleted {name}")
    VectorIndex(bench.store, bench.settings.vector_file, HashingEmbedder.dimension).save()


def upload(bench: Bench) -> None:
    """Take in an upload, as the service does; whatever was queued before is not queued again."""
    jobs = Jobs(bench.store.database, bench.settings.spool_dir)
    if jobs.next() is None:
        with jobs.receiving():
            folder = jobs.new_folder()
            try:
                with path_of(folder, 0, "n.txt").open("wb") as file:
                    file.write(b"An uploaded text. " * 1000)
                job = jobs.submit(folder, "default", ["n.txt"])
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    else:
        job = jobs.next()  # type: ignore[assignment]
    assert path_of(jobs.folder(job), 0, "n.txt").stat().st_size == job.files[0].size


BEFORE = {f"a{number}": 1 for number in range(KNOWN)}
OPERATIONS = {
    "first": Operation(ingest, {}, BEFORE),
    "ingest": Operation(ingest, BEFORE, BEFORE | {"a0": 2, "a1": 2, "n0": 1, "n1": 1, "n2": 1}),
    "delete": Operation(delete, BEFORE, {name: 1 for name in BEFORE if name not in ("a0", "a1", "a2")}),
    "upload": Operation(upload, BEFORE, BEFORE),
}


def prepare(name: str, folder: Path) -> None:
    """The state before an operation: `folder/before` (the index) and `folder/documents`."""
    operation = OPERATIONS[name]
    write_documents(folder / "documents", operation.before)
    if operation.before:
        assert child(lambda: perform(ingest, folder / "before", folder / "documents"), folder / "prepared") == 0
        # An index that was saved and closed, as it usually is.
    else:
        (folder / "before").mkdir()
    if operation.run is ingest:
        write_documents(folder / "documents", operation.after)


def child(work: Callable[[], None], output: Path) -> int:
    """Do it in a child process; what it prints goes to `output`. Returns its exit code, or minus the signal that ended it."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        code = TRACEBACK
        try:
            work()
            code = 0
        except typer.Exit as error:
            code = error.exit_code
        except BaseException:  # noqa: BLE001 - the end of a process: the parent reads what it was
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def perform(
    operation: Callable[[Bench], None], data_dir: Path, documents: Path, opened: Callable[[], None] = lambda: None
) -> None:
    """Carry an operation out as the command line does: what a user can mend is one line and an exit code."""

    @guarded
    def command() -> None:
        opened()
        settings = Settings(data_dir=data_dir)
        store = Store(settings.database)
        operation(Bench(data_dir, documents, store, settings, lambda said: print(said, flush=True)))
        store.close()

    command()


def retriever(data_dir: Path) -> Retriever:
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    return Retriever(store, VectorIndex(store, settings.vector_file, HashingEmbedder.dimension), HashingEmbedder())


def answers(searching: Retriever, name: str, version: int) -> bool:
    """Whether a search for this version of a document finds it. (Ten passages: words may share a place in the vector.)"""
    found = searching.retrieve(mark(name, version), 10)
    return any(Path(one.document.uri).stem == name and mark(name, version) in one.text for one in found)


def check(data_dir: Path, certain: dict[str, int], gone: set[str], exactly: bool) -> None:
    """What is certain answers, what is gone does not; `exactly`: there is nothing else. The index is whole."""
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    findings = [one for one in examine(store, settings) if one.check != "uploads"]
    assert not findings, findings
    live = {Path(one.uri).stem for one in store.documents()}
    assert not live & gone, f"deleted and still there: {live & gone}"
    assert not exactly or live == set(certain), f"{live} in place of {set(certain)}"
    if certain:
        searching = retriever(data_dir)
        lost = [name for name, version in certain.items() if not answers(searching, name, version)]
        assert not lost, f"lost: {lost}"
        searching.store.close()
    store.close()
    strange = {path.name for path in data_dir.iterdir()} - ORDINARY - UPLOADS
    assert not exactly or not strange, f"left over: {strange}"


def acknowledged(output: str, operation: Operation) -> tuple[dict[str, int], set[str]]:
    """What is certain after a disturbed run, and what must be gone: the untouched documents, and what it said."""
    whole = output.split("\n")[:-1]  # a kill may cut the last line
    said = [line.split() for line in whole if line.startswith(("put ", "deleted "))]
    put = {name: operation.after[name] for word, name in said if word == "put"}
    untouched = {name: version for name, version in operation.before.items() if operation.after.get(name) == version}
    return untouched | put, {name for word, name in said if word == "deleted"}


def rerun_and_check(operation: Operation, data_dir: Path, documents: Path, output: Path) -> str:
    """Run it undisturbed; returns what is wrong then, or nothing."""
    if child(lambda: perform(operation.run, data_dir, documents), output):
        return f"the rerun failed: {output.read_text()}"
    gone = set(operation.before) - set(operation.after)
    if child(lambda: check(data_dir, operation.after, gone, exactly=True), output):
        return f"after the rerun: {output.read_text()}"
    return ""


def fresh(base: Path, target: Path) -> Path:
    """A copy of the index before."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(base / "before", target)
    return target


Result = dict[str, Any]
