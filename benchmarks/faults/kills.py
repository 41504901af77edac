"""SIGKILL at seeded calls that change files: `python -m benchmarks.faults kills --kills 300`.

Each operation is counted once undisturbed; then its process is killed at a call drawn at random, a write after half of its
bytes, which is a moment as exact as it can be. Afterwards: what was acknowledged answers, what was deleted does not, only what
was not acknowledged may be either; doctor finds nothing; the same operation, run again, ends as if nothing had happened.
"""

from __future__ import annotations

import argparse
import collections
import random
import signal
import tempfile
from pathlib import Path

from benchmarks.faults.operations import OPERATIONS, acknowledged, check, child, fresh, perform, prepare, rerun_and_check
from benchmarks.faults.shims import FailNth


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--operations", nargs="*", default=list(OPERATIONS), choices=list(OPERATIONS))
    options = parser.parse_args()
    shim, rng = FailNth(), random.Random(options.seed)
    wrong, killed, survived = [], collections.Counter[str](), 0
    with tempfile.TemporaryDirectory(prefix="youju-kills-") as temporary:
        folder = Path(temporary)
        calls = {name: count_calls(name, folder / name, shim) for name in options.operations}
        print("calls of an undisturbed run:", calls)
        while sum(killed.values()) < options.kills and survived < options.kills:
            name = options.operations[sum(killed.values()) % len(options.operations)]
            nth = rng.randint(1, calls[name])
            was_killed, problem = kill_at(name, nth, folder / name, shim)
            killed[name] += was_killed
            survived += not was_killed
            if problem:
                wrong.append(f"{name}, call {nth}: {problem}")
                print(wrong[-1])
    print(f"{sum(killed.values())} kills {dict(killed)}, {survived} runs that ended before theirs; {len(wrong)} wrong")
    return bool(wrong)


def count_calls(name: str, base: Path, shim: FailNth) -> int:
    """The calls under the index's folder of an undisturbed run."""
    prepare(name, base)
    data_dir, output = fresh(base, base / "data"), base / "output"

    def counted() -> None:
        perform(OPERATIONS[name].run, data_dir, base / "documents", lambda: shim.arm(data_dir))
        print("calls", shim.disarm())

    assert child(counted, output) == 0, output.read_text()
    return int(output.read_text().split()[-1])


def kill_at(name: str, nth: int, base: Path, shim: FailNth) -> tuple[bool, str]:
    """Whether it was killed, and what is wrong afterwards."""
    operation, output = OPERATIONS[name], base / "output"
    data_dir = fresh(base, base / "data")
    arm = lambda: shim.arm(data_dir, nth, killing=True)  # noqa: E731
    code = child(lambda: perform(operation.run, data_dir, base / "documents", arm), output)
    said = output.read_text()
    if code not in (0, -signal.SIGKILL):
        return False, said
    certain, gone = acknowledged(said, operation)
    if child(lambda: check(data_dir, certain, gone, exactly=False), output):
        return code != 0, output.read_text()
    return code != 0, rerun_and_check(operation, data_dir, base / "documents", output)
