"""What a newcomer does, through the real command line and real HTTP with the real models."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.conftest import EXAMPLES, ROOT

pytestmark = pytest.mark.models

YOUJU = Path(sys.executable).with_name("youju")
Run = Callable[..., subprocess.CompletedProcess[str]]
PEAK_MEMORY = 3.5e9  # bytes, of the service


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, default_gguf: Path, e5_folder: Path, cache_dir: Path
) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    data = tmp_path_factory.mktemp("data")
    return kept | {
        "YOUJU_DATA_DIR": str(data),
        "YOUJU_CACHE_DIR": str(cache_dir),
        "PYTHONWARNINGS": "default",
        "COLUMNS": "200",
    }


@pytest.fixture(scope="module")
def youju(environment: dict[str, str]) -> Run:
    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        # From the root, so that uris are as in the questions; youju.toml there is outvoted by the variables.
        return subprocess.run(
            [str(YOUJU), *arguments], cwd=ROOT, env=environment | changes, capture_output=True, text=True, timeout=300
        )

    return run


@pytest.fixture(scope="module")
def ingested(youju: Run) -> subprocess.CompletedProcess[str]:
    return youju("ingest", "examples/documents")


@pytest.fixture(scope="module")
def service(environment: dict[str, str], ingested: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("log") / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(YOUJU), "serve", "--port", "0"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        address = wait_until_ready(process, log)
        with httpx.Client(base_url=address, timeout=300, trust_env=False) as client:
            client.headers["x-pid"] = str(process.pid)
            yield client
    finally:
        process.terminate()
        assert process.wait(timeout=30) in (0, -signal.SIGTERM), log.read_text()  # uvicorn ends by the signal it got
    assert "traceback" not in log.read_text().lower()


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Address of the service, once its lifespan has started."""
    import time

    for _ in range(1200):
        text = log.read_text()
        if "Application startup complete" in text:
            return str(re.findall(r"http://[0-9.]+:\d+", text)[0])
        assert process.poll() is None, text
        time.sleep(0.1)  # another process: there is no event to wait for
    raise AssertionError(log.read_text())


def questions(**wanted: Any) -> list[dict[str, Any]]:
    lines = (ROOT / "examples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if all(row[name] == value for name, value in wanted.items())]


def test_ingest_reports_what_it_did(
    ingested: subprocess.CompletedProcess[str], youju: Run, environment: dict[str, str]
) -> None:
    assert ingested.returncode == 0, ingested.stderr
    count = len(list(EXAMPLES.iterdir()))
    assert f"{count} documents ingested" in ingested.stdout
    again = youju("ingest", "examples/documents", "--json")
    assert (json.loads(again.stdout)["documents"], json.loads(again.stdout)["unchanged"]) == (0, count)
    command = [sys.executable, "-m", "ingest", "--help"]
    as_module = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment)
    assert "--prune" in as_module.stdout


def test_documents_are_listed_shown_and_deleted(youju: Run, ingested: object, tmp_path: Path) -> None:
    extra = tmp_path / "额外 extra.txt"
    extra.write_text("Zebras are striped.\n\n斑马有条纹。", encoding="utf-8")
    assert youju("ingest", str(extra), "-c", "extra").returncode == 0
    (document,) = json.loads(youju("documents", "list", "-c", "extra", "--json").stdout)["documents"]
    assert document["uri"] == extra.as_posix()
    assert "Zebras" in youju("documents", "show", document["id"], "--text").stdout
    assert "extra  1 documents" in youju("collections").stdout
    assert youju("documents", "delete", document["id"]).returncode == 0
    gone = youju("documents", "show", document["id"])
    assert gone.returncode == 2
    assert len(gone.stderr.strip().splitlines()) == 1


