"""The default way, OpenVINO and llama.cpp, loads none of what only other ways need: it starts sooner and takes less memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.models

HEAVY = ("torch", "transformers", "sentence_transformers", "sklearn", "scipy", "pandas", "accelerate", "gguf", "matplotlib")
WHOLE_WAY = """
import asyncio, json, pathlib, sys
from fastapi import FastAPI
from fastapi.testclient import TestClient
from youju.settings import load_settings
from ingest.pipeline import Pipeline, make_plan
from service.http.app import create_app
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store

settings = load_settings()
store = Store(settings.database)
Pipeline(settings, store, lambda: make_embedder(settings)).run(make_plan([pathlib.Path(sys.argv[1])], settings, store))
with TestClient(create_app(settings)) as client:
    found = client.post("/search", json={"query": "warranty"})
    answered = client.post("/ask", json={"question": "How long does the battery of the T3 last?"})
heavy = sorted(set(json.loads(sys.argv[2])) & set(sys.modules))
print(json.dumps([found.status_code, len(found.json()["passages"]), answered.json()["usage"]["completion_tokens"], heavy]))
"""


@pytest.mark.parametrize("engine", ["llamacpp", "openvino"])
def test_start_search_and_answer_without_what_only_other_ways_need(
    engine: str, tmp_path: Path, small_gguf: Path, e5_folder: Path, cache_dir: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "manual.txt").write_text(
        "The battery of the T3 lasts 24 months. The warranty is three years.", encoding="utf-8"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    environment = kept | {
        "YOUJU_DATA_DIR": str(tmp_path / "data"), "YOUJU_CACHE_DIR": str(cache_dir), "YOUJU_GENERATOR_MODEL": str(small_gguf),
        "YOUJU_EMBEDDING_BACKEND": "openvino-bf16", "YOUJU_GENERATOR": engine, "YOUJU_ALLOWED_HOSTS": "testserver",
    }  # fmt: skip
    command = [sys.executable, "-c", WHOLE_WAY, str(documents), json.dumps(HEAVY)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    status, passages, tokens, heavy = json.loads(done.stdout.splitlines()[-1])
    assert (status, passages) == (200, 1)
    assert tokens > 0, "the generator was not asked"
    assert heavy == []
