"""The first hour of an operator: what the documentation shows for systemd, nginx and Caddy is taken by them, and an index of an
earlier version is upgraded, looked over, backed up, lost, restored and asked, each by the command that the documentation names.

The page behind these proxies is tested in `test_proxies.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT
from tests.earlier import write_earlier
from tests.fakes import ScriptedGenerator
from tests.integration.browser import settings_of
from tests.integration.test_proxies import program
from tests.serving import Serving, application, sensible
from youju.cli.main import app
from youju.settings import Settings

QUESTION, SAID = "What counts as faulty?", "stated accuracy"


def shown(kind: str) -> list[str]:
    """The blocks of one kind in the documentation of operation."""
    return re.findall(rf"```{kind}\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False)


def test_systemd_takes_the_unit_that_is_shown(tmp_path: Path) -> None:
    analyze, (unit,) = program("systemd-analyze"), shown("ini")
    command = "/opt/youju/.venv/bin/youju"
    assert f"ExecStart={command} serve" in unit
    path = tmp_path / "youju.service"
    path.write_text(unit.replace(command, sys.executable))  # it has to be there
    done = run([analyze, "verify", str(path)])
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_takes_what_is_shown(tmp_path: Path) -> None:
    nginx, (server, below) = program("nginx"), shown("nginx")
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    made = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=x",
    ]
    subprocess.run([program("openssl"), *made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    server = server.replace("/etc/ssl/docs.example.org.pem", str(certificate)).replace(
        "/etc/ssl/docs.example.org.key", str(key)
    )
    assert str(certificate) in server
    assert str(key) in server
    other = f"server {{ listen 8001; server_name docs.example.org; {below} }}"
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {tmp_path}/b; "
        f"proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; "
        f"scgi_temp_path {tmp_path}/s;\n{server}\n{other} }}"
    )
    done = run([nginx, "-t", "-p", str(tmp_path), "-c", str(config)])
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.parametrize("number", [0, 1])
def test_caddy_takes_what_is_shown(tmp_path: Path, number: int) -> None:
    config = tmp_path / "Caddyfile"
    config.write_text(shown("caddyfile")[number])
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = run([program("caddy"), "validate", "--config", str(config), "--adapter", "caddyfile"], **home)
    assert done.returncode == 0, done.stderr


def printed(settings: Settings, *arguments: str) -> str:
    """What a command prints that succeeds."""
    outcome = CliRunner().invoke(app, list(arguments), env={"YOUJU_DATA_DIR": str(settings.data_dir)})
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def asked(settings: Settings) -> str:
    serving = Serving(application(settings, ScriptedGenerator(sensible())))
    try:
        answer = httpx.post(f"{serving.url}/ask", json={"question": QUESTION}, timeout=60).json()
        ready = httpx.get(f"{serving.url}/readyz", timeout=60).json()
    finally:
        serving.stop()
    assert ready["ready"]
    return "".join(citation["quote"] for citation in answer["citations"])


def test_an_index_of_an_earlier_version_is_upgraded_backed_up_lost_and_restored(tmp_path: Path) -> None:
    settings, kept = settings_of(tmp_path / "data"), tmp_path / "kept.youju"
    write_earlier(2, settings.database)
    settings.vector_file.write_bytes(b"YOUJU-VECTORS-1 {}\n")
    command = [sys.executable, "-m", "youju.cli.main", "doctor"]  # a process of its own: nobody has set logging up there
    upgraded = run(command, YOUJU_DATA_DIR=str(settings.data_dir), PYTHONPATH=str(ROOT))
    first, *_, last = upgraded.stderr.splitlines()
    assert "taken over from an earlier version (schema 2" in first
    assert "is taken over, in" in last
    assert upgraded.stdout.startswith("The index is whole: 5 documents")
    assert SAID in asked(settings)
    assert "5 documents" in printed(settings, "backup", str(kept))
    shutil.rmtree(settings.data_dir)
    assert "5 documents" in printed(settings, "restore", str(kept))
    assert printed(settings, "doctor").startswith("The index is whole: 5 documents")
    assert SAID in asked(settings)
