"""API keys: made, shown once, verified, revoked. Knows nothing of HTTP, nor of how an engine keeps their rows.

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
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from youju.errors import InvalidRequest, UnknownKey

KeyScope = Literal["ask", "ingest", "admin"]
SCOPES: tuple[KeyScope, ...] = get_args(KeyScope)
FORM = re.compile(r"youju_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
NOTHING = bytes(32)  # compared with where there is no key, so that this takes as long; no known text has this hash
NOTED_EVERY = timedelta(minutes=1)
LONGEST_NAME = 200
MOST_DAYS = 36_500
COLUMNS = "id, name, scopes, collections, created_at, expires_at, revoked_at, last_used"  # lists as JSON


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


class Keys(ABC):
    """The keys of an index. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the index cannot be read or written.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
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
        expires = None if expires_days is None else in_text(now + timedelta(days=expires_days))
        key = Key(
            secrets.token_hex(6), name, tuple(one for one in SCOPES if one in scopes),
            None if collections is None else tuple(sorted(set(collections))), in_text(now), expires, None, None,
        )  # fmt: skip
        self._insert(key, _hash(secret))
        return f"youju_{key.id}_{secret}", key

    def verify(self, text: str) -> Key | None:
        """The key, if this is one and it is valid. A wrong secret takes as long as an unknown id or another text."""
        match = FORM.fullmatch(text)
        key_id, secret = match.groups() if match else ("", "")
        found = self._find(key_id)
        is_right = hmac.compare_digest(_hash(secret), found[0] if found else NOTHING)
        if not (found and is_right):
            return None
        return found[1] if found[1].state(self.now()) == "valid" else None

    @abstractmethod
    def all(self) -> list[Key]:
        """All keys, oldest first; also those that are revoked or expired."""

    def carry_to(self, other: Keys) -> None:
        """Make the same keys in another index, which has none of them; what clients hold is valid there too."""
        for key in self.all():
            if (found := self._find(key.id)) is not None:
                other._insert(found[1], found[0])

    def revoke(self, key_id: str) -> Key:
        """From now on it is refused; it stays in the list. One that is revoked already stays as it is.

        Raises:
            UnknownKey: there is none of that id.
        """
        self._revoke(key_id, in_text(self.now()))
        if (found := self._find(key_id)) is None:
            raise UnknownKey(f"there is no key {key_id!r}.", "`youju keys list` shows their ids.")
        return found[1]

    def note_use(self, key_id: str) -> None:
        """Note that it was used now, unless that was done within the last minute. Waits for other writers."""
        now = self.now()
        self._note_use(key_id, in_text(now), in_text(now - NOTED_EVERY))

    @abstractmethod
    def _insert(self, key: Key, secret_hash: bytes) -> None: ...

    @abstractmethod
    def _find(self, key_id: str) -> tuple[bytes, Key] | None:
        """The hash of its secret, and the key."""

    @abstractmethod
    def _revoke(self, key_id: str, when: str) -> None: ...

    @abstractmethod
    def _note_use(self, key_id: str, now: str, before: str) -> None:
        """Note `now` as its last use, unless the one that is noted is later than `before`."""


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


def in_text(time: datetime) -> str:
    """Always in the same form, so that texts compare like times."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def key_of(row: Sequence[Any]) -> Key:
    """From the columns `COLUMNS`."""
    key_id, name, scopes, collections, *times = row
    return Key(key_id, name, tuple(json.loads(scopes)), None if collections is None else tuple(json.loads(collections)), *times)


def row_of(key: Key) -> tuple[str | None, ...]:
    """The columns `COLUMNS`."""
    collections = None if key.collections is None else json.dumps(key.collections)
    return key.id, key.name, json.dumps(key.scopes), collections, key.created_at, key.expires_at, key.revoked_at, key.last_used
