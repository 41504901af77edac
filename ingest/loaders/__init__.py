"""One file per family of formats; each turns bytes into text with positions (`youju.records.Extracted`).

A loader is a function `load(data) -> Extracted`. It knows nothing of chunks, stores or where the bytes came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ingest.loaders import (
    delimited,
    docx,
    epub,
    html,
    image,
    jsonrecords,
    kind,
    mail,
    markdown,
    oldoffice,
    opendocument,
    outlook,
    pdf,
    plain,
    pptx,
    rtf,
    source,
    spreadsheets,
    webarchive,
    xmltext,
)
from ingest.loaders.encoding import clean
from ingest.loaders.kind import EXTENSIONS, extension, kind_of, looks_supported
from ingest.loaders.titles import title_of
from youju.errors import UnreadableFile, UnsupportedFile
from youju.records import Extracted
from youju.text.listing import lists_in

__all__ = ["LOADERS", "is_supported", "load", "looks_supported"]

Loader = Callable[[bytes], Extracted]

TITLE_CHARACTERS = 200  # a longer one would push the text itself out of what the embedder reads
MAIL_NESTING = 2  # messages inside messages whose attachments are read

LOADERS: dict[str, Loader] = {
    kind.PLAIN: plain.load,
    kind.MARKDOWN: markdown.load,
    kind.HTML: html.load,
    kind.CSV: delimited.load,
    kind.TSV: delimited.load,
    kind.JSON: jsonrecords.load,
    kind.JSON_LINES: jsonrecords.load_lines,
    kind.XML: xmltext.load,
    kind.RST: source.load_structured,
    kind.SOURCE: source.load,
    kind.LOG: source.load_log,
    kind.MAIL: mail.load,
    kind.OUTLOOK: outlook.load,
    kind.WEB_ARCHIVE: webarchive.load,
    kind.PDF: pdf.load,
    kind.RTF: rtf.load,
    kind.EPUB: epub.load,
    kind.DOC: oldoffice.load_document,
    kind.DOCX: docx.load,
    kind.PPT: oldoffice.load_slides,
    kind.PPTX: pptx.load,
    kind.XLSX: spreadsheets.load,
    kind.XLSB: spreadsheets.load_binary,
    kind.XLS: spreadsheets.load_old,
    kind.ODS: spreadsheets.load_opendocument,
    kind.ODT: opendocument.load,
    kind.ODP: opendocument.load,
    **dict.fromkeys((kind.PNG, kind.JPEG, kind.TIFF, kind.WEBP), image.load),
}

MESSAGES = {kind.MAIL: mail.load, kind.OUTLOOK: outlook.load}  # whose attachments are read as well

# Why there is no reader for a kind that is known nevertheless.
REFUSED = {
    kind.OLE: "no reader for this kind of OLE file.",
    kind.ZIP: "no reader for zip archives.",
    kind.IMAGE: "no reader for this kind of image.",
}


def is_supported(name: str) -> bool:
    """Whether a file of this name may have a reader: a guess that costs nothing; `load` looks into the file."""
    return not extension(name) or extension(name) in EXTENSIONS


def load(data: bytes, name: str) -> Extracted:
    """Read a file's bytes with the loader of its content; the name decides only among texts.

    Raises:
        UnsupportedFile: it is of a kind that has no loader.
        UnreadableFile: it holds no text, or is damaged; loaders raise it, or their library's own errors.
    """
    return _load(data, name, MAIL_NESTING)


def _load(data: bytes, name: str, nesting: int) -> Extracted:
    if not data.strip():
        raise UnreadableFile("the file is empty.")
    found = kind_of(data, name)
    loader = LOADERS.get(found)
    if loader is None:
        raise _refusal(found, name)
    if nesting and (message := MESSAGES.get(found)):
        extracted = message(data, lambda inner, called: _load(inner, called, nesting - 1))
    else:
        extracted = loader(data)
    if not extracted.text.strip():
        raise UnreadableFile("no text in it (a scan, or pictures only).")
    if found == kind.PLAIN and EXTENSIONS.get(extension(name), found) not in kind.TEXTS:
        extracted = replace(extracted, notes=(f"plain text under the name of a {extension(name)}.", *extracted.notes))
    extracted = replace(extracted, title=" ".join(clean(extracted.title).split()))
    title = " ".join(title_of(extracted).split())[:TITLE_CHARACTERS]
    lists = lists_in(extracted.text, [(one.start, one.end) for one in extracted.headings], extracted.lists)
    return replace(extracted, title=title, media_type=found, lists=lists)


def _refusal(found: str, name: str) -> UnreadableFile:
    if found == kind.ENCRYPTED:
        return UnreadableFile("it is encrypted with a password.")
    if found == kind.BINARY and extension(name) in EXTENSIONS:
        return UnreadableFile(f"damaged, or not a {extension(name)} (binary content of no known kind).")
    ending = extension(name) or "files without an ending"
    return UnsupportedFile(REFUSED.get(found, f"no reader for {ending}."))
