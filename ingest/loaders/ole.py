"""Containers of Microsoft's older programs (OLE, compound files): streams in folders, within one file."""

from __future__ import annotations

import io
import struct

import olefile

from youju.errors import UnreadableFile

DAMAGED = (OSError, ValueError, LookupError, struct.error, RecursionError, AttributeError, TypeError, OverflowError)


class Container:
    """
    Raises:
        UnreadableFile: it is damaged, also from each method.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._file = olefile.OleFileIO(io.BytesIO(data))
            self.paths = frozenset("/".join(path) for path in self._file.listdir(streams=True, storages=True))
        except DAMAGED as error:
            raise UnreadableFile(f"damaged file ({error}).") from error
        if not self.paths:  # of a directory that cannot be read olefile makes an empty one
            raise UnreadableFile("damaged file (there is nothing in it).")

    def under(self, place: str) -> list[str]:
        """The names of what lies in a folder, "" for the outermost, in their order."""
        start = f"{place}/" if place else ""
        inside = (path.removeprefix(start) for path in self.paths if path.startswith(start))
        return sorted({path.partition("/")[0] for path in inside})

    def stream(self, path: str) -> bytes:
        """Its bytes, none if there is no such stream."""
        if path not in self.paths:
            return b""
        try:
            with self._file.openstream(path) as stream:
                return bytes(stream.read())
        except DAMAGED as error:
            raise UnreadableFile(f"damaged file ({error}).") from error
