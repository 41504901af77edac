"""Writing files so that a kill at any instant leaves the old state or the new one, never half of either."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from youju.errors import NotEnoughSpace

SPARE = 16 << 20  # bytes left free on the disk


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def appears_whole(target: Path) -> Iterator[Path]:
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
def only_one(target: Path) -> Iterator[None]:
    """Let one process at a time prepare `target`; the others wait. Drafts left by a killed one are removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(target.parent / f".{target.name}.lock"):
        for leftover in target.parent.glob(f".{target.name}.*.partial"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def require_space(folder: Path, needed: int, what: str) -> None:
    """
    Raises:
        NotEnoughSpace: the disk of `folder` has less room than `needed` bytes.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise NotEnoughSpace(
            f"{what} needs {mib(needed + SPARE)} on the disk of {folder}; {mib(free)} are free.",
            "Make room, or use another disk.",
        )


def mib(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / (1 << 20):,.1f} MiB"
