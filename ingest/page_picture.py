"""A page of a PDF as a picture: `python -m ingest.page_picture PAGE WIDTH < file.pdf > page.png`.

A program of its own, confined as the readers are, since it opens what strangers wrote. The service runs it for its page.
"""

from __future__ import annotations

import io
import sys

import pypdfium2
from PIL import Image, PngImagePlugin

from ingest.containment import confine, limit_processor_time

NO_SUCH_PAGE, UNREADABLE = 3, 4  # exit codes
MEMORY = 1 << 30
SECONDS = 10.0
PIXELS = 16_000_000  # most of one picture: a page may be as long as a street


def png(data: bytes, page: int, width: int) -> bytes:
    """
    Args:
        page: from 1.
        width: pixels; fewer where the page is so long that the picture would be too big.

    Raises:
        IndexError: there is no such page.
        pypdfium2.PdfiumError: the file is no PDF that can be opened.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        if not 1 <= page <= len(document):
            raise IndexError(page)
        sheet = document[page - 1]
        across, down = sheet.get_size()
        scale = min(width / across, (PIXELS / (across * down)) ** 0.5)
        picture = sheet.render(scale=scale).to_pil()
    finally:
        document.close()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def main() -> int:
    page, width = int(sys.argv[1]), int(sys.argv[2])
    data = sys.stdin.buffer.read()
    Image.preinit()  # what saving would import later, when nothing can be opened any more
    assert PngImagePlugin
    confine(MEMORY)
    limit_processor_time(SECONDS)
    try:
        picture = png(data, page, width)
    except IndexError:
        return NO_SUCH_PAGE
    except (pypdfium2.PdfiumError, MemoryError, ZeroDivisionError, ValueError):
        return UNREADABLE
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
