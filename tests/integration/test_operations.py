"""Metrics and logs of a real server, over a real socket."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.conftest import ROOT, ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.settings import Settings

QUESTION = {"question": "How long does the battery of the T3 last?"}
FOREVER = {"question": "Does the battery of the T3 last forever?", "stream": True}


def test_an_operator_sees_what_happened_and_nothing_private(tmp_path: Path, settings: Settings, store: Store) -> None:
    ingest_files({"a.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, HashingEmbedder())
    command = [sys.executable, "-m", "tests.integration.served", str(settings.data_dir)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.stdout.readline().strip()}", timeout=30) as client:
                assert client.get("/readyz").json()["ready"]
                assert client.post("/ask", json=QUESTION, headers={"X-Request-ID": "mine"}).status_code == 200
                client.get("/%0d%0aforged: yes/battery?battery=1", headers={"Authorization": "Bearer battery"})
                with client.stream("POST", "/ask", json=FOREVER, headers={"X-Request-ID": "left"}) as response:
                    events = response.iter_lines()
                    assert next(events) == "event: passages"
                    families = {one.name: one for one in parse(client.get("/metrics").text)}
                    assert families["youju_http_requests_in_progress"].samples[0].value == 2
            server.send_signal(signal.SIGTERM)
            _, log = server.communicate(timeout=30)
        finally:
            server.kill()
    lines = [json.loads(line) for line in log.splitlines()]
    requests = {one["request_id"]: one for one in lines if one["message"] == "request"}
    assert requests["mine"]["verdict"] == "answered"
    assert requests["left"]["status"] == 200
    assert "unmatched" in [one["route"] for one in requests.values()]
    assert "battery" not in log
    assert "forged" not in log
    assert "Traceback" not in log
