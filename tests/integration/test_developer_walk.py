"""The first hour of a developer: what the documentation shows works as it stands, and what is wrong is said in a sentence.

The page, OpenAI's clients, Open WebUI's order of asking and MCP are tested in `test_clients.py` and `test_page*.py`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.integration.browser import ENGLISH
from tests.serving import EXAMPLES, Serving

SHOWN_ADDRESS = "http://127.0.0.1:8000"
PAGES = ("README.md", "docs/clients.md", "docs/http-api.md")
COMMAND = re.compile(r"^    (curl (?:.*\\\n)*.*)$", re.MULTILINE)  # with the lines that go on with it
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
QUESTION = {"question": ENGLISH}
CHAT = {"model": "youju", "messages": [{"role": "user", "content": ENGLISH}]}


def commands(page: str) -> list[str]:
    """Commands with curl that a page shows whole."""
    return [one for one in COMMAND.findall((ROOT / page).read_text()) if " ..." not in one]


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def test_commands_with_curl_work_as_they_are_shown(changing: Serving, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl: apt-get install curl")
    shutil.copy(EXAMPLES / "user-manual-frostline-t3.pdf", tmp_path / "report.pdf")
    shutil.copy(EXAMPLES / "calibration-procedure-cp014.docx", tmp_path / "notes.docx")
    shown = [one for page in PAGES for one in commands(page)]
    assert len(shown) >= 5
    for command in shown:
        here = command.replace(SHOWN_ADDRESS, changing.url).replace("curl ", "curl --fail-with-body ", 1)
        said = run(["bash", "-c", here], tmp_path)
        assert json.loads(said) if " -N " not in command else said.startswith("event: "), command


def test_python_works_as_it_is_shown(changing: Serving, tmp_path: Path) -> None:
    """What needs no package that is not installed here."""
    uploaded = httpx.post(
        f"{changing.url}/documents", files={"files": ("leave.txt", "婚假有十天。".encode())}, data={"collection": "hr"}
    ).raise_for_status()
    job = f"{changing.url}{uploaded.headers['location']}"
    httpx.get(job, headers={"Accept": "text/event-stream"}, timeout=60).raise_for_status()  # until it is finished
    assert [one["state"] for one in httpx.get(job).json()["files"]] == ["done"]
    shown = [one for one in PYTHON.findall((ROOT / "docs/clients.md").read_text()) if "langchain" not in one]
    assert len(shown) >= 2
    for code in shown:
        run([sys.executable, "-c", code.replace(SHOWN_ADDRESS, changing.url)], tmp_path)


# What is sent wrongly -> the status, and what the sentence about it holds.
WRONG: dict[str, tuple[dict[str, Any], str, int, str]] = {
    "no JSON": ({"content": "battery?", "headers": {"Content-Type": "application/json"}}, "/ask", 400, "JSON"),
    "a form": ({"data": QUESTION}, "/ask", 422, "application/json"),
    "no question": ({"json": {}}, "/ask", 422, "question"),
    "an empty question": ({"json": {"question": " "}}, "/ask", 422, "question"),
    "a misspelt field": ({"json": QUESTION | {"colection": "hr"}}, "/ask", 422, "colection"),
    "a collection that is not there": ({"json": QUESTION | {"collection": "nobody's"}}, "/ask", 404, "nobody's"),
    "too many passages": ({"json": QUESTION | {"top_k": 1000}}, "/ask", 422, "top_k"),
    "another model": ({"json": CHAT | {"model": "gpt-4o"}}, "/v1/chat/completions", 404, "youju"),
    "no messages": ({"json": CHAT | {"messages": []}}, "/v1/chat/completions", 400, "messages"),
    "a file that is none": ({"files": {"other": ("a.txt", b"x")}}, "/documents", 422, "files"),
    "another path": ({"json": QUESTION}, "/answer", 404, "/docs"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_is_wrong_is_said_in_a_sentence(service: Serving, name: str) -> None:
    sent, path, status, words = WRONG[name]
    answer = httpx.post(f"{service.url}{path}", **sent)
    assert answer.status_code == status, answer.text
    body = answer.json()
    said = body["error"]["message"] if "error" in body else f"{body['detail']} {body.get('advice', '')}"
    assert words in said, said
    assert len(said) < 400, said
    assert "\n" not in said
    assert not re.search(r"Traceback|pydantic|loc|ctx|Errno", said), said
