"""Text in pictures, read by RapidOCR (PP-OCRv6, Chinese and English) with the models its package carries.

An extra, `youju[ocr]`. Knows the library and how to keep it off the network and within the memory that a reader has. It
runs on ONNX Runtime: OpenVINO would be faster, but compiles code anew for each width of line and page, and after a few
pages that fills the address space a reader may have.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.loaders.layout import Line, Place
from youju.errors import UnreadableFile

if TYPE_CHECKING:
    import numpy

MISSING = "it is a scan; install youju[ocr] to read it."
PIXELS = 2_400_000  # an A4 page at 155 dpi; memory grows with the pixels
LONGEST_SIDE = 2000
THREADS = 4
MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
UPRIGHT = 0.85  # surety below which a page is also read upside down; measured: .985 and more upright, .62 to .72 not
SPACE = 1.5  # of a line's height: what is nearer in the same row goes on with the line


def is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def read_image(pixels: numpy.ndarray[Any, Any]) -> list[Line]:
    """The lines of text in a picture (height, width, blue-green-red) of at most `PIXELS`, in reading order.

    Raises:
        UnreadableFile: the extra is not installed.
    """
    if not is_installed():
        raise UnreadableFile(MISSING)
    lines, surety = _read(pixels)
    if lines and surety < UPRIGHT:
        turned, turned_surety = _read(pixels[::-1, ::-1].copy())
        if turned_surety > surety:
            lines = [replace(line, place=_turned(line.place)) if line.place else line for line in turned]
    height, width = pixels.shape[:2]
    found: list[Line] = []
    for line in lines:
        if found and _beside(found[-1], line, height / width):
            found[-1] = _united(found[-1], line)
        else:
            found.append(line)
    return found


def _read(pixels: numpy.ndarray[Any, Any]) -> tuple[list[Line], float]:
    """The lines as the library finds them, and how sure it is of them, 0 to 1.

    Its own look at which way each line stands is left out: it turned good lines upside down.
    """
    height, width = pixels.shape[:2]
    result = _engine()(pixels, use_cls=False)
    if not result.txts:
        return [], 0.0
    lines = []
    for corners, text in zip(result.boxes, result.txts, strict=True):
        xs, ys = corners[:, 0] / width, corners[:, 1] / height
        sides = (float(min(max(side, 0.0), 1.0)) for side in (xs.min(), ys.min(), xs.max(), ys.max()))
        lines.append(Line(text.strip(), 0.0, Place(*sides)))
    characters = sum(map(len, result.txts))
    return lines, sum(score * len(text) for score, text in zip(result.scores, result.txts, strict=True)) / characters


def _turned(place: Place) -> Place:
    return Place(1 - place.right, 1 - place.bottom, 1 - place.left, 1 - place.top)


def _beside(before: Line, line: Line, ratio: float) -> bool:
    """Whether the second goes on with the first in the same row: the reader splits lines at wide spaces."""
    assert before.place is not None
    assert line.place is not None
    shared = min(before.place.bottom, line.place.bottom) - max(before.place.top, line.place.top)
    height = line.place.bottom - line.place.top
    return shared > 0.5 * height and 0 <= line.place.left - before.place.right < SPACE * height * ratio


def _united(before: Line, line: Line) -> Line:
    assert before.place is not None
    assert line.place is not None
    lows, highs = zip(before.place[:2], line.place[:2], strict=True), zip(before.place[2:], line.place[2:], strict=True)
    return Line(f"{before.text} {line.text}", 0.0, Place(*(min(*both) for both in lows), *(max(*both) for both in highs)))


@lru_cache(maxsize=1)
def _engine() -> Any:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it reserves memory for each core of the machine
    import cv2
    import rapidocr

    threads = min(THREADS, os.cpu_count() or 1)
    cv2.setNumThreads(threads)
    folder = Path(rapidocr.__file__).parent / "models"
    options: dict[str, Any] = {
        "Global.log_level": "critical",
        "Global.max_side_len": LONGEST_SIDE,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    for part, name in MODELS.items():
        # Named files are never looked for on the network: without them the library would fetch what it misses.
        if not (folder / name).is_file():
            raise UnreadableFile(f"this version of rapidocr does not carry {name}.")
        options |= {f"{part}.model_path": str(folder / name), f"{part}.engine_type": rapidocr.EngineType.ONNXRUNTIME}
    return rapidocr.RapidOCR(params=options)
