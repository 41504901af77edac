from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from service.background.unanswered import MOST_WAITING, UnansweredNotes
from service.events import Ask
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.earlier import write_earlier
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.cli.main import app
from youju.errors import StoreUnusable
from youju.index.base.questions import folded
from youju.index.sqlite.database import Database
from youju.index.sqlite.schema import SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.index.sqlite.unanswered import UnansweredQuestions
from youju.records import Answer, Form, ModelNames, Scope, Timings, Usage
from youju.settings import Settings


@pytest.fixture
def questions(store: Store) -> UnansweredQuestions:
    return UnansweredQuestions(store.database)


def add(questions: UnansweredQuestions, question: str, collection: str | None = None, missing: str = "x") -> None:
    questions.add(question, "en", collection, missing, "a.txt")


def test_equal_questions_count_up_and_the_most_asked_comes_first(questions: UnansweredQuestions) -> None:
    add(questions, "Is there a pool?", missing="pool")
    for question in ("How long?", "how  long", "ＨＯＷ long？！"):
        add(questions, question, missing=question)
    first, second = questions.most_asked()
    assert (first.question, first.times, first.missing) == ("ＨＯＷ long？！", 3, "ＨＯＷ long？！")
    assert (second.question, second.times, second.language, second.collection) == ("Is there a pool?", 1, "en", None)
    assert (second.missing, second.nearest) == ("pool", "a.txt")
    assert first.first_asked <= first.last_asked


@pytest.mark.parametrize(("form", "count"), [("social", 0), ("instruction", 0), ("about", 0), ("fact", 1), ("list", 1)])
def test_what_asks_for_nothing_in_documents_is_not_kept(questions: UnansweredQuestions, form: Form, count: int) -> None:
    answer = Answer(
        answer="", verdict="abstained", form=form, confidence=0, language="en", citations=[], sentences=[], passages=[],
        model=ModelNames(generator="", embedder=""), usage=Usage(), timings_ms=Timings(), request_id="",
    )  # fmt: skip
    notes = UnansweredNotes(questions, kept=True)
    notes.note(Ask("Write a title for this chat"), answer)
    asyncio.run(notes.close())
    assert questions.count() == count


def test_collections_are_apart(questions: UnansweredQuestions) -> None:
    add(questions, "How long?", "hr")
    add(questions, "How long?", "it")
    add(questions, "How long?")
    assert [one.collection for one in questions.most_asked("hr")] == ["hr"]
    assert (questions.count("hr"), questions.count()) == (1, 3)
    assert questions.clear("hr") == 1
    assert {one.collection for one in questions.most_asked()} == {"it", None}


def test_the_oldest_go_first(store: Store) -> None:
    questions = UnansweredQuestions(store.database, most=3)
    for number in range(3):
        add(questions, f"Question {number}?")
    with store.database.transaction(changes_index=False) as (connection, _):
        for number in range(3):
            connection.execute(
                "UPDATE unanswered SET first_asked = ?1, last_asked = ?1 WHERE question = ?2",
                (f"2020-01-0{number + 1}", f"Question {number}?"),
            )
    add(questions, "Question 0?")  # asked again, so no longer the oldest
    add(questions, "Question 3?")
    assert {one.question for one in questions.most_asked()} == {"Question 0?", "Question 2?", "Question 3?"}


def test_it_is_no_change_of_the_index(store: Store, questions: UnansweredQuestions) -> None:
    before = store.sequence()
    add(questions, "How long?")
    questions.clear()
    assert store.sequence() == before


def test_clearing_leaves_no_byte_of_a_question(store: Store, questions: UnansweredQuestions) -> None:
    secrets = [f"Is number {number} of the secret kind mentioned anywhere?" for number in range(400)]
    for secret in secrets:
        questions.add(secret, "en", "hr", f"missing of {secret}", f"/folder/{secret}")
    assert b"secret kind" in contents(store.path)
    assert questions.clear() == len(secrets)
    assert questions.most_asked() == []
    left = contents(store.path)
    assert b"secret kind" not in left
    assert b"secretkind" not in left


