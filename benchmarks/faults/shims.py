"""Builds the shims in C, and loads them into this process by starting it anew."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LOADED = "FAULT_SHIM"  # set in a process that has been started with its shim


def compiler() -> str | None:
    """The C compiler, where there is one and shims can be loaded."""
    return shutil.which("cc") if sys.platform == "linux" else None


def build(name: str, folder: Path) -> Path:
    """`NAME.c` as a shared library in `folder`."""
    target = folder / f"{name}.so"
    cc = compiler()
    assert cc is not None, "no C compiler"
    source = HERE / f"{name}.c"
    subprocess.run(
        [cc, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", target, source, "-ldl"], check=True, timeout=60
    )
    return target


def loaded(name: str) -> ctypes.CDLL:
    """The shim in this process, which is started anew with it if it has none."""
    if os.environ.get(LOADED) != name:
        if compiler() is None:
            sys.exit("these faults need Linux and a C compiler (cc)")
        library = build(name, Path(tempfile.mkdtemp(prefix="youju-faults-")))
        environment = os.environ | {"LD_PRELOAD": str(library), LOADED: name}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.faults", *_arguments()], environment)
    # At the end: the readers of an ingest are started with it too. Forked children leave without this.
    atexit.register(shutil.rmtree, Path(os.environ["LD_PRELOAD"]).parent, ignore_errors=True)
    return ctypes.CDLL(None)


def _arguments() -> list[str]:
    """Those of this process, with the name of the measurement that `__main__` took away."""
    return sys.orig_argv[sys.orig_argv.index("benchmarks.faults") + 1 :]


class FailNth:
    """`fail_nth.c`, armed for the calls under one folder."""

    def __init__(self) -> None:
        self._library = loaded("fail_nth")
        self._library.fault_disarm.restype = ctypes.c_long

    def arm(self, folder: Path, nth: int = 0, error: int = 0, lasting: bool = False, killing: bool = False) -> None:
        arguments = os.fsencode(folder), ctypes.c_long(nth), error, int(lasting), int(killing)
        self._library.fault_arm(*arguments)

    def disarm(self) -> int:
        """Returns the number of calls since it was armed."""
        return int(self._library.fault_disarm())
