"""Which kind of remote an address names. The one place that chooses."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.remote.git import GitRepository
from ingest.remote.mirror import Fetched, Limits, Remote, folder_name, update
from ingest.remote.storage import Storage
from ingest.remote.website import Website

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def is_remote(given: str) -> bool:
    return bool(ADDRESS.match(given))


def fetch(address: str, folder: Path, limits: Limits) -> Fetched:
    """Bring what lies at an address into a folder of its own below `folder`, or up to date there.

    Raises:
        InvalidRequest: it is not public, holds more than the limits allow, or cannot be read at all.
    """
    own = folder / folder_name(address)
    return update(open_remote(address, own, limits.allow_private), own, limits)


def open_remote(address: str, folder: Path, allow_private: bool) -> Remote:
    if address.startswith("git+"):
        return GitRepository(address, folder / ".git-objects", allow_private)
    if address.startswith(("https://", "http://")):
        return Website(address, allow_private)
    return Storage(address, allow_private)
