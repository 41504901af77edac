"""XML of any kind: texts in reading order under their titles, and records as lines `name: value`, kept together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ingest.loaders import source
from ingest.loaders.archive import parse_xml
from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from youju.errors import UnreadableFile
from youju.records import Extracted

DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
TITLES = frozenset({"title", "head", "heading", "标题", "標題"})
TEXTS = frozenset({"p", "para", "simpara", "paragraph", "text", "line", "l", "li", "programlisting", "screen", "literallayout"})
LONGEST_VALUE = 120  # characters; what is longer is a text and needs no name
XML_OWN = "{http://www.w3.org/XML/1998/namespace}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


def load(data: bytes) -> Extracted:
    """What is no XML although it is called so is read line for line."""
    text = decode(data)
    try:
        root = parse_xml(DECLARATION.sub("", text.lstrip("\ufeff")).encode())
    except UnreadableFile:
        return source.load(data)
    builder = TextBuilder()
    _add(root, builder, 1)
    return builder.build("application/xml", "")


def _add(node: etree._Element, builder: TextBuilder, level: int) -> None:
    """lxml refuses nesting deeper than 256: no stack of our own."""
    children = [child for child in node if isinstance(child.tag, str)]
    if _is_mixed(node) or not children:
        builder.block(_shown(node))
        return
    titles = [child for child in children if _name(child) in TITLES and not _is_record(child)]
    if titles and (title := _shown(titles[0])):
        builder.block(title, heading_level=level)
        children.remove(titles[0])
        level += 1
    lines = [f"{name}: {value}" for name, value in _attributes(node)]
    for child in children:
        if _is_value(child):
            lines += _lines(child)
        else:
            _add_record(lines, builder)
            _add(child, builder, level)
    _add_record(lines, builder)


def _add_record(lines: list[str], builder: TextBuilder) -> None:
    """Add the lines of a record so far, and clear them."""
    start, _ = builder.block("\n".join(lines))
    builder.keep_whole(start)
    lines.clear()


def _lines(node: etree._Element) -> list[str]:
    name, text = _name(node), _shown(node)
    return [*([f"{name}: {text}"] if text else []), *(f"{name} {key}: {value}" for key, value in _attributes(node))]


def _is_value(node: etree._Element) -> bool:
    """Whether an element is a value under a name, and no text of its own."""
    if len(node) or _name(node).lower() in TEXTS:
        return False
    return len(_shown(node)) <= LONGEST_VALUE


def _is_record(node: etree._Element) -> bool:
    return any(isinstance(child.tag, str) for child in node) and not _is_mixed(node)


def _is_mixed(node: etree._Element) -> bool:
    """Whether text stands between its elements."""
    return any(isinstance(child.tag, str) for child in node) and (
        bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
    )


def _shown(node: etree._Element) -> str:
    return " ".join("".join(_texts(node)).split())


def _texts(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if isinstance(child.tag, str):  # not what stands for an entity
            yield from _texts(child)
        yield child.tail or ""


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname


def _attributes(node: etree._Element) -> list[tuple[str, str]]:
    found = ((str(key), str(value)) for key, value in node.items())
    return [
        (etree.QName(key).localname, " ".join(value.split()))
        for key, value in found
        if value.strip() and not key.startswith((XML_OWN, SCHEMA))
    ]
