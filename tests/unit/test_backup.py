from __future__ import annotations

import hashlib
import json
import shutil
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.earlier import earlier_index, write_earlier
from tests.fakes import HashingEmbedder
from tests.unit.test_store import put
from youju.errors import BackupUnusable, IndexInUse, PathNotFound, StorageFull, WouldOverwrite, YoujuError
from youju.files import require_space
from youju.index.base.uploads import path_of
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.schema import SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance import archive as archives
from youju.maintenance import backup as backups
from youju.maintenance.archive import MANIFEST, Manifest
from youju.maintenance.backup import backup, restore
from youju.maintenance.doctor import examine
from youju.settings import Settings

FILES = {"a.txt": "The battery lasts eight hours.", "b.md": "# Box\n\nThe box holds a logger.", "c.txt": "电池可用八小时。"}


@pytest.fixture
def filled(store: Store) -> Store:
    for name, text in FILES.items():
        put(store, name, [text])
    return store


@pytest.fixture
def archive(filled: Store, tmp_path: Path) -> Path:
    backup(filled, tmp_path / "one.backup")
    return tmp_path / "one.backup"


def contents(store: Store) -> list[tuple[object, ...]]:
    """All that counts in an index. Left out is what tells who it is, when it changed, and which cache belongs to it."""
    apart = "('identity', 'changed_at', 'cache_marks')"
    return [
        *store.database.rows(f"SELECT name, value FROM meta WHERE name NOT IN {apart} ORDER BY name"),
        *store.database.rows("SELECT id, title, ingested_at FROM documents ORDER BY id"),
        *store.database.rows("SELECT * FROM texts ORDER BY document_id, ordinal"),
        *store.database.rows("SELECT * FROM locations ORDER BY collection, source"),
        *store.database.rows("SELECT * FROM chunks ORDER BY key"),
        *store.database.rows("SELECT * FROM tombstones ORDER BY key"),
        *store.database.rows("SELECT rowid FROM words ORDER BY rowid"),
        *store.database.rows("SELECT id, collection, finished_at FROM jobs ORDER BY id"),
        *store.database.rows("SELECT id, hash FROM keys ORDER BY id"),
        *store.database.rows("SELECT document_id, length(data) FROM originals ORDER BY document_id"),
    ]


def opened(data_dir: Path) -> Store:
    return Store(Settings(data_dir=data_dir).database)


def queue_upload(store: Store, settings: Settings, name: str, data: bytes) -> str:
    jobs = Jobs(store.database, settings.spool_dir)
    folder = jobs.new_folder()
    path_of(folder, 0, name).write_bytes(data)
    return jobs.submit(folder, "default", [name]).id


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def test_names_are_those_of_the_settings() -> None:
    settings = Settings(data_dir=Path("x"))
    assert settings.database == Path("x", archives.DATABASE)
    assert settings.gate_file == Path("x", archives.GATE)
    assert settings.spool_dir == Path("x", backups.SPOOL)
    assert settings.vector_file == Path("x", backups.VECTORS)


def test_what_is_restored_is_what_was_backed_up(filled: Store, settings: Settings, tmp_path: Path) -> None:
    settings.gate_file.write_text('{"own": 1}')
    job = queue_upload(filled, settings, "报告.txt", b"waits")
    expected = contents(filled)
    manifest = backup(filled, tmp_path / "one.backup")
    assert (manifest.documents, manifest.sequence, manifest.uploads) == (3, filled.sequence(), 1)
    assert manifest.identity == filled.identity()

    restore(tmp_path / "one.backup", tmp_path / "new")
    there = Settings(data_dir=tmp_path / "new")
    restored = opened(tmp_path / "new")
    assert contents(restored) == expected
    assert there.gate_file.read_text() == '{"own": 1}'
    jobs = Jobs(restored.database, there.spool_dir)
    assert path_of(jobs.folder(jobs.get(job)), 0, "报告.txt").read_bytes() == b"waits"
    assert examine(restored, there) == []
    assert len(restored.search_words(["batteri"], 5)) == 1
    restored.close()
    left = {path.name for path in (tmp_path / "new").iterdir()}
    assert left <= {"youju.db", "gate.json", "uploads", "uploads.lock", ".youju.db.lock"}  # no drafts, no locks of others


