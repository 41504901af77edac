"""Reads files in a child process, so that a file that crashes, hangs or swallows memory is only a file that failed.

Knows how to keep a child in bounds; what reading means it takes from `ingest.loaders`.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TypeVar

from ingest.loaders import load
from youju.errors import UnreadableFile, UnsupportedFile
from youju.records import Extracted

MEMORY = 2 << 30  # bytes of address space beyond what the child has when it starts
T = TypeVar("T")


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

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._context = multiprocessing.get_context("spawn")
        self._child: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read_all(self, files: Iterable[tuple[T, Path]]) -> Iterator[tuple[T, Read]]:
        """Yield (tag, what came of it) for each (tag, path). The next file is read while the caller works on this one."""
        waiting: list[T] = []
        for tag, path in files:
            if waiting:
                result = self._receive()
                self._send(path)
                yield waiting.pop(), result
            else:
                self._send(path)
            waiting.append(tag)
        for tag in waiting:
            yield tag, self._receive()

    def _send(self, path: Path) -> None:
        if self._child is None or not self._child.is_alive():
            self._stop()
            self._pipe, theirs = self._context.Pipe()
            self._child = self._context.Process(target=_work, args=(theirs,), daemon=True)
            self._child.start()
            theirs.close()
        assert self._pipe is not None
        try:
            self._pipe.send(path)
        except ConnectionError:  # the child died since we looked
            self._stop()
            self._send(path)

    def _receive(self) -> Read:
        assert self._pipe is not None
        try:
            if not self._pipe.poll(self._seconds):
                self._stop()
                return Read(None, f"it took longer than {self._seconds:g} s to read (YOUJU_PARSE_SECONDS)")
            result: Read = self._pipe.recv()
            return result
        except (EOFError, ConnectionError):
            self._stop()
            return Read(None, "it crashed the reader")

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.join()
            self._child.close()
        if self._pipe is not None:
            self._pipe.close()
        self._child = self._pipe = None


def _work(pipe: Connection) -> None:
    """The child: paths in, `Read` out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is the parent's to handle
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        pipe.send(read(path))


def read(path: Path) -> Read:
    """Read one file, whatever it holds."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Read(None, f"cannot be read ({error.strerror})")
    digest = hashlib.sha256(data).hexdigest()
    try:
        return Read(load(data, path.name), "", digest, len(data))
    except UnreadableFile as error:
        return Read(None, error.detail.rstrip("."), digest, len(data), not isinstance(error, UnsupportedFile))
    except MemoryError:
        return Read(None, "it needs too much memory to read", digest, len(data))
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything in a parser; here it ends
        reason = str(error).strip().splitlines()[0] if str(error).strip() else ""
        return Read(
            None, f"it cannot be parsed ({type(error).__name__}{': ' if reason else ''}{reason[:200]})", digest, len(data)
        )
