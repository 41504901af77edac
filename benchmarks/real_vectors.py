"""How many of the nearest passages are found in lists of codes, with vectors of real sentences.

    python -m benchmarks.real_vectors ../shared/data /tmp/real --chunks 100000 1000000

Sentences of the reading sets are embedded, 10,000 English and 10,000 Chinese, and 300 questions of each language; they are kept
in the folder. There are as many more vectors as are asked for: each is a sentence's, moved by a share of the difference of two
others, so that they spread as those of sentences do. Ten collections hold a tenth each.

Printed are the share of the ten nearest by an exact search that lists find (compared again by their vectors, as the index
does), and how many times as quick that is as the exact search in the same run: in all, in a collection, in a hundredth.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import faiss
import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.embedding.factory import make_embedder
from youju.index.sqlite.history import StoredVectors
from youju.index.sqlite.members import KeySet, Places
from youju.index.vectors.building import built
from youju.index.vectors.index import COMPARED, LARGE
from youju.index.vectors.shards import Shard
from youju.records import Language
from youju.settings import Settings
from youju.text.language import detect_language, sentences

SEED, SENTENCES, QUESTIONS, LEAST, NEAREST, WANTED = 7, 10_000, 300, 20, 10, 100
MOVED = 0.5  # of the difference of two sentences
SETS = ("reading/cmrc2018_dev.json", "reading/drcd_dev.json", "reading/squad2_dev_subset.json", "xquad/xquad.en.json")
SHARES = {"no scope": 1, "a collection of a tenth": 10, "a hundredth": 100}


def texts(data: Path) -> tuple[dict[Language, list[str]], dict[Language, list[str]]]:
    """Sentences and questions of the sets, by language, in an order of chance."""
    found: dict[Language, list[str]] = {language: [] for language in get_args(Language)}
    asked: dict[Language, list[str]] = {language: [] for language in get_args(Language)}
    for name in SETS:
        for key, text in strings(json.loads((data / name).read_text(encoding="utf-8"))):
            if key == "question":
                asked[detect_language(text)].append(text)
            elif key in ("context", "passage"):
                pieces = [text[start:end].strip() for start, end in sentences(text)]
                found[detect_language(text)] += [piece for piece in pieces if len(piece) >= LEAST]
    mixed = random.Random(SEED)
    for several in (*found.values(), *asked.values()):
        several[:] = sorted(set(several))
        mixed.shuffle(several)
    return found, asked


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string in JSON, with the name that it has."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


def embed(data: Path, folder: Path) -> None:
    """Write the vectors that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / f"{language}-asked.npy").exists() for language in get_args(Language)):
        return
    embedder = make_embedder(Settings())
    found, asked = texts(data)
    for language in get_args(Language):
        np.save(folder / f"{language}.npy", embedder.embed_documents(found[language][:SENTENCES]))
        np.save(folder / f"{language}-asked.npy", embedder.embed_queries(asked[language][:QUESTIONS]))


def more(vectors: Vectors, count: int) -> tuple[Vectors, npt.NDArray[np.int64]]:
    """So many, moved as real ones differ, and of each which sentence it was and which one it was moved to; shape (count, 2)."""
    chance = np.random.default_rng(SEED)
    made, sources = np.empty((count, vectors.shape[1]), np.float32), np.empty((count, 2), np.int64)
    for start in range(0, count, 50_000):
        one, first, second = chance.integers(0, len(vectors), (3, min(50_000, count - start)))
        moved = vectors[one] + MOVED * (vectors[first] - vectors[second])
        made[start : start + len(one)] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        sources[start : start + len(one)] = np.column_stack([one, first])
    return made.astype(np.float16).astype(np.float32), sources  # as the store keeps them


def measure(name: str, share: int, shard: Shard, vectors: Vectors, asked: Vectors) -> None:
    members, keys = None, np.arange(1, len(vectors) + 1)
    if share > 1:
        keys = keys[keys % share == 0]
        inside = np.zeros(len(vectors) + 1, np.bool_)
        inside[keys] = True
        members = KeySet(np.packbits(inside, bitorder="little"), len(keys))
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors[keys - 1])
    hits, spent, flat = 0, [], []
    for query in asked:
        began = time.perf_counter()
        near, _ = shard.search(query, WANTED * COMPARED, members)
        best = near[np.argsort(-(vectors[near - 1] @ query))[:NEAREST]]
        spent.append(time.perf_counter() - began)
        began = time.perf_counter()
        right = keys[exact.search(query.reshape(1, -1), NEAREST)[1][0]]
        flat.append(time.perf_counter() - began)
        hits += len(np.intersect1d(best, right))
    times = np.median(flat) / np.median(spent)
    print(
        f"  {name:24} recall@10 {hits / len(asked) / NEAREST:.4f}, {np.median(spent) * 1000:.1f} ms, {times:.1f} times as quick"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, nargs="+", default=[100_000])
    options = parser.parse_args()
    embed(options.data, options.folder)
    for count in options.chunks:
        for language in get_args(Language):
            vectors, _ = more(np.load(options.folder / f"{language}.npy"), count)
            asked = np.load(options.folder / f"{language}-asked.npy")

            def at(keys: np.ndarray, held: Vectors = vectors) -> StoredVectors:
                return StoredVectors(None, keys, held[keys - 1])

            places = Places(0, ("all",), np.zeros(count + 1, np.int32))
            shard = built(np.arange(1, count + 1), places, vectors.shape[1], at, LARGE, lambda: True)
            assert shard is not None
            print(f"{count} vectors, {language}, {len(asked)} questions", flush=True)
            for name, share in SHARES.items():
                measure(name, share, shard, vectors, asked)


if __name__ == "__main__":
    main()
