"""The package that a document of Office is: its parts, and how they relate. Parts are read when they are asked for."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from ingest.loaders.archive import open_archive, parse_xml, part
from youju.errors import UnreadableFile

RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")  # of the stricter standard; all else in it is the same


@dataclass(frozen=True, slots=True)
class Relation:
    """To what a part relates, and as what."""

    kind: str
    target: str


class Package:
    def __init__(self, data: bytes) -> None:
        """
        Raises:
            UnreadableFile: it is damaged, encrypted, or unpacks to more than a document would.
        """
        self._archive = open_archive(data)
        self._names = frozenset(self._archive.namelist())
        self._relations: dict[str, dict[str, Relation]] = {}

    @cached_property
    def main(self) -> str:
        """The part that the document itself is."""
        found = self.related("", "officeDocument")
        if found is None:
            raise UnreadableFile("damaged document (no main part in it).")
        return found

    @property
    def title(self) -> str:
        core = self.related("", "core-properties")
        found = next(self.root(core).iter(TITLE), None) if core is not None else None
        return (found.text or "") if found is not None else ""

    def root(self, name: str) -> etree._Element:
        """
        Raises:
            UnreadableFile: the part is missing or damaged.
        """
        data = part(self._archive, name)
        return parse_xml(STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data) if b"purl.oclc.org" in data else data)

    def related(self, name: str, kind: str) -> str | None:
        """The part that another relates to as, say, its styles."""
        return next((one.target for one in self._of(name).values() if one.kind == kind), None)

    def target(self, name: str, key: str | None) -> str | None:
        """The part that another means by this id."""
        found = self._of(name).get(key) if key is not None else None
        return found.target if found is not None else None

    def _of(self, name: str) -> dict[str, Relation]:
        if name not in self._relations:
            folder, base = posixpath.split(name)
            source = posixpath.join(folder, "_rels", f"{base}.rels")
            nodes = self.root(source).iter(RELATIONSHIP) if source in self._names else ()
            found = {}
            for node in nodes:
                target = posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))).lstrip("/")
                if node.get("TargetMode") != "External" and target in self._names:
                    found[node.get("Id", "")] = Relation(node.get("Type", "").rpartition("/")[2], target)
            self._relations[name] = found
        return self._relations[name]
