"""Errors of the disk at every call: `python -m benchmarks.faults disk`, or a seeded sample of them with `--sample 24`.

Each operation is counted once undisturbed; then each of its writes, syncs, renames, new files and truncations fails in turn,
once or from then on, with ENOSPC and EIO. It has to end with one line and exit code 1, or complete; while the disk is still
failing a retriever that was opened before answers from the old state; afterwards what was acknowledged answers and doctor
finds nothing; the same operation, run again, ends as if nothing had happened.
"""

from __future__ import annotations

import argparse
import collections
import errno
import itertools
import random
import tempfile
from pathlib import Path

from benchmarks.faults.kills import count_calls
from benchmarks.faults.operations import (
    OPERATIONS,
    Operation,
    acknowledged,
    answers,
    check,
    child,
    fresh,
    perform,
    rerun_and_check,
    retriever,
)  # fmt: skip
from benchmarks.faults.shims import FailNth

SERVES = "old state serves"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="so many faults, drawn with the seed; 0: all")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--operations", nargs="*", default=list(OPERATIONS), choices=list(OPERATIONS))
    options = parser.parse_args()
    shim, wrong = FailNth(), []
    tally, lines = collections.Counter[str](), collections.Counter[str]()
    with tempfile.TemporaryDirectory(prefix="youju-disk-") as temporary:
        folder = Path(temporary)
        calls = {name: count_calls(name, folder / name, shim) for name in options.operations}
        print("calls of an undisturbed run:", calls)
        faults = [
            (name, nth, error, lasting)
            for name in options.operations
            for nth, error, lasting in itertools.product(range(1, calls[name] + 1), ("ENOSPC", "EIO"), (False, True))
        ]
        if options.sample:
            faults = random.Random(options.seed).sample(faults, min(options.sample, len(faults)))
        for name, nth, error, lasting in faults:
            ended, said, problem = fail_at(name, nth, getattr(errno, error), lasting, folder / name, shim)
            tally[ended] += 1
            lines[said] += 1
            if problem:
                wrong.append(f"{name}, call {nth}, {error}{', lasting' * lasting}: {problem}")
                print(wrong[-1], flush=True)
    for said, times in lines.most_common():
        print(f"{times:6} x {said.replace(temporary, '') or '(completed)'}")
    print(f"{len(faults)} faults: {dict(tally)}; {len(wrong)} wrong")
    return bool(wrong)


def fail_at(name: str, nth: int, error: int, lasting: bool, base: Path, shim: FailNth) -> tuple[str, str, str]:
    """How it ended, the line it said, and what is wrong."""
    operation, output = OPERATIONS[name], base / "output"
    data_dir = fresh(base, base / "data")
    code = child(lambda: disturbed(operation, data_dir, base / "documents", nth, error, lasting, shim), output)
    printed = output.read_text()
    said = [line for line in printed.splitlines() if not line.startswith(("put ", "deleted ", SERVES))]
    line = " ".join(said)
    ended = {0: "completed", 1: "one line"}.get(code, "wrong")
    if code not in (0, 1) or len(said) != code or any(not one.startswith("youju: ") for one in said):
        return "wrong", line, f"exit code {code}: {printed}"
    if operation.before and SERVES not in printed:
        return "wrong", line, "the old state did not serve"
    certain, gone = acknowledged(printed, operation)
    if child(lambda: check(data_dir, certain, gone, exactly=False), output):
        return "wrong", line, output.read_text()
    return ended, line, rerun_and_check(operation, data_dir, base / "documents", output)


def disturbed(
    operation: Operation, data_dir: Path, documents: Path, nth: int, error: int, lasting: bool, shim: FailNth
) -> None:
    """The operation with its fault; then, the fault still being there, searches over what it does not touch."""
    searching = retriever(data_dir) if operation.before else None
    try:
        perform(operation.run, data_dir, documents, lambda: shim.arm(data_dir, nth, error, lasting))
    finally:
        untouched = [name for name, version in operation.before.items() if operation.after.get(name) == version]
        if searching and all(answers(searching, name, operation.before[name]) for name in untouched):
            print(SERVES)
        shim.disarm()
