"""Reads files in a child process, so that a file that crashes, hangs or swallows memory is only a file that failed.

Knows how to keep a child in bounds and trusts nothing that comes from it; what reading means it takes from
`ingest.loaders`, what a child may do from `ingest.containment`.
"""

from __future__ import annotations

import gc
import hashlib
import io
import multiprocessing
import os
import pickle
import re
import signal
import stat
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ingest.containment import confine, limit_processor_time
from ingest.loaders import load
from ingest.spool import MARK, Spool, messages
from youju.errors import UnreadableFile, UnsupportedFile
from youju.records import Box, Extracted, Heading
from youju.structure import Cell, Column, Item, ItemList, Row, Table

MEMORY = 2 << 30  # bytes of address space beyond what the child has when it starts
GRACE = 2.0  # seconds by the clock beyond those of the processor, so that the child's end tells which of the two it was
ATTEMPTS = 3  # to read a file that changes meanwhile
MARKS = 500_000  # headings, pages, boxes and spans of a document; each costs the parent some hundred bytes
MARK_BYTES = 200  # most that one takes on its way through the pipe
REASON_CHARACTERS = 300
NOTES = 20  # kept of a file
TOO_MUCH_MEMORY = "it needs too much memory to read"
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What one file may cost."""

    seconds: float
    bytes: int = 200 << 20
    characters: int = 20_000_000

    @property
    def rows(self) -> int:
        """Bytes of the rows of large tables: as much as a file grows by its signs, or one that was packed."""
        return 5 * self.bytes

    @property
    def message(self) -> int:
        """The longest answer that a child which keeps to them can give."""
        return 4 * self.characters + MARKS * MARK_BYTES + (1 << 16)


@dataclass(frozen=True)
class Read:
    """What came of a file: its text, or the reason why there is none; with the SHA-256 of the bytes that were read.

    `failed` is False for a file of a kind that nobody reads.
    """

    extracted: Extracted | None
    reason: str = ""
    digest: str = ""
    size: int = 0
    failed: bool = True


class Sandbox:
    """A child process that reads one file after the other; a new one is started when it dies or takes too long."""

    def __init__(self, limits: Limits, spool: Path | None = None) -> None:
        """
        Args:
            spool: a folder with room for the rows of large tables; None for the system's own.
        """
        self._limits = limits
        self._folder = spool
        self._context = multiprocessing.get_context("spawn")
        self._child: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read_all(self, files: Iterable[tuple[T, Path]]) -> Generator[tuple[T, Read]]:
        """Yield (tag, what came of it) for each (tag, path). The next file is read while the caller works on this one."""
        waiting: list[T] = []
        is_asked = False  # whether the child has an answer to give
        try:
            for tag, path in files:
                result = self._receive() if waiting else None
                is_asked = True
                self._send(path)
                if result is not None:
                    yield waiting.pop(), result
                waiting.append(tag)
            if waiting:
                result, is_asked = self._receive(), False
                yield waiting.pop(), result
        finally:
            if is_asked:  # broken off: what the child still says must not be taken for another file's
                self._stop()

    def _send(self, path: Path) -> None:
        if self._child is None or not self._child.is_alive():
            self._stop()
            self._pipe, theirs = self._context.Pipe()
            self._child = self._context.Process(target=_work, args=(theirs, self._limits), daemon=True)
            self._child.start()
            theirs.close()
        assert self._pipe is not None
        try:
            self._pipe.send(path)
        except ConnectionError:  # the child died since we looked
            self._stop()
            self._send(path)

    def _receive(self) -> Read:
        """The child's answer. A timer ends the child, and with it the waiting, also in the middle of an answer."""
        assert self._pipe is not None
        assert self._child is not None
        too_late = threading.Event()

        def end(child: SpawnProcess = self._child) -> None:
            too_late.set()
            child.kill()

        timer = threading.Timer(self._limits.seconds + GRACE, end)
        timer.start()
        try:
            result: Read | None = self._answer(self._pipe)
        except (OSError, EOFError, pickle.UnpicklingError):  # OSError: the answer is longer than any may be
            result = None
        finally:
            timer.cancel()
            timer.join()
        if result is None:
            self._child.join(GRACE)  # the pipe of a child that dies closes a moment before it is dead
            result = Read(None, self._reason(self._child.exitcode, too_late.is_set()))
            self._stop()
        return result

    def _answer(self, pipe: Connection) -> Read:
        """What the child says of a file, after the rows of its large tables."""
        spool: Spool | None = None
        while (message := pipe.recv_bytes(self._limits.message)).startswith(MARK):
            spool = spool or Spool(self._folder, self._limits.rows)
            if not spool.add(message):
                self._stop()
                return Read(None, f"more than {self._limits.rows >> 20} MiB of rows (YOUJU_MAX_FILE_MB)")
        result = _unpack(message)
        if spool is None or result.extracted is None:
            return result
        return replace(result, extracted=spool.attached(result.extracted))

    def _reason(self, code: int | None, too_late: bool) -> str:
        """Why a child ended that gave no answer."""
        if too_late:
            return f"it took longer than {self._limits.seconds:g} s to read (YOUJU_PARSE_SECONDS)"
        if code == -signal.SIGXCPU:
            return f"it took more than {self._limits.seconds:g} s of processor time to read (YOUJU_PARSE_SECONDS)"
        if code is not None and code < 0:
            known = code in [-number for number in signal.Signals]
            return f"it crashed the reader ({signal.Signals(-code).name if known else f'signal {-code}'})"
        return f"it crashed the reader (exit code {code})" if code else "it crashed the reader"

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.join()
            self._child.close()
        if self._pipe is not None:
            self._pipe.close()
        self._child = self._pipe = None


