"""Keeping in step with a folder: what moved, doubled, failed or went away."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.pipeline import IngestProgress, IngestReport, Pipeline, make_plan
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.errors import WouldEmpty
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings

FILES = {"a.txt": "Battery life is long.", "sub/b.md": "# Box\n\nThe box holds a logger.", "c.html": "<p>Price list</p>"}

Again = Callable[..., IngestReport]


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Path:
    folder = tmp_path / "documents"
    ingest_files(FILES, folder, settings, store, embedder)
    return folder


@pytest.fixture
def again(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Again:
    def run(prune: bool = False, retry: bool = False, may_empty: bool = False) -> IngestReport:
        pipeline = Pipeline(settings, store, lambda: embedder)
        return pipeline.run(make_plan([folder], settings, store, retry=retry), prune, may_empty)

    return run


def states(folder: Path, settings: Settings, store: Store) -> dict[str, str]:
    plan = make_plan([folder], settings, store)
    known = {item.path.name: item.state for item in plan.items} | {Path(one.uri).name: "gone" for one in plan.gone}
    return {name: state for name, state in known.items() if state != "unchanged"}


def test_a_moved_file_keeps_its_document(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder, again: Again
) -> None:
    before = {Path(one.uri).name: one.id for one in store.documents()}
    keys = list(store.keys(Scope()))
    (folder / "a.txt").rename(folder / "sub" / "renamed.txt")
    assert states(folder, settings, store) == {"renamed.txt": "moved"}
    report = again()
    assert (report.documents, report.linked, report.deleted, report.embedded) == (0, 1, 0, 0)
    after = {Path(one.uri).name: one.id for one in store.documents()}
    assert after == {"renamed.txt": before["a.txt"], "b.md": before["b.md"], "c.html": before["c.html"]}
    assert list(store.keys(Scope())) == keys
    assert states(folder, settings, store) == {}


def test_a_new_file_at_the_old_place_of_a_moved_one(folder: Path, settings: Settings, store: Store, again: Again) -> None:
    moved = store.documents()[0].id
    (folder / "a.txt").rename(folder / "z.txt")
    again()
    (folder / "a.txt").write_text("Another text at the old place.")
    again()
    ids = {Path(one.uri).name: one.id for one in store.documents()}
    assert ids["z.txt"] == moved
    assert ids["a.txt"] != moved


def test_a_duplicate_is_stored_once_with_both_places(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder, again: Again
) -> None:
    (folder / "sub" / "copy.txt").write_text(FILES["a.txt"])
    assert states(folder, settings, store) == {"copy.txt": "duplicate"}
    assert again().linked == 1
    (document,) = [one for one in store.documents() if one.also_at]
    assert [Path(place).name for place in (document.uri, *document.also_at)] == ["a.txt", "copy.txt"]
    assert store.count_chunks() == 3
    # both places find it
    assert len(store.keys(Scope(uri_prefix=(folder / "sub" / "copy.txt").as_posix()))) == 1
    # one of them changes: the other keeps the text
    (folder / "a.txt").write_text("Changed here only.")
    again()
    texts = {Path(one.uri).name: store.text(one.id) for one in store.documents()}
    assert texts["copy.txt"].strip() == FILES["a.txt"]
    assert texts["a.txt"].strip() == "Changed here only."
    # the last place goes: so does the document
    (folder / "sub" / "copy.txt").unlink()
    assert again(prune=True).deleted == 1
    assert len(store.documents()) == 3


def test_duplicates_within_one_run(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    files = {f"{number}.txt": "All the same." for number in range(5)}
    report = ingest_files(files, tmp_path / "d", settings, store, embedder)
    assert (report.documents, report.linked, embedder.embedded) == (1, 4, 1)
    assert len(store.documents()[0].also_at) == 4


def test_duplicates_of_a_broken_file_fail_as_it_does(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    broken = "%PDF-1.4 and nothing more"
    report = ingest_files({"1.pdf": broken, "2.pdf": broken}, tmp_path / "d", settings, store, embedder)
    assert (len(report.failed), report.documents, report.linked) == (2, 0, 0)
    assert len({one.reason for one in report.failed}) == 1


def test_failures_are_kept_listed_and_tried_again_when_they_change(
    folder: Path, settings: Settings, store: Store, again: Again
) -> None:
    broken = folder / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 not really")
    os.utime(broken, (1_700_000_000, 1_700_000_000))
    assert [Path(one.uri).name for one in again().failed] == ["broken.docx"]
    (failure,) = store.failures()
    assert Path(failure.uri).name == "broken.docx"
    assert failure.reason
    assert make_plan([folder], settings, store).of("new") == []
    assert [one.reason for one in again().failed] == [failure.reason]  # said again, not read again
    assert [item.path.name for item in make_plan([folder], settings, store, retry=True).of("new")] == ["broken.docx"]
    broken.write_text("Now it is only text.")
    again()
    broken.unlink()
    again()
    assert store.failures() == []


def test_a_document_whose_file_breaks_keeps_its_last_good_text(
    folder: Path, settings: Settings, store: Store, again: Again
) -> None:
    (folder / "a.txt").write_bytes(b"")
    assert [Path(one.uri).name for one in again().failed] == ["a.txt"]
    assert FILES["a.txt"] in "".join(store.text(one.id) for one in store.documents())


def test_pruning_never_empties_a_collection_unasked(folder: Path, settings: Settings, store: Store, again: Again) -> None:
    for path in sorted(folder.rglob("*.*")):
        path.unlink()
    with pytest.raises(WouldEmpty, match="--yes"):
        again(prune=True)
    assert len(store.documents()) == 3
    assert again(prune=True, may_empty=True).deleted == 3


def test_nothing_to_do_makes_no_embedder(folder: Path, settings: Settings, store: Store) -> None:
    def refuse() -> HashingEmbedder:
        raise AssertionError("the embedder was made")

    report = Pipeline(settings, store, refuse).run(make_plan([folder], settings, store))
    assert report.unchanged == 3


def test_pruning_alone_brings_the_vector_file_up_to_date(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder, again: Again
) -> None:
    (folder / "a.txt").unlink()
    assert again(prune=True).deleted == 1
    index = VectorIndex(store, settings.vector_file, embedder.dimension)
    assert list(index.keys()) == list(store.keys(Scope()))


def test_every_file_is_reported(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    seen: list[IngestProgress] = []
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.txt").write_text("One text.")
    (folder / "b.txt").write_text("One text.")
    (folder / "c.docx").write_bytes(b"broken")
    Pipeline(settings, store, lambda: embedder, seen.append).run(make_plan([folder], settings, store))
    ended = {one.item.path.name: one.state for one in seen if one.state != "embedding"}
    assert ended["a.txt"] == "done"
    assert ended["b.txt"] == "linked"
    assert all(one.document_id for one in seen if one.state in ("done", "linked"))
