"""A damaged FAISS file: `python -m benchmarks.faults damage`.

Its header, which other projects keep in a second file, is its first line. Flipped bits and truncations at seeded places, bytes
added, a file of another index, an older one, one of a lost history, and what is no such file: each is noticed before it is
used, made anew, and the nearest passages are those of before.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.fakes import HashingEmbedder
from youju.index.base.records import Source
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Chunk, Extracted
from youju.settings import Settings

CHUNKS = 40  # of each document
QUESTIONS = ["mark3v1 word3", "word7 paragraph", "第三段 文档", "word11 word12 word13", "nothing of that"]
Near = list[list[tuple[int, float]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="youju-damage-") as temporary:
        settings = Settings(data_dir=Path(temporary) / "data")
        store = Store(settings.database)
        for number in range(options.documents):
            put(store, number, 1)
        open_index(settings, store).save()
        whole = settings.vector_file.read_bytes()
        expected = nearest(open_index(settings, store))
        assert open_index(settings, store).sequence == store.sequence(), "an undamaged file was not used"
        wrong, done = [], 0
        for name, harm in harms(whole, rng, options.flips, options.cuts, Path(temporary)):
            clear(settings.vector_file)
            harm(settings.vector_file)
            done += 1
            if problem := examine(settings, store, expected):
                wrong.append(f"{name}: {problem}")
                print(wrong[-1])
        wrong += lost_history(settings, store)
        store.close()
    others = done - options.flips - options.cuts + 1
    print(f"{options.flips} flips, {options.cuts} cuts, {others} others of a file of {len(whole):,} bytes: {len(wrong)} wrong")
    return bool(wrong)


def put(store: Store, number: int, version: int) -> str:
    """A document of `CHUNKS` chunks, half of them Chinese."""
    texts = [
        f"Paragraph {i} of mark{number}v{version}. word{number} word{i}" if i % 2 else f"文档{number}的第{i}段，版本{version}。"
        for i in range(CHUNKS)
    ]
    text, chunks, start = "\n".join(texts), [], 0
    for piece in texts:
        chunks.append(Chunk(start, start + len(piece), piece, "", "en" if piece[0] == "P" else "zh", None))
        start += len(piece) + 1
    extracted = Extracted(title=f"d{number}", media_type="text/plain", text=text)
    embedder = HashingEmbedder()
    vectors = embedder.embed_documents([chunk.embedded_text(extracted.title) for chunk in chunks])
    source = Source("default", f"/d/{number}", f"{number}.txt", f"{number}-{version}", len(text), 0)
    return store.put(source, extracted, "en", chunks, vectors, embedder.fingerprint)


def open_index(settings: Settings, store: Store) -> VectorIndex:
    return VectorIndex(store, settings.vector_file, HashingEmbedder.dimension)


def nearest(index: VectorIndex) -> Near:
    """The ten nearest of each question."""
    found = []
    for query in HashingEmbedder().embed_queries(QUESTIONS):
        near = sorted(index.search(query, 10)[0], key=lambda one: (-one.similarity, one.key))[:10]
        found.append([(one.key, round(one.similarity, 5)) for one in near])
    return found


def examine(settings: Settings, store: Store, expected: Near) -> str:
    """What is wrong with how the file in place is treated, or nothing."""
    began = time.monotonic()
    index = open_index(settings, store)
    if time.monotonic() - began > 5:
        return "it took long to look at"
    if index.sequence != 0:
        return "it was used"
    if nearest(index) != expected:
        return "the nearest passages are others"
    if settings.vector_file.is_dir():
        return ""  # somebody's folder is not removed
    index.save()
    again = open_index(settings, store)
    return "" if again.sequence == store.sequence() and nearest(again) == expected else "it was not made anew"


def harms(
    whole: bytes, rng: random.Random, flips: int, cuts: int, folder: Path
) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Name and deed; the place is empty before. A third of the flips go into the header."""
    header = whole.index(b"\n") + 1
    for number in range(flips):
        position, bit = rng.randrange(header if number % 3 == 0 else len(whole)), 1 << rng.randrange(8)
        flipped = bytearray(whole)
        flipped[position] ^= bit
        yield f"bit {bit} of byte {position}", lambda path, data=bytes(flipped): path.write_bytes(data)  # type: ignore[misc]
    for number in range(cuts):
        length = rng.randrange(header + 1 if number % 5 == 0 else len(whole))
        yield f"cut to {length}", lambda path, length=length: path.write_bytes(whole[:length])  # type: ignore[misc]
    yield "bytes added", lambda path: path.write_bytes(whole + b"x")
    yield "empty", lambda path: path.touch()
    yield "missing", lambda path: None
    yield "a folder", lambda path: path.mkdir()
    yield "a pipe", os.mkfifo
    yield "a link to nothing", lambda path: path.symlink_to(path.with_name("nothing"))
    yield "huge", lambda path: huge(path, whole)
    yield "random", lambda path: path.write_bytes(rng.randbytes(len(whole)))
    yield "of another index", lambda path: of_another(path, folder)


def clear(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)


def huge(path: Path, whole: bytes) -> None:
    """A file of 64 GiB, most of it a hole: to read it would end the process."""
    path.write_bytes(whole)
    os.truncate(path, 64 << 30)


def of_another(path: Path, folder: Path) -> None:
    settings = Settings(data_dir=folder / "other")
    store = Store(settings.database)
    put(store, 1, 5)
    open_index(settings, store).save()
    shutil.copy(settings.vector_file, path)
    store.close()


def lost_history(settings: Settings, store: Store) -> list[str]:
    """A journal or an older copy of the file took its place: the same sequence again, with other documents."""
    clear(settings.vector_file)
    open_index(settings, store).save()
    older = settings.data_dir.parent / "older"
    older.mkdir()
    copy = Settings(data_dir=older)
    store.database.empty_journal()
    shutil.copy(settings.database, copy.database)
    put(store, 0, 2)
    open_index(settings, store).save()
    shutil.copy(settings.vector_file, copy.vector_file)  # of a later state than the file beside it
    restored = Store(copy.database)
    put(restored, 1, 3)
    put(restored, 2, 3)
    index = open_index(copy, restored)
    anew = VectorIndex(restored, older / "none", HashingEmbedder.dimension)
    same = nearest(index) == nearest(anew) and np.array_equal(index.keys(), anew.keys())
    restored.close()
    return [] if same else ["a lost history: vectors of it were used"]