def test_a_restored_index_is_another_one(filled: Store, settings: Settings, archive: Path, tmp_path: Path) -> None:
    """A cache of what came after the backup must not be taken for one of what comes after the restore."""
    put(filled, "later.txt", ["words of a future that is given up"])
    VectorIndex(filled, settings.vector_file, HashingEmbedder.dimension).save()
    restore(archive, tmp_path / "new")
    restored = opened(tmp_path / "new")
    put(restored, "other.txt", ["words of another future"])
    assert restored.sequence() == filled.sequence()
    assert restored.identity() != filled.identity()
    shutil.copy(settings.vector_file, tmp_path / "new" / "vectors.index")
    assert VectorIndex(restored, tmp_path / "new" / "vectors.index", HashingEmbedder.dimension).sequence == 0
    restored.close()


def test_nothing_deleted_is_in_a_backup(filled: Store, tmp_path: Path) -> None:
    secret = put(filled, "secret.txt", ["Zyxwvutsrq" + " is the codename of it" * 20] * 5)
    text = filled.database.value("SELECT data FROM texts WHERE document_id = ?", (secret,))
    vector = filled.database.value("SELECT vector FROM chunks WHERE document_id = ?", (secret,))
    filled.delete([secret])
    assert text in filled.path.read_bytes() + filled.path.with_name("youju.db-wal").read_bytes()
    backup(filled, tmp_path / "one.backup")
    with zipfile.ZipFile(tmp_path / "one.backup") as archive:
        data = archive.read("youju.db")
    assert text not in data
    assert b"Zyxwvutsrq" not in data
    assert b"yxwvutsrq" not in data  # as the full text stores words, beside a neighbour
    assert vector not in data


def test_an_index_with_documents_is_not_overwritten(filled: Store, settings: Settings, archive: Path) -> None:
    filled.close()
    before = settings.database.read_bytes()
    with pytest.raises(WouldOverwrite, match="--force"):
        restore(archive, settings.data_dir)
    assert settings.database.read_bytes() == before


def test_an_empty_index_is_overwritten(archive: Path, tmp_path: Path) -> None:
    opened(tmp_path / "new").close()
    restore(archive, tmp_path / "new")
    store = opened(tmp_path / "new")
    assert len(store.documents()) == 3
    store.close()


def test_force_takes_the_old_index_away_with_all_that_belongs_to_it(filled: Store, settings: Settings, archive: Path) -> None:
    expected = contents(filled)
    put(filled, "later.txt", ["later words"])
    queue_upload(filled, settings, "x.txt", b"waits no more")
    settings.gate_file.write_text("{}")
    filled.close()
    restore(archive, settings.data_dir, replace=True)
    store = Store(settings.database)
    assert contents(store) == expected
    assert not settings.gate_file.exists()
    assert list(settings.spool_dir.iterdir()) == []
    assert examine(store, settings) == []
    store.close()


def test_an_index_in_use_is_left_alone(filled: Store, settings: Settings, archive: Path) -> None:
    before = contents(filled)
    with pytest.raises(IndexInUse, match="in use"):
        restore(archive, settings.data_dir, replace=True)
    assert contents(filled) == before
    put(filled, "more.txt", ["it can still be written"])


def test_a_damaged_index_is_replaced_with_its_journal(filled: Store, settings: Settings, archive: Path) -> None:
    filled.close()
    settings.database.write_bytes(b"not a database" * 500)
    settings.database.with_name("youju.db-wal").write_bytes(b"of the damaged one" * 500)
    restore(archive, settings.data_dir, replace=True)
    store = Store(settings.database)
    assert len(store.documents()) == 3
    assert examine(store, settings) == []
    store.close()


def test_who_opened_the_old_file_cannot_write_beside_the_new_one(filled: Store, settings: Settings, archive: Path) -> None:
    """Somebody opens the index just when it is replaced: waits for the lock, and is then refused by SQLite."""
    filled.close()
    at_the_lock = threading.Event()
    outcome: list[int | str] = []

    def open_late() -> None:
        at_the_lock.wait()
        try:
            late = Store(settings.database)
            outcome.append(len(late.documents()))
            late.close()
        except YoujuError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=open_late)
    thread.start()

    def watch(label: str, done: int, total: int) -> None:
        at_the_lock.set()

    restore(archive, settings.data_dir, replace=True, watch=watch)
    thread.join()
    store = Store(settings.database)
    assert len(store.documents()) == 3
    assert examine(store, settings) == []
    store.close()
    assert len(outcome) == 1


def rewritten(archive: Path, changes: Mapping[str, bytes | None]) -> Path:
    """A copy of an archive with other members; None leaves one out."""
    target = archive.with_name("rewritten.backup")
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as copy:
        members = {name: source.read(name) for name in source.namelist()} | dict(changes)
        for name, data in members.items():
            if data is not None:
                copy.writestr(name, data)
    return target


