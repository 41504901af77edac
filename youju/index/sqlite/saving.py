"""What a backup has to know of the store, and what a restored one has to be told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from youju.index.sqlite.store import Store

Revoked = Sequence[tuple[str, str]]  # (since, id) of keys


def used_bytes(store: Store) -> int:
    """What the file would take without its free pages."""
    size = "(page_count - freelist_count) * page_size"
    return int(store.database.value(f"SELECT {size} FROM pragma_page_count, pragma_freelist_count, pragma_page_size"))


def renew_identity(store: Store, revoked: Revoked) -> None:
    """Give an index that was restored another identity, since its history goes another way from here.

    Args:
        revoked: keys that were revoked since it was saved and stay so: whoever has one must not get in again by a restore.
    """
    with store.database.transaction(changes_index=False) as (connection, _):
        connection.execute("UPDATE meta SET value = ? WHERE name = 'identity'", (uuid.uuid4().hex,))
        connection.executemany("UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", revoked)
