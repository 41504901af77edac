"""Writes the container of an Outlook message, as small as it may be (MS-CFB, MS-OXMSG)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
Tree = dict[str, "bytes | Tree"]


@dataclass
class Entry:
    name: str
    kind: int
    start: int
    size: int = 0
    right: int = FREE
    child: int = FREE

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        numbers = (len(name) + 2, self.kind, 1, FREE, self.right, self.child)
        return struct.pack("<64sHBBIII16sIQQIQ", name, *numbers, bytes(16), 0, 0, 0, self.start, self.size)


def padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


def container(tree: Mapping[str, bytes | Tree]) -> bytes:
    """A compound file: folders are mappings. Children of one folder are a chain, each the right neighbour of the one before."""
    mini, big, entries = bytearray(), bytearray(), list[Entry]()
    mini_fat, fat = list[int](), list[int]()

    def chain(table: list[int], count: int) -> int:
        first = len(table)
        table += [*range(first + 1, first + count), END]
        return first

    def add(name: str, value: bytes | Mapping[str, bytes | Tree], kind: int) -> int:
        number = len(entries)
        entries.append(Entry(name, kind, start=END if kind == 2 else 0))
        if isinstance(value, bytes):
            small = len(value) < CUTOFF
            store, table, size = (mini, mini_fat, MINI) if small else (big, fat, SECTOR)
            if value:
                entries[number].start = chain(table, -(-len(value) // size))
                store += padded(value, size)
            entries[number].size = len(value)
            return number
        before = None
        for child in sorted(value, key=lambda one: (len(one), one.upper())):
            inside = value[child]
            at = add(child, inside, 2 if isinstance(inside, bytes) else 1)
            if before is None:
                entries[number].child = at
            else:
                entries[before].right = at
            before = at
        return number

    add("Root Entry", tree, 5)
    if mini:
        entries[0].start, entries[0].size = chain(fat, -(-len(mini) // SECTOR)), len(mini)
        big += padded(bytes(mini), SECTOR)
    directory = b"".join(entry.packed() for entry in entries)
    directory_at = chain(fat, -(-len(directory) // SECTOR))
    mini_table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    mini_at = chain(fat, -(-len(mini_table) // SECTOR)) if mini_table else END
    sectors = -(-(len(fat) + 8) // 128)
    fat_at = len(fat)
    fat += [FAT] * sectors
    table = struct.pack(f"<{len(fat)}I", *fat)
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, sectors,
        directory_at, 0, CUTOFF, mini_at, -(-len(mini_table) // SECTOR), END, 0, 0,
    )  # fmt: skip
    head = head[:76] + struct.pack("<109I", *[*range(fat_at, fat_at + sectors), *[FREE] * (109 - sectors)])
    fill = b"\xff" * (-len(table) % SECTOR)
    return head + bytes(big) + padded(directory, SECTOR) + padded(mini_table, SECTOR) + table + fill


def properties(texts: Mapping[int, str | bytes], numbers: Mapping[int, int], head: int, code_page: str = "") -> Tree:
    """The streams of a message or an attachment; texts in a code page where one is named."""
    streams: Tree = {}
    for tag, value in texts.items():
        kind = "0102" if isinstance(value, bytes) else "001E" if code_page else "001F"
        data = value if isinstance(value, bytes) else value.encode(code_page or "utf-16-le")
        streams[f"__substg1.0_{tag:04X}{kind}"] = data
    entries = b"".join(struct.pack("<HHIQ", 3, tag, 6, value) for tag, value in numbers.items())
    streams["__properties_version1.0"] = bytes(head) + entries
    return streams


def message_tree(
    texts: Mapping[int, str | bytes], numbers: Mapping[int, int] | None = None, code_page: str = "", inner: bool = False
) -> Tree:
    return {
        "__nameid_version1.0": {"__substg1.0_00020102": b"", "__substg1.0_00030102": b""},
        **properties(texts, numbers or {}, 24 if inner else 32, code_page),
    }


def attachment(name: str, data: bytes, **more: str) -> Tree:
    texts: dict[int, str | bytes] = {0x3707: name, 0x3701: data}
    texts |= {int(tag.removeprefix("x"), 16): value for tag, value in more.items()}
    return properties(texts, {}, 8)
