"""How much of a long PDF the loader brings back, and on the right pages.

Usage: python benchmarks/pdf_text.py [PDF] [TEXT EDITION] [--places 50] [--seed 20261123]

**Text.** The PDF is held against the text edition of the same document. Counted are the Chinese characters of the text
edition, after NFKC, and nothing else, since the two editions space, quote and rule their lines differently. The text
edition draws tables with cells wrapped within their columns, where the PDF wraps them elsewhere: two lines of a cell are
apart in one and side by side in the other, so no order of the whole document holds for both (the longest common
subsequence over the whole, printed too, is short of the truth by all such cells, whatever the reader). So the text edition
is cut into fragments, at its line ends, at the bars and rules of tables and at runs of spaces. A fragment counts

* whole, if it stands in the extracted text as it is: near the place where the fragment before it was found (1,500
  characters back, 2,500 on) or, if it is longer than 12 characters, anywhere;
* otherwise by its longest common subsequence with the best stretch near that place. A stretch is twice as long as the
  fragment, so that characters scattered over a page do not add up.

A fragment of a few characters may be found where it is not meant: the share is an upper bound by that much.

**Pages.** Words at places drawn at random from the extracted text must stand on the page that the loader names, according
to an independent reader, poppler's `pdftotext -f N -l N`; and the line's box, given to `pdftotext -x -y -W -H`, must hold
them.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import resource
import shutil
import subprocess
import time
import unicodedata
from pathlib import Path

import pypdfium2
from rapidfuzz.distance import LCSseq

from ingest.loaders import pdf
from youju.records import Box, Extracted

FOLDER = Path("/usr/share/debian-reference")
NOT_HAN = re.compile(r"[^\u4e00-\u9fff]")
CUTS = re.compile(r"[|│]|\s{2,}|[-+]{3,}|━+|─+")
BACK, ON = 1500, 2500  # how far around the last find a fragment is looked for
ANYWHERE = 12  # a longer fragment is found wherever it stands
GRID = 100  # pixels per inch that boxes are given to pdftotext in


def han(text: str) -> str:
    return NOT_HAN.sub("", unicodedata.normalize("NFKC", text))


def fragments(reference: str) -> list[str]:
    return [piece for line in reference.splitlines() for cut in CUTS.split(line) if (piece := han(cut))]


def found(reference: list[str], text: str) -> tuple[int, list[str]]:
    """Characters of the fragments found in the text, and the fragments that are not whole in it."""
    count, position = 0, 0
    broken = []
    for piece in reference:
        start = max(0, position - BACK)
        window = text[start : position + ON]
        at = window.find(piece)
        if at >= 0:
            at += start
        elif len(piece) > ANYWHERE:
            at = text.find(piece)
        if at < 0:
            broken.append(piece)
            count += best_stretch(piece, window)
            continue
        count += len(piece)
        if len(piece) > ANYWHERE // 2:  # a short one may be a chance find: it does not move the place
            position = at + len(piece)
    return count, broken


def best_stretch(piece: str, window: str) -> int:
    """The longest common subsequence of a fragment with any stretch of twice its length."""
    length = len(piece)
    starts = range(0, max(1, len(window)), max(1, length // 2))
    return max(int(LCSseq.similarity(piece, window[start : start + 2 * length])) for start in starts)


def poppler(path: Path, page: int, *options: str) -> str:
    """What pdftotext reads on a page, without white space."""
    command = ["pdftotext", "-f", str(page), "-l", str(page), *options, str(path), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return bare(text)


def bare(text: str) -> str:
    """Without white space and hyphens, over whose meaning at line ends readers differ."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", unicodedata.normalize("NFKC", text))


def within(box: Box, size: tuple[float, float]) -> tuple[str, ...]:
    """Options of pdftotext for a box, with a margin of two hundredths of an inch."""
    width, height = (side / 72 * GRID for side in size)
    left, top = round(box.left * width) - 2, round(box.top * height) - 2
    right, bottom = round(box.right * width) + 2, round(box.bottom * height) + 2
    pairs = (("-x", left), ("-y", top), ("-W", right - left), ("-H", bottom - top))
    return ("-r", str(GRID), *(part for name, value in pairs for part in (name, str(value))))


def check_places(path: Path, extracted: Extracted, places: int, seed: int) -> tuple[int, int]:
    """How many of the sampled lines stand on their page, and how many in their box."""
    document = pypdfium2.PdfDocument(path)
    lines = [box for box in extracted.boxes if len(bare(extracted.text[box.start : box.end])) >= 8]
    on_page = in_box = 0
    for box in random.Random(seed).sample(lines, min(places, len(lines))):
        words = bare(extracted.text[box.start : box.end])
        on_page += words in poppler(path, box.page, "-raw")
        in_box += words in poppler(path, box.page, *within(box, document[box.page - 1].get_size()))
    document.close()
    return on_page, in_box


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pdf", type=Path, nargs="?", default=FOLDER / "debian-reference.zh-cn.pdf")
    parser.add_argument("text", type=Path, nargs="?", default=FOLDER / "debian-reference.zh-cn.txt.gz")
    parser.add_argument("--places", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--broken", type=int, default=0, help="print so many fragments that were not found whole")
    options = parser.parse_args()
    data = options.pdf.read_bytes()
    began = time.perf_counter()
    extracted = pdf.load(data)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"read: {len(extracted.page_starts)} pages, {len(extracted.boxes)} lines in {seconds:.2f} s, peak {peak} MB")

    stored = options.text.read_bytes()
    reference = (gzip.decompress(stored) if options.text.suffix == ".gz" else stored).decode()
    pieces, text = fragments(reference), han(extracted.text)
    total = sum(map(len, pieces))
    count, broken = found(pieces, text)
    whole = LCSseq.similarity(han(reference), text)
    print(f"Chinese characters: {total}, found in order {count / total:.4f} ({len(broken)} of {len(pieces)} fragments broken)")
    print(f"longest common subsequence over the whole: {whole / total:.4f}")
    print(*random.Random(options.seed).sample(broken, min(options.broken, len(broken))), sep="\n")

    if shutil.which("pdftotext") is None:
        print("pages: not checked, pdftotext (poppler-utils) is not installed")
        return
    on_page, in_box = check_places(options.pdf, extracted, options.places, options.seed)
    print(f"places: {on_page}/{options.places} on the page named, {in_box}/{options.places} in their box")


if __name__ == "__main__":
    main()