def manifest_with(archive: Path, **changes: object) -> bytes:
    with zipfile.ZipFile(archive) as source:
        return json.dumps(json.loads(source.read(MANIFEST)) | changes).encode()


def refused(archive: Path, tmp_path: Path) -> str:
    """The line with which an archive is refused; an index that is there stays as it was, and nothing is left behind."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "youju.db").write_bytes(b"")
    before = files_below(tmp_path)
    with pytest.raises(BackupUnusable) as caught:
        restore(archive, folder, replace=True)
    assert "\n" not in str(caught.value)
    assert files_below(tmp_path) == before
    return str(caught.value)


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my notes")
    assert "not a backup" in refused(tmp_path / "notes.txt", tmp_path)


def test_another_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as other:
        other.writestr("word/document.xml", "<x/>")
    assert "not a backup of Youju" in refused(tmp_path / "a.docx", tmp_path)


def test_a_newer_backup_is_refused(archive: Path, tmp_path: Path) -> None:
    changed = rewritten(archive, {MANIFEST: manifest_with(archive, schema_version=SCHEMA_VERSION + 1)})
    assert "newer version (schema" in refused(changed, tmp_path)


def test_a_newer_format_is_refused_whatever_its_manifest_holds(archive: Path, tmp_path: Path) -> None:
    changed = rewritten(archive, {MANIFEST: b'{"format": 2, "youju": "9.0", "files": []}'})
    assert "Youju 9.0" in refused(changed, tmp_path)


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "uploads/../../escaped", "C:\\escaped", "youju.db-wal"])
def test_names_that_lead_elsewhere_are_refused(archive: Path, tmp_path: Path, name: str) -> None:
    known = json.loads(manifest_with(archive))["members"]
    member = {"name": name, "size": 1, "sha256": "0" * 64}
    both = rewritten(archive, {name: b"x", MANIFEST: manifest_with(archive, members=[*known, member])})
    assert "manifest" in refused(both, tmp_path)


def test_members_beyond_the_manifest_are_refused(archive: Path, tmp_path: Path) -> None:
    assert "does not hold what its manifest names" in refused(rewritten(archive, {"youju.db-wal": b"x"}), tmp_path)


def test_a_member_larger_than_it_says_is_not_unpacked(archive: Path, tmp_path: Path) -> None:
    bomb = {"name": "gate.json", "size": 10, "sha256": "0" * 64}
    known = json.loads(manifest_with(archive))["members"]
    changes = {"gate.json": bytes(50 << 20), MANIFEST: manifest_with(archive, members=[*known, bomb])}
    assert "gate.json" in refused(rewritten(archive, changes), tmp_path)


def test_a_member_larger_than_the_disk_is_refused_before_it_is_unpacked(archive: Path, tmp_path: Path) -> None:
    known = json.loads(manifest_with(archive))["members"]
    huge = [one | {"size": 1 << 60} for one in known]
    with pytest.raises(StorageFull, match="MiB"):
        restore(rewritten(archive, {MANIFEST: manifest_with(archive, members=huge)}), tmp_path / "new")


def test_a_database_with_triggers_is_refused(filled: Store, tmp_path: Path) -> None:
    with filled.database.transaction() as (connection, _):
        connection.execute("CREATE TRIGGER evil AFTER UPDATE ON meta BEGIN DELETE FROM jobs; END")
    backup(filled, tmp_path / "one.backup")
    assert "triggers" in refused(tmp_path / "one.backup", tmp_path)


def test_an_upload_with_an_id_that_leads_elsewhere_is_refused(filled: Store, tmp_path: Path) -> None:
    with filled.database.transaction() as (connection, _):
        connection.execute("INSERT INTO jobs VALUES ('../../x', 'default', 'now', 'now')")
    backup(filled, tmp_path / "one.backup")
    assert "'../../x'" in refused(tmp_path / "one.backup", tmp_path)


def test_every_damage_is_noticed(archive: Path, tmp_path: Path) -> None:
    """A byte flipped anywhere, or the end cut off: refused, or (in zip's own unused fields) restored as it was."""
    data = archive.read_bytes()
    damaged, refusals = tmp_path / "damaged.backup", 0
    expected = opened_contents(archive, tmp_path / "expected")
    for place in range(0, len(data), max(1, len(data) // 60)):
        for changed in (data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :], data[:place]):
            damaged.write_bytes(changed)
            try:
                restored = opened_contents(damaged, tmp_path / "new")
            except BackupUnusable:
                refusals += 1
            else:
                assert restored == expected
            shutil.rmtree(tmp_path / "new", ignore_errors=True)
    assert refusals > 100


def opened_contents(archive: Path, data_dir: Path) -> list[tuple[object, ...]]:
    restore(archive, data_dir)
    store = opened(data_dir)
    found = contents(store)
    store.close()
    return found


def test_an_older_index_is_migrated_by_its_restore(filled: Store, archive: Path, tmp_path: Path) -> None:
    write_earlier(2, tmp_path / "opened.db")
    store = Store(tmp_path / "opened.db")
    old = earlier_index(2)
    member = {"name": "youju.db", "size": len(old), "sha256": hashlib.sha256(old).hexdigest()}
    told = {"schema_version": 2, "identity": store.identity(), "sequence": store.sequence(), "members": [member]}
    changed = rewritten(archive, {"youju.db": old, MANIFEST: manifest_with(archive, **told)})
    assert opened_contents(changed, tmp_path / "new") == contents(store)
    store.close()


def test_the_target_is_checked(filled: Store, settings: Settings, archive: Path, tmp_path: Path) -> None:
    with pytest.raises(WouldOverwrite, match="exists"):
        backup(filled, archive)
    with pytest.raises(PathNotFound, match="no folder"):
        backup(filled, tmp_path / "nowhere" / "one.backup")
    for own in (settings.database, settings.vector_file, settings.data_dir):
        with pytest.raises(WouldOverwrite, match="part of the index"):
            backup(filled, own, replace=True)
    put(filled, "more.txt", ["more"])
    assert backup(filled, archive, replace=True).documents == 4
    assert archive.stat().st_mode & 0o077 == 0


def test_a_backup_that_fails_leaves_nothing_and_the_old_one(filled: Store, archive: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(label: str, done: int, total: int) -> None:
        if label == "writing the backup":
            raise Stop

    before = files_below(tmp_path)
    with pytest.raises(Stop):
        backup(filled, archive, replace=True, watch=stop)
    assert files_below(tmp_path) == before


def test_a_full_disk_is_noticed_before(tmp_path: Path) -> None:
    with pytest.raises(StorageFull, match="are free"):
        require_space(tmp_path, shutil.disk_usage(tmp_path).free, "It")


def test_bytes_of_an_upload_that_was_just_finished_are_no_reason_to_fail(
    filled: Store, settings: Settings, tmp_path: Path
) -> None:
    job = queue_upload(filled, settings, "gone.txt", b"x")
    shutil.rmtree(settings.spool_dir / job)
    assert backup(filled, tmp_path / "one.backup").uploads == 0
    restore(tmp_path / "one.backup", tmp_path / "new")


Action = tuple[str, int]
actions = st.lists(st.tuples(st.sampled_from(["put", "put", "delete"]), st.integers(0, 9)), min_size=5, max_size=40)


@given(actions)
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_backup_while_others_write_is_one_committed_state(
    tmp_path_factory: pytest.TempPathFactory, work: list[Action]
) -> None:
    folder = tmp_path_factory.mktemp("writing")
    store = opened(folder / "data")
    put(store, "first.txt", ["so that there is something"])
    states = {store.sequence(): contents(store)}
    began = threading.Event()

    def write() -> None:
        writing = opened(folder / "data")
        for count, (action, number) in enumerate(work):
            if action == "put":
                put(writing, f"{number}.txt", [f"version {count} of {number} " + f"word{i} " * 50 for i in range(5)])
            else:
                writing.delete([one.id for one in writing.documents() if one.uri == f"{number}.txt"])
            states[writing.sequence()] = contents(writing)
            began.set()
        writing.close()

    thread = threading.Thread(target=write)
    thread.start()
    began.wait()
    taken: list[Manifest] = []
    while thread.is_alive() or not taken:
        taken.append(backup(store, folder / f"{len(taken)}.backup"))
    thread.join()
    for number, manifest in enumerate(taken):
        assert opened_contents(folder / f"{number}.backup", folder / f"new{number}") == states[manifest.sequence]
    store.close()


def test_a_key_that_was_revoked_since_stays_revoked(filled: Store, settings: Settings, tmp_path: Path) -> None:
    keys = Keys(filled.database)
    (leaked, one), (good, _) = keys.create("leaked"), keys.create("good")
    backup(filled, tmp_path / "one.backup")
    keys.revoke(one.id)
    filled.close()
    restore(tmp_path / "one.backup", settings.data_dir, replace=True)
    restored = opened(settings.data_dir)
    assert Keys(restored.database).verify(leaked) is None
    assert Keys(restored.database).verify(good) is not None
    restored.close()
