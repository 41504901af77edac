"""API keys in PostgreSQL. What each method promises, `youju.index.base.keys.Keys` says."""

from __future__ import annotations

from youju.index.base import keys
from youju.index.base.keys import COLUMNS, Key, key_of, row_of
from youju.index.postgres.database import Database


class Keys(keys.Keys):
    """The keys of a database."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def all(self) -> list[Key]:
        return [key_of(row) for row in self._database.rows(f"SELECT {COLUMNS} FROM keys ORDER BY created_at, id")]

    def _insert(self, key: Key, secret_hash: bytes) -> None:
        with self._database.transaction(changes_index=False) as connection:
            insert = f"INSERT INTO keys ({COLUMNS}, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            connection.execute(insert.encode(), (*row_of(key), secret_hash))

    def _find(self, key_id: str) -> tuple[bytes, Key] | None:
        rows = self._database.rows(f"SELECT hash, {COLUMNS} FROM keys WHERE id = %s", (key_id,))
        return (bytes(rows[0][0]), key_of(rows[0][1:])) if rows else None

    def _revoke(self, key_id: str, when: str) -> None:
        with self._database.transaction(changes_index=False) as connection:
            connection.execute("UPDATE keys SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s", (when, key_id))

    def _note_use(self, key_id: str, now: str, before: str) -> None:
        due = "id = %s AND (last_used IS NULL OR last_used <= %s)"
        if self._database.value(f"SELECT 1 FROM keys WHERE {due}", (key_id, before)):
            with self._database.transaction(changes_index=False) as connection:
                connection.execute(f"UPDATE keys SET last_used = %s WHERE {due}".encode(), (now, key_id, before))
