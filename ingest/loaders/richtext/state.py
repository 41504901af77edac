"""What holds inside a group of Rich Text, and how control words change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

DEEPEST_TABLE = 20  # tables in tables
MOST_BYTES = 4  # that stand for one character
Kind = Literal["page", "skip", "info", "title", "label", "instruction", "form", "formula", "fonttbl", "stylesheet", "colortbl"]


@dataclass(slots=True)
class State:
    """`kind` says what the text of the group is for: the page, nothing, or what stands beside the page."""

    kind: Kind = "page"
    starred: bool = False  # marked as to be passed over by who does not know it
    fresh: bool = False  # nothing of it has come yet but that mark
    closes: Callable[[], None] | None = None
    only_unicode: bool = False  # of its two versions of one text the second is read
    bytes_behind: int = 1  # that stand for a character, for those who know no Unicode
    font: int | None = None
    unread: frozenset[str] = frozenset()  # struck out, hidden, deleted
    shift: int = 0
    size: int = 24  # half points
    colour: int = 0
    has_ground: bool = False
    in_table: bool = False
    level: int = 1
    style: int = 0

    def inner(self) -> State:
        """What holds at the beginning of a group in this one."""
        return State(
            "skip" if self.only_unicode else self.kind, False, True, None, False, self.bytes_behind, self.font, self.unread,
            self.shift, self.size, self.colour, self.has_ground, self.in_table, self.level, self.style,
        )  # fmt: skip


def plain(state: State, _: int | None) -> None:
    state.font, state.unread, state.shift, state.size, state.colour, state.has_ground = None, frozenset(), 0, 24, 0, False


def paragraph(state: State, _: int | None) -> None:
    state.in_table, state.level, state.style, state.has_ground = False, 1, 0, False


def unread(name: str) -> Callable[[State, int | None], None]:
    def change(state: State, number: int | None) -> None:
        state.unread = state.unread - {name} if number == 0 else state.unread | {name}

    return change


def shift(by: int) -> Callable[[State, int | None], None]:
    def change(state: State, number: int | None) -> None:
        state.shift = 0 if number == 0 else by

    return change


def value(name: str, default: int | bool | None = 0) -> Callable[[State, int | None], None]:
    def change(state: State, number: int | None) -> None:
        setattr(state, name, default if number is None else number)

    return change


def between(name: str, least: int, most: int) -> Callable[[State, int | None], None]:
    def change(state: State, number: int | None) -> None:
        setattr(state, name, min(max(least if number is None else number, least), most))

    return change


def ground(state: State, number: int | None) -> None:
    state.has_ground = number != 0


CHANGES: dict[str, Callable[[State, int | None], None]] = {
    "plain": plain,
    "pard": paragraph,
    **{word: unread(word) for word in ("strike", "striked", "v", "deleted")},
    "super": shift(1),
    "sub": shift(-1),
    "up": shift(1),
    "dn": shift(-1),
    "nosupersub": lambda state, _: shift(0)(state, 0),
    "uc": between("bytes_behind", 0, MOST_BYTES),
    "f": value("font"),
    "fs": value("size", 24),
    "cf": value("colour"),
    **dict.fromkeys(("highlight", "cb", "chcbpat", "cbpat", "chshdng", "shading"), ground),
    "intbl": value("in_table", True),
    "itap": between("level", 1, DEEPEST_TABLE),
    "s": value("style"),
}