def test_the_command_line_answers_with_sources(youju: Run, ingested: object) -> None:
    done = youju("ask", "出差回来多久之内要交报销单？")
    assert done.returncode == 0, done.stderr
    assert "45" in done.stdout
    assert "员工手册2025.pdf, page 3" in done.stdout
    found = json.loads(youju("search", "电池漏液", "--json", "-k", "3").stdout)["passages"]
    assert any("battery-safety" in passage["uri"] for passage in found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_http_answers_stand_on_exact_quotes(service: httpx.Client, language: str) -> None:
    """The first questions of the examples: what is answered is cited exactly, and is right; not all is refused."""
    right = answered = 0
    for question in questions(language=language, kind="same-language")[:5]:
        body = service.post("/ask", json={"question": question["question"]}).json()
        assert body["language"] == language
        markers = {marker for sentence in body["sentences"] for marker in sentence["markers"]}
        assert markers == {citation["marker"] for citation in body["citations"]}
        assert all(1 <= marker <= sum(p["used"] for p in body["passages"]) for marker in markers)
        for citation in body["citations"]:
            text = service.get(f"/documents/{citation['document_id']}/text").text
            assert text[citation["start"] : citation["end"]] == citation["quote"]
        answered += body["verdict"] != "abstained"
        right += any(answer in body["answer"] for answer in question["answers"])
    assert right >= 3
    assert right >= answered - 1


def test_an_unanswerable_question_is_not_answered(service: httpx.Client) -> None:
    body = service.post("/ask", json={"question": "What is the airspeed of an unladen swallow?"}).json()
    assert body["verdict"] == "abstained"
    assert body["citations"] == []
    assert body["passages"]
    assert "airspeed" in body["missing"]


def test_the_stream_sends_passages_first(service: httpx.Client) -> None:
    with service.stream("POST", "/ask", json={"question": "电池漏液以后要先通风多久？", "stream": True}) as response:
        names = [line[6:].strip() for line in response.iter_lines() if line.startswith("event:")]
    assert names[0] == "passages"
    assert names[-1] == "answer"
    assert "sentence" in names


def test_a_running_service_sees_a_new_ingest(service: httpx.Client, youju: Run, tmp_path: Path) -> None:
    (tmp_path / "pangolin.md").write_text("# Pangolins\n\nThe pangolin named Hugo weighs 31 kg.", encoding="utf-8")
    assert youju("ingest", str(tmp_path), "-c", "animals").returncode == 0
    body = service.post("/ask", json={"question": "How much does the pangolin Hugo weigh?", "collection": "animals"}).json()
    assert "31 kg" in body["answer"]
    document = body["citations"][0]["document_id"]
    assert youju("documents", "delete", document).returncode == 0
    assert service.post("/search", json={"query": "pangolin", "collection": "animals"}).status_code == 404


def test_memory_stays_within_its_bound(service: httpx.Client) -> None:
    """After the questions of the tests before."""
    memory = psutil.Process(int(service.headers["x-pid"])).memory_info()
    assert memory.rss < PEAK_MEMORY


@pytest.mark.parametrize(
    ("arguments", "changes", "code", "says"),
    [
        (["ask", ""], {}, 2, "the question is empty"),
        (["ask", "x" * 3000], {}, 2, "at most 2000"),
        (["ask", "battery", "-c", "nowhere"], {}, 2, "no collection 'nowhere'"),
        (["ask", "battery", "--top-k", "99"], {}, 2, "top-k"),
        (["ingest", "no/such/folder"], {}, 2, "no/such/folder"),
        (["ingest", "service/reading/reader.safetensors"], {}, 1, "no reader"),
        (["ask", "battery"], {"YOUJU_DATA_DIR": "EMPTY"}, 1, "youju ingest"),
        (["ask", "battery"], {"YOUJU_EMBEDDING_MODEL": "nothing"}, 1, "YOUJU_EMBEDDING_MODEL"),
        (["ask", "battery"], {"YOUJU_GENERATOR_MODEL": "nothing"}, 1, "YOUJU_GENERATOR_MODEL"),
        (["models", "prepare", "nothing"], {}, 2, "multilingual-e5-small"),
        (["models", "list"], {"YOUJU_PORT": "many"}, 2, "YOUJU_PORT"),
        (["documents", "show", "nothing"], {}, 2, "youju documents list"),
        (["serve", "--host", "203.0.113.1"], {}, 2, "203.0.113.1"),
    ],
)
def test_wrong_use_is_one_clear_line(
    youju: Run, ingested: object, tmp_path: Path, arguments: list[str], changes: dict[str, str], code: int, says: str
) -> None:
    changes = {name: value.replace("EMPTY", str(tmp_path)) for name, value in changes.items()}
    done = youju(*arguments, **changes)
    assert done.returncode == code, done.stderr
    assert says in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_reported(youju: Run, service: httpx.Client) -> None:
    done = youju("serve", "--port", str(service.base_url.port))
    assert done.returncode == 2
    assert "is taken" in done.stderr


def test_a_service_that_cannot_start_says_why_in_one_line(youju: Run, tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("{}")
    done = youju("serve", "--port", "0", YOUJU_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "gate.json is no calibration" in done.stderr
    assert "Traceback" not in done.stderr


def test_models_are_listed(youju: Run) -> None:
    rows = json.loads(youju("models", "list", "--json").stdout)["models"]
    assert {row["name"] for row in rows if row["in_use"] and row["prepared"]} == {
        "multilingual-e5-small", "qwen2.5-coder-1.5b-youju",
    }  # fmt: skip


def test_an_upload_is_answered_and_its_deletion_proved(service: httpx.Client, youju: Run) -> None:
    """Through the real worker process."""
    text = b"# Okapis\n\nThe okapi named Berta was born in 1997 and weighs 252 kg."
    scan = (EXAMPLES / "user-manual-frostline-t3.pdf").read_bytes()
    files = [("files", ("okapi.md", text)), ("files", ("manual.pdf", scan)), ("files", ("broken.docx", b"PK\x03\x04 broken"))]
    response = service.post("/documents", files=files, data={"collection": "zoo"})
    assert response.status_code == 202, response.text
    with service.stream("GET", response.headers["location"], headers={"Accept": "text/event-stream"}) as events:
        job = [json.loads(line[6:]) for line in events.iter_lines() if line.startswith("data: ")][-1]
    assert [file["state"] for file in job["files"]] == ["done", "done", "failed"]
    body = service.post("/ask", json={"question": "How much does the okapi Berta weigh?", "collection": "zoo"}).json()
    assert "252 kg" in body["answer"]
    (page,) = {citation["document_id"] for citation in body["citations"]}
    assert page == job["files"][0]["document_id"]
    manual = job["files"][1]["document_id"]
    boxes = service.get(f"/documents/{manual}/boxes", params={"start": 0, "end": 200}).json()["boxes"]
    assert boxes
    assert all(0 <= box["left"] < box["right"] <= 1 and box["page"] == 1 for box in boxes)
    proof = service.delete(f"/documents/{page}", params={"verify": True}).json()["proof"]
    assert proof["clean"]
    assert proof["pieces_looked_for"] >= 2  # text and vector
    assert json.loads(youju("documents", "delete", manual, "--verify", "--json").stdout)["proof"]["clean"]
    assert youju("doctor").returncode == 0


def test_watch_follows_a_folder(environment: dict[str, str], youju: Run, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.txt").write_text("The first text.")
    process = subprocess.Popen(
        [str(YOUJU), "ingest", str(folder), "-c", "watched", "--prune", "--watch"],
        cwd=ROOT, env=environment | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # background jobs of a shell ignore it
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline().startswith("1 documents ingested")
        assert "Following" in process.stderr.readline()
        (folder / "b.txt").write_text("The second text.")
        assert process.stdout.readline().startswith("1 documents ingested")
        (folder / "a.txt").unlink()
        assert "1 deleted" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.communicate()
    (document,) = json.loads(youju("documents", "list", "-c", "watched", "--json").stdout)["documents"]
    assert document["uri"].endswith("b.txt")
