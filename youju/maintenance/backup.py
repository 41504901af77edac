"""Backups of an index in use, and putting one in its place. Both are whole or not at all, whenever they are killed.

A backup is one committed state of the database, with the user's calibration and the uploads that wait. The FAISS file is left
out: it is a cache. So are prepared models.

A restored index gets a new identity. From its sequence on its history goes another way, and a cache that was made in the
other one, beyond that sequence, must never be taken for its own. What `docs/decisions/0014-backups.md` weighs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from youju import __version__
from youju.errors import BackupUnusable, PathNotFound, StoreUnusable, WouldOverwrite
from youju.files import process_lock, require_space, sync
from youju.index.base.uploads import path_of
from youju.index.sqlite.files import copy_clean, held_alone, holds_something, leave_alone, revoked_keys, schema_version
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.saving import Revoked, renew_identity, used_bytes
from youju.index.sqlite.schema import SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.maintenance.archive import ANOTHER, DATABASE, FORMAT, GATE, ArchiveReader, Manifest, Taken, Writer
from youju.model_files.locate import Progress, no_progress

SPOOL, VECTORS = "uploads", "vectors.index"  # beside the database, as in `Settings`
JOB_ID = re.compile("[0-9a-f]{32}")
SCRATCH = ".youju-backup."
ABANDONED = 86_400  # seconds after which the scratch folder of a killed backup is removed by another one


def backup(store: Store, target: Path, replace: bool = False, watch: Progress = no_progress) -> Manifest:
    """Write the index as it is at one instant into one file, which appears when it is complete. Nobody is held up.

    Args:
        replace: `target` may exist.

    Raises:
        PathNotFound, WouldOverwrite: the folder is not there; the file is, or is part of the index itself.
        StorageFull: the disk of `target` cannot hold the copy and the backup.
        StoreUnusable: the database cannot be read.
    """
    own = {store.path.parent / name for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", VECTORS, GATE)}
    check_target(target, replace, own)
    spool = store.path.parent / SPOOL
    size = used_bytes(store)
    waiting = sum(file.size for job in Jobs(store.database, spool).waiting() for file in job.files)
    require_space(target.parent, 2 * (size + waiting), "The backup")
    with _scratch(target.parent) as scratch:
        copy, kept = scratch / DATABASE, scratch / SPOOL
        # Before the copy: a job that is in it as waiting may be finished, and its bytes gone, when it is complete.
        _keep_uploads(Jobs(store.database, spool), kept)
        copy_clean(store.path, copy, lambda: watch("copying the index", min(size, _size(copy)), size))
        manifest = _write(scratch / "backup", store, copy, kept, watch)
        sync(scratch / "backup")
        os.replace(scratch / "backup", target)
        sync(target.parent)
    return manifest


def restore(archive: Path, data_dir: Path, replace: bool = False, watch: Progress = no_progress) -> Manifest:
    """Put what a backup holds in place of the index in `data_dir`. The old index stays until the new one is complete.

    Args:
        replace: there may be an index that holds something.

    Raises:
        BackupUnusable: the file is no backup, is damaged, or was written by a newer version.
        WouldOverwrite: `data_dir` holds an index, and `replace` is not set.
        IndexInUse: a service or another command has it open.
        StorageFull: the disk cannot hold both.
    """
    database = data_dir / DATABASE
    with ArchiveReader(archive) as source:
        if source.manifest.schema_version > SCHEMA_VERSION:
            raise _newer(source.manifest.schema_version)
        data_dir.mkdir(parents=True, exist_ok=True)
        revoked = revoked_keys(database)
        with process_lock(database):  # makes others wait who would make a new index here
            if not replace and holds_something(database):
                raise WouldOverwrite(f"there is an index in {data_dir} already.", "Add --force to put the backup in its place.")
            with held_alone(database):  # tells early whether it is in use
                pass
            require_space(data_dir, source.manifest.size, "The restored index")
            with tempfile.TemporaryDirectory(prefix=f".{DATABASE}.", suffix=".partial", dir=data_dir) as scratch:
                _unpack(source, Path(scratch), revoked, watch)
                _swap(Path(scratch), data_dir)
    return source.manifest


# Backup


def check_target(target: Path, replace: bool, own: Collection[Path] = ()) -> None:
    """
    Args:
        own: what the index itself is made of.

    Raises:
        PathNotFound, WouldOverwrite: the folder is not there; the file is, and is not to be replaced.
    """
    if not target.parent.is_dir():
        raise PathNotFound(f"there is no folder {target.parent}.", "Make it first, or check the path.")
    if target.is_dir() or target.resolve() in {path.resolve() for path in own}:
        raise WouldOverwrite(f"{target} is a folder or part of the index itself.", "Name another file.")
    if target.exists() and not replace:
        raise WouldOverwrite(f"{target} exists.", "Name another file, or add --force to replace it.")


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder that is gone afterwards; those that killed backups left long ago go too."""
    for leftover in folder.glob(f"{SCRATCH}*.partial"):
        if time.time() - leftover.stat().st_mtime > ABANDONED:
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, suffix=".partial", dir=folder) as name:
        yield Path(name)


def _keep_uploads(jobs: Jobs, kept: Path) -> None:
    """Copy the bytes of waiting jobs that are not in `kept` yet. Those that are gone belong to a job that was just finished."""
    for job in jobs.waiting():
        for file in job.files:
            source, target = path_of(jobs.folder(job), file.ordinal, file.name), kept / job.id / f"{file.ordinal:04}"
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(source, target)


def _write(draft: Path, store: Store, copy: Path, kept: Path, watch: Progress) -> Manifest:
    with contextlib.closing(Store(copy)) as copied:
        # What was uploaded between the look before and the copy. Bytes that are gone by now are reported when the restored
        # index carries the job out.
        waiting = Jobs(copied.database, store.path.parent / SPOOL)
        _keep_uploads(waiting, kept)
        names = [f"{SPOOL}/{job.id}/{file.ordinal:04}" for job in waiting.waiting() for file in job.files]
        facts = {
            "identity": copied.identity(), "sequence": copied.sequence(), "embedder": copied.embedder(),
            "documents": sum(copied.collections().values()), "chunks": copied.count_chunks(),
        }  # fmt: skip
    leave_alone(copy)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    gate = copy.parent / GATE
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(store.path.parent / GATE, gate)
    sources = {DATABASE: copy, GATE: gate}
    sources |= {name: kept / name.removeprefix(f"{SPOOL}/") for name in names}
    present = {name: path for name, path in sources.items() if path.exists()}
    with Writer(draft) as writer:
        draft.chmod(0o600)  # it holds all documents, whoever could read them before
        taken = _counted(watch, "writing the backup", sum(path.stat().st_size for path in present.values()))
        for name, path in present.items():
            writer.add(name, path, taken)
        manifest = Manifest(
            format=FORMAT, youju=__version__, schema_version=SCHEMA_VERSION, created_at=now,
            uploads=sum(name.startswith(SPOOL) for name in present), members=tuple(writer.members), **facts,
        )  # fmt: skip
        writer.finish(manifest)
    return manifest


# Restore


def _unpack(source: ArchiveReader, scratch: Path, revoked: Revoked, watch: Progress) -> None:
    """Write the members below `scratch`, each checked, the database as this version has it and with a new identity."""
    manifest = source.manifest
    taken = _counted(watch, "reading the backup", manifest.size)
    members = {member.name: member for member in manifest.members}
    database = scratch / DATABASE
    source.extract(members.pop(DATABASE), database, taken)
    if (version := schema_version(database)) > SCHEMA_VERSION:
        raise _newer(version)
    places = _prepare(database, scratch / SPOOL, manifest, revoked) | {GATE: scratch / GATE}
    for name, member in members.items():
        if name not in places:
            raise BackupUnusable(f"the backup holds {name}, which no upload in it waits for.", ANOTHER)
        places[name].parent.mkdir(parents=True, exist_ok=True)
        source.extract(member, places[name], taken)
    for path in scratch.rglob("*"):
        sync(path)


def _prepare(database: Path, spool: Path, manifest: Manifest, revoked: Revoked) -> dict[str, Path]:
    """Check and migrate the unpacked database; returns where the bytes of each waiting upload belong, by member."""
    try:
        with contextlib.closing(Store(database)) as store:  # migrates
            if (store.identity(), store.sequence()) != (manifest.identity, manifest.sequence):
                raise BackupUnusable("the backup holds another state of the index than it says.", ANOTHER)
            jobs = Jobs(store.database, spool)
            strange = [job_id for job_id in jobs.ids() if not JOB_ID.fullmatch(job_id)]
            if strange:  # a job's id becomes the name of a folder
                raise BackupUnusable(f"the backup holds an upload with the id {strange[0]!r}.", ANOTHER)
            renew_identity(store, revoked)
            waiting = jobs.waiting()
    except StoreUnusable as error:
        raise BackupUnusable(f"the database in the backup cannot be used ({error.detail})", ANOTHER) from error
    leave_alone(database)
    return {
        f"{SPOOL}/{job.id}/{file.ordinal:04}": path_of(spool / job.id, file.ordinal, file.name)
        for job in waiting
        for file in job.files
    }


def _swap(scratch: Path, data_dir: Path) -> None:
    """Put the unpacked files in place. The rename of the database decides: until then the old index is there."""
    spool = data_dir / SPOOL
    old_uploads = set(spool.glob("*"))
    new_uploads = set()
    with held_alone(data_dir / DATABASE):
        for path in sorted((scratch / SPOOL).glob("*/*")):
            target = spool / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
            sync(target.parent)
            new_uploads.add(target.parent)
        for suffix in (
            "-wal",
            "-shm",
        ):  # are left only by a database too damaged to be closed; would be replayed into the new one
            (data_dir / f"{DATABASE}{suffix}").unlink(missing_ok=True)
        os.replace(scratch / DATABASE, data_dir / DATABASE)
        if (scratch / GATE).exists():
            os.replace(scratch / GATE, data_dir / GATE)
        else:
            (data_dir / GATE).unlink(missing_ok=True)
        (data_dir / VECTORS).unlink(missing_ok=True)  # of the old index; is made again at the next start
        sync(data_dir)
    for folder in old_uploads - new_uploads:
        shutil.rmtree(folder, ignore_errors=True)


# Both


def _newer(version: int) -> BackupUnusable:
    return BackupUnusable(
        f"the backup was written by a newer version (schema {version}; this one knows {SCHEMA_VERSION}).",
        "Restore it with that version.",
    )


def _counted(watch: Progress, label: str, total: int) -> Taken:
    done = 0

    def taken(size: int) -> None:
        nonlocal done
        done += size
        watch(label, done, total)

    return taken


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
