"""Names of uploaded files, and when they came. Knows nothing of how jobs are kept."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath

ANOTHER_WORKS = 75  # exit code of a worker that found another one at work (EX_TEMPFAIL)
KEPT_JOBS = 1000  # finished ones whose records are kept
PATH_BYTES = 600  # longest name with its folders
NAME_BYTES = 200  # longest name kept, as UTF-8; file systems take 255
END_BYTES = 60  # of a longer one, kept of its end, where versions and parts are named


def path_of(folder: Path, ordinal: int, name: str) -> Path:
    """Where the bytes of a job's file lie; the name is a safe one."""
    return folder / f"{ordinal:04}-{safe_name(name)}"


def safe_name(name: str) -> str:
    """A name that any file system takes and any terminal shows: no folders, no control or direction signs, not too long. Names
    that differ in what is cut out of them still differ.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .") or "document"
    if len(shown.encode()) <= NAME_BYTES:
        return shown
    stem, suffix = PurePath(shown).stem, PurePath(shown).suffix[:16]
    mark = f"~{hashlib.sha256(shown.encode()).hexdigest()[:8]}{suffix}"
    end = stem.encode()[-END_BYTES:].decode("utf-8", "ignore")
    room = NAME_BYTES - len(f"…{end}{mark}".encode())
    return f"{stem.encode()[:room].decode('utf-8', 'ignore')}…{end}{mark}"


def safe_path(name: str) -> str:
    """The same with the folders that it names, `contracts/2024/name`: the last ones, as far as there is room; none that leads
    elsewhere (`..`). Of a path of Windows, as `C:\\a\\name`, the name alone."""
    *folders, last = name.split("/") if "\\" not in name else [name]
    path = safe_name(last)
    for folder in reversed([safe_name(one) for one in folders if one.strip(" .")]):
        if len(f"{folder}/{path}".encode()) > PATH_BYTES:
            break
        path = f"{folder}/{path}"
    return path


def distinct(names: Sequence[str]) -> list[str]:
    """Safe names, of which one that comes again gets a number: `a.txt`, `a (2).txt`."""
    taken, used, last = set(names), set[str](), dict[str, int]()
    found = []
    for name in names:
        free = name
        while free in used or (free != name and free in taken):
            last[name] = last.get(name, 1) + 1
            free = safe_path(str(PurePath(name).with_name(f"{PurePath(name).stem} ({last[name]}){PurePath(name).suffix}")))
        used.add(free)
        found.append(free)
    return found


def after(latest: str | None) -> str:
    """Now; but later than `latest`, also where the clock was set back: jobs are carried out in this order."""
    moment = now()
    if latest is None or moment > latest:
        return moment
    return (datetime.fromisoformat(latest) + timedelta(milliseconds=1)).isoformat(timespec="milliseconds")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
