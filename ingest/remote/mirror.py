"""The folder that mirrors a remote: what has changed is fetched, what is gone there goes here."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from youju.errors import InvalidRequest
from youju.files import atomic_write, process_lock

STATE = ".youju-mirror.json"  # hidden, so that it is no document
NOTED_EVERY = 100  # files fetched, behind which a kill loses nothing
NAME_CHARACTERS = 100  # of a file's name here
ADVICE = "Check the address; what was fetched before stays as it is."

State = tuple[str, str]  # the name of a file here, and its tag


@dataclass(frozen=True)
class Limits:
    """What one remote may bring, and whether it may stand at an address that is not public."""

    files: int
    file_bytes: int
    total_bytes: int
    allow_private: bool = False


@dataclass(frozen=True)
class Entry:
    """A file of a remote: its address as people see it, and what changes whenever it does; empty where nothing tells."""

    address: str
    tag: str = ""


@dataclass
class Fetched:
    """A remote in its folder: `shown` are the addresses of the files there; `failed` those that could not be had, and why;
    `new` counts what was fetched.
    """

    folder: Path
    shown: dict[Path, str] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    new: int = 0

    @property
    def name(self) -> str:
        return self.folder.name.rpartition("-")[0]


class Unavailable(Exception):
    """A file that cannot be had; the others can."""


class Unchanged(Exception):
    """A file that is as it was."""


class Remote(Protocol):
    """Where documents lie. All of it raises `InvalidRequest` where nothing can be had at all."""

    def entries(self) -> Iterator[Entry]:
        """What there is, each once."""
        ...

    def fetch(self, entry: Entry, known: str, target: Path, most: int) -> tuple[str, str]:
        """Write a file of at most `most` bytes to `target`.

        Args:
            known: the tag that it had when it was fetched last; empty if it was not.

        Returns:
            Its tag, and the ending that its name should have.

        Raises:
            Unavailable, Unchanged: nothing was written.
        """
        ...


def folder_name(address: str) -> str:
    """A name for the folder of a remote: readable, and one for each address."""
    plain = re.sub(r"[^\w.-]+", "-", re.sub(r"^\w[\w+]*://(?:[^@/]*@)?", "", address)).strip("-.")[:60]
    return f"{plain}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"


def update(remote: Remote, folder: Path, limits: Limits) -> Fetched:
    """Bring a mirror up to date.

    Raises:
        InvalidRequest: nothing can be had, or it is more than the limits allow; what was there before stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with process_lock(folder / STATE):
        before, after, result = _read(folder), dict[str, State](), Fetched(folder)
        try:
            _take(remote, limits, before, after, result)
        except BaseException:
            _write(folder, before | after)  # a run that is stopped goes on from here
            raise
        _write(folder, after)
        names = {name for name, _ in after.values()}
        for path in folder.iterdir():
            if path.name not in names and not path.name.startswith("."):
                path.unlink()
    return result


def _take(remote: Remote, limits: Limits, before: dict[str, State], after: dict[str, State], result: Fetched) -> None:
    """Fetch what is new or changed; `after` is filled with what there is."""
    folder, total = result.folder, 0
    for entry in remote.entries():
        if len(after) >= limits.files:
            raise InvalidRequest(f"there are more than {limits.files} files.", "Name a part of it, or raise --max-files.")
        name, tag = before.get(entry.address, ("", ""))
        kept = name and (folder / name).is_file()
        try:
            if not (kept and entry.tag and entry.tag == tag):
                name, tag = _fetch(remote, entry, tag if kept else "", folder, limits)
                result.new += 1
        except Unchanged:
            pass
        except Unavailable as error:
            result.failed.append((entry.address, str(error)))
            if not kept:
                continue
        after[entry.address] = (name, tag)
        total += (folder / name).stat().st_size
        if total > limits.total_bytes:
            raise InvalidRequest(f"it holds more than {limits.total_bytes >> 20} MiB.", "Name a part of it.")
        result.shown[folder / name] = entry.address
        if result.new % NOTED_EVERY == NOTED_EVERY - 1:
            _write(folder, before | after)


def _fetch(remote: Remote, entry: Entry, known: str, folder: Path, limits: Limits) -> tuple[str, str]:
    draft = folder / ".draft"
    try:
        tag, ending = remote.fetch(entry, known, draft, limits.file_bytes)
        name = local_name(entry.address, ending)
        os.replace(draft, folder / name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    return name, tag or entry.tag


def local_name(address: str, ending: str) -> str:
    """A name here: what the address ends with, made one by a hash of all of it."""
    last = re.sub(r"[?#].*", "", address).rstrip("/").rpartition("/")[2]
    stem = re.sub(r"[^\w.-]+", "-", last)
    stem = (stem[: -len(ending)] if ending and stem.lower().endswith(ending) else stem).strip(".")[:NAME_CHARACTERS] or "index"
    return f"{stem}.{hashlib.sha256(address.encode()).hexdigest()[:10]}{ending}"


def _read(folder: Path) -> dict[str, State]:
    try:
        known = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return {str(address): (str(name), str(tag)) for address, (name, tag) in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(folder: Path, state: dict[str, State]) -> None:
    with atomic_write(folder / STATE) as draft:
        draft.write_text(json.dumps(state, ensure_ascii=False, indent=0), encoding="utf-8")
