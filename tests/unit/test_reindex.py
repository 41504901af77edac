from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from ingest.reindex import estimate, reindex
from ingest.worker import work
from service.http.app import create_app
from tests.fakes import HALF, HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.unit.test_backup import queue_upload
from tests.unit.test_store import changes_of, put
from youju.cli.reindex import make_command
from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch, IndexInUse
from youju.index.base.records import Goal, Superseded, Waiting
from youju.index.opening import index_of
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.new_vectors import FEW, NewVectors, reindex_lock
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.doctor import examine, repair
from youju.records import EVERYTHING, Scores, embedded_text
from youju.settings import Settings

TEXTS = [f"word{number} is said in this passage" for number in range(300)]


class Stop(Exception):
    """Stands for a kill between two transactions."""


class Interrupting(HashingEmbedder):
    """Does something before each batch that it embeds."""

    def __init__(self, fingerprint: str, dimension: int, before: Callable[[int], None]) -> None:
        super().__init__(fingerprint, dimension)
        self.batches = 0
        self._before = before

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self._before(self.batches)
        self.batches += 1
        return super().embed_documents(texts)


@pytest.fixture
def filled(store: Store) -> Store:
    for number in range(3):
        put(store, f"{number}.txt", TEXTS[number * 100 : number * 100 + 100])
    return store


@pytest.fixture
def other() -> HashingEmbedder:
    return HashingEmbedder("other-64", 64)


def check_all_new(store: Store, settings: Settings, other: HashingEmbedder) -> None:
    """Every chunk has the vector that the new embedder gives its text, and nothing is left over."""
    changes = changes_of(store, 0)
    passages = sorted(store.passages(dict.fromkeys(changes.added.tolist(), Scores(0, 0, 0, 0))), key=lambda one: one.key)
    texts = [embedded_text(one.document.title, one.heading, one.text) for one in passages]
    expected = HashingEmbedder(other.fingerprint, other.dimension).embed_documents(texts)
    assert np.allclose(changes.vectors, expected, atol=HALF)
    assert store.embedder() == other.fingerprint
    assert NewVectors(store).count() == 0
    assert NewVectors(store).goal() is None
    assert examine(store, settings) == []
    index = VectorIndex(store, settings.vector_file, other.dimension)
    assert np.array_equal(index.keys(), store.keys(EVERYTHING))  # as its file holds them


