"""API keys: made, shown once, verified, revoked. Knows nothing of HTTP.

A key looks like `youju_<id>_<secret>`. The id finds its row; of the secret only the SHA-256 is stored. A slow hash (scrypt,
argon2) protects what people choose and others can guess; the secret is 32 random bytes, which nobody guesses however fast the
hash is, and each request would pay for it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from youju.errors import InvalidRequest, UnknownKey
from youju.index.sqlite.database import Database

KeyScope = Literal["ask", "ingest", "admin"]
SCOPES: tuple[KeyScope, ...] = get_args(KeyScope)
FORM = re.compile(r"youju_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
NOTHING = bytes(32)  # compared with where there is no key, so that this takes as long; no known text has this hash
NOTED_EVERY = timedelta(minutes=1)
LONGEST_NAME = 200
MOST_DAYS = 36_500
COLUMNS = "id, name, scopes, collections, created_at, expires_at, revoked_at, last_used"


@dataclass(frozen=True)
class Key:
    """What is known of a key. `collections` is None where it may use all. Times are ISO 8601, in UTC."""

    id: str
    name: str
    scopes: tuple[KeyScope, ...]
    collections: tuple[str, ...] | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used: str | None

    def state(self, now: datetime) -> Literal["valid", "expired", "revoked"]:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= datetime.fromisoformat(self.expires_at) else "valid"


def _now() -> datetime:
    return datetime.now(UTC)


class Keys:
    """The keys of a store. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the file cannot be read or written.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self.now = now

    def create(
        self,
        name: str,
        scopes: Sequence[KeyScope] = ("ask",),
        collections: Sequence[str] | None = None,
        expires_days: int | None = None,
    ) -> tuple[str, Key]:
        """A new key: its text, which is nowhere kept, and what is known of it.

        Raises:
            InvalidRequest: the name or a collection is empty or too long, or it would expire today or in over 100 years.
        """
        _check(name, scopes, collections, expires_days)
        now, secret = self.now(), secrets.token_urlsafe(32)
        expires = None if expires_days is None else _text(now + timedelta(days=expires_days))
        key = Key(
            secrets.token_hex(6), name, tuple(one for one in SCOPES if one in scopes),
            None if collections is None else tuple(sorted(set(collections))), _text(now), expires, None, None,
        )  # fmt: skip
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (
                    key.id, name, _hash(secret), json.dumps(key.scopes),
                    None if key.collections is None else json.dumps(key.collections), key.created_at, expires,
                ),
            )  # fmt: skip
        return f"youju_{key.id}_{secret}", key

    def verify(self, text: str) -> Key | None:
        """The key, if this is one and it is valid. A wrong secret takes as long as an unknown id or another text."""
        match = FORM.fullmatch(text)
        key_id, secret = match.groups() if match else ("", "")
        rows = self._database.rows(f"SELECT hash, {COLUMNS} FROM keys WHERE id = ?", (key_id,))
        is_right = hmac.compare_digest(_hash(secret), rows[0][0] if rows else NOTHING)
        if not (rows and is_right):
            return None
        key = _key(rows[0][1:])
        return key if key.state(self.now()) == "valid" else None

    def all(self) -> list[Key]:
        """All keys, oldest first; also those that are revoked or expired."""
        return [_key(row) for row in self._database.rows(f"SELECT {COLUMNS} FROM keys ORDER BY created_at, id")]

    def revoke(self, key_id: str) -> Key:
        """From now on it is refused; it stays in the list. One that is revoked already stays as it is.

        Raises:
            UnknownKey: there is none of that id.
        """
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (_text(self.now()), key_id))
        for row in self._database.rows(f"SELECT {COLUMNS} FROM keys WHERE id = ?", (key_id,)):
            return _key(row)
        raise UnknownKey(f"there is no key {key_id!r}.", "`youju keys list` shows their ids.")

    def note_use(self, key_id: str) -> None:
        """Note that it was used now, unless that was done within the last minute. Waits for other writers."""
        now = self.now()
        due = "id = ? AND (last_used IS NULL OR last_used <= ?)"
        bindings = (key_id, _text(now - NOTED_EVERY))
        if self._database.value(f"SELECT 1 FROM keys WHERE {due}", bindings):
            with self._database.transaction(changes_index=False) as (connection, _):
                connection.execute(f"UPDATE keys SET last_used = ? WHERE {due}", (_text(now), *bindings))


def _check(name: str, scopes: Sequence[str], collections: Sequence[str] | None, expires_days: int | None) -> None:
    if not (name.isprintable() and 0 < len(name.strip()) <= LONGEST_NAME):
        raise InvalidRequest("the name of a key has 1 to 200 printable characters.", "Name what will use it.")
    if not scopes or set(scopes) - set(SCOPES):
        raise InvalidRequest(f"the scopes of a key are {', '.join(SCOPES)}.", "Give one or more of them.")
    if collections is not None and not (collections and all(0 < len(one) <= LONGEST_NAME for one in collections)):
        raise InvalidRequest("a collection has a name of 1 to 200 characters.", "Leave collections out to allow all.")
    if expires_days is not None and not 1 <= expires_days <= MOST_DAYS:
        raise InvalidRequest(f"a key expires after 1 to {MOST_DAYS} days.", "Leave it out for a key that does not expire.")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _text(time: datetime) -> str:
    """Always in the same form, so that texts compare like times."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _key(row: Sequence[Any]) -> Key:
    key_id, name, scopes, collections, *times = row
    return Key(key_id, name, tuple(json.loads(scopes)), None if collections is None else tuple(json.loads(collections)), *times)
