"""What an index keeps beside the documents: uploads, keys, questions without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.worker import work
from tests.contract.building import EMBEDDER
from youju.errors import InvalidRequest, UnknownJob, UnknownKey
from youju.index.base.records import Job, Judgement
from youju.index.base.uploads import path_of
from youju.index.opening import Index, open_index
from youju.settings import Settings


def upload(index: Index, files: dict[str, bytes], collection: str = "default") -> Job:
    with index.jobs.receiving():
        folder = index.jobs.new_folder()
        for ordinal, (name, data) in enumerate(files.items()):
            path_of(folder, ordinal, name).write_bytes(data)
        return index.jobs.submit(folder, collection, list(files))


def test_an_upload_is_carried_out_by_whoever_comes(index: Index, settings: Settings) -> None:
    job = upload(index, {"a.txt": b"The lid is green.", "b.bin": b"\x00\x01"}, "mine")
    assert [(file.name, file.size, file.state) for file in job.files] == [("a.txt", 17, "queued"), ("b.bin", 2, "queued")]
    assert index.jobs.counts() == {"queued": 1, "running": 0, "failed": 0}
    other = open_index(settings)  # as a worker on another machine would
    work(settings, other.store, lambda: EMBEDDER, lambda: False)
    other.close()
    done = index.jobs.get(job.id)
    assert done.finished_at is not None
    assert [file.state for file in done.files] == ["done", "failed"]
    assert index.store.text(str(done.files[0].document_id)) == "The lid is green."
    assert index.jobs.next() is None
    assert index.jobs.counts() == {"queued": 0, "running": 0, "failed": 1}
    index.store.delete([str(done.files[0].document_id)])
    assert index.jobs.get(job.id).files[0].name == "(deleted)"  # no record tells of what was deleted


def test_jobs_are_carried_out_in_the_order_in_which_they_came(index: Index) -> None:
    first, second = upload(index, {"a.txt": b"one"}), upload(index, {"b.txt": b"two"}, "other")
    assert [job.id for job in index.jobs.latest()] == [second.id, first.id]
    assert [job.id for job in index.jobs.limited_to(("other",)).latest()] == [second.id]
    with pytest.raises(UnknownJob):
        index.jobs.limited_to(("other",)).get(first.id)
    taken = index.jobs.next()
    assert taken is not None
    assert taken.id == first.id
    assert path_of(index.jobs.folder(taken), 0, "a.txt").read_bytes() == b"one"
    index.jobs.update(taken, 0, "embedding", chunks=3)
    assert index.jobs.counts()["running"] == 1
    assert index.jobs.has_work()
    index.jobs.update(taken, 0, "failed", "it is broken")
    index.jobs.finish(taken)
    assert index.jobs.get(first.id).files[0].reason == "it is broken"
    following = index.jobs.next()
    assert following is not None
    assert following.id == second.id
    index.jobs.update(following, 0, "failed", "it is broken too")
    index.jobs.finish(following)
    assert not index.jobs.has_work()
    index.jobs.remove_leftovers()
    assert index.jobs.leftovers() == []


def test_keys_open_until_they_end(index: Index) -> None:
    text, key = index.keys.create("a program", ("ask", "ingest"), ("b", "a"), expires_days=2)
    assert (key.scopes, key.collections) == (("ask", "ingest"), ("a", "b"))
    assert index.keys.verify(text) == key
    assert index.keys.verify(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert index.keys.verify("no key") is None
    began = index.keys.now()
    index.keys.now = lambda: began + timedelta(seconds=1)  # the clock may stand still between both
    other, _ = index.keys.create("another")
    assert [one.name for one in index.keys.all()] == ["a program", "another"]
    index.keys.note_use(key.id)
    used = index.keys.verify(text)
    assert used is not None
    assert used.last_used is not None
    index.keys.note_use(key.id)
    assert index.keys.all()[0].last_used == used.last_used  # once a minute
    now = datetime.now(UTC)
    index.keys.now = lambda: now + timedelta(days=3)
    assert index.keys.verify(text) is None
    assert index.keys.verify(other) is not None
    revoked = index.keys.revoke(key.id)
    assert revoked.state(now) == "revoked"
    assert index.keys.revoke(key.id) == revoked
    with pytest.raises(UnknownKey):
        index.keys.revoke("no such")
    with pytest.raises(InvalidRequest):
        index.keys.create("")


def test_questions_without_an_answer_are_counted(index: Index) -> None:
    questions, sequence = index.unanswered, index.store.sequence()
    questions.add("How long is it?", "en", None, "nothing", None)
    questions.add("how long is  it", "en", None, "less", "a.txt")
    questions.add("多长？", "zh", "mine", "none", None)
    first, second = questions.most_asked()
    assert (first.question, first.times, first.missing, first.nearest) == ("how long is  it", 2, "less", "a.txt")
    assert (second.collection, second.times, second.nearest) == ("mine", 1, None)
    assert first.first_asked <= first.last_asked
    assert [one.question for one in questions.most_asked(offset=1, limit=5)] == ["多长？"]
    limited = questions.limited_to(("mine",))
    assert (limited.count(), limited.count("mine"), questions.count("mine"), questions.count()) == (1, 1, 1, 2)
    assert limited.clear() == 1
    assert questions.clear() == 1
    assert questions.most_asked() == []
    assert index.store.sequence() == sequence  # it is no change of the index


def test_of_each_question_the_last_judgement_is_kept(index: Index) -> None:
    feedback, sequence = index.feedback, index.store.sequence()
    first = Judgement("How long?", "en", None, True, "24 months.", ("24 months.",), ("a.txt",), True, "2026-01-01")
    feedback.add(first)
    assert feedback.latest() == [first]
    second = replace(
        first, question="how  LONG", is_right=False, answers=(), documents=(), answerable=None, judged_at="2026-01-02"
    )
    other = replace(first, collection="mine", answerable=False, judged_at="2026-01-03")
    feedback.add(second)
    feedback.add(other)
    assert feedback.latest() == [other, second]
    assert feedback.latest(offset=1, limit=1) == [second]
    limited = feedback.limited_to(("mine",))
    assert (limited.count(), feedback.count("mine"), feedback.count()) == (1, 1, 2)
    assert limited.clear() == 1
    assert (feedback.clear(), feedback.latest()) == (1, [])
    assert index.store.sequence() == sequence  # it is no change of the index
