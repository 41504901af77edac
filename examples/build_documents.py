#!/usr/bin/env python3
"""Build the binary and specially encoded example documents.

Reads the plain sources in ``examples/sources`` and writes to ``examples/documents``:

* ``*.html``  -> PDF, printed by headless Chromium (fonts: any sans-serif, Noto Sans CJK for Chinese);
  packed to about half its size if ``pikepdf`` is installed
* ``*.md``    -> DOCX with real heading, list and table styles (needs ``python-docx``)
* ``*.txt``   -> the same text in the encoding named in ``ENCODINGS``

The UTF-8 documents (.md, .html) live in ``examples/documents`` and are not touched.
Everything is about an invented company; all names, prices and limits are made up.

Usage: python examples/build_documents.py
"""

import datetime
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn

try:
    import pikepdf
except ImportError:
    pikepdf = None

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
TARGET = HERE / "documents"

ENCODINGS = {
    "shipping-policy.txt": "gb18030",
    "taiwan-service-notice.txt": "big5",
    "incident-report-ir-2025-009.txt": "utf-16",  # Python adds the byte order mark
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def build_pdf(source: Path, target: Path) -> None:
    """Print one HTML page to PDF with a throw-away browser profile."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit("no Chromium found; looked for: " + ", ".join(BROWSERS))
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-pdf-header-footer",
                f"--user-data-dir={profile}",
                f"--print-to-pdf={target}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    if pikepdf:
        with pikepdf.open(target, allow_overwriting_input=True) as pdf:
            pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def build_docx(source: Path, target: Path) -> None:
    """Turn the small Markdown subset of our sources into a Word document.

    Understood are headings, paragraphs of one line, bullet and numbered lists and pipe tables.
    """
    doc = Document()
    doc.core_properties.author = "Qinglan Instruments"
    doc.core_properties.created = doc.core_properties.modified = datetime.datetime(2025, 7, 1)
    doc.styles["Normal"].font.name = "Arial"
    doc.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), "Microsoft YaHei")
    rows: list[list[str]] = []
    for line in [*source.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
            continue
        if rows:
            add_table(doc, rows)
            rows = []
        if match := re.match(r"(#+) (.*)", line):
            doc.add_heading(match[2], level=len(match[1]))
        elif line.startswith("- "):
            doc.add_paragraph(line[2:], style="List Bullet")
        elif re.match(r"\d+\. ", line):
            # The number stays in the text: Word would go on counting over all lists.
            doc.add_paragraph(line, style="List")
        elif line.strip():
            doc.add_paragraph(line)
    doc.core_properties.title = doc.paragraphs[0].text
    doc.save(target)


def add_table(doc: DocxDocument, rows: list[list[str]]) -> None:
    table = doc.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for source in sorted(SOURCES.iterdir()):
        if source.suffix == ".html":
            target = TARGET / (source.stem + ".pdf")
            build_pdf(source, target)
        elif source.suffix == ".md":
            target = TARGET / (source.stem + ".docx")
            build_docx(source, target)
        elif source.name in ENCODINGS:
            target = TARGET / source.name
            target.write_bytes(source.read_text(encoding="utf-8").encode(ENCODINGS[source.name]))
        else:
            continue
        print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