def contents(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")) if not file.name.endswith("-shm"))


def test_what_is_replaced_or_too_old_is_gone_too(store: Store) -> None:
    questions = UnansweredQuestions(store.database, most=5)
    for number in range(50):
        questions.add(f"What of secret {number}?", "en", None, "hidden words " * number, None)
    questions.add("What of secret 49?", "en", None, "", None)
    questions.clear()
    left = contents(store.path)
    assert b"What of secret" not in left
    assert b"hidden words" not in left


def test_a_file_of_an_earlier_version_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    write_earlier(2, path)
    new = Store(path)
    assert new.database.value("PRAGMA user_version") == SCHEMA_VERSION
    questions = UnansweredQuestions(new.database)
    add(questions, "How long?")
    assert questions.count() == 1
    new.close()


@given(st.text(max_size=40))
def test_white_space_and_end_marks_make_no_difference(question: str) -> None:
    assert folded(f" {question} ？") == folded(question)


# What the service keeps


@pytest.fixture
def keeping(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files({"manual.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "documents", settings, store, embedder)
    kept = settings.model_copy(update={"keep_unanswered": True})
    script = "The battery of the T3 lasts 24 months [1]. Cheese is blue [1]."
    generator = ScriptedGenerator(lambda messages: script if "half" in messages[-1].content else "NOT FOUND")
    with TestClient(create_app(kept, embedder, generator)) as opened:
        yield opened


def wait_for(client: TestClient, count: int) -> dict[str, Any]:
    """Notes are written behind the answer."""
    for _ in range(200):
        body: dict[str, Any] = client.get("/unanswered").json()
        if sum(one["times"] for one in body["questions"]) >= count:
            return body
        time.sleep(0.02)
    raise AssertionError("the questions were not kept")


def test_the_service_keeps_what_it_could_not_answer(keeping: TestClient, store: Store) -> None:
    for question in ("What is the price?", "what is the price", "Is half of it in the T3 battery?"):
        keeping.post("/ask", json={"question": question})
    keeping.post("/ask", json={"question": "what is the price"})  # given again, and asked again
    body = wait_for(keeping, 4)
    assert (body["kept"], body["total"]) == (True, 2)
    first, second = body["questions"]
    assert (first["question"], first["times"], first["language"], first["collection"]) == ("what is the price", 3, "en", None)
    assert first["missing"] == "The passages do not mention: price."
    assert first["nearest"].endswith("manual.txt")
    assert second["times"] == 1
    assert keeping.get("/unanswered", params={"limit": 1, "offset": 1}).json()["questions"] == [second]
    assert keeping.get("/unanswered", params={"collection": "hr"}).json() == {"kept": True, "questions": [], "total": 0}
    assert keeping.get("/unanswered", params={"limit": 0}).status_code == 422
    assert keeping.delete("/unanswered", params={"collection": "hr"}).json() == {"deleted": 0}
    assert keeping.delete("/unanswered").json() == {"deleted": 2}
    assert keeping.get("/unanswered").json()["questions"] == []
    assert b"the price" not in contents(store.path)


def test_it_keeps_nothing_unless_told_to(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files({"manual.txt": "The battery lasts."}, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, ScriptedGenerator("NOT FOUND"))) as client:
        assert client.post("/ask", json={"question": "What is the price?"}).json()["verdict"] == "abstained"
    assert UnansweredQuestions(store.database).count() == 0


class BrokenQuestions(UnansweredQuestions):
    """Waits until it is let go, and then cannot write."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.go_on = threading.Event()

    def add(self, question: str, *rest: Any) -> None:
        assert self.go_on.wait(30)
        raise StoreUnusable("the disk is full.")


def abstention() -> Answer:
    return Answer(
        answer="No.", verdict="abstained", confidence=0.1, language="en", citations=[], sentences=[], passages=[],
        model=ModelNames(generator="g", embedder="e"), usage=Usage(), timings_ms=Timings(), request_id="",
    )  # fmt: skip


def test_a_failed_write_is_logged_and_nobody_waits_for_it(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    questions = BrokenQuestions(store.database)
    notes = UnansweredNotes(questions, kept=True)
    for _ in range(MOST_WAITING + 10):  # more than it takes; none of these calls waits
        notes.note(Ask("How long?"), abstention())
    questions.go_on.set()
    asyncio.run(notes.close())
    notes.note(Ask("How long?"), abstention())
    said = [record.getMessage() for record in caplog.records]
    assert said.count("an unanswered question was not noted: the disk is full.") == MOST_WAITING
    assert "stopping" in said[-1]


def test_closing_writes_what_waits(store: Store, questions: UnansweredQuestions) -> None:
    notes = UnansweredNotes(questions, kept=True)
    for number in range(5):
        notes.note(Ask(f"Question {number}?", Scope("hr")), abstention())
    asyncio.run(notes.close())
    assert questions.count("hr") == 5
    assert questions.most_asked()[0].nearest is None


# The command


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["unanswered", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_command(questions: UnansweredQuestions, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    assert "YOUJU_KEEP_UNANSWERED=true" in run()
    assert json.loads(run("--json")) == {"kept": False, "questions": [], "total": 0}
    monkeypatch.setenv("YOUJU_KEEP_UNANSWERED", "true")
    assert run() == "0 questions without a full answer.\n"
    add(questions, "Is there\na pool?", "hr", "The passages do not mention: pool.")
    add(questions, "How long?")
    add(questions, "How long?")
    lines = run().splitlines()
    assert lines[0] == "   2  How long?"
    assert lines[3] == "   1  Is there a pool?"
    assert lines[4].endswith("  hr  nearest: a.txt")
    assert lines[5] == "      The passages do not mention: pool."
    assert [one["times"] for one in json.loads(run("--json"))["questions"]] == [2, 1]
    assert "How long" not in run("--collection", "hr")
    assert run("--clear", "--collection", "hr") == "1 questions deleted.\n"
    assert json.loads(run("--clear", "--json")) == {"deleted": 1}
    assert questions.count() == 0
