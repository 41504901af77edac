"""Graphs over the vectors of a language (HNSW, pgvector), which find nearly all of the nearest without comparing every vector.

They hold vectors in half precision; what they find is compared again by the vectors themselves. A graph is built beside what
goes on and is then kept up by every write. It is of one dimension: it has to go before vectors of another embedder come.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

from youju.errors import StoreUnusable
from youju.index.postgres.database import Database
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import LANGUAGES, lock_key
from youju.records import Language

MORE = 1.2  # times as many as are wanted are compared again
MOST = 300  # wanted at most; a graph cannot find more than it keeps in view (`LOOKED_AT`)
ROOM = 3  # bytes for each number of a vector, with its neighbours, while a graph is built
LEAST_MEMORY, MOST_MEMORY = 64, 4096  # MB; one that does not fit is built many times as slowly
NEAR = """(WITH near AS MATERIALIZED (
    SELECT v.key, v.embedding FROM vectors_{language} v WHERE {within}
    ORDER BY v.embedding::halfvec({dimension}) <#> %(query_{language})s::halfvec({dimension}) LIMIT %(more)s
) SELECT key, -(embedding <#> %(query_{language})s) similarity, '{language}' FROM near
ORDER BY similarity DESC, key LIMIT %(limit)s)"""
log = logging.getLogger("youju")


def name_of(language: Language) -> str:
    return f"vectors_{language}_near"


def usable(database: Database) -> set[Language]:
    """Languages with a graph that is whole."""
    found = (
        "SELECT a.name FROM unnest(%s::text[]) a (name) JOIN pg_index i ON i.indexrelid = to_regclass(a.name) AND indisvalid"
    )
    names = {name for (name,) in database.rows(found, ([name_of(language) for language in LANGUAGES],))}
    return {language for language in LANGUAGES if name_of(language) in names}


def build(database: Database, least: int) -> None:
    """Build the graphs that are lacking; where that fails, questions compare every vector as before.

    Args:
        least: vectors of a language from which on it is worth it.
    """
    sizes = database.rows("SELECT language, sum(chunks)::bigint FROM document_sums GROUP BY 1")
    large = {language: count for language, count in sizes if count >= least}
    lacking = large.keys() - usable(database) if large else ()
    for language in lacking:
        try:
            _build(database, language, large[language])
        except StoreUnusable as error:
            log.warning("no graph was built over the vectors: %s", error)


def _build(database: Database, language: Language, count: int) -> None:
    with contextlib.closing(database.connect()) as connection, database.translated():
        mine = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock_key("graph", language),)).fetchone()
        if mine != (True,) or language in usable(database):
            return
        dimension = database.value(f"SELECT vector_dims(embedding) FROM vectors_{language} LIMIT 1")
        memory = min(MOST_MEMORY, max(LEAST_MEMORY, count * dimension * ROOM >> 20))
        for setting, value in (("maintenance_work_mem", f"{memory}MB"), ("lock_timeout", "0")):
            connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
        log.info("building a graph over %d vectors (%s)", count, language)
        connection.execute(f"DROP INDEX IF EXISTS {name_of(language)}".encode())  # one that was broken off
        connection.execute(
            f"CREATE INDEX CONCURRENTLY {name_of(language)} ON vectors_{language} "
            f"USING hnsw ((embedding::halfvec({dimension})) halfvec_ip_ops)".encode()
        )


def drop(connection: Connection, languages: Iterable[Language] = LANGUAGES) -> None:
    """Within a transaction that brings vectors of another embedder, or all anew."""
    for language in languages:
        connection.execute(f"DROP INDEX IF EXISTS {name_of(language)}".encode())
