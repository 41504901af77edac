from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline, make_plan
from tests.conftest import EXAMPLES, ingest_files
from tests.fakes import HashingEmbedder
from tests.unit.loaders.made import new_sheet
from youju.errors import EmbedderMismatch, PathNotFound
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scores
from youju.settings import Settings

FILES = {"a.txt": "Battery life is long.", "sub/b.md": "# Box\n\nThe box holds a logger.", "c.html": "<p>Price list</p>"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def age(folder: Path) -> None:
    """Make files older than the grain of the clock that plans distrust."""
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def test_second_run_does_nothing(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    first = ingest_files(FILES, folder, settings, store, embedder)
    assert (first.documents, first.unchanged, first.failed) == (3, 0, [])
    done = embedder.embedded
    sequence = store.sequence()
    age(folder)
    for _ in range(2):
        again = Pipeline(settings, store, lambda: embedder).run(make_plan([folder], settings, store))
        assert (again.documents, again.unchanged) == (0, 3)
    assert embedder.embedded == done
    assert store.sequence() == sequence + 1  # the new times, noted once


def test_two_places_that_are_called_the_same_are_told_apart(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when each of two folders is ingested from within."""
    for name in ("one", "two", "one", "two"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / name)
        ingest_files({"notes.md": f"The notes of {name}."}, Path("docs"), settings, store, embedder)
    other = (tmp_path / "two" / "docs" / "notes.md").as_posix()
    assert sorted(one.uri for one in store.documents()) == sorted(["docs/notes.md", other])


def test_a_place_that_is_gone_leaves_its_name(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    monkeypatch.chdir(tmp_path / "one")
    ingest_files({"notes.md": "The notes."}, Path("docs"), settings, store, embedder)
    (tmp_path / "one").rename(tmp_path / "two")
    monkeypatch.chdir(tmp_path / "two")
    ingest_files({}, Path("docs"), settings, store, embedder)
    assert [one.uri for one in store.documents()] == ["docs/notes.md"]


def test_same_size_and_fresh_time_is_still_seen(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"a.txt": "one word"}, folder, settings, store, embedder)
    status = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("two word")
    os.utime(folder / "a.txt", ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert [item.state for item in make_plan([folder], settings, store).items] == ["changed"]


def test_a_changed_file_replaces_its_old_chunks(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, folder, settings, store, embedder)
    report = ingest_files({"a.txt": "Something else entirely."}, folder, settings, store, embedder)
    assert (report.documents, report.unchanged) == (1, 2)
    assert store.search_words(["batteri"], 5) == {}
    assert len(store.documents()) == 3


def test_same_content_is_not_embedded_twice(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files({"a.txt": "The same text."}, folder, settings, store, embedder)
    report = ingest_files({"a.md": "The same text."}, folder, settings, store, embedder)  # read by another reader
    assert (report.documents, report.embedded, report.reused) == (1, 0, 1)
    assert len(VectorIndex(store, settings.vector_file, embedder.dimension)) == 2


def test_broken_files_do_not_stop_the_rest(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    folder.mkdir()
    pdf = (EXAMPLES / "user-manual-frostline-t3.pdf").read_bytes()
    (folder / "cut.pdf").write_bytes(pdf[: len(pdf) // 50])
    (folder / "not.docx").write_bytes(b"PK\x03\x04 not really")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "picture.gif").write_bytes(b"GIF89a")
    os.mkfifo(folder / "pipe.txt")
    report = ingest_files(FILES, folder, settings, store, embedder)
    assert report.documents == 3
    reasons = {Path(one.uri).name: one.reason for one in report.skipped}
    assert set(reasons) == {"cut.pdf", "not.docx", "empty.txt", "picture.gif", "pipe.txt"}
    assert all(reasons.values())
    assert {Path(one.uri).name for one in report.failed} == {"cut.pdf", "not.docx", "empty.txt", "pipe.txt"}


def test_the_report_names_what_a_text_lacks(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    workbook, sheet = new_sheet()
    sheet["A1"], sheet["A2"], sheet.title = "Total", "=1+1", "a\u2028b"
    folder.mkdir()
    workbook.save(folder / "sums.xlsx")
    told: list[str] = []
    pipeline = Pipeline(settings, store, lambda: embedder, lambda progress: told.append(progress.reason))
    report = pipeline.run(make_plan([folder], settings, store))
    assert [(Path(note.uri).name, note.text) for note in report.notes] == [("sums.xlsx", told[-1])]
    assert "formulas saved without a result (A2)" in told[-1]
    assert told[-1].isprintable()


def test_gone_files_are_pruned_only_when_asked(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, folder, settings, store, embedder)
    (folder / "a.txt").unlink()
    plan = make_plan([folder], settings, store)
    assert [Path(document.uri).name for document in plan.gone] == ["a.txt"]
    Pipeline(settings, store, lambda: embedder).run(plan)
    assert len(store.documents()) == 3
    assert Pipeline(settings, store, lambda: embedder).run(plan, prune=True).deleted == 1
    assert len(store.documents()) == 2


def test_pruning_one_folder_leaves_the_others(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, folder, settings, store, embedder)
    other = folder.parent / "other"
    ingest_files({"z.txt": "Elsewhere."}, other, settings, store, embedder)
    plan = make_plan([other], settings, store)
    assert plan.gone == []


def test_offsets_point_into_the_stored_text(settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    Pipeline(settings, store, lambda: embedder).run(make_plan([EXAMPLES], settings, store))
    for document in store.documents():
        text = store.text(document.id)
        keys = store.outlines.chunks(document.id, 0, len(text))
        assert keys
        for passage in store.passages(dict.fromkeys(keys, Scores(0, 0, 0, 0))):
            assert text[passage.start : passage.end] == passage.text
            assert passage.page == document.page_at(passage.start)


def test_a_name_that_is_not_utf8_stops_nothing(
    folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    folder.mkdir()
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt"))).write_text("text")
    report = ingest_files(FILES, folder, settings, store, embedder)
    assert report.documents == 3
    assert [one.reason for one in report.failed] == ["its name is not UTF-8"]


def test_what_still_exists_is_never_pruned(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    """Ingested by its own name, but passed over when its folder is walked."""
    ingest_files(FILES, folder, settings, store, embedder)
    hidden = folder / ".hidden" / "h.txt"
    hidden.parent.mkdir()
    hidden.write_text("Hidden text.")
    Pipeline(settings, store, lambda: embedder).run(make_plan([hidden], settings, store))
    assert make_plan([folder], settings, store).gone == []


def test_an_unknown_path_is_an_error(settings: Settings, store: Store, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="nowhere"):
        make_plan([tmp_path / "nowhere"], settings, store)


def test_another_embedder_is_refused(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files(FILES, folder, settings, store, embedder)
    (folder / "a.txt").write_text("Something else.")
    with pytest.raises(EmbedderMismatch, match="YOUJU_DATA_DIR"):
        Pipeline(settings, store, lambda: HashingEmbedder("another")).run(make_plan([folder], settings, store))


def test_hidden_files_and_links_to_folders_are_passed_over(folder: Path, settings: Settings, store: Store) -> None:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "x.txt").write_text("x")
    (folder / "a.txt").write_text("a")
    (folder / "loop").symlink_to(folder)
    assert [item.path.name for item in make_plan([folder], settings, store).items] == ["a.txt"]


def test_links_are_followed_only_inside_what_was_given(folder: Path, settings: Settings, store: Store) -> None:
    outside = folder.parent / "outside"
    for place in (folder, outside):
        place.mkdir()
        (place / "a.txt").write_text("text")
    (folder / "out.txt").symlink_to(outside / "a.txt")
    (folder / "in.txt").symlink_to("a.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    work = make_plan([folder], settings, store)
    assert [item.path.name for item in work.items] == ["a.txt"]
    assert [(Path(one.uri).name, one.reason, one.failed) for one in work.skipped] == [
        ("loop.txt", "a link that leads to itself", True),
        ("out.txt", "a link that leads out of the folder", False),
    ]
    assert len(make_plan([folder, outside], settings, store).items) == 2
    assert [item.path.name for item in make_plan([folder / "out.txt"], settings, store).items] == ["out.txt"]


def test_names_that_would_move_the_cursor_are_not_printed(folder: Path, settings: Settings, store: Store) -> None:
    folder.mkdir()
    for name in ("a\x1b[2Jb.txt", "c\nd.txt", "e\u202etxt.md", "שלום\u200f 年.txt"):
        (folder / name).write_text("text")
    work = make_plan([folder], settings, store)
    assert [item.path.name for item in work.items] == ["שלום\u200f 年.txt"]
    assert {one.reason for one in work.skipped} == {"its name holds control characters"}
    assert all("�" in one.uri and one.uri.isprintable() for one in work.skipped)
