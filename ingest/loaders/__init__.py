"""One file per family of formats; each turns bytes into text with positions (`youju.records.Extracted`).

A loader is a function `load(data) -> Extracted`. It knows nothing of chunks, stores or where the bytes came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from ingest.loaders import docx, html, image, markdown, pdf, plain
from youju.errors import UnreadableFile
from youju.records import Extracted

Loader = Callable[[bytes], Extracted]

TITLE_CHARACTERS = 200  # a longer one would push the text itself out of what the embedder reads

LOADERS: dict[str, Loader] = {
    ".txt": plain.load,
    ".text": plain.load,
    ".md": markdown.load,
    ".markdown": markdown.load,
    ".html": html.load,
    ".htm": html.load,
    ".xhtml": html.load,
    ".pdf": pdf.load,
    ".docx": docx.load,
    ".png": image.load,
    ".jpg": image.load,
    ".jpeg": image.load,
    ".tif": image.load,
    ".tiff": image.load,
    ".webp": image.load,
}


def is_supported(name: str) -> bool:
    """Whether a file of this name has a loader."""
    return PurePath(name).suffix.lower() in LOADERS


def load(data: bytes, name: str) -> Extracted:
    """Read a file's bytes with the loader of its name.

    Raises:
        UnreadableFile: no loader for it, or it holds no text; loaders raise it, or their library's own errors, for
            damaged files.
    """
    loader = LOADERS.get(PurePath(name).suffix.lower())
    if loader is None:
        raise UnreadableFile(f"no reader for {PurePath(name).suffix or 'files without an ending'}.")
    if not data.strip():
        raise UnreadableFile("the file is empty.")
    extracted = loader(data)
    if not extracted.text.strip():
        raise UnreadableFile("no text in it (a scan, or pictures only).")
    return replace(extracted, title=" ".join(extracted.title.split())[:TITLE_CHARACTERS])
