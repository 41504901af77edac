"""Seeded samples of the faults in `benchmarks/faults`; docs/measurements.md has the figures of the whole of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.faults.shims import compiler
from tests.conftest import ROOT, SEED

needs_shims = pytest.mark.skipif(compiler() is None, reason="the shims need Linux and a C compiler (cc)")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["disk", "--sample", "10"], id="disk", marks=needs_shims),
        pytest.param(["kills", "--kills", "10"], id="kills", marks=needs_shims),
        pytest.param(["damage", "--flips", "10", "--cuts", "5", "--documents", "5"], id="damage"),
        pytest.param(["swaps", "--queries", "300", "--swaps", "12", "--documents", "10"], id="swaps"),
    ],
)
def test_a_sample_of_faults(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "benchmarks.faults", *arguments, "--seed", str(SEED)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 wrong" in done.stdout
