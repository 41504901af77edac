"""How many of the ten best passages, by words and vectors together, are found where vectors lie in lists of codes.

    python -m benchmarks.fused ../shared/data /tmp/real --chunks 100000

Vectors and questions are those of `benchmarks/real_vectors.py`, so many of each language; the text of a chunk is half of
the sentence that its vector was moved from and half of the one that it was moved to. They are stored in an index in SQLite,
which is kept in the folder. Ten collections hold a tenth each.

Printed is the share of the first ten of `Retriever.retrieve` over lists that are among the first ten where every vector is
compared, in all, in a collection, and with a key for two. `--codes` compares fewer codes than the index does by itself: of a
quarter as many in the same index, the share of the lists that are looked through is that of four times as many chunks.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from benchmarks.many_chunks import COLLECTIONS, SCOPES
from benchmarks.real_vectors import NEAREST, QUESTIONS, SENTENCES, embed, more, texts
from service.retrieval.retriever import Retriever
from service.retrieval.spelling import Spelled
from youju.embedding.base import Vectors
from youju.index.base.records import Source
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex, shards
from youju.records import Chunk, Extracted, Language

OF_A_DOCUMENT = 200  # chunks
NAME = "real"


class Known:
    """Stands in for an embedder: the vectors of the questions are known."""

    name = fingerprint = NAME

    def __init__(self, vectors: Mapping[str, Vectors], dimension: int) -> None:
        self._vectors, self.dimension = vectors, dimension

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]


def fill(store: Store, language: Language, sentences: Sequence[str], vectors: Vectors, chunks: int) -> None:
    made, sources = more(vectors, chunks)
    for number in range(chunks // OF_A_DOCUMENT):
        rows = slice(number * OF_A_DOCUMENT, (number + 1) * OF_A_DOCUMENT)
        pieces = [half(sentences[one]) + half(sentences[other], True) for one, other in sources[rows].tolist()]
        starts = np.cumsum([0, *(len(piece) + 1 for piece in pieces)]).tolist()
        held = [
            Chunk(start, start + len(piece), piece, "", language, None) for start, piece in zip(starts, pieces, strict=False)
        ]
        name = f"{language}{number}"
        source = Source(f"c{number % COLLECTIONS}", f"/{name}", f"{name}.txt", name, 1, 1)
        store.put(source, Extracted("\n".join(pieces), "text/plain"), language, held, made[rows], NAME)


def as_typed(question: str, _: object) -> Spelled:
    return Spelled(question)


def half(sentence: str, second: bool = False) -> str:
    """One half of a sentence, of whole words where it has any."""
    middle = sentence.rfind(" ", 0, len(sentence) // 2) + 1 or len(sentence) // 2
    return sentence[middle:] if second else sentence[:middle]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000, help="of each language")
    parser.add_argument("--codes", type=int, default=shards.CODES)
    parser.add_argument("--languages", nargs="+", choices=get_args(Language), default=get_args(Language))
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of each language")
    options = parser.parse_args()
    embed(options.data, options.folder)
    sentences, asked = texts(options.data)
    languages: Sequence[Language] = options.languages
    folder = options.folder / f"fused-{options.chunks}-{'-'.join(languages)}"
    store = Store(folder / "youju.db")
    if not store.count_chunks():
        for language in languages:
            vectors = np.load(options.folder / f"{language}.npy")
            fill(store, language, sentences[language][:SENTENCES], vectors, options.chunks)
    questions = {language: asked[language][:QUESTIONS] for language in languages}
    vectors = np.concatenate([np.load(options.folder / f"{language}-asked.npy") for language in languages])
    every = [question for language in languages for question in questions[language]]
    embedder = Known(dict(zip(every, vectors, strict=True)), vectors.shape[1])
    lists = VectorIndex(store, folder / "lists.index", embedder.dimension, NAME)
    lists.save()
    exact = VectorIndex(store, folder / "flat.index", embedder.dimension, NAME, large=1 << 40)
    shards.CODES = options.codes
    print(f"{store.count_chunks()} chunks, {options.codes} codes of a language compared", flush=True)
    for name, scope in SCOPES.items():
        for language in languages:
            shares = []
            for question in questions[language][: options.questions]:
                found, right = (
                    {one.key for one in Retriever(store, index, embedder, spelling=as_typed).retrieve(question, NEAREST, scope)}
                    for index in (lists, exact)
                )
                shares.append(len(found & right) / len(right))
            whole = f"all of them for {shares.count(1.0)} of {len(shares)}"
            print(f"{name:14} {language}: {np.mean(shares):.4f} of the ten best, {whole}", flush=True)
    store.close()


if __name__ == "__main__":
    main()
