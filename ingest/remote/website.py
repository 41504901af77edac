"""The pages of a website, as its sitemap names them."""

from __future__ import annotations

import gzip
import io
import mimetypes
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx
from lxml import etree

from ingest.loaders import is_supported
from ingest.remote.mirror import ADVICE, Entry, Unavailable, Unchanged
from ingest.remote.network import client
from youju.errors import InvalidRequest, YoujuError

SITEMAP_BYTES = 50 << 20  # what the standard allows
DEPTH = 2  # sitemaps that name sitemaps


@dataclass(frozen=True)
class _Page:
    address: str
    changed: str


class Website:
    """`https://host/sitemap.xml`, or a part of a website (`https://host/docs/`), whose sitemap stands where robots.txt says, or
    at `/sitemap.xml`. Only pages of that host are asked for, and none that robots.txt forbids.
    """

    def __init__(self, address: str, allow_private: bool) -> None:
        self._address = address
        self._client = client(allow_private)
        self._host = _origin(address)
        self._robots = RobotFileParser()
        self._robots.parse(self._read_or_nothing(f"{self._host}/robots.txt").decode("utf-8", "replace").splitlines())

    def entries(self) -> Iterator[Entry]:
        is_sitemap = urlsplit(self._address).path.endswith((".xml", ".xml.gz"))
        within = "" if is_sitemap else self._address
        roots = [self._address] if is_sitemap else self._robots.site_maps() or [f"{self._host}/sitemap.xml"]
        seen = set()
        for page in (page for root in roots for page in self._pages(root, DEPTH)):
            if page.address not in seen and page.address.startswith(within) and _origin(page.address) == self._host:
                seen.add(page.address)
                yield Entry(page.address, page.changed and f"changed {page.changed}")
        if not seen:
            raise InvalidRequest(f"the sitemap of {self._address} names no page of it.", ADVICE)

    def fetch(self, entry: Entry, known: str, target: Path, most: int) -> tuple[str, str]:
        if not self._robots.can_fetch("youju", entry.address):
            raise Unavailable("robots.txt forbids it")
        kind, _, value = known.partition(" ")
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        try:
            with self._client.stream("GET", entry.address, headers={names[kind]: value} if kind in names else {}) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    raise Unchanged
                if not response.is_success or _origin(str(response.url)) != self._host:
                    raise Unavailable(f"HTTP {response.status_code}" if response.is_error else "it leads to another host")
                _write(response, target, most)
                headers = response.headers
        except (httpx.HTTPError, httpx.InvalidURL, YoujuError) as error:
            raise Unavailable(" ".join(str(error).split()) or type(error).__name__) from error
        tag = f"etag {headers['etag']}" if "etag" in headers else f"modified {headers.get('last-modified', '')}"
        return (entry.tag or (tag if tag != "modified " else "")), _ending(entry.address, headers.get("content-type", ""))

    def _pages(self, address: str, depth: int) -> Iterator[_Page]:
        try:
            root = etree.fromstring(_plain(self._read(address)), etree.XMLParser(resolve_entities=False, no_network=True))
        except (etree.XMLSyntaxError, ValueError, OSError, EOFError, zlib.error) as error:
            raise InvalidRequest(f"{address} is no sitemap.", "Give the address of a sitemap.xml.") from error
        for one in root:
            if isinstance(one.tag, str):
                told = {etree.QName(part).localname: (part.text or "").strip() for part in one if isinstance(part.tag, str)}
                kind, place = etree.QName(one).localname, told.get("loc", "")
                if kind == "url" and place:
                    yield _Page(place, told.get("lastmod", ""))
                elif kind == "sitemap" and depth and _origin(place) == self._host:
                    yield from self._pages(place, depth - 1)

    def _read(self, address: str) -> bytes:
        try:
            with self._client.stream("GET", address) as response:
                response.raise_for_status()
                buffer = io.BytesIO()
                for part in response.iter_bytes():
                    if buffer.tell() + len(part) > SITEMAP_BYTES:
                        raise InvalidRequest(f"{address} is larger than a sitemap may be.", ADVICE)
                    buffer.write(part)
                return buffer.getvalue()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise InvalidRequest(f"{address} cannot be read ({' '.join(str(error).split())}).", ADVICE) from error

    def _read_or_nothing(self, address: str) -> bytes:
        try:
            with self._client.stream("GET", address) as response:
                return response.read() if response.is_success else b""
        except (httpx.HTTPError, httpx.InvalidURL):
            return b""


def _write(response: httpx.Response, target: Path, most: int) -> None:
    size = 0
    with target.open("wb") as file:
        for part in response.iter_bytes():
            size += len(part)
            if size > most:
                raise Unavailable(f"larger than {most >> 20} MiB (YOUJU_MAX_FILE_MB)")
            file.write(part)


def _plain(data: bytes) -> bytes:
    """A sitemap, also one that is packed."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    with gzip.open(io.BytesIO(data)) as file:
        plain = file.read(SITEMAP_BYTES + 1)
    if len(plain) > SITEMAP_BYTES:
        raise ValueError("too large")
    return plain


def _origin(address: str) -> str:
    """Scheme, host and port; empty where it is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _ending(address: str, content_type: str) -> str:
    suffix = Path(urlsplit(address).path).suffix.lower()
    told = mimetypes.guess_extension(content_type.partition(";")[0].strip()) or ""
    return suffix if suffix and is_supported(f"a{suffix}") else {".htm": ".html", ".xhtml": ".html"}.get(told, told)
