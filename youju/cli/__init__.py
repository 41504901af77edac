"""The command line: `youju`. Knows how to ask and to print; the work is done by `ingest`, `service` and `youju`.

`service` and `ingest` are names that other projects use too. Where one of theirs comes first, nothing of it is run: the command
says so in one line (decision 21).
"""

import importlib.util
import sys
from pathlib import Path


def foreign_package() -> str | None:
    """Where Python would load a `service` or `ingest` that is not ours; None if both are."""
    ours = Path(__file__).resolve().parents[2]
    for name in ("service", "ingest"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None and Path(spec.origin).resolve().parents[1] != ours:
            return spec.origin
    return None


if (found := foreign_package()) is not None:
    sys.exit(
        f"Another project's package is in the way: {found}. Install Youju into an environment of its own, without PYTHONPATH."
    )
