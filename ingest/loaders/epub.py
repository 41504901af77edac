"""Electronic books (.epub): the chapters in the order of the spine, each read as HTML."""

from __future__ import annotations

import posixpath
import zipfile
from urllib.parse import unquote

from lxml import etree

from ingest.loaders import html
from ingest.loaders.archive import open_archive, parse_xml, part
from ingest.loaders.builder import TextBuilder
from youju.errors import UnreadableFile
from youju.records import Extracted

CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
DC = "{http://purl.org/dc/elements/1.1/}"


def load(data: bytes) -> Extracted:
    builder = TextBuilder()
    with open_archive(data) as archive:
        package_path = _package_path(archive)
        package = parse_xml(part(archive, package_path))
        for name in _spine(package, posixpath.dirname(package_path)):
            _add_chapter(archive, name, builder)
        if not builder.length and "META-INF/encryption.xml" in archive.namelist():
            raise UnreadableFile("it is encrypted (copy protection).")
    return builder.build("application/epub+zip", next(package.iter(f"{DC}title"), _NO_TITLE).text or "")


_NO_TITLE = etree.Element("title")


def _package_path(archive: zipfile.ZipFile) -> str:
    for node in parse_xml(part(archive, "META-INF/container.xml")).iter("{*}rootfile"):
        if path := node.get("full-path"):
            return str(path)
    raise UnreadableFile("damaged book (its container names no package).")


def _spine(package: etree._Element, folder: str) -> list[str]:
    """The names of the chapters in reading order; the manifest gives their places, relative to its own. Those that no reading
    comes to but by a link, notes among them, follow.
    """
    manifest = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").split("#")[0])))
        for item in package.iter("{*}item")
        if item.get("media-type") in CHAPTERS and "nav" not in item.get("properties", "").split()
    }
    order = [*(item.get("idref") for item in package.iter("{*}itemref")), *manifest]
    return list(dict.fromkeys(manifest[one] for one in order if one in manifest))


def _add_chapter(archive: zipfile.ZipFile, name: str, builder: TextBuilder) -> None:
    """A chapter that is missing, empty or not readable is passed over: the rest of the book is worth reading."""
    try:
        builder.add(html.load(part(archive, name)))
    except UnreadableFile:
        return
