"""Opens the zip archives that office documents are, after a look at what they claim to hold: never unpacked to disk, and never
more in memory than the limits here. Reads their parts, and XML without entities and without fetching anything.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from lxml import etree

from youju.errors import UnreadableFile

MAX_ENTRIES = 20_000
MAX_BYTES = 512 << 20  # unpacked, all entries together
MAX_RATIO = 200  # of unpacked to packed bytes; office documents seldom reach 50
# What zipfile raises on archives that were cut, garbled, or packed in a way it does not know.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
RATIO_FROM = 32 << 20  # bytes; a small archive may be as dense as it likes


def open_archive(data: bytes) -> zipfile.ZipFile:
    """
    Raises:
        UnreadableFile: it is damaged, encrypted, or unpacks to more than a document would.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED as error:
        raise UnreadableFile(f"damaged archive ({error}).") from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile("it is encrypted with a password.")
    if len(entries) > MAX_ENTRIES or unpacked > MAX_BYTES or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * len(data)):
        raise UnreadableFile(f"it unpacks to {unpacked >> 20} MiB in {len(entries)} parts, more than a document would.")
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one entry.

    Raises:
        UnreadableFile: it is missing or damaged.
    """
    try:
        return archive.read(name)
    except KeyError as error:
        raise UnreadableFile(f"damaged archive (no {name} in it).") from error
    except DAMAGED as error:
        raise UnreadableFile(f"damaged archive ({name}: {error}).") from error


def parse_xml(data: bytes) -> etree._Element:
    """
    Raises:
        UnreadableFile: it is not well-formed, or larger or deeper than lxml allows.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile(f"damaged XML ({error}).") from error
