"""Pictures of pages (PNG, JPEG, TIFF, WebP) through `ocr`: each frame of a TIFF is a page.

Knows how pictures are decoded, not how text in them is read.
"""

from __future__ import annotations

import io
import math

from ingest.loaders import ocr
from ingest.loaders.builder import TextBuilder
from ingest.loaders.layout import paragraphs
from youju.errors import UnreadableFile
from youju.records import Extracted

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
MOST_PIXELS = 100_000_000  # of a picture before it is made smaller: A4 at 1000 dpi; more would not fit in memory


def load(data: bytes) -> Extracted:
    import numpy
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"no picture that can be read ({type(error).__name__}).") from error
    if not ocr.is_installed():
        raise UnreadableFile(ocr.MISSING)
    builder = TextBuilder()
    for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
        if math.prod(frame.size) > MOST_PIXELS:
            raise UnreadableFile(f"a picture of {frame.width} by {frame.height} pixels is too large.")
        share = math.sqrt(ocr.PIXELS / max(math.prod(frame.size), 1))
        frame.draft("RGB", (round(frame.width * share), round(frame.height * share)))  # JPEG: decoded smaller at once
        upright = ImageOps.exif_transpose(frame.convert("RGB"))
        if share < 1:
            upright.thumbnail((round(upright.width * share) + 1, round(upright.height * share) + 1))
        builder.page()
        for paragraph in paragraphs(ocr.read_image(numpy.ascontiguousarray(numpy.asarray(upright)[:, :, ::-1]))):
            paragraph.write(builder, number)
    return builder.build(Image.MIME[picture.format or "PNG"], "")
