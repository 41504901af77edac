"""The tables of the SQLite file, and how files of older versions are taken over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from youju.index.base.packing import pack, packed_blocks
from youju.records import embedded_text
from youju.text.language import document_language, part_language, passage_terms, whole_language

SCHEMA_VERSION = 15

# Questions that found no answer, counted. `folded` is the form in which they are equal; collection '' stands for all.
UNANSWERED = """
CREATE TABLE unanswered (
    collection TEXT NOT NULL, folded TEXT NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, missing TEXT NOT NULL,
    nearest TEXT, times INTEGER NOT NULL, first_asked TEXT NOT NULL, last_asked TEXT NOT NULL,
    PRIMARY KEY (collection, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX unanswered_by_time ON unanswered(last_asked);
"""
# What people said of answers, one judgement for each question; `answers` and `documents` are JSON lists.
FEEDBACK = """
CREATE TABLE feedback (
    collection TEXT NOT NULL, folded TEXT NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, is_right INTEGER NOT NULL,
    answer TEXT NOT NULL, answers TEXT NOT NULL, documents TEXT NOT NULL, answerable INTEGER, judged_at TEXT NOT NULL,
    PRIMARY KEY (collection, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_by_time ON feedback(judged_at);
"""
# API keys (`keys.py`). `hash` is the SHA-256 of the secret; scopes and collections are JSON lists, NULL means all.
KEYS = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, scopes TEXT NOT NULL, collections TEXT,
    created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, last_used TEXT
) STRICT, WITHOUT ROWID;
"""
# New vectors of chunks, made by another embedder while the index goes on with its own (`ingest/reindex.py`). A chunk that is
# deleted takes its new vector with it.
NEW_VECTORS = """
CREATE TABLE new_vectors (
    key INTEGER PRIMARY KEY REFERENCES chunks(key) ON DELETE CASCADE, vector BLOB NOT NULL
) STRICT;
"""
# The files that documents were read from, where they are kept, packed (`youju.index.base.packing.pack`).
ORIGINALS = """
CREATE TABLE originals (document_id TEXT PRIMARY KEY REFERENCES documents(id), data BLOB NOT NULL) STRICT;
"""
# Tables of documents. `cells` is JSON, deflated: the groups, and for each row its span, the number of its group, and its cells
# with their values.
TABLES = """
CREATE TABLE tables (
    document_id TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    title TEXT NOT NULL, columns TEXT NOT NULL, rows INTEGER NOT NULL, cells BLOB NOT NULL, PRIMARY KEY (document_id, ordinal)
) STRICT;
"""
# Large tables: `records_<key>` and `records_<key>_words` hold the rows (`filling.py`). One without a document is being filled.
RECORDS = """
CREATE TABLE record_tables (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT REFERENCES documents(id), ordinal INTEGER NOT NULL,
    began INTEGER NOT NULL, numbers TEXT NOT NULL
) STRICT;
CREATE INDEX record_tables_by_document ON record_tables(document_id, ordinal);
"""
# Headings and lists of documents (`youju.text.outline`); of documents that were ingested before there is none.
OUTLINES = """
CREATE TABLE outlines (document_id TEXT PRIMARY KEY REFERENCES documents(id), data BLOB NOT NULL) STRICT;
"""
# What each collection holds, so that nothing has to be counted for a question. `writing.py` keeps it right.
TOTALS = """
CREATE TABLE totals (
    collection TEXT PRIMARY KEY, documents INTEGER NOT NULL, chunks INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals SELECT collection, count(*), sum(chunks) FROM documents GROUP BY collection;
"""
# Before, originals were kept as they are.
PACKED = "UPDATE originals SET data = pack(data)"
# Texts of documents: blocks of as many characters each, packed (`youju.index.base.packing`).
TEXTS = """
CREATE TABLE texts (
    document_id TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL, data BLOB NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;
"""
# Before, texts stood with their documents and once more with the chunks, and numbers of vectors had 32 bits.
SMALL = f"""{TEXTS}
INSERT INTO texts SELECT d.id, b.key, unhex(b.value) FROM documents d, json_each(blocks(d.text)) b;
UPDATE chunks SET vector = half(vector);
UPDATE new_vectors SET vector = half(vector);
ALTER TABLE chunks DROP COLUMN text;
ALTER TABLE documents DROP COLUMN text;
"""
# Chunks are in the language of their document unless they clearly are in another one; before, each was looked at by itself.
LANGUAGES = """
CREATE TEMP TABLE wholes AS SELECT id, whole_language(text) language FROM documents;
UPDATE documents SET language = document_language(text);
UPDATE chunks SET language = part_language(text, (SELECT w.language FROM wholes w WHERE w.id = chunks.document_id));
DROP TABLE wholes;
"""
# The words of all passages: numbers, quantities and dates have one form, and names that spaces part are one word.
TERMS = """
INSERT INTO words(words) VALUES ('delete-all');
INSERT INTO words(rowid, text)
    SELECT c.key, terms(d.title, c.heading, c.text) FROM chunks c JOIN documents d ON d.id = c.document_id ORDER BY c.key;
"""


def _terms(title: str, heading: str, text: str) -> str:
    return " ".join(passage_terms(embedded_text(title, heading, text)))


def _blocks(text: str) -> str:
    return json.dumps([block.hex() for block in packed_blocks(text)])


def _half(vector: bytes) -> bytes:
    with np.errstate(over="ignore"):  # of damaged ones, which are told as such where they are read
        return np.frombuffer(vector, "<f4").astype("<f2").tobytes()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "whole_language": whole_language, "document_language": document_language, "part_language": part_language, "terms": _terms,
    "pack": pack, "blocks": _blocks, "half": _half,
}  # fmt: skip
# Version -> what makes the next one of it, all in one transaction; files of a version that is not named are refused.
MIGRATIONS = {
    2: UNANSWERED, 3: KEYS, 4: NEW_VECTORS, 5: ORIGINALS, 6: LANGUAGES, 7: TERMS, 8: TABLES, 9: RECORDS, 10: OUTLINES,
    11: FEEDBACK, 12: TOTALS, 13: PACKED, 14: SMALL,
}  # fmt: skip

# The ascii tokenizer keeps every non-ASCII character; with these signs it splits at spaces only, so that the words of
# `youju.text.language.passage_terms`, joined by spaces, go in and come out as they are. Any SQLite can read the file.
SCHEMA = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL, language TEXT NOT NULL,
    digest TEXT NOT NULL, suffix TEXT NOT NULL, characters INTEGER NOT NULL, chunks INTEGER NOT NULL,
    page_starts TEXT NOT NULL, ingested_at TEXT NOT NULL,
    boxes BLOB) STRICT;
CREATE INDEX documents_by_content ON documents(collection, digest);
-- Where a document was found. The same content in several places is one document.
CREATE TABLE locations (
    collection TEXT NOT NULL, source TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents(id), uri TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, PRIMARY KEY (collection, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX locations_by_document ON locations(document_id, uri);
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL, language TEXT NOT NULL,
    page INTEGER, content_hash TEXT NOT NULL, vector BLOB NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;
CREATE INDEX chunks_by_content ON chunks(content_hash);
CREATE INDEX chunks_by_sequence ON chunks(sequence);
CREATE TABLE tombstones (key INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE INDEX tombstones_by_sequence ON tombstones(sequence);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize="ascii tokenchars '-_.+#@/:,''&%$'"
);
-- Files that could not be read, as they were then; `reader` names what tried.
CREATE TABLE failures (
    collection TEXT NOT NULL, source TEXT NOT NULL, uri TEXT NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    reader TEXT NOT NULL, reason TEXT NOT NULL, failed_at TEXT NOT NULL, PRIMARY KEY (collection, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, created_at TEXT NOT NULL, finished_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE job_files (
    job_id TEXT NOT NULL REFERENCES jobs(id), ordinal INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, document_id TEXT, chunks INTEGER NOT NULL, PRIMARY KEY (job_id, ordinal)
) STRICT, WITHOUT ROWID;
"""
    + UNANSWERED
    + KEYS
    + NEW_VECTORS
    + ORIGINALS
    + TABLES
    + RECORDS
    + TEXTS
    + OUTLINES
    + FEEDBACK
    + TOTALS
)