def test_all_vectors_are_replaced(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    before = filled.sequence()
    report = reindex(filled, settings, other, "other")
    check_all_new(filled, settings, other)
    assert filled.sequence() == before + 1
    assert (report.chunks, report.embedded, report.kept) == (300, 300, 0)


def test_the_same_content_is_embedded_once(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    put(filled, "0.txt", TEXTS[:100], collection="copy")
    report = reindex(filled, settings, other, "other")
    assert (other.embedded, report.embedded, report.same) == (300, 300, 100)
    check_all_new(filled, settings, other)


def stopped(store: Store, settings: Settings, after: int) -> None:
    def stop(batch: int) -> None:
        if batch == after:
            raise Stop

    with pytest.raises(Stop):
        reindex(store, settings, Interrupting("other-64", 64, stop), "other")


def test_what_was_stopped_goes_on(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    stopped(filled, settings, 2)
    done = NewVectors(filled).count()
    assert 0 < done < 300
    assert filled.embedder() == "hashing-256"
    assert filled.dimension() == 256
    report = reindex(filled, settings, other, "other")
    assert report.kept == done
    assert other.embedded == 300 - done
    check_all_new(filled, settings, other)


def test_another_model_begins_anew(filled: Store, settings: Settings) -> None:
    stopped(filled, settings, 2)
    third = HashingEmbedder("third-32", 32)
    assert reindex(filled, settings, third, "third").kept == 0
    check_all_new(filled, settings, third)


def test_what_happens_meanwhile_is_picked_up(filled: Store, settings: Settings) -> None:
    first = filled.documents()[0].id

    def meanwhile(batch: int) -> None:
        if batch == 1:
            filled.delete([first])
            put(filled, "1.txt", ["changed meanwhile"])
            put(filled, "new.txt", [f"new{number} meanwhile" for number in range(FEW + 50)])

    embedder = Interrupting("other-64", 64, meanwhile)
    reindex(filled, settings, embedder, "other")
    check_all_new(filled, settings, embedder)
    assert {one.uri for one in filled.documents()} == {"1.txt", "2.txt", "new.txt"}


def test_few_late_chunks_come_with_the_swap_and_many_do_not(filled: Store, other: HashingEmbedder) -> None:
    new, goal = NewVectors(filled), Goal("other-64", "other")
    new.begin(goal)
    before = filled.sequence()

    def embed(waiting: Sequence[Waiting]) -> dict[int, Vectors]:
        vectors = other.embed_documents([one.text for one in waiting])
        return {one.key: vector for one, vector in zip(waiting, vectors, strict=True)}

    assert not new.put_in_place(goal, embed)
    assert (filled.sequence(), filled.embedder(), other.embedded) == (before, "hashing-256", 0)
    new.add(goal, embed(new.waiting(0, 300 - FEW)))
    assert new.put_in_place(goal, embed)
    assert filled.embedder() == "other-64"


def test_what_is_deleted_takes_its_new_vector_with_it(filled: Store, settings: Settings) -> None:
    stopped(filled, settings, 2)
    filled.delete([one.id for one in filled.documents()])
    assert NewVectors(filled).count() == 0


def test_one_at_a_time(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    with reindex_lock(settings.data_dir), pytest.raises(IndexInUse, match="another reindex"):
        reindex(filled, settings, other, "other")


def test_one_that_was_given_up_does_not_write_any_more(filled: Store, settings: Settings) -> None:
    def give_up(batch: int) -> None:
        NewVectors(filled).drop()

    with pytest.raises(Superseded):
        reindex(filled, settings, Interrupting("other-64", 64, give_up), "other")
    assert NewVectors(filled).count() == 0


def test_doctor_finds_an_unfinished_one_and_gives_it_up(filled: Store, settings: Settings) -> None:
    stopped(filled, settings, 1)
    assert [one.check for one in examine(filled, settings)] == ["reindex"]
    with reindex_lock(settings.data_dir):
        assert examine(filled, settings) == []  # at work
    assert repair(filled, settings) == []
    assert NewVectors(filled).count() == 0
    with filled.database.transaction(changes_index=False) as (connection, _):
        connection.execute("INSERT INTO new_vectors SELECT key, vector FROM chunks LIMIT 1")
    assert [one.check for one in examine(filled, settings)] == ["reindex"]
    assert repair(filled, settings) == []


def test_a_vector_index_of_before_is_never_mixed_with_new_vectors(filled: Store, settings: Settings) -> None:
    """The dimension is the same, so that only the embedder tells."""
    other = HashingEmbedder("other-256", 256)
    old = VectorIndex(filled, settings.vector_file, 256, "hashing-256")
    old.refresh()
    old.save()
    reindex(filled, settings, other, "other")
    new_file = settings.vector_file.read_bytes()
    put(filled, "late.txt", ["late"], embedder="other-256")
    with pytest.raises(EmbedderMismatch, match="YOUJU_EMBEDDING_MODEL"):
        old.search(HashingEmbedder().embed_queries(["late"])[0], 5)
    with pytest.raises(EmbedderMismatch):
        old.save()
    assert settings.vector_file.read_bytes() == new_file
    assert VectorIndex(filled, settings.vector_file, 256, "hashing-256").sequence == 0  # the new file is not its own


def test_an_old_vector_index_saved_after_the_swap_is_not_used(filled: Store, settings: Settings) -> None:
    old = VectorIndex(filled, settings.vector_file, 256)
    old.refresh()
    reindex(filled, settings, HashingEmbedder("other-256", 256), "other")
    old.save()
    assert VectorIndex(filled, settings.vector_file, 256).sequence == 0


def test_an_old_ingest_is_refused_after_the_swap(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    reindex(filled, settings, other, "bge-small")
    with pytest.raises(EmbedderMismatch, match="YOUJU_EMBEDDING_MODEL=bge-small"):
        put(filled, "late.txt", ["late"])


def test_uploads_wait_for_a_worker_with_the_new_model(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    reindex(filled, settings, other, "other")
    job = queue_upload(filled, settings, "late.txt", b"It came late.")
    jobs = Jobs(filled.database, settings.spool_dir)
    with pytest.raises(EmbedderMismatch):
        work(settings, filled, HashingEmbedder, lambda: False)
    (file,) = jobs.get(job).files
    assert (file.state, "YOUJU_EMBEDDING_MODEL" in file.reason) == ("queued", True)
    work(settings, filled, lambda: other, lambda: False)
    assert [one.state for one in jobs.get(job).files] == ["done"]


def test_a_service_serves_until_the_swap_and_refuses_in_one_line_from_then_on(filled: Store, settings: Settings) -> None:
    generator = ScriptedGenerator("word7 is said in this passage [1].")
    with TestClient(create_app(settings, HashingEmbedder(), generator, ThreadWorker)) as client:
        codes = []

        def ask(batch: int) -> None:
            codes.append(client.post("/search", json={"query": "word7"}).status_code)

        reindex(filled, settings, Interrupting("other-64", 64, ask), "bge-small")
        assert codes
        assert set(codes) == {200}
        refused = client.post("/search", json={"query": "word7"})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:youju:problem:embedder-mismatch")
        assert "YOUJU_EMBEDDING_MODEL=bge-small" in refused.json()["advice"]
        assert client.post("/ask", json={"question": "word7?"}).status_code == 409
        ready = client.get("/readyz")
        assert (ready.status_code, "bge-small" in ready.json()["embedder"]) == (503, True)
    again = create_app(settings, HashingEmbedder("other-64", 64), generator, ThreadWorker)
    with TestClient(again) as client:
        assert client.post("/search", json={"query": "word7"}).json()["passages"][0]["text"] == TEXTS[7]


def test_queries_during_the_swap_are_answered_from_one_embedder(filled: Store, settings: Settings) -> None:
    """Eight readers search while vectors of the same length, but turned round, take the place of the old ones."""

    class Turned(HashingEmbedder):
        def _vectors(self, texts: Sequence[str], split: Callable[[str], list[str]]) -> Vectors:
            return np.ascontiguousarray(super()._vectors(texts, split)[:, ::-1])

    index = VectorIndex(filled, settings.vector_file, 256, "hashing-256")
    query = HashingEmbedder().embed_queries(["word42"])[0]
    expected = index.search(query, 5)[0]
    stop, found, refused = threading.Event(), [], []

    def search() -> None:
        while not stop.is_set():
            try:
                found.append(index.search(query, 5)[0])
            except EmbedderMismatch as error:
                refused.append(error)

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    reindex(filled, settings, Turned("turned-256", 256), "turned")
    put(filled, "late.txt", ["word42 word42"], embedder="turned-256")
    while not refused:
        stop.wait(0.001)
    stop.set()
    for thread in threads:
        thread.join()
    assert found
    assert all(one == expected for one in found)


@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "stop"]), st.integers(0, 5)), min_size=3, max_size=12))
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_meanwhile_the_end_is_whole(
    tmp_path_factory: pytest.TempPathFactory, happenings: list[tuple[str, int]]
) -> None:
    settings = Settings(data_dir=tmp_path_factory.mktemp("reindex"))
    store = Store(settings.database)
    put(store, "0.txt", TEXTS[:150])
    left = list(happenings)

    def meanwhile(_: int) -> None:
        if not left:
            return
        action, number = left.pop()
        if action == "stop":
            raise Stop
        if action == "put":
            put(store, f"{number}.txt", TEXTS[number * 40 : number * 40 + 40 + len(left)])
        else:
            store.delete([one.id for one in store.documents() if one.uri == f"{number}.txt"])

    embedder = Interrupting("other-64", 64, meanwhile)
    for _ in range(len(happenings) + 1):
        try:
            reindex(store, settings, embedder, "other")
        except Stop:
            assert store.embedder() == "hashing-256"
            continue
        break
    if store.count_chunks():
        check_all_new(store, settings, embedder)
    store.close()


# The command


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    app = Typer()

    def make(wanted: Settings, progress: object) -> HashingEmbedder:
        return HashingEmbedder(wanted.embedding_model, int(wanted.embedding_model.rpartition("-")[2]))

    app.command()(make_command(make))

    def invoke(*arguments: str) -> tuple[int, str]:
        outcome = CliRunner().invoke(app, list(arguments))
        return outcome.exit_code, outcome.output

    return invoke


def test_the_command(filled: Store, settings: Settings, run: Callable[..., tuple[int, str]]) -> None:
    code, output = run("--model", "other-64", "--dry-run", "--json")
    assert (code, json.loads(output)["waiting"]) == (0, 300)
    assert filled.embedder() == "hashing-256"
    assert NewVectors(filled).goal() is None
    settings.gate_file.write_text("{}")
    code, output = run("--model", "other-64")
    assert code == 0
    assert "YOUJU_EMBEDDING_MODEL=other-64" in output
    assert "youju calibrate" in output
    assert filled.embedder() == "other-64"
    assert run("--model", "other-64") == (0, "The 300 chunks have vectors of other-64 already.\n")


def test_the_command_gives_up(filled: Store, settings: Settings, run: Callable[..., tuple[int, str]]) -> None:
    stopped(filled, settings, 1)
    code, output = run("--give-up", "--json")
    assert code == 0
    assert 0 < json.loads(output)["dropped"] < 300
    assert NewVectors(filled).goal() is None


def test_wrong_use_of_the_command(run: Callable[..., tuple[int, str]], settings: Settings, tmp_path: Path) -> None:
    assert run()[0] == 2
    assert run("--model", "a-64", "--give-up")[0] == 2
    code, output = run("--model", "a-64")
    assert code == 1
    assert "no index" in output
    assert not settings.database.exists()


def test_the_estimate_covers_what_the_files_grow_by(filled: Store, settings: Settings, other: HashingEmbedder) -> None:
    filled.database.empty_journal()
    before = sum(path.stat().st_size for path in settings.data_dir.glob("youju.db*"))
    expected = estimate(index_of(filled, settings), Goal(other.fingerprint, "other"), other.dimension).bytes_needed
    reindex(filled, settings, other, "other")
    grown = sum(path.stat().st_size for path in settings.data_dir.glob("youju.db*")) - before
    assert 0 < grown < expected + (1 << 20)
