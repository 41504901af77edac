"""A whole ingest, the same again, and again after one file was touched: how long, and how much of it is embedding.

    python benchmarks/whole_ingest.py /usr/share/doc/python3.11/html

Copies the folder, runs `youju ingest` as a user would with an index of its own, and times the processes from start to end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def ingest(folder: Path, data_dir: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole process, and its report."""
    began = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "ingest", str(folder), "--json"],
        env=os.environ | {"YOUJU_DATA_DIR": str(data_dir)}, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    return time.perf_counter() - began, json.loads(run.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pattern", default="*.html", help="which of its files (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, data_dir = Path(scratch) / "documents", Path(scratch) / "data"
        for path in sorted(options.folder.rglob(options.pattern)):
            target = folder / path.relative_to(options.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        first, report = ingest(folder, data_dir)
        share = report["embedding_seconds"] / first
        print(
            f"first run: {report['documents']} documents, {report['chunks']} chunks in {first:.1f} s "
            f"({report['chunks'] / first:.1f} chunks/s), {share:.0%} of it embedding; {len(report['skipped'])} skipped",
            flush=True,
        )
        again, report = ingest(folder, data_dir)
        print(f"nothing changed: {again:.2f} s, {again / first:.1%} of the first; {report['unchanged']} unchanged", flush=True)
        touched = max(folder.rglob(options.pattern), key=lambda path: path.stat().st_size)
        text = touched.read_text(encoding="utf-8")
        middle = text.index("</p>", len(text) // 2)
        touched.write_text(f"{text[:middle]} One more sentence.{text[middle:]}", encoding="utf-8")
        seconds, report = ingest(folder, data_dir)
        print(
            f"one file changed: {seconds:.2f} s; {report['documents']} documents, {report['chunks']} chunks of which "
            f"{report['embedded']} embedded, {report['unchanged']} unchanged"
        )


if __name__ == "__main__":
    main()
