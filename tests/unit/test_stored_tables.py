"""Tables in the store: what is given of them, to whom, and that nothing of them stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.loaders import load
from youju.index.base.packing import packed_blocks
from youju.index.base.records import Source
from youju.index.sqlite import texts
from youju.index.sqlite.integrity import Integrity
from youju.index.sqlite.store import Store
from youju.index.sqlite.traces import Traces
from youju.maintenance.backup import backup, restore
from youju.records import Scope
from youju.structure import Cell, Column

PAGE = """<h2>Fleet</h2><table><tr><th>Type<th>Seats</tr><tr><td>Wide:<td></tr><tr><td>B-7<td>1,234</tr></table>
<p>Between.</p><table><tr><th>城市<th>人口</tr><tr><td>北京<td>2189</tr></table>"""


def put(store: Store, page: str = PAGE, name: str = "a.html", collection: str = "default") -> str:
    source = Source(collection, f"/folder/{name}", name, name, 1, 1)
    return store.put(source, load(page.encode(), name), "en", [], np.zeros((0, 4), np.float32), "hashing")


def test_a_table_comes_back_as_it_was_read(store: Store) -> None:
    extracted = load(PAGE.encode(), "a.html")
    document_id = put(store)
    first, second = store.tables_of(document_id)
    assert (first.ordinal, first.title, first.count) == (0, "Fleet", 2)
    assert second.columns == (Column(("城市",)), Column(("人口",)))
    held = store.table(document_id, 0)
    assert held is not None
    assert held.card == first
    assert held.rows == extracted.tables[0].rows
    assert held.rows[1].group == ("Wide:",)
    assert held.row(1) == ("B-7", "1,234")
    assert [held.row(0), held.values[0]] == [("Wide:", ""), ("Wide:",)]
    assert store.table(document_id, 2) is None


def test_the_tables_that_a_stretch_of_text_has_a_part_of(store: Store) -> None:
    document_id = put(store)
    text = store.text(document_id)
    beijing, between = text.index("北京"), text.index("Between")
    assert [card.ordinal for card in store.tables_at(document_id, beijing, beijing + 1)] == [1]
    assert store.tables_at(document_id, between, between + 8) == []
    assert [card.ordinal for card in store.tables_at(document_id, 0, len(text))] == [0, 1]


def test_tables_are_those_of_the_collections_that_may_be_seen(store: Store) -> None:
    mine, other = put(store, collection="mine"), put(store, collection="other")
    limited = store.limited_to(("mine",))
    assert {card.document_id for card in limited.table_cards()} == {mine}
    assert limited.tables_of(other) == limited.tables_at(other, 0, 1000) == []
    assert limited.table(other, 0) is None
    assert len(store.table_cards()) == 4
    assert store.table_cards(only_large=True) == []
    assert {card.document_id for card in store.table_cards(Scope(collection="other"))} == {other}
    assert len(store.table_cards(Scope(document_ids=(mine,)))) == 2


def test_nothing_stays_of_tables_of_what_is_deleted_or_read_anew(store: Store) -> None:
    document_id = put(store)
    put(store, "<p>No table.</p>")
    assert store.tables_of(document_id) == []
    put(store)
    store.delete([document_id])
    assert store.table_cards() == []
    assert Traces(store).rows_left([document_id], []).documents == 0
    assert Integrity(store).count_dangling() == 0


def test_tables_come_along_with_a_backup(store: Store, tmp_path: Path) -> None:
    document_id = put(store)
    backup(store, tmp_path / "x.backup")
    restore(tmp_path / "x.backup", tmp_path / "again")
    restored = Store(tmp_path / "again" / "youju.db")
    assert restored.table(document_id, 0) == store.table(document_id, 0)


@pytest.mark.parametrize("moved", [0, 1])
def test_doctor_finds_cells_that_are_not_at_their_places(store: Store, moved: int) -> None:
    document_id = put(store)
    text = store.text(document_id)[moved:]
    with store.database.transaction() as (connection, _):
        texts.remove(connection, document_id)
        texts.keep(connection, document_id, packed_blocks(text))
    assert Integrity(store).misplaced_tables() == [document_id] * moved


def test_a_cell_beyond_the_text_is_an_empty_one(store: Store) -> None:
    """A reader that a file has taken over may say anything."""
    extracted = load(PAGE.encode(), "a.html")
    row = replace(extracted.tables[0].rows[0], cells=(Cell(0, 10**9, 10**9 + 5),))
    wild = replace(extracted, tables=(replace(extracted.tables[0], rows=(row,)),))
    source = Source("default", "/folder/b", "b", "b", 1, 1)
    document_id = store.put(source, wild, "en", [], np.zeros((0, 4), np.float32), "hashing")
    held = store.table(document_id, 0)
    assert held is not None
    assert held.values == (("",),)
