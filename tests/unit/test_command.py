"""The command as a whole: its version, its end."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT
from youju import __version__
from youju.cli.main import app

SERVER = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("listening", flush=True)
signal.pause()
"""


def test_it_tells_its_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"youju {__version__}\n")


def test_ctrl_c_ends_make_run_as_its_service_ends(tmp_path: Path) -> None:
    """As a terminal sends it: to the group in its foreground, to which make would belong too."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrun: install\n")[2].partition("\n\n")[0]
    (last,) = [line for line in recipe.split("\n") if "youju serve" in line]
    command = last.replace("$(BIN)/youju serve", f"{sys.executable} {tmp_path / 'server.py'}")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "Makefile").write_text(f"run:\n{command}\n")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("make", ["make", "-C", str(tmp_path), "run"])
    said = b""
    while b"listening" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, said


@pytest.mark.parametrize("target", ["run"])
def test_without_a_terminal_it_runs_too(target: str, tmp_path: Path) -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    (last,) = [line for line in recipe.split("\n") if "youju serve" in line and line.startswith("\t")]
    (tmp_path / "Makefile").write_text(f"{target}:\n{last.replace('$(BIN)/youju serve', 'true')}\n")
    done = subprocess.run(["make", "-C", str(tmp_path), target], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
