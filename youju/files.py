"""Writing files so that a kill at any instant leaves the old state or the new one, never half of either."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from youju.errors import StorageFull, StoreUnusable

MAKE_ROOM = "Make room there, then try again; nothing is half-written."
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SPARE = 16 << 20  # bytes left free on the disk


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success it is synced and renamed to `target`, else removed.

    The caller creates a file or a folder at the yielded path.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    draft = workspace / target.name
    try:
        yield draft
        for path in (draft, *draft.rglob("*")):
            sync(path)
        os.replace(draft, target)
        sync(target.parent)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


@contextlib.contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn what goes wrong with the disk while `target` is written into an error that tells what mends it.

    Raises:
        StorageFull: no room is left, also under a quota.
        StoreUnusable: any other OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(f"{target} cannot be written: the disk is full.", MAKE_ROOM) from error
        advice = "Check the disk and your rights to the folder, then try again; nothing is half-written."
        raise StoreUnusable(f"{target} cannot be written ({error.strerror or error}).", advice) from error


@contextlib.contextmanager
def process_lock(target: Path) -> Iterator[None]:
    """Let one process at a time prepare `target`; the others wait. Drafts left by a killed one are removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(target.parent / f".{target.name}.lock"):
        for leftover in target.parent.glob(f".{target.name}.*.partial"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def require_space(folder: Path, needed: int, what: str) -> None:
    """
    Raises:
        StorageFull: the disk of `folder` has less room than `needed` bytes.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise StorageFull(
            f"{what} needs {mib(needed + SPARE)} on the disk of {folder}; {mib(free)} are free.",
            "Make room, or use another disk.",
        )


def mib(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / (1 << 20):,.1f} MiB"
