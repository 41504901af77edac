"""The tables at the top of a Rich Text document: fonts with their encodings, styles, colours."""

from __future__ import annotations

from ingest.loaders import symbols
from ingest.loaders.richtext.tokens import CHARSETS, SYMBOLS, code_page

FONTS, STYLES, COLOURS = "fonttbl", "stylesheet", "colortbl"
KINDS = frozenset({FONTS, STYLES, COLOURS})
WORDS = frozenset({"fcharset", "f", "s", "red", "green", "blue"})  # that say something in them
WHITE = {"red": 255, "green": 255, "blue": 255}


class Head:
    def __init__(self) -> None:
        self.styles: dict[int, str] = {}
        self.encoding = "cp1252"
        self._default_font: int | None = None
        self._fonts: dict[int | None, tuple[str, str]] = {}
        self._white: set[int] = set()
        self._colours = 0
        self._colour: dict[str, int] = {}
        self._key = 0  # of the font or style whose name comes
        self._name = ""
        self._charset: int | None = None

    def font(self, key: int | None) -> tuple[str, str]:
        """The encoding of a font and, if it draws signs, its name."""
        return self._fonts.get(self._default_font if key is None else key, (self.encoding, ""))

    def is_white(self, colour: int) -> bool:
        return colour in self._white

    def word(self, kind: str, word: str, number: int | None) -> None:
        """A control word in one of the tables, or of the document."""
        if word == "ansicpg":
            self.encoding = code_page(number)
        elif word in ("mac", "pc", "pca"):
            self.encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "deff":
            self._default_font = number
        elif word == "fcharset":
            self._charset = number
        elif (kind, word) in ((FONTS, "f"), (STYLES, "s")):
            self._key = number or 0
        elif kind == COLOURS and word in WHITE:
            self._colour[word] = number or 0

    def text(self, kind: str, text: str) -> None:
        """Text in one of the tables: names, each ended by a semicolon."""
        if kind == COLOURS:
            for _ in range(text.count(";")):
                if self._colour == WHITE:
                    self._white.add(self._colours)
                self._colours += 1
                self._colour = {}
            return
        *names, self._name = (self._name + text).split(";")
        for name in names:
            if kind == STYLES:
                self.styles[self._key] = name.strip()
            else:
                self._fonts[self._key] = self._read_font(name.strip())
            self._key, self._charset = 0, None

    def _read_font(self, name: str) -> tuple[str, str]:
        draws_signs = self._charset == SYMBOLS or name.lower() in symbols.TABLES
        return CHARSETS.get(-1 if self._charset is None else self._charset, self.encoding), name if draws_signs else ""
