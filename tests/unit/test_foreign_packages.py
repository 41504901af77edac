"""A `service` or `ingest` of another project in the way of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from youju.cli import foreign_package


def test_ours_are_ours() -> None:
    assert foreign_package() is None


@pytest.mark.parametrize("name", ["service", "ingest"])
def test_a_foreign_one_is_named_in_one_line_and_not_run(name: str, tmp_path: Path) -> None:
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").write_text("print('run')\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "youju.cli.main", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert str(package) in done.stderr