class _Unpickler(pickle.Unpickler):
    """Makes nothing but the records of an answer: a child that a file has taken over must not get code into the parent."""

    KINDS = (Read, Extracted, Heading, Box, Item, ItemList, Table, Column, Row, Cell)
    KNOWN: ClassVar = {(kind.__module__, kind.__qualname__): kind for kind in KINDS}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} does not belong here")
        return self.KNOWN[module, name]


def _unpack(message: bytes) -> Read:
    """
    Raises:
        UnpicklingError: this is no answer.
    """
    try:
        result = _Unpickler(io.BytesIO(message)).load()
    except Exception as error:  # a broken pickle may raise anything
        raise pickle.UnpicklingError(str(error)) from error
    if not isinstance(result, Read) or not isinstance(result.extracted, Extracted | None):
        raise pickle.UnpicklingError("no answer")
    return result


def _work(pipe: Connection, limits: Limits) -> None:
    """The child: paths in, `Read` out, until the pipe closes. All that parses is imported by now."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is the parent's to handle
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):  # what parsers have to say about a file is not for the terminal, least of all in its words
        os.dup2(nowhere, standard)
    confine(MEMORY)
    gc.freeze()  # what is imported by now is not looked through each time that a file makes many records
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        limit_processor_time(limits.seconds)
        try:
            pipe.send(read(path, limits, pipe.send_bytes))
        except MemoryError:
            pipe.send(Read(None, TOO_MUCH_MEMORY))


def read(path: Path, limits: Limits, give: Callable[[bytes], None] | None = None) -> Read:
    """Read one file, whatever it holds.

    Args:
        give: takes the rows of large tables as messages; None leaves them to be read through what is returned.
    """
    try:
        data = _bytes(path, limits.bytes)
    except OSError as error:
        return Read(None, f"cannot be read ({error.strerror})")
    except UnreadableFile as error:
        return Read(None, error.detail)
    digest = hashlib.sha256(data).hexdigest()
    extracted, reason, failed = None, "", True
    try:
        extracted = _storable(load(data, path.name))
        tables = _bounded(extracted.tables)
        rest = tuple(one for one in extracted.rest if one.table < len(tables))
        extracted = replace(extracted, notes=tuple(map(_one_line, extracted.notes[:NOTES])), tables=tables, rest=rest)
        reason = _excess(extracted, limits)
        if give is not None and not reason:
            for message in messages(extracted.rest):
                give(message)
            extracted = replace(extracted, rest=())
    except UnreadableFile as error:
        reason, failed = error.detail.rstrip("."), not isinstance(error, UnsupportedFile)
    except MemoryError:
        reason = TOO_MUCH_MEMORY
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything in a parser; here it ends
        reason = f"it cannot be parsed ({type(error).__name__}{': ' if str(error).strip() else ''}{error})"
    return Read(None if reason else extracted, _one_line(reason), digest, len(data), failed)


def _bytes(path: Path, limit: int) -> bytes:
    """What a file holds at one moment. It may have changed its kind since it was planned: a FIFO does not block here.

    Raises:
        UnreadableFile: it is no file, too large, or never the same for long enough.
    """
    for _ in range(ATTEMPTS):
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise UnreadableFile("not a regular file")
            data = bytearray()
            while len(data) <= limit and (piece := file.read(min(limit + 1 - len(data), 1 << 24))):
                data += piece
            after = os.fstat(file.fileno())
        if len(data) > limit:
            raise UnreadableFile(f"larger than {limit >> 20} MiB (YOUJU_MAX_FILE_MB)")
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return bytes(data)
    raise UnreadableFile("it kept changing while it was read")


def _storable(extracted: Extracted) -> Extracted:
    """Halves of surrogate pairs (JSON and RTF can name them) and NUL, which no database takes, become U+FFFD, one for one."""
    tables = tuple(map(_storable_table, extracted.tables))
    return replace(extracted, text=_without_halves(extracted.text), title=_without_halves(extracted.title), tables=tables)


def _storable_table(table: Table) -> Table:
    names = [table.title, *(name for column in table.columns for name in column.path)]
    if not UNSTORABLE.search("\n".join(names)):
        return table
    columns = tuple(Column(tuple(map(_without_halves, column.path))) for column in table.columns)
    return replace(table, title=_without_halves(table.title), columns=columns)


def _without_halves(text: str) -> str:
    return UNSTORABLE.sub("�", text) if UNSTORABLE.search(text) else text


def _bounded(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The first tables, as many as have no more cells together than a document may have marks."""
    cells = accumulate(len(table.columns) + sum(1 + len(row.cells) for row in table.rows) for table in tables)
    return tuple(table for table, so_far in zip(tables, cells, strict=True) if so_far <= MARKS)


def _excess(extracted: Extracted, limits: Limits) -> str:
    """What an extracted text has too much of; empty if it may pass."""
    if len(extracted.text) > limits.characters:
        return f"more than {_count(limits.characters)} characters of text (YOUJU_MAX_TEXT_CHARS)"
    parts = (extracted.headings, extracted.page_starts, extracted.whole, extracted.boxes)
    return f"more than {_count(MARKS)} headings, pages and boxes" if sum(len(part) for part in parts) > MARKS else ""


def _count(number: int) -> str:
    return f"{number / 1e6:g} million" if number >= 1_000_000 else f"{number:,}"


def _one_line(reason: str) -> str:
    """A reason without what a file may have put into an error message: line ends, control characters, great length."""
    line = "".join(sign if sign.isprintable() else " " for sign in reason[: 4 * REASON_CHARACTERS])
    return " ".join(line.split())[:REASON_CHARACTERS]
