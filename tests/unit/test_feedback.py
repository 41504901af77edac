"""What people say of answers: over HTTP, and as questions for `youju eval`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from tests.unit.test_unanswered import contents
from youju.cli.main import app
from youju.evaluation.records import EvalQuestion, load_questions
from youju.index.sqlite.feedback import Feedback
from youju.index.sqlite.store import Store
from youju.settings import Settings

ASKED = {"question": "How long does it last?", "answer": "It lasts 24 months.", "documents": ["manual.txt"]}


@pytest.fixture
def keeping(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files({"manual.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "documents", settings, store, embedder)
    kept = settings.model_copy(update={"keep_feedback": True})
    with TestClient(create_app(kept, embedder, ScriptedGenerator(""))) as opened:
        yield opened


def test_what_is_said_is_kept_listed_and_deleted_without_a_trace(keeping: TestClient, store: Store) -> None:
    assert keeping.get("/overview").json()["takes_feedback"] is True
    assert keeping.post("/feedback", json=ASKED | {"right": True}).json() == {"kept": True}
    (one,) = keeping.get("/feedback").json()["judgements"]
    assert (one["is_right"], one["answerable"], one["answers"]) == (True, True, ["It lasts 24 months."])
    wrong = {"question": "how long does it last", "right": False, "correct": "36 months"}
    keeping.post("/feedback", json=ASKED | wrong)
    body = keeping.get("/feedback").json()
    assert (body["kept"], body["total"]) == (True, 1)
    assert body["judgements"][0]["answers"] == ["36 months"]
    assert body["judgements"][0]["documents"] == []  # those that a wrong answer cites hold no answer
    assert keeping.delete("/feedback").json() == {"deleted": 1}
    assert b"36 months" not in contents(store.path)


@pytest.mark.parametrize(
    "body",
    [{"question": " ", "right": True}, {"question": "x" * 10_001, "right": True}, ASKED, ASKED | {"right": True, "more": 1}],
)
def test_what_is_no_judgement_is_refused(keeping: TestClient, body: dict[str, object]) -> None:
    assert keeping.post("/feedback", json=body).status_code == 422


def test_nothing_is_kept_unless_the_operator_wants_it(settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""))) as client:
        assert client.get("/overview").json()["takes_feedback"] is False
        assert client.post("/feedback", json=ASKED | {"right": True}).json() == {"kept": False}
        assert client.get("/feedback").json() == {"kept": False, "judgements": [], "total": 0}
    assert Feedback(store.database).count() == 0


def test_it_is_written_as_questions_for_an_evaluation(
    keeping: TestClient, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in (
        ASKED | {"right": True},
        {"question": "Who made it?", "answer": "Nobody.", "right": False},
        {"question": "What does it cost?", "answer": "5 euros.", "right": False, "answerable": False},
        {"question": "它有多重？", "verdict": "abstained", "right": False, "correct": "3 公斤"},
        {"question": "What colour is it?", "verdict": "abstained", "right": True},
    ):
        assert keeping.post("/feedback", json=body).status_code == 200
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    path = tmp_path / "questions.jsonl"
    result = CliRunner().invoke(app, ["feedback", "--out", str(path)], catch_exceptions=False)
    assert "4 questions written" in result.output
    assert "1 left out" in result.output
    found = {one.question: one for one in load_questions(path)}
    assert found["How long does it last?"] == EvalQuestion(
        question="How long does it last?", answers=["It lasts 24 months."], documents=["manual.txt"], answerable=True,
        language="en", kind="right",
    )  # fmt: skip
    assert [found[one].answerable for one in ("What does it cost?", "它有多重？", "What colour is it?")] == [False, True, False]
    assert (found["它有多重？"].answers, found["它有多重？"].language) == (["3 公斤"], "zh")
    listed = CliRunner().invoke(app, ["feedback"], catch_exceptions=False).output
    assert "5 answers judged, 2 right." in listed
    assert "YOUJU_KEEP_FEEDBACK" in listed  # it is off for this command
    assert "5 judgements deleted." in CliRunner().invoke(app, ["feedback", "--clear"], catch_exceptions=False).output
