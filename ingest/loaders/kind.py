"""What kind of file it is, as a media type: by its content, and by its name only where texts look alike.

Knows signatures and extensions; which kinds have a reader is for `ingest.loaders` to say.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePath

from ingest.loaders.archive import open_archive, part
from ingest.loaders.encoding import decode, is_text
from ingest.loaders.ole import Container
from youju.errors import UnreadableFile

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
CSV, TSV = "text/csv", "text/tab-separated-values"
JSON, JSON_LINES = "application/json", "application/x-ndjson"
XML, RST, SOURCE, LOG = "application/xml", "text/x-rst", "text/x-source", "text/x-log"
PDF, RTF, MAIL, EPUB = "application/pdf", "application/rtf", "message/rfc822", "application/epub+zip"
WEB_ARCHIVE = "multipart/related"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
XLS, DOC, PPT, OUTLOOK = (
    "application/vnd.ms-excel",
    "application/msword",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-outlook",
)
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
ZIP, OLE, ENCRYPTED = "application/zip", "application/x-ole-storage", "application/x-encrypted"
PNG, JPEG, TIFF, WEBP = "image/png", "image/jpeg", "image/tiff", "image/webp"
IMAGE, BINARY, OTHER_TEXT = "image/*", "application/octet-stream", "text/x-unknown"

# Settings, then code and other texts that are read line for line.
SOURCES = (
    "yaml yml toml ini cfg conf properties py pyi js mjs cjs jsx ts tsx vue java kt kts scala groovy c h cc cpp cxx hpp hh cs "
    "go rs swift rb php pl pm lua r jl dart m mm sh bash zsh fish ps1 bat cmd sql css scss less tex bib proto graphql tf "
    "gradle cmake mk asm vb f90 hs ml clj ex exs erl diff patch srt vtt adoc org"
)
EXTENSIONS = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".json": JSON,
    ".jsonl": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".eml": MAIL,
    ".msg": OUTLOOK,
    ".mht": WEB_ARCHIVE,
    ".mhtml": WEB_ARCHIVE,
    ".pdf": PDF,
    ".rtf": RTF,
    ".epub": EPUB,
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), DOCX),
    ".doc": DOC,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".ppt": PPT,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xlsb": XLSB,
    ".xls": XLS,
    ".odt": ODT,
    ".ods": ODS,
    ".odp": ODP,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".webp": WEBP,
    ".xml": XML,
    ".rst": RST,
    ".log": LOG,
    **dict.fromkeys((f".{ending}" for ending in SOURCES.split()), SOURCE),
}
TEXTS = frozenset({PLAIN, MARKDOWN, HTML, CSV, TSV, JSON, JSON_LINES, MAIL, XML, RST, SOURCE, LOG})

HEAD = 1024  # bytes in which a signature stands
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = {b"\x89PNG\r\n": PNG, b"\xff\xd8\xff": JPEG, b"II*\0": TIFF, b"MM\0*": TIFF}  # of pages, perhaps
IMAGES = (b"GIF87a", b"GIF89a", b"\0\0\1\0", b"8BPS")
HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
XML_START = re.compile(rb"\s*<\?xml\s")
SVG_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+svg[^>]*>\s*)?<svg\b", re.IGNORECASE | re.DOTALL
)
HEADER_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]?(.*\r?\n(?:[ \t]+.*\r?\n)*)")
MAIL_HEADERS = frozenset({b"from", b"subject", b"date", b"message-id"})
SENT_HEADERS = frozenset({b"to", b"message-id", b"received", b"delivered-to"})

# The main part of an office document by [Content_Types].xml, whatever its extension; ".main" tells it from what it embeds.
MAIN_PARTS = (
    (rb"(?:wordprocessingml|ms-word)\.(?:document|template)(?:\.macroEnabled(?:Template)?)?\.main\+xml", DOCX),
    (rb"(?:presentationml\.presentation|powerpoint\.presentation\.macroEnabled)\.main\+xml", PPTX),
    (rb"(?:spreadsheetml\.(?:sheet|template)|excel\.(?:sheet|template)\.macroEnabled)\.main\+xml", XLSX),
    (rb"excel\.sheet\.binary\.macroEnabled\.main", XLSB),
)
# The streams that tell what an OLE container holds; names in its directory are UTF-16, padded with zeros.
STREAMS = {
    "EncryptedPackage": ENCRYPTED,
    "WordDocument": DOC,
    "PowerPoint Document": PPT,
    "Workbook": XLS,
    "Book": XLS,
    "__nameid_version1.0": OUTLOOK,
}


def extension(name: str) -> str:
    """The extension of a file name with its dot, in small letters; empty if there is none."""
    return PurePath(name).suffix.lower()


def kind_of(data: bytes, name: str) -> str:
    """The media type of a file.

    Raises:
        UnreadableFile: it is an archive that cannot be opened.
    """
    if kind := _by_signature(data):
        return kind
    if not is_text(data):
        return BINARY
    headers = _headers(data)
    named = EXTENSIONS.get(extension(name), PLAIN if not extension(name) else "")
    if _is_web_archive(headers) or (named == WEB_ARCHIVE and b"content-type" in headers):
        return WEB_ARCHIVE
    if len(headers.keys() & MAIL_HEADERS) > 1:
        return MAIL
    if XML_START.match(_ascii(data)):
        return XML
    if named in (JSON, JSON_LINES):
        return named
    if _is_json(data):
        return JSON
    # A text under the name of, say, a .doc is a text; an extension that nobody knows stays unknown.
    return named if named in TEXTS else PLAIN if named else OTHER_TEXT


def looks_supported(head: bytes, name: str) -> bool:
    """Whether a file may have a reader, by its name or by its first bytes; what an archive holds they do not tell."""
    known = not extension(name) or extension(name) in EXTENSIONS
    return known or _is_pdf(head[:HEAD]) or head.startswith(b"{\\rtf") or bool(HTML_START.match(_ascii(head)))


def _by_signature(data: bytes) -> str | None:
    head = _ascii(data)
    # Behind other bytes the mark counts only if the file ends as a PDF: a text may speak of it.
    if _is_pdf(head[:16]) or (_is_pdf(head) and b"%%EOF" in data[-2 * HEAD :]):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_archive(data)
    if data.startswith(b"{\\rtf"):
        return RTF
    if data.startswith(OLE_MAGIC):
        return _kind_of_ole(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if picture := next((kind for signature, kind in PICTURES.items() if data.startswith(signature)), None):
        return picture
    if data.startswith(IMAGES) or SVG_START.match(head):
        return IMAGE
    return HTML if HTML_START.match(head) else None


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head


def _ascii(data: bytes) -> bytes:
    """The first bytes of a file, without a byte order mark; of UTF-16 the letters only."""
    head = data[:HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _kind_of_archive(data: bytes) -> str:
    with open_archive(data) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names:
            types = part(archive, "[Content_Types].xml")
            return next((kind for pattern, kind in MAIN_PARTS if re.search(pattern, types)), ZIP)
        if "mimetype" in names:
            declared = part(archive, "mimetype").strip().decode("ascii", "replace").removesuffix("-template")
            return declared if declared in (ODT, ODS, ODP, EPUB) else ZIP
        return EPUB if "META-INF/container.xml" in names else ZIP


def _kind_of_ole(data: bytes) -> str:
    """By the streams of the document itself. Where the container is damaged, by the name that comes first: those of embedded
    documents follow.
    """
    try:
        names = [name for name in Container(data).under("") if name in STREAMS]
        return next((STREAMS[name] for name in STREAMS if name in names), OLE)
    except UnreadableFile:
        places = {name: data.find(name.encode("utf-16-le") + b"\0\0") for name in STREAMS}
        found = {name: place for name, place in places.items() if place >= 0}
        return STREAMS[min(found, key=lambda name: found[name])] if found else OLE


def _headers(data: bytes) -> dict[bytes, bytes]:
    """The header lines that it begins with, as messages do."""
    place, seen = 0, dict[bytes, bytes]()
    head = data.removeprefix(b"\xef\xbb\xbf")[: 64 * HEAD]
    while match := HEADER_LINE.match(head, place):
        seen.setdefault(match[1].lower(), match[2])
        place = match.end()
    return seen


def _is_web_archive(headers: dict[bytes, bytes]) -> bool:
    """Whether it is a page with its parts that nobody sent to anybody."""
    related = headers.get(b"content-type", b"").strip().lower().startswith(b"multipart/related")
    return related and b"mime-version" in headers and not headers.keys() & SENT_HEADERS


def _is_json(data: bytes) -> bool:
    if data.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(decode(data))
    except (ValueError, RecursionError):
        return False
    return True
