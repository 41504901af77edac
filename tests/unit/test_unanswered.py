from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youju.database import SCHEMA_VERSION
from youju.store import Store
from youju.unanswered import UnansweredQuestions, folded


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


def test_a_file_of_the_version_before_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    old = Store(path)
    with old.database.transaction() as (connection, _):
        connection.execute("DROP TABLE unanswered")
        connection.execute("PRAGMA user_version = 2")
    old.close()
    new = Store(path)
    assert new.database.value("PRAGMA user_version") == SCHEMA_VERSION
    assert new.sequence() == 1
    questions = UnansweredQuestions(new.database)
    add(questions, "How long?")
    assert questions.count() == 1
    new.close()


@given(st.text(max_size=40))
def test_white_space_and_end_marks_make_no_difference(question: str) -> None:
    assert folded(f" {question} ？") == folded(question)
