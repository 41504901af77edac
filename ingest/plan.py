"""What an ingest would do: which files are new, changed, moved, duplicates, as before, failed before, or gone.

Reads files, changes nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from typing import Literal

from ingest.loaders import is_supported, looks_supported
from youju import __version__
from youju.errors import PathNotFound
from youju.index.base.records import Location, Source
from youju.index.protocols import Store
from youju.records import Failure

State = Literal["new", "changed", "moved", "duplicate", "unchanged"]
RECENT_NS = 2_000_000_000  # a file this fresh when read may change again without its time changing
HEAD_BYTES = 1024  # enough to know a document whose name tells nothing
SHOWN_CHARACTERS = 1024  # of a name in a message
# What moves the cursor, ends a line, or turns the direction of what follows.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
NOT_UTF8 = re.compile(r"[\ud800-\udfff]")  # how Python holds other bytes in a name


@dataclass(frozen=True)
class Skipped:
    """A file that is not in the index, and why. `failed` tells a broken file from one that nobody asked to read; `path_key` is
    its resolved path where it was worth noting as a failure.
    """

    uri: str
    reason: str
    failed: bool
    path_key: str = ""


@dataclass(frozen=True)
class Item:
    """A file to ingest. `moved_from` is the place that a moved one has left, as the store knows it."""

    path: Path
    source: Source
    state: State
    moved_from: str | None = None


@dataclass
class Plan:
    """The files of an ingest in the order in which they will be done.

    `gone` are places whose files are no longer there; `gone_failures` the same of files that could not be read.
    """

    collection: str
    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: list[Location] = field(default_factory=list)
    gone_failures: list[str] = field(default_factory=list)
    known: int = 0

    def of(self, state: State) -> list[Item]:
        return [item for item in self.items if item.state == state]

    @property
    def empties(self) -> bool:
        """Whether pruning would leave nothing of what the collection holds, and nothing comes in its place."""
        return 0 < self.known == len(self.gone) and not self.items


def reader_name() -> str:
    """Names what reads files: another version, or a new extra, may read what failed before."""
    return __version__ + ("+ocr" if importlib.util.find_spec("rapidocr") else "")


def plan(
    paths: Sequence[Path], collection: str, store: Store, max_bytes: int, retry: bool = False, shown_as: Mapping[Path, str] = {}
) -> Plan:
    """Compare the files under `paths` with the store.

    A file whose size and time are as stored is not read again; any other is known by its SHA-256. A file that failed
    before is passed over as long as it stays as it was, unless `retry`.

    Args:
        shown_as: how files are shown, where that is not their path.

    Raises:
        PathNotFound: one of the paths does not exist.
    """
    for path in paths:
        if not os.path.exists(path):  # unlike Path.exists, no error for names that no file can have
            raise PathNotFound(f"there is no file or folder {_shown(str(path))}.", "Check the path.")
    known = {location.path_key: location for location in store.locations(collection)}
    failures = {failure.path_key: failure for failure in store.failures(collection)}
    roots = [path.resolve() for path in paths]
    result, seen = Plan(collection, known=len(known)), set[str]()
    shown = {location.uri: location.path_key for location in known.values()}
    for given in paths:
        for path in _files(given, result.skipped, roots):
            path_key = str(path.resolve())
            if path_key in seen:
                continue
            seen.add(path_key)
            uri = distinct_uri(shown_as.get(path, path.as_posix()), path_key, shown)
            outcome = _examine(path, path_key, uri, collection, known.get(path_key), max_bytes, explicit=path == given)
            failure = None if retry else failures.get(path_key)
            if isinstance(outcome, Skipped):
                storable = outcome.failed and path_key == _shown(path_key)
                result.skipped.append(replace(outcome, path_key=path_key if storable else ""))
            elif failure is not None and _failed_as_it_is(outcome, failure):
                result.skipped.append(Skipped(outcome.source.uri, failure.reason, failed=True))
            else:
                result.items.append(outcome)

    def gone(path_key: str) -> bool:
        return path_key not in seen and any(Path(path_key).is_relative_to(root) for root in roots) and _is_gone(Path(path_key))

    result.gone = [location for path_key, location in known.items() if gone(path_key)]
    result.gone_failures = [path_key for path_key in failures if gone(path_key)]
    find_known_content(result, known)
    return result


def distinct_uri(uri: str, path_key: str, shown: dict[str, str]) -> str:
    """How a place is shown: as it was given, or by its key where another one is shown so, as `notes.md` in two folders is when
    each was ingested from within.

    Args:
        shown: what is shown already -> its key; this one is added.
    """
    holder = shown.get(uri, path_key)
    if holder != path_key and not (Path(holder).is_absolute() and _is_gone(Path(holder))):
        return path_key
    shown[uri] = path_key
    return uri


def _failed_as_it_is(item: Item, failure: Failure) -> bool:
    return (failure.size, failure.modified_ns, failure.reader) == (item.source.size, item.source.modified_ns, reader_name())


def find_known_content(result: Plan, known: dict[str, Location]) -> None:
    """Mark files whose content the collection holds already: moved, when the place that held it is gone; else duplicates."""
    places: dict[tuple[str, str], list[Location]] = {}
    for location in known.values():
        places.setdefault((location.digest, location.suffix), []).append(location)
    fresh: set[tuple[str, str]] = set()
    for number, item in enumerate(result.items):
        if item.state not in ("new", "changed"):
            continue
        content = (item.source.digest, item.source.suffix)
        left = next((place for place in places.get(content, ()) if _has_left(place, item)), None)
        if left is not None:
            places[content].remove(left)
            result.gone = [location for location in result.gone if location.path_key != left.path_key]
            result.items[number] = replace(item, state="moved", moved_from=left.path_key)
        elif content in places or content in fresh:
            result.items[number] = replace(item, state="duplicate")
        fresh.add(content)


def _has_left(place: Location, item: Item) -> bool:
    """Whether a file stood at `place` and does no more. Uploads have no place on disk."""
    path = Path(place.path_key)
    return place.path_key != item.source.path_key and path.is_absolute() and _is_gone(path)


def _is_gone(path: Path) -> bool:
    """Whether there is no such file. One that cannot be looked at (rights, a network share that is down) is not gone."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _files(given: Path, skipped: list[Skipped], roots: Sequence[Path]) -> Iterator[Path]:
    """Files under a folder in a fixed order; hidden ones and links to folders are passed over, unreadable folders noted, and
    links to files that lie outside all of `roots`: who gave a folder did not give what its links lead to.
    """

    def note(error: OSError) -> None:
        skipped.append(Skipped(_shown(error.filename), f"cannot be read ({error.strerror})", failed=True))

    if not given.is_dir():
        yield given
        return
    for folder, folders, names in os.walk(given, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith((".", "~$")) and not (path.is_symlink() and _leads_astray(path, roots, skipped)):
                yield path


def _leads_astray(link: Path, roots: Sequence[Path], skipped: list[Skipped]) -> bool:
    """Whether a link is not to be followed; then it is noted."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a loop
        skipped.append(Skipped(_shown(str(link)), "a link that leads to itself", failed=True))
        return True
    if outside := not any(target.is_relative_to(root) for root in roots):
        skipped.append(Skipped(_shown(str(link)), "a link that leads out of the folder", failed=False))
    return outside


def _examine(
    path: Path, path_key: str, uri: str, collection: str, known: Location | None, max_bytes: int, explicit: bool
) -> Item | Skipped:
    if NOT_UTF8.search(uri):
        return Skipped(_shown(uri), "its name is not UTF-8", failed=True)
    if CONTROLS.search(uri):
        return Skipped(_shown(uri), "its name holds control characters", failed=True)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Skipped(uri, "not a regular file", failed=is_supported(path.name))
        if not is_supported(path.name) and not looks_supported(_head(path), path.name):
            return Skipped(uri, f"no reader for {path.suffix or 'files without an ending'}", failed=explicit)
        if status.st_size > max_bytes:
            return Skipped(uri, f"larger than {max_bytes >> 20} MiB (YOUJU_MAX_FILE_MB)", failed=True)
        if known and (known.size, known.modified_ns, known.uri) == (status.st_size, status.st_mtime_ns, uri):
            return Item(path, _source(collection, path_key, uri, known.digest, status), "unchanged")
        with _open(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return Skipped(uri, f"cannot be read ({error.strerror})", failed=True)
    state: State = "new" if known is None else "unchanged" if known.digest == digest else "changed"
    return Item(path, _source(collection, path_key, uri, digest, status), state)


def _open(path: Path) -> BufferedReader:
    """It may be another kind of file by now: opening a FIFO would wait for its writer."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))


def _head(path: Path) -> bytes:
    with _open(path) as file:
        return file.read(HEAD_BYTES)


def _shown(name: str) -> str:
    """A file name that can be printed and stored, whatever it was made of."""
    clean = CONTROLS.sub("�", NOT_UTF8.sub("�", name))
    return clean if len(clean) <= SHOWN_CHARACTERS else f"{clean[: SHOWN_CHARACTERS // 2]}…{clean[-SHOWN_CHARACTERS // 2 :]}"


def _source(collection: str, path_key: str, uri: str, digest: str, status: os.stat_result) -> Source:
    # A file written just now may be written again within the clock's grain: its time is not kept, so the next plan reads it.
    modified = status.st_mtime_ns
    fresh = modified > time.time_ns() - RECENT_NS
    return Source(collection, path_key, uri, digest, status.st_size, -1 if fresh else modified)
