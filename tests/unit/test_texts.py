"""Texts in blocks: whatever part is asked for is what the whole text holds there."""

from __future__ import annotations

import random

import pytest

from tests.conftest import SEED
from tests.unit.test_store import put
from youju.errors import StoreUnusable
from youju.index.base.packing import BLOCK, pack, packed_blocks, unpack
from youju.index.sqlite.store import Store
from youju.index.sqlite.texts import Texts

LENGTHS = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 10 * BLOCK + 7)
SIGNS = "abc éß每年有十五天\n\0😀"


def a_text(length: int, rng: random.Random) -> str:
    return "".join(rng.choices(SIGNS, k=length))


@pytest.mark.parametrize("length", LENGTHS)
def test_every_part_is_what_the_whole_text_holds(store: Store, length: int) -> None:
    rng = random.Random(SEED)
    text = a_text(length, rng)
    document_id = put(store, "a.txt", [text, "end"])
    whole, texts = store.text(document_id), Texts(store.database)
    assert whole == f"{text}\nend\n"
    edges = [0, 1, BLOCK, BLOCK + 1, len(whole) - 1, len(whole), len(whole) + 9]
    spans = [(start, end) for start in edges for end in edges] + [
        (rng.randrange(len(whole)), rng.randrange(len(whole))) for _ in range(50)
    ]
    found = texts.parts([(document_id, start, end) for start, end in spans])
    assert found == [whole[start : max(start, end)] for start, end in spans]
    assert texts.part(document_id, -5, 3) == whole[:3]
    assert texts.parts([("nobody", 0, 9)]) == [""]


def test_a_block_that_is_damaged_is_said(store: Store) -> None:
    document_id = put(store, "a.txt", ["the same again " * 1000])
    with store.database.transaction() as (connection, _):
        connection.execute("UPDATE texts SET data = substr(data, 1, 20) WHERE ordinal = 1")
    with pytest.raises(StoreUnusable, match="is damaged"):
        store.text(document_id)
    assert Texts(store.database).part(document_id, 0, 14) == "the same again"


@pytest.mark.parametrize("data", [b"", b"\0", b"\1x", bytes(range(256)), b"again " * 100])
def test_what_is_packed_comes_out_as_it_was(data: bytes) -> None:
    assert unpack(pack(data)) == data
    assert len(pack(data)) <= len(data) + 1


def test_blocks_are_small_and_stand_by_themselves() -> None:
    text = a_text(3 * BLOCK + 1, random.Random(SEED))
    assert [unpack(block).decode() for block in packed_blocks(text)] == [
        text[i : i + BLOCK] for i in range(0, len(text), BLOCK)
    ]
    assert sum(map(len, packed_blocks("lines that are alike\n" * 5000))) < 105_000 / 20
