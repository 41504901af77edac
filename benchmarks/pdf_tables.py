"""How many cells of the tables in PDFs are found on a line together with the names of their row and column.

Usage: python benchmarks/pdf_tables.py ../shared/data/tables [--folder FOLDER] [--seed 20261126] [--missed 0]

Makes twenty PDFs with LibreOffice (`soffice`, Debian's `libreoffice-writer` and `libreoffice-calc`) out of tables of annual
reports (TAT-QA), of airlines' reports (AIT-QA) and of Wikipedia (WikiTableQuestions): as texts with ruled, plain and underlined
tables, and as sheets, some over several pages. A folder in which they lie already is used as it is. A cell counts

* `row`, if its value stands on a line with the name of its row;
* `row and column`, if the name of its column stands on that line too;
* `bound`, if the value stands right behind the name of its column, in one of the parts between ` | `.

The same pages are read by pdfplumber and docling-parse, where those are installed; nothing of ours depends on them. pdfplumber
finds tables itself, by lines or by the places of words: their rows are written as ours are, the first as header, beside its
lines of text. docling-parse gives lines of text as they stand on the page and knows no tables.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.made_tables import make
from ingest.loaders import pdf
from youju.text.rowlines import named_line

Reader = Callable[[Path], Iterator[str]]
PART = " | "


def bare(text: str) -> str:
    """Without white space, so that it says nothing how words are spaced; small letters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def youju(path: Path) -> Iterator[str]:
    yield from pdf.load(path.read_bytes()).text.split("\n")


def pdfplumber(path: Path, strategy: str) -> Iterator[str]:
    import pdfplumber as library

    settings = {"vertical_strategy": strategy, "horizontal_strategy": strategy}
    with library.open(path) as document:
        for page in document.pages:
            yield from (page.extract_text() or "").split("\n")
            for table in page.extract_tables(settings):
                rows = [[" ".join((cell or "").split()) for cell in row] for row in table]
                yield from (named_line(rows[0], row).text for row in rows[1:])


def docling_parse(path: Path) -> Iterator[str]:
    from docling_core.types.doc.page import TextCellUnit
    from docling_parse.pdf_parser import DoclingPdfParser

    document = DoclingPdfParser(loglevel="fatal").load(str(path))
    for _, page in document.iterate_pages():
        rows: dict[int, list[tuple[float, str]]] = {}
        for cell in page.iterate_cells(unit_type=TextCellUnit.LINE):
            box = cell.rect.to_bounding_box()
            rows.setdefault(round((box.t + box.b) / 6), []).append((box.l, cell.text))
        yield from (" ".join(text for _, text in sorted(row)) for row in rows.values())


READERS: dict[str, tuple[str, Reader]] = {
    "Youju": ("ingest", youju),
    "pdfplumber, lines": ("pdfplumber", lambda path: pdfplumber(path, "lines")),
    "pdfplumber, words": ("pdfplumber", lambda path: pdfplumber(path, "text")),
    "docling-parse": ("docling_parse", docling_parse),
}


def judge(lines: list[str], cells: list[dict[str, str]]) -> tuple[list[bool], list[bool], list[bool]]:
    """Of each cell, whether it is found with its row, with row and column, and right behind the name of its column."""
    found = [(bare(line), [bare(part) for part in line.split(PART)]) for line in lines if line.strip()]
    with_row, with_both, bound = [], [], []
    for cell in cells:
        row, column, value = (bare(cell[name]) for name in ("row", "column", "value"))
        behind = re.compile(rf"{re.escape(column)}[^|]*?:{re.escape(value)}$")
        near = [(line, parts) for line, parts in found if row in line and value in line]
        with_row.append(any(value in line.replace(row, "", 1) for line, _ in near))
        with_both.append(any(column in line for line, _ in near) and with_row[-1])
        bound.append(any(behind.search(part) for _, parts in near for part in parts))
    return with_row, with_both, bound


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("tables", type=Path, help="the folder with the three sets of tables")
    parser.add_argument("--folder", type=Path, help="where the PDFs are, or are put; a temporary one where it is left out")
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--missed", type=int, default=0, help="print so many cells of each PDF that were not found bound")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "cells.json").exists():
            make(options.tables, folder, options.seed)
        right = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
        for name, (package, read) in READERS.items():
            if importlib.util.find_spec(package) is None:
                print(f"{name}: not installed")
                continue
            report(name, read, folder, right, options.missed)


def report(name: str, read: Reader, folder: Path, right: dict[str, list[dict[str, str]]], missed: int) -> None:
    kinds: dict[str, list[tuple[bool, bool, bool]]] = {}
    seconds = 0.0
    for stem, cells in right.items():
        began = time.perf_counter()
        lines = list(read(folder / f"{stem}.pdf"))
        seconds += time.perf_counter() - began
        judged = list(zip(*judge(lines, cells), strict=True))
        for kind in ("all", stem.split("-")[-1]):
            kinds.setdefault(kind, []).extend(judged)
        lost = [cell for cell, (*_, bound) in zip(cells, judged, strict=True) if not bound]
        if missed and name == "Youju":
            print(f"{stem}: {len(lost)} of {len(cells)} not bound", *lost[:missed], sep="\n  ")
    print(f"{name}: {seconds:.2f} s")
    for kind, judged in kinds.items():
        shares = [sum(column) / len(judged) for column in zip(*judged, strict=True)]
        print(f"  {kind:7} {len(judged):5} cells: row {shares[0]:.3f}, row and column {shares[1]:.3f}, bound {shares[2]:.3f}")


if __name__ == "__main__":
    main()
