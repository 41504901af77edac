"""Prints `N passed, N failed, N skipped` for all result files of pytest in a folder (JUnit's XML)."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def total(folder: Path) -> str:
    """The line. A test whose fixture broke has failed."""
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for path in sorted(folder.glob("*.xml")):
        for suite in ElementTree.parse(path).iter("testsuite"):  # noqa: S314 - pytest wrote it
            for name in counts:
                counts[name] += int(suite.get(name, 0))
    failed = counts["failures"] + counts["errors"]
    return f"{counts['tests'] - failed - counts['skipped']} passed, {failed} failed, {counts['skipped']} skipped"


if __name__ == "__main__":
    print(total(Path(sys.argv[1])))
