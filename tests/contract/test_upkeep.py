"""Looking an index over, and embedding it anew."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.reindex import reindex
from tests.contract.building import EMBEDDER, put, source
from tests.fakes import HALF, HashingEmbedder
from youju.errors import EmbedderMismatch, IndexInUse
from youju.index.base.records import Goal, Superseded
from youju.index.opening import Index
from youju.maintenance.doctor import examine
from youju.records import EVERYTHING, Chunk, Extracted
from youju.settings import Settings


def fill(index: Index) -> None:
    for number in range(4):
        put(index.store, f"{number}.txt", [f"the lid {number} is green", "电池很耐用", f"lamp {number}"], original=b"%PDF")
    index.store.delete([index.store.documents()[1].id])
    index.vectors(EMBEDDER).save()


def test_a_whole_index_has_no_findings(index: Index, settings: Settings) -> None:
    assert examine(index.store, settings) == []
    fill(index)
    assert examine(index.store, settings) == []
    assert index.store.bytes_used() > 0
    assert index.store.write_trouble() is None
    assert index.store.place


def test_the_full_text_can_be_made_anew(index: Index, settings: Settings) -> None:
    fill(index)
    before = index.store.search_words(["lid", "lamp"], 50)
    index.integrity.write_full_text()
    assert index.store.search_words(["lid", "lamp"], 50) == pytest.approx(before, rel=1e-9)
    assert examine(index.store, settings) == []


def test_all_vectors_are_replaced_at_once(index: Index, settings: Settings) -> None:
    fill(index)
    other = HashingEmbedder("other-64", 64)
    before = index.vectors(EMBEDDER)
    before.search(EMBEDDER.embed_queries(["lid"])[0], 1)
    keys, sequence = index.store.keys(EVERYTHING).tolist(), index.store.sequence()
    report = reindex(index.store, settings, other, "other")
    assert (report.chunks, report.kept) == (9, 0)
    assert index.store.embedder() == "other-64"
    assert index.store.dimension() == 64
    assert index.store.keys(EVERYTHING).tolist() == keys
    assert index.store.sequence() > sequence
    near, _ = index.vectors(other).search(other.embed_queries(["lamp 2"])[0], 1)
    assert max(one.similarity for one in near) > 0.7
    with pytest.raises(EmbedderMismatch):
        put(index.store, "new.txt", ["with the old model"])
    text, vectors = Extracted("new", "text/plain"), other.embed_documents(["new"])
    index.store.put(source("new.txt"), text, "en", [Chunk(0, 3, "new", "", "en", None)], vectors, other.fingerprint)
    with pytest.raises(EmbedderMismatch):
        before.search(EMBEDDER.embed_queries(["lid"])[0], 1)
    assert examine(index.store, settings) == []


def test_a_reindex_goes_on_and_can_be_given_up(index: Index) -> None:
    fill(index)
    new, goal = index.new_vectors, Goal("other-64", "other")
    other = HashingEmbedder("other-64", 64)
    new.begin(goal)
    batch = new.waiting(0, 4)
    new.add(goal, {one.key: row for one, row in zip(batch, other.embed_documents([b.text for b in batch]), strict=True)})
    assert (new.count(), new.goal()) == (4, goal)
    known = new.of_contents([batch[0].content_hash])
    assert np.allclose(known[batch[0].content_hash], other.embed_documents([batch[0].text])[0], atol=HALF)
    index.store.delete([index.store.documents()[0].id])  # takes its new vectors with it
    assert new.count() == 1
    new.begin(Goal("third-32", "third"))
    assert new.count() == 0
    with pytest.raises(Superseded):
        new.add(goal, {})
    with new.alone(), pytest.raises(IndexInUse), index.new_vectors.alone():
        pass
    assert new.drop() == 0
    assert new.goal() is None
