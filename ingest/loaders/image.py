"""Pictures of pages (PNG, JPEG, TIFF, WebP) through `ocr`: each frame of a TIFF is a page.

Knows how pictures are decoded, not how text in them is read.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

from ingest.loaders import ocr
from ingest.loaders.builder import TextBuilder
from ingest.loaders.layout import paragraphs
from youju.errors import UnreadableFile, UnsupportedFile
from youju.records import Extracted

if TYPE_CHECKING:
    import numpy
    from PIL import Image

LEAST_SIDE = 100  # pixels; icons have less, and OCR finds letters in them that nobody wrote
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
MOST_PIXELS = 100_000_000  # of a picture before it is made smaller: A4 at 1000 dpi; more would not fit in memory


def load(data: bytes) -> Extracted:
    from PIL import Image, ImageSequence, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is looked after here, frame by frame
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (UnidentifiedImageError, OSError) as error:
        raise UnreadableFile(f"no picture that can be read ({type(error).__name__}).") from error
    if not ocr.is_installed():
        raise UnsupportedFile(ocr.MISSING)  # a folder of photographs is passed over, not a list of failures
    if min(picture.size) < LEAST_SIDE:
        raise UnsupportedFile("a picture too small to be a page.")
    builder = TextBuilder()
    for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
        if math.prod(frame.size) > MOST_PIXELS:
            raise UnreadableFile(f"a picture of {frame.width} by {frame.height} pixels is too large.")
        builder.page()
        for paragraph in paragraphs(ocr.read_image(_pixels(frame))):
            paragraph.write(builder, number)
    if not builder.length:
        raise UnsupportedFile("no text in the picture.")
    return builder.build(Image.MIME[str(picture.format)], "")


def _pixels(frame: Image.Image) -> numpy.ndarray[Any, Any]:
    """The picture upright, on white, no larger than OCR takes it, as blue-green-red."""
    import numpy
    from PIL import Image, ImageOps

    frame.draft("RGB", _bounded(frame.size))  # JPEG only: decoded smaller at once
    if frame.has_transparency_data:
        layer = frame.convert("RGBA")
        frame = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    upright = ImageOps.exif_transpose(frame.convert("RGB"))
    upright.thumbnail(_bounded(upright.size))
    return numpy.ascontiguousarray(numpy.asarray(upright)[:, :, ::-1])


def _bounded(size: tuple[int, int]) -> tuple[int, int]:
    """The size, made smaller in proportion if it has too many pixels."""
    share = min(1.0, math.sqrt(ocr.PIXELS / max(math.prod(size), 1)))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))
