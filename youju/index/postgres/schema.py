"""The tables in PostgreSQL, all in a schema of their own, and how older ones are taken over.

`document_id` is in the primary key of all that belongs to a document, so that it can live on one shard. Texts that are compared
are in the order of their code points (`COLLATE "C"`), as in SQLite. What a row holds packed is packed as there
(`youju.index.base.packing`).
"""

from __future__ import annotations

import hashlib
from typing import get_args

from youju.index.postgres.pool import Connection
from youju.records import Language

SCHEMA_VERSION = 4
NAMESPACE = "youju"
LOOKED_AT = 400  # vectors kept in view while a graph over them is walked; up to 1,000
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAME = 'text COLLATE "C" NOT NULL'

# What people said of answers, one judgement for each question; `answers` and `documents` are JSON lists.
FEEDBACK = f"""
CREATE TABLE feedback (
    collection {NAME}, folded {NAME}, question text NOT NULL, language text NOT NULL, is_right integer NOT NULL,
    answer text NOT NULL, answers text NOT NULL, documents text NOT NULL, answerable integer, judged_at {NAME},
    PRIMARY KEY (collection, folded)
);
CREATE INDEX feedback_by_time ON feedback (judged_at);
"""
# See `postings.py`. What is rewritten often is cleaned often.
POSTINGS = "".join(
    f"""
CREATE TABLE {table} (
    word {NAME}, collection {NAME}, first bigint NOT NULL, last bigint NOT NULL, chunks integer NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (word, collection, first)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
"""
    for table in ("postings", "new_postings")
)
SCHEMA = f"""
CREATE SEQUENCE chunk_keys;
CREATE TABLE meta (name {NAME} PRIMARY KEY, value text NOT NULL);
CREATE TABLE documents (
    id {NAME} PRIMARY KEY, collection {NAME}, title text NOT NULL, media_type text NOT NULL, language text NOT NULL,
    digest {NAME}, suffix text NOT NULL, characters integer NOT NULL, chunks integer NOT NULL, page_starts text NOT NULL,
    ingested_at text NOT NULL, boxes bytea, text text NOT NULL
);
CREATE INDEX documents_by_content ON documents (collection, digest);
CREATE TABLE locations (
    collection {NAME}, source {NAME}, document_id {NAME} REFERENCES documents (id), uri {NAME}, size bigint NOT NULL,
    modified_ns bigint NOT NULL, PRIMARY KEY (collection, source)
);
CREATE INDEX locations_by_document ON locations (document_id, uri);
CREATE TABLE outlines (document_id {NAME} PRIMARY KEY REFERENCES documents (id), data bytea NOT NULL);
CREATE TABLE originals (document_id {NAME} PRIMARY KEY REFERENCES documents (id), data bytea NOT NULL);
CREATE TABLE tables (
    document_id {NAME} REFERENCES documents (id), ordinal integer NOT NULL, "start" integer NOT NULL, "end" integer NOT NULL,
    title text NOT NULL, columns text NOT NULL, rows integer NOT NULL, cells bytea NOT NULL, PRIMARY KEY (document_id, ordinal)
);
-- Large tables: which columns hold numbers, and how many words a row has on average.
CREATE TABLE record_tables (
    document_id {NAME} REFERENCES documents (id), ordinal integer NOT NULL, numbers text NOT NULL, words float8 NOT NULL,
    PRIMARY KEY (document_id, ordinal)
);
-- Their rows: cells as they are shown; of those that are numbers the number, and the number that others show (`1,234`).
CREATE TABLE record_rows (
    document_id {NAME} REFERENCES documents (id), ordinal integer NOT NULL, "start" bigint NOT NULL, cells text[] NOT NULL,
    plain float8[] NOT NULL, amounts float8[] NOT NULL, words text[] NOT NULL, PRIMARY KEY (document_id, ordinal, "start")
);
CREATE INDEX record_rows_by_word ON record_rows USING gin (words);
-- `words` are those of the full text, joined by spaces; `length` is how many there are.
CREATE TABLE chunks (
    document_id {NAME} REFERENCES documents (id), ordinal integer NOT NULL, key bigint NOT NULL, "start" integer NOT NULL,
    "end" integer NOT NULL, text text NOT NULL, heading text NOT NULL, language text NOT NULL, page integer,
    content_hash {NAME}, length integer NOT NULL, words text NOT NULL, PRIMARY KEY (document_id, key)
);
CREATE INDEX chunks_by_key ON chunks (key);
CREATE INDEX chunks_by_content ON chunks (content_hash);
CREATE TABLE vectors (
    document_id {NAME}, key bigint NOT NULL, collection {NAME}, language {NAME}, embedding vector NOT NULL,
    PRIMARY KEY (document_id, key, language)
) PARTITION BY LIST (language);
{"".join(f"CREATE TABLE vectors_{one} PARTITION OF vectors FOR VALUES IN ('{one}');" for one in LANGUAGES)}
CREATE INDEX vectors_by_key ON vectors (key);
CREATE INDEX vectors_by_collection ON vectors (collection);
CREATE TABLE new_vectors (document_id {NAME}, key bigint PRIMARY KEY, embedding vector NOT NULL);
CREATE INDEX new_vectors_by_document ON new_vectors (document_id);
-- What averages are made of: chunks, the sum of their vectors, and their words, of each document and language.
CREATE TABLE document_sums (
    document_id {NAME}, collection {NAME}, language {NAME}, chunks integer NOT NULL, total vector NOT NULL,
    words bigint NOT NULL, PRIMARY KEY (document_id, language)
);
CREATE TABLE failures (
    collection {NAME}, source {NAME}, uri {NAME}, size bigint NOT NULL, modified_ns bigint NOT NULL, reader text NOT NULL,
    reason text NOT NULL, failed_at text NOT NULL, PRIMARY KEY (collection, source)
);
-- `worker` is the number of the one that has taken a file; a lock of that number tells whether it lives (`claims.py`).
CREATE TABLE jobs (id {NAME} PRIMARY KEY, collection {NAME}, created_at {NAME}, finished_at text);
CREATE TABLE job_files (
    job_id {NAME} REFERENCES jobs (id), ordinal integer NOT NULL, name text NOT NULL, size bigint NOT NULL, state text NOT NULL,
    reason text NOT NULL, document_id text, chunks integer NOT NULL, worker bigint, PRIMARY KEY (job_id, ordinal)
);
CREATE INDEX job_files_by_document ON job_files (document_id);
-- The bytes of waiting uploads, cut into parts.
CREATE TABLE upload_parts (
    job_id {NAME} REFERENCES jobs (id), ordinal integer NOT NULL, part integer NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (job_id, ordinal, part)
);
CREATE TABLE keys (
    id {NAME} PRIMARY KEY, name text NOT NULL, hash bytea NOT NULL, scopes text NOT NULL, collections text,
    created_at {NAME}, expires_at text, revoked_at text, last_used text
);
CREATE TABLE unanswered (
    collection {NAME}, folded {NAME}, question text NOT NULL, language text NOT NULL, missing text NOT NULL, nearest text,
    times integer NOT NULL, first_asked {NAME}, last_asked {NAME}, PRIMARY KEY (collection, folded)
);
CREATE INDEX unanswered_by_time ON unanswered (last_asked);
{FEEDBACK}{POSTINGS}"""
EMPTIED = (
    b"TRUNCATE documents, locations, outlines, originals, tables, record_tables, record_rows, chunks, vectors, new_vectors, "
    b"postings, new_postings, document_sums, failures, jobs, job_files, upload_parts, keys, unanswered, feedback"
)
# Version -> what makes the next one of it, all in one transaction; versions that are not named are refused.
MIGRATIONS = {
    1: FEEDBACK,
    2: "ALTER TABLE job_files ADD COLUMN worker bigint;",
    3: f"DROP TABLE postings; {POSTINGS}",
}
PACKED_BEHIND = 3  # the version whose postings are written anew, from the words of the chunks


def lock_key(*names: str) -> int:
    """A number for an advisory lock, signed and of 64 bits."""
    return int.from_bytes(hashlib.sha256("\0".join((NAMESPACE, *names)).encode()).digest()[:8], "big", signed=True)


def set_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )
