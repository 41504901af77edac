"""The file of a backup: a zip of known members and a manifest with the SHA-256 of each.

    manifest.json                     what it is, of which state, and the size and SHA-256 of every other member
    youju.db                          the database, clean (`youju/index/sqlite/files.py`)
    gate.json                         the user's calibration of the gate, if there is one
    uploads/JOB/ORDINAL               the bytes of uploads that wait

Nothing in such a file is trusted: members are known by their names and written to places that the reader chooses, never to
one that stands in the file; no more is taken out of a member than its size in the manifest.
Deflate at level 1: half the size at 50 MB/s; level 6 takes half as long again for 3 % (docs/decisions/0014-backups.md).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from youju.errors import BackupUnusable, PathNotFound

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "youju.db"
GATE = "gate.json"
MEMBER = rf"(?:{re.escape(DATABASE)}|{re.escape(GATE)}|uploads/[0-9a-f]{{32}}/[0-9]{{4,6}})"
MANIFEST_BYTES = 64 << 20  # one of 100,000 uploads has 15 MB
PIECE = 1 << 20
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip
ANOTHER = "Use another backup."

Taken = Callable[[int], None]  # is told how many bytes were done


class Member(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=f"^{MEMBER}$", max_length=100)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """Which state of which index a backup holds. `uploads` counts the files that waited."""

    model_config = ConfigDict(frozen=True)

    format: int
    youju: str
    schema_version: int
    created_at: str
    identity: str
    sequence: int
    embedder: str | None
    documents: int
    chunks: int
    uploads: int
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of all members, taken out."""
        return sum(member.size for member in self.members)


class Writer:
    """Writes an archive: members first, the manifest at the end."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=1)
        self.members: list[Member] = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, source: Path, taken: Taken) -> None:
        with source.open("rb") as stream, self._zip.open(name, "w", force_zip64=True) as member:
            size, digest = _copy(stream, member, taken)
        self.members.append(Member(name=name, size=size, sha256=digest))

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))


class ArchiveReader:
    """Reads an archive. All methods raise `BackupUnusable` for what is damaged or was not written by `Writer`."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            PathNotFound: there is no such file.
            BackupUnusable: it is no backup, or of a format that is not known here.
        """
        if not path.is_file():
            raise PathNotFound(f"{path} is not a file.", "Check the path.")
        self._path = path
        with self._translated():
            self._zip = zipfile.ZipFile(path)
        with contextlib.ExitStack() as undo:
            undo.callback(self._zip.close)
            self.manifest = self._read_manifest()
            undo.pop_all()

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def extract(self, member: Member, target: Path, taken: Taken) -> None:
        """Write a member to `target` and hold it against its size and checksum."""
        with self._translated(), self._zip.open(member.name) as stream, target.open("xb") as file:
            size, digest = _copy(stream, file, taken, member.size)
        if (size, digest) != (member.size, member.sha256):
            raise BackupUnusable(f"{member.name} in {self._path} is not what was backed up (checksum).", ANOTHER)

    def _read_manifest(self) -> Manifest:
        with self._translated():
            names = self._zip.namelist()
            if MANIFEST not in names:
                raise BackupUnusable(f"{self._path} is not a backup of Youju.", "`youju backup FILE` makes one.")
            methods = {member.compress_type for member in self._zip.infolist()}
            if methods - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise BackupUnusable(f"{self._path} is packed in a way that backups are not.", ANOTHER)
            with self._zip.open(MANIFEST) as stream:
                text = stream.read(MANIFEST_BYTES)
        try:
            known = _Format.model_validate_json(text)
            if known.format > FORMAT:
                raise BackupUnusable(
                    f"{self._path} was written by a newer version (Youju {known.youju}; backup format {known.format}, this one "
                    f"knows {FORMAT}).", "Restore it with that version.",
                )  # fmt: skip
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            raise BackupUnusable(f"the manifest of {self._path} is damaged ({error.error_count()} errors).", ANOTHER) from None
        expected = [MANIFEST, *(member.name for member in manifest.members)]
        if sorted(names) != sorted(expected) or len(set(names)) != len(names) or DATABASE not in names:
            raise BackupUnusable(f"{self._path} does not hold what its manifest names.", ANOTHER)
        return manifest

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """What zipfile raises for damage, and for encryption and methods that `Writer` does not use."""
        try:
            yield
        except (*DAMAGE, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: it names a place before its beginning
                raise
            raise BackupUnusable(f"{self._path} is not a backup, or is damaged ({error}).", ANOTHER) from error


class _Format(BaseModel):
    """What every version's manifest has."""

    format: Annotated[int, Field(ge=1)]
    youju: Annotated[str, Field(max_length=40)]


def _copy(source: IO[bytes], target: IO[bytes], taken: Taken, limit: int | None = None) -> tuple[int, str]:
    """Copy a stream, but hardly more than `limit` bytes of it; returns the number of bytes and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    while (piece := source.read(PIECE)) and (limit is None or size <= limit):
        target.write(piece)
        digest.update(piece)
        size += len(piece)
        taken(len(piece))
    return size, digest.hexdigest()
