"""The last line of CI: one count of all that pytest ran."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TESTS = {
    "one.py": "import pytest\n"
    "def test_it(): pass\n"
    "def test_wrong(): assert False\n"
    "@pytest.mark.skip\n"
    "def test_later(): pass\n"
    "@pytest.fixture\n"
    "def broken(): raise OSError\n"
    "def test_broken(broken): pass\n",
    "two.py": "def test_it(): pass\ndef test_another(): pass\n",
}


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run([sys.executable, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_the_last_line_counts_all_runs(tmp_path: Path) -> None:
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    for name, text in TESTS.items():
        (tmp_path / name).write_text(text)
        run(*command, name, f"--junitxml=out/{name}.xml", folder=tmp_path)
    assert run(str(ROOT / ".ci" / "total.py"), "out", folder=tmp_path).stdout == "3 passed, 2 failed, 1 skipped\n"


def test_nothing_run_is_nothing_passed(tmp_path: Path) -> None:
    assert run(str(ROOT / ".ci" / "total.py"), str(tmp_path), folder=tmp_path).stdout == "0 passed, 0 failed, 0 skipped\n"


@pytest.mark.parametrize("target", ["check", "test"])
def test_ci_and_the_quick_command_share_their_checks(target: str) -> None:
    """What `make check` finds, CI finds, and the other way round for lint, types and unit tests."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rule = re.search(rf"^{target}: lint\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert rule is not None
    assert "tests/unit tests/contract" in rule[1]
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
