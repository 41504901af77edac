"""Uploads: jobs, their worker, and deletion that is proved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2  # the client of starlette's test client
import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.pipeline import Pipeline, make_plan
from ingest.worker import work
from service.http.app import create_app
from tests.conftest import EXAMPLES, counting_rows, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.errors import UnknownDocument
from youju.index.base.packing import pack
from youju.index.base.records import Job
from youju.index.base.uploads import path_of, safe_name, safe_path
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.deletion import delete_and_prove
from youju.settings import Settings


@pytest.fixture
def client(settings: Settings, embedder: HashingEmbedder) -> Iterator[TestClient]:
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""), ThreadWorker)) as opened:
        yield opened


def finished(client: TestClient, response: httpx2.Response) -> dict[str, Any]:
    """Follow the job of an upload to its end; returns its last state."""
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/jobs/{response.json()['id']}"
    states = []
    with client.stream("GET", response.headers["location"], headers={"Accept": "text/event-stream"}) as stream:
        states = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    assert [state["progress"] for state in states] == sorted(state["progress"] for state in states)
    assert states[-1]["finished_at"]
    return dict(states[-1])


def test_uploaded_files_are_found(client: TestClient, settings: Settings) -> None:
    pdf = (EXAMPLES / "user-manual-frostline-t3.pdf").read_bytes()
    files = [
        ("files", ("manual.pdf", pdf)),
        ("files", ("假期.txt", "员工每年有十五天年假。".encode())),
        ("files", ("bad.docx", b"PK\x03\x04 not really")),
    ]
    job = finished(client, client.post("/documents", files=files, data={"collection": "hr"}))
    assert [(file["name"], file["state"]) for file in job["files"]] == [
        ("manual.pdf", "done"), ("假期.txt", "done"), ("bad.docx", "failed"),
    ]  # fmt: skip
    assert job["files"][2]["reason"]
    documents = client.get("/documents", params={"collection": "hr"}).json()["documents"]
    assert {one["id"] for one in documents} == {file["document_id"] for file in job["files"][:2]}
    found = client.post("/search", json={"query": "年假有几天", "collection": "hr"}).json()["passages"]
    assert found[0]["uri"] == "假期.txt"
    assert list(settings.spool_dir.iterdir()) == []
    assert [one["id"] for one in client.get("/jobs").json()["jobs"]] == [job["id"]]


def test_a_text_with_a_title(client: TestClient) -> None:
    job = finished(client, client.post("/documents", json={"title": "Opening hours", "text": "Open from 9 to 17 o'clock."}))
    document = client.get(f"/documents/{job['files'][0]['document_id']}").json()
    assert (document["title"], document["uri"], document["collection"]) == ("Opening hours", "Opening hours.txt", "default")


def test_the_same_name_replaces_and_the_same_content_is_spared(client: TestClient) -> None:
    first = finished(client, client.post("/documents", files={"files": ("a.txt", b"The first text.")}))
    second = finished(client, client.post("/documents", files={"files": ("a.txt", b"The second text.")}))
    assert first["files"][0]["document_id"] == second["files"][0]["document_id"]
    third = finished(client, client.post("/documents", files={"files": ("a.txt", b"The second text.")}))
    assert third["files"][0]["state"] == "done"
    copy = finished(client, client.post("/documents", files={"files": ("b.txt", b"The second text.")}))
    assert copy["files"][0]["document_id"] == second["files"][0]["document_id"]
    (document,) = client.get("/documents").json()["documents"]
    assert (document["uri"], document["also_at"]) == ("a.txt", ["b.txt"])


def shown(client: TestClient, job: dict[str, Any]) -> dict[str, str]:
    """Name -> text of the documents of a job."""
    return {file["name"]: client.get(f"/documents/{file['document_id']}/text").text for file in job["files"]}


@pytest.mark.parametrize("folders", [("", ""), ("C:\\a\\", "C:\\b\\")])
def test_two_files_of_one_name_in_one_request_are_two(client: TestClient, folders: tuple[str, str]) -> None:
    files = [
        ("files", (f"{folders[0]}README.md", b"The red lamp costs 11 euros.")),
        ("files", ("README (2).md", b"The green lamp costs 33 euros.")),
        ("files", (f"{folders[1]}README.md", b"The blue lamp costs 22 euros.")),
    ]
    job = finished(client, client.post("/documents", files=files))
    assert shown(client, job) == {
        "README.md": "The red lamp costs 11 euros.",
        "README (2).md": "The green lamp costs 33 euros.",
        "README (3).md": "The blue lamp costs 22 euros.",
    }
    again = finished(client, client.post("/documents", files=files))
    assert [file["document_id"] for file in again["files"]] == [file["document_id"] for file in job["files"]]


def test_an_upload_and_a_file_of_one_name_are_told_apart(
    client: TestClient,
    tmp_path: Path,
    settings: Settings,
    store: Store,
    embedder: HashingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("notes.md").write_text("The notes of the folder.")
    plan = make_plan([Path("notes.md")], settings, store)
    Pipeline(settings, store, lambda: embedder).run(plan)
    finished(client, client.post("/documents", files={"files": ("notes.md", b"The notes of the upload.")}))
    assert {one.uri for one in store.documents()} == {"notes.md", "upload:notes.md"}


def test_long_names_that_differ_anywhere_are_two(client: TestClient) -> None:
    long = "很" * 69
    sent = [client.post("/documents", files={"files": (f"{long}{part}.txt", part.encode())}) for part in ("一部分", "二部分")]
    (first,), (second,) = (finished(client, one)["files"] for one in sent)
    assert first["document_id"] != second["document_id"]
    assert ("一部分" in first["name"], "二部分" in second["name"]) == (True, True)
    others = [
        f"甲{long}{long}.txt",
        f"乙{long}{long}.txt",
        "x" * 300,
        "x" * 301,
        f"{'x' * 300}.{'y' * 40}",
        f"{'x' * 300}.{'y' * 41}",
    ]
    assert len({safe_name(name) for name in others}) == len(others)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="报价单.txt"'.encode(), "报价单.txt"),
        ('filename="报价单.txt"'.encode("gb18030"), "报价单.txt"),
        ('filename="刘喆.txt"'.encode("gb18030"), "刘喆.txt"),
        ('filename="維修手冊.txt"'.encode("big5"), "維修手冊.txt"),
        ('filename="Müller.txt"'.encode(), "Müller.txt"),
        ('filename="Müller.txt"'.encode("latin-1"), "Müller.txt"),
        (b'filename="%E6%8A%A5%E4%BB%B7.txt"', "报价.txt"),
        (b'filename="%B1%A8%BC%DB.txt"', "报价.txt"),
        (b'filename="Annual%20report.txt"', "Annual report.txt"),
        (b'filename="100% sure.txt"', "100% sure.txt"),
        (b'filename="50%off.txt"', "50%off.txt"),
        (b"filename*=UTF-8''%E6%8A%A5%E4%BB%B7.txt", "报价.txt"),
        (b"filename*=GBK''%B1%A8%BC%DB.txt", "报价.txt"),
        (b"filename=\"x.txt\"; filename*=utf-8''%E6%8A%A5%E4%BB%B7.txt", "报价.txt"),
        (b"filename*=utf-8''a%2Fb%22c.txt; filename=x.txt", "a/b_c.txt"),
        (b'filename="=?utf-8?B?5oql5Lu3?=.txt"', "报价.txt"),
    ],
)
def test_names_arrive_readable(client: TestClient, parameter: bytes, name: str) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="files"; ' + parameter + b"\r\n\r\nWords.\r\n--B--\r\n"
    sent = client.post("/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=B"})
    assert [file["name"] for file in finished(client, sent)["files"]] == [name]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"title": "", "text": "x"}}, 422),
        ({"json": {"title": "x"}}, 422),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ({"files": {"file": ("a.txt", b"x")}}, 422),
        ({"data": {"files": "text"}, "files": {"other": ("a.txt", b"x")}}, 422),
        ({"files": {"files": ("a.txt", b"x")}, "data": {"collection": "c" * 300}}, 422),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400),
    ],
)
def test_bad_uploads_are_problems_and_leave_nothing(
    client: TestClient, settings: Settings, request_: dict[str, Any], status: int
) -> None:
    response = client.post("/documents", **request_)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]
    assert not settings.spool_dir.exists() or list(settings.spool_dir.iterdir()) == []


def test_too_large_an_upload_is_refused(settings: Settings, embedder: HashingEmbedder) -> None:
    small = settings.model_copy(update={"max_upload_mb": 1})
    with TestClient(create_app(small, embedder, ScriptedGenerator(""), ThreadWorker)) as client:
        response = client.post("/documents", files={"files": ("a.txt", b"x" * (2 << 20))})
        assert response.status_code == 413
        assert client.get("/jobs").json()["jobs"] == []


def test_unknown_jobs_and_documents(client: TestClient) -> None:
    assert client.get("/jobs/nothing").status_code == 404
    assert client.delete("/documents/nothing").status_code == 404


def test_jobs_left_by_a_former_run_are_carried_out(settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    folder = jobs.new_folder()
    path_of(folder, 0, "left.txt").write_text("Left behind.")
    job = jobs.submit(folder, "default", ["left.txt"])
    jobs.update(job, 0, "embedding")  # the worker died here
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""), ThreadWorker)) as client:
        with client.stream("GET", f"/jobs/{job.id}", headers={"Accept": "text/event-stream"}) as stream:
            assert any('"state": "done"' in line for line in stream.iter_lines())
        assert client.get("/documents").json()["total"] == 1


def test_a_stream_of_a_job_that_cannot_be_read_on_says_so(client: TestClient, settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    folder = jobs.new_folder()
    path_of(folder, 0, "a.txt").write_text("x")
    job = jobs.submit(folder, "default", ["a.txt"])
    with client.stream("GET", f"/jobs/{job.id}", headers={"Accept": "text/event-stream"}) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: job"
        with store.database.transaction(changes_index=False) as (connection, _):
            connection.execute("DELETE FROM job_files")
            connection.execute("DELETE FROM jobs")
        told = [line for line in lines if line]
    assert told[-2] == "event: error"
    assert json.loads(told[-1][6:])["type"] == "urn:youju:problem:unknown-job"


def test_a_job_whose_bytes_are_gone_says_so(settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    folder = jobs.new_folder()
    path_of(folder, 0, "a.txt").write_text("x")
    job = jobs.submit(folder, "default", ["a.txt"])
    path_of(folder, 0, "a.txt").unlink()
    work(settings, store, HashingEmbedder, lambda: False)
    (file,) = jobs.get(job.id).files
    assert (file.state, "gone" in file.reason) == ("failed", True)


def submitted(jobs: Jobs, names: list[str], collection: str = "default") -> Job:
    """A job of small files, each unlike the others."""
    folder = jobs.new_folder()
    for ordinal, name in enumerate(names):
        path_of(folder, ordinal, name).write_text(f"The text of {name}.")
    return jobs.submit(folder, collection, names)


def test_a_finished_file_costs_the_same_in_a_large_collection(settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)

    def rows_of(files: int, known: int) -> int:
        """Rows that the worker reads for a job of new files, in a collection that holds as many documents before."""
        collection = f"{files} beside {known}"
        if known:
            submitted(jobs, [f"known{n}.txt" for n in range(known)], collection)
            work(settings, store, HashingEmbedder, lambda: False)
        submitted(jobs, [f"new{n}.txt" for n in range(files)], collection)
        with counting_rows(store) as read:
            work(settings, store, HashingEmbedder, lambda: False)
        return read.count

    per_file = [(rows_of(9, known) - rows_of(1, known)) / 8 for known in (0, 40)]
    assert per_file[1] == pytest.approx(per_file[0], abs=1)


class DeletingStore(Store):
    """Somebody deletes every document as soon as it is stored."""

    def put(self, *args: Any, **kwargs: Any) -> str:
        document_id = super().put(*args, **kwargs)
        self.delete([document_id])
        return document_id


def test_a_document_deleted_while_it_is_taken_in_does_not_stop_the_worker(settings: Settings) -> None:
    store = DeletingStore(settings.database)
    jobs = Jobs(store.database, settings.spool_dir)
    job = submitted(jobs, ["a.txt", "b.txt"])
    work(settings, store, HashingEmbedder, lambda: False)
    assert [(file.state, "deleted" in file.reason) for file in jobs.get(job.id).files] == [("failed", True)] * 2
    assert jobs.get(job.id).finished_at
    store.close()


def test_records_of_the_last_uploads_are_kept(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("youju.index.sqlite.jobs.KEPT_JOBS", 2)
    jobs, made = Jobs(store.database, settings.spool_dir), []
    for _ in range(4):
        folder = jobs.new_folder()
        path_of(folder, 0, "a.txt").write_text("x")
        made.append(jobs.submit(folder, "default", ["a.txt"]))
    for job in (made[3], made[1], made[0]):
        jobs.finish(job)
    assert [job.id for job in jobs.latest()] == [made[3].id, made[2].id, made[1].id]  # what waits is never forgotten
    assert store.database.value("SELECT count(*) FROM job_files") == 3


@given(st.text() | st.text(min_size=60))
@example("́" * 300)
def test_names_are_made_safe(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 255
    assert not set(safe) & set("/\\\0\n\r")
    assert safe not in (".", "..")
    assert Path(safe).name == safe
    assert safe_name(safe) == safe


@given(st.text())
@example("a/b/c.txt")
@example("../../../etc/passwd")
def test_folders_of_a_name_stay_and_lead_nowhere_else(name: str) -> None:
    safe = safe_path(name)
    assert len(safe.encode()) <= 600
    assert not safe.startswith("/")
    assert all(part == safe_name(part) and part not in (".", "..", "") for part in safe.split("/"))
    assert safe.split("/")[-1] == safe_name(name)
    assert safe_path(safe) == safe


def test_files_of_one_name_in_two_folders_are_two_documents(client: TestClient, store: Store) -> None:
    files = [("files", (name, text)) for name, text in (("a/notes.txt", b"The red team."), ("b/notes.txt", b"The blue team."))]
    done = finished(client, client.post("/documents", files=files))
    assert [one["name"] for one in done["files"]] == ["a/notes.txt", "b/notes.txt"]
    assert sorted(one.uri for one in store.documents()) == ["a/notes.txt", "b/notes.txt"]
    again = [("files", ("a/notes.txt", b"The green team.")), ("files", ("a/notes.txt", b"The grey team."))]
    done = finished(client, client.post("/documents", files=again))
    assert [one["name"] for one in done["files"]] == ["a/notes.txt", "a/notes (2).txt"]
    assert sorted(one.uri for one in store.documents()) == ["a/notes (2).txt", "a/notes.txt", "b/notes.txt"]
    found = client.post("/search", json={"query": "team", "filters": {"uri_prefix": "b/"}}).json()["passages"]
    assert [one["uri"] for one in found] == ["b/notes.txt"]


SECRET = "The secret passphrase of the vault is Rumpelstiltskin, as everybody in the cellar knows very well."


def test_deletion_is_proved_down_to_the_bytes(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    files = {f"{n}.txt": f"Ordinary text number {n}. " + "More words follow here. " * n for n in range(30)}
    ingest_files(files | {"secret.txt": SECRET}, tmp_path / "d", settings, store, embedder)
    index = VectorIndex(store, settings.vector_file, embedder.dimension)
    (secret,) = [one for one in store.documents() if one.uri.endswith("secret.txt")]
    proof = delete_and_prove(store, index, [secret.id])
    assert proof.clean
    assert proof.pieces_looked_for >= 1
    data = b"".join(path.read_bytes() for path in settings.data_dir.iterdir() if path.is_file())
    assert b"passphrase" not in data
    assert pack(SECRET.encode()) not in data
    assert b"rumpelstiltskin" not in data.lower()
    assert len(store.documents()) == 30
    with pytest.raises(UnknownDocument):
        delete_and_prove(store, index, [secret.id])


def test_a_mere_deletion_would_not_pass_the_proof(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """What makes the test above able to fail."""
    ingest_files({"secret.txt": SECRET, "b.txt": "Other text."}, tmp_path / "d", settings, store, embedder)
    store.delete([one.id for one in store.documents() if one.uri.endswith("secret.txt")])
    data = b"".join(path.read_bytes() for path in settings.data_dir.iterdir() if path.is_file())
    assert pack(SECRET.encode()) in data


def test_delete_over_http(client: TestClient) -> None:
    job = finished(client, client.post("/documents", files={"files": ("a.txt", SECRET.encode())}))
    document_id = job["files"][0]["document_id"]
    assert client.post("/search", json={"query": "secret passphrase"}).json()["passages"]
    body = client.delete(f"/documents/{document_id}", params={"verify": True}).json()
    assert body["deleted"] == document_id
    assert body["proof"]["clean"] is True
    assert client.get(f"/documents/{document_id}").status_code == 404
    (file,) = client.get(f"/jobs/{job['id']}").json()["files"]
    assert (file["name"], file["document_id"], file["state"]) == ("(deleted)", None, "done")
    assert client.post("/search", json={"query": "secret passphrase"}).status_code == 409  # the index is empty again
