"""Files in a storage that fsspec knows: S3, Google Cloud Storage, Azure, SFTP, SMB and others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import fsspec

from ingest.loaders import is_supported
from ingest.remote.mirror import ADVICE, Entry, Unavailable
from ingest.remote.network import public_address
from youju.errors import InvalidRequest

HERE = ("file", "local")  # of this machine: a path says the same
HOSTS = ("ftp", "sftp", "ssh", "smb", "webhdfs", "hdfs", "dask", "jupyter", "jlab")  # whose addresses name a host


class Storage:
    """`s3://bucket/folder` and whatever else fsspec has a package for. Keys and endpoints come from where its package takes
    them (`AWS_ACCESS_KEY_ID`, `~/.aws`, ...).
    """

    def __init__(self, address: str, allow_private: bool) -> None:
        parts = urlsplit(address)
        if parts.scheme in HERE or "::" in address:
            raise InvalidRequest(f"{address} is no remote.", "Give a path for what lies on this machine.")
        if parts.scheme in HOSTS and parts.hostname:
            public_address(parts.hostname, parts.port or 0, allow_private)
        try:
            self._storage, self._root = fsspec.core.url_to_fs(address)
        except ImportError as error:
            raise InvalidRequest(f"{parts.scheme}:// needs another package ({error}).", "Install it with pip.") from error
        except Exception as error:  # whatever a package for a storage raises
            raise InvalidRequest(f"{_shown(address)} cannot be opened ({_said(error)}).", ADVICE) from error

    def entries(self) -> Iterator[Entry]:
        try:
            found: dict[str, dict[str, Any]] = self._storage.find(self._root, detail=True)
        except Exception as error:
            raise InvalidRequest(f"it cannot be listed ({_said(error)}).", ADVICE) from error
        if not found:
            raise InvalidRequest("there is no file below that address.", ADVICE)
        for path in sorted(found):
            if is_supported(path) and "/." not in path.removeprefix(self._root):
                yield Entry(self._storage.unstrip_protocol(path), self._storage.ukey(path))

    def fetch(self, entry: Entry, known: str, target: Path, most: int) -> tuple[str, str]:
        size = 0
        try:
            with self._storage.open(entry.address, "rb") as source, target.open("wb") as file:
                while part := source.read(1 << 20):
                    size += len(part)
                    if size > most:
                        raise Unavailable(f"larger than {most >> 20} MiB (YOUJU_MAX_FILE_MB)")
                    file.write(part)
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable(_said(error)) from error
        return entry.tag, PurePosixPath(entry.address).suffix.lower()


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
