"""`youju models probe` against a server of its own, and what an answer after that is asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.generation import Message
from service.generation.probing import TASKS
from tests.unit.test_profile import obedient
from youju.cli.main import app


class Obedient(BaseHTTPRequestHandler):
    """An OpenAI-style server that does as it is told."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = obedient([Message(one["role"], one["content"]) for one in body["messages"]])
        usage = {
            "prompt_tokens": sum(len(one["content"]) // 4 for one in body["messages"]),
            "completion_tokens": len(text) // 4,
        }
        pieces = [{"choices": [{"delta": {"content": half}}]} for half in (text[:5], text[5:])]
        said = [f"data: {json.dumps(piece)}\n\n" for piece in [*pieces, {"choices": [], "usage": usage}]]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write("".join([*said, "data: [DONE]\n\n"]).encode())

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Obedient)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def probe(monkeypatch: pytest.MonkeyPatch, cache_dir: Path, address: str, *options: str) -> tuple[int, str]:
    names = {
        "GENERATOR": "openai_compatible",
        "GENERATOR_URL": address,
        "GENERATOR_MODEL": "large",
        "CACHE_DIR": str(cache_dir),
    }
    for name, value in names.items():
        monkeypatch.setenv(f"YOUJU_{name}", value)
    done = CliRunner().invoke(app, ["models", "probe", *options])
    return done.exit_code, done.output


def test_a_server_is_measured_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str) -> None:
    code, output = probe(monkeypatch, tmp_path, address, "--json")
    told = json.loads(output)
    assert (code, told["obeys"], told["budget"]["is_full"]) == (0, 1, True)
    assert told["budget"]["evidence"] > 700
    assert told["context"] > 3072  # that of the settings is what a server is taken to have while nobody knows
    (kept,) = (tmp_path / "models" / "profiles").iterdir()
    assert json.loads(kept.read_text())["reading"] == told["reading"]
    code, output = probe(monkeypatch, tmp_path, address)
    assert f"{1:.0%} of the tasks" in output
    assert "a full answer" in output
    assert len(TASKS) == 12  # as the documentation says


def test_a_server_that_is_not_there_is_told_of_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, output = probe(monkeypatch, tmp_path, "http://127.0.0.1:9/v1")
    assert code != 0
    assert "does not answer" in output
    assert "Traceback" not in output
    assert not (tmp_path / "models" / "profiles").exists()
