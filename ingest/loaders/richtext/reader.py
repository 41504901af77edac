"""Rich Text as it reads: what is struck out, deleted or hidden left out, powers raised, notes at their marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.loaders import symbols
from ingest.loaders.hidden import LEAST_POINTS
from ingest.loaders.richtext import formulas, head
from ingest.loaders.richtext.flow import ABOVE, AGAIN, Flow, texts
from ingest.loaders.richtext.state import CHANGES, Kind, State
from ingest.loaders.richtext.tokens import BRACE, CODE, NUMBER, SIGN, TEXT, TOKEN, WORD, end_of_group
from ingest.loaders.wordprocessing import fields
from youju.errors import UnreadableFile

DEEPEST = 5_000  # groups in groups
SIGNS = {
    "tab": "\t", "line": "\n", "softline": "\n", "column": "\n", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ",
    "qmspace": " ", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
CONTROL_SIGNS = {"~": "\u00a0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\t": "\t"}
ENDS = frozenset({"par", "sect", "page"})
MERGES = {"clmgf": "", "clvmgf": "", "clmrg": AGAIN, "clvmrg": ABOVE}
STRUCTURE = ENDS | MERGES.keys() | {"cell", "nestcell", "row", "nestrow", "trowd", "trhdr", "cellx", "chpgn"}
# Groups of which nothing is shown, beside those marked as to be passed over.
PASSED_OVER = frozenset(
    "pict nonshppict objdata shprslt sp nonesttables listtable listoverridetable revtbl rsidtbl generator annotation atnid "
    "atnauthor xe tc rxe ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn template filetbl pntxta pntxtb mmathPict".split()
)
KNOWN = frozenset("shpinst shptxt do nesttableprops fldinst footnote pntext moMath moMathPara formfield".split())
KINDS: dict[str, Kind] = {
    "fonttbl": "fonttbl", "stylesheet": "stylesheet", "colortbl": "colortbl", "info": "info",
    "listtext": "label", "pntext": "label", "fldinst": "instruction", "formfield": "form",
}  # fmt: skip
EDGES = frozenset(edge + which for edge in ("header", "footer") for which in ("", "l", "r", "f"))
DOCUMENT = frozenset({"ansicpg", "mac", "pc", "pca", "deff"})
# Words that mean anything where they do not begin a group; of the others most documents are full.
WORDS = {
    word.encode(): word
    for word in (*SIGNS, *STRUCTURE, *DOCUMENT, *CHANGES, *head.WORDS, "u", "titlepg", "fftype", "ffres", "ffdefres")
}


@dataclass(slots=True)
class Field:
    """A field: how many runs came before it, what it is, and the values of a form's."""

    start: int
    instruction: str = ""
    form: dict[str, int] = field(default_factory=dict)

    def shown(self) -> str:
        """What it shows where it holds no result."""
        if self.form.get("fftype") != 1:
            return fields.shown(self.instruction)
        state = self.form.get("ffres", 25)  # 25: as at first
        return "☒" if (self.form.get("ffdefres", 0) if state == 25 else state) else "☐"


class Reader:
    """Reads a document once: into `body`, and into `edges` what stands at the edges of its pages, header or footer."""

    def __init__(self) -> None:
        self.head = head.Head()
        self.body = Flow()
        self.edges: list[tuple[str, Flow]] = []
        self.title = ""
        self._flow = self.body
        self._state = State()
        self._stack: list[State] = []
        self._fields: list[Field] = []
        self._formula: formulas.Formula | None = None
        self._has_first_page = False
        self._row_open = False
        self._bytes = bytearray()
        self._characters: list[str] = []
        self._skip = 0  # bytes that stand for a character already read

    def read(self, data: bytes) -> None:
        place: int | None = 0
        while place is not None:
            place = self._read_from(data, place)
        self._flush()
        while self._close():
            pass
        self.body.end(self._state.style)
        if not self._has_first_page:
            self.edges = [(word, flow) for word, flow in self.edges if word not in ("headerf", "footerf")]

    def _read_from(self, data: bytes, place: int) -> int | None:
        """Read on from a place; from where to go on behind what is not read token by token, None at the end."""
        for match in TOKEN.finditer(data, place):
            kind = match.lastindex
            if kind in (TEXT, CODE):
                self._take(match[TEXT] or bytes((int(match[CODE], 16),)))
            elif kind in (WORD, NUMBER):
                if match[WORD] == b"bin":
                    return match.end() + max(int(match[NUMBER] or 0), 0)
                word = WORDS.get(match[WORD], "")
                if word == "u" and kind == NUMBER:
                    self._unicode(int(match[NUMBER]))
                elif word or self._state.fresh:
                    self._flush()
                    self._word(word or match[WORD].decode("ascii"), int(match[NUMBER]) if kind == NUMBER else None)
                    if self._state.kind == "skip" and not self._state.fresh:
                        self._close()
                        return end_of_group(data, match.end()) if self._stack else None
            elif kind == SIGN:
                self._flush()
                self._sign(match[SIGN].decode("latin-1"))
            elif kind == BRACE:
                self._flush()
                if match[BRACE] == b"{":
                    self._open()
                elif not self._close():
                    return None
        return None

    def _open(self) -> None:
        if len(self._stack) >= DEEPEST:
            raise UnreadableFile("damaged RTF (its groups are nested too deeply).")
        self._stack.append(self._state)
        self._state = self._state.inner()
        self._stack[-1].only_unicode = False

    def _close(self) -> bool:
        """End a group; False where it was the last."""
        if not self._stack:
            return False
        if self._state.closes is not None:
            self._state.closes()
        self._state = self._stack.pop()
        return bool(self._stack)

    def _take(self, text: bytes) -> None:
        if self._skip:
            dropped = min(self._skip, len(text))
            self._skip -= dropped
            text = text[dropped:]
        self._state.fresh = False
        if self._state.kind != "skip":
            self._bytes += text

    def _unicode(self, number: int) -> None:
        self._state.fresh = False
        if self._state.kind != "skip":
            self._decode()
            font = self._font()[1]
            character = chr(number % 0x10000)
            self._characters.append(symbols.plain(character, font) if font else character)
            self._skip = self._state.bytes_behind

    def _font(self) -> tuple[str, str]:
        """The encoding of the text here, and the font if it draws signs."""
        return self.head.font(self._state.font) if self._state.kind in ("page", "label") else (self.head.encoding, "")

    def _decode(self) -> None:
        if self._bytes:
            encoding, font = self._font()
            self._characters.append(symbols.plain(self._bytes.decode(encoding, "replace"), font))
            self._bytes.clear()

    def _flush(self) -> None:
        self._skip = 0
        self._decode()
        if self._characters:
            text = "".join(self._characters)
            self._characters.clear()
            self._text(text)

    def _text(self, text: str) -> None:
        match self._state.kind:
            case "page":
                self._show(text)
            case "label":
                self._flow.label += text
            case "instruction" if self._fields and len(self._fields[-1].instruction) < fields.LONGEST:
                self._fields[-1].instruction += text
            case "title":
                self.title += text
            case "formula" if self._formula is not None:
                self._formula.text(text)
            case "fonttbl" | "stylesheet" | "colortbl":
                self.head.text(self._state.kind, text)

    def _show(self, text: str) -> None:
        state = self._state
        white = not state.has_ground and self.head.is_white(state.colour) and not self._level()
        if state.unread or state.size < 2 * LEAST_POINTS or white:
            self._flow.runs.gap()
        else:
            self._flow.runs.add(text, state.shift)

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._state.starred = True
        elif sign in "\r\n":
            self._word("par", None)
        elif sign in CONTROL_SIGNS:
            self._text(CONTROL_SIGNS[sign])

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        if state.fresh:
            state.fresh = False
            if self._begin(word):
                return
        if state.kind == "skip":
            return
        if word in SIGNS:
            self._text(SIGNS[word])
        elif state.kind == "page" and word in STRUCTURE:
            self._structure(word)
        elif state.kind in head.KINDS or word in DOCUMENT:
            self.head.word(state.kind, word, number)
        elif state.kind == "form" and self._fields:
            self._fields[-1].form[word] = 1 if number is None else number
        elif word == "titlepg":
            self._has_first_page = True
        elif word in CHANGES:
            CHANGES[word](state, number)

    def _begin(self, word: str) -> bool:
        """Take up a group by its first word; whether that word is done with."""
        state = self._state
        if word == "ud":  # the version in Unicode
            state.kind = self._stack[-2].kind if len(self._stack) > 1 else "page"
        elif state.kind == "skip" or (state.starred and word not in KNOWN and not self._formula) or word in PASSED_OVER:
            state.kind = "skip"
        elif state.kind == "instruction" and word in ("field", "footnote", "fldrslt"):
            return False
        elif word in formulas.BEGINS or (self._formula is not None and word.startswith("m")):
            self._formula = self._formula or formulas.Formula()
            state.kind = "formula"
            state.closes = self._formula.open(word, self._end_formula)
        elif word in KINDS:
            state.kind = KINDS[word]
        elif word == "title" and state.kind == "info":
            state.kind = "title"
        elif word == "upr":
            state.only_unicode = True
        elif word == "field":
            self._begin_field()
        elif word == "footnote":
            self._begin_note()
        elif word in EDGES:
            flow = Flow()
            self._divert(flow, lambda: self.edges.append((word, flow)))
        elif word in ("shptxt", "dptxbxtext"):
            flow, outer = Flow(), self._flow
            self._divert(flow, lambda: outer.box(flow.blocks))
        else:
            return False
        return True

    def _end_formula(self) -> None:
        formula, self._formula = self._formula, None
        if formula is not None:
            self._show(formula.shown())

    def _divert(self, flow: Flow, then: Callable[[], None]) -> None:
        """Take what comes in this group into another flow."""
        before, row_open, state = self._flow, self._row_open, self._state
        self._flow, self._row_open = flow, False
        state.in_table, state.level, state.shift, state.style = False, 1, 0, 0

        def end() -> None:
            flow.end(self._state.style)
            self._flow, self._row_open = before, row_open
            then()

        state.closes = end

    def _begin_note(self) -> None:
        flow, outer, unread = Flow(), self._flow, self._state.unread

        def end() -> None:
            text = " ".join(" ".join(texts(flow.blocks)).split())
            if text and not unread:
                outer.runs.note(text)

        self._divert(flow, end)

    def _begin_field(self) -> None:
        flow, begun = self._flow, Field(len(self._flow.runs))
        self._fields.append(begun)

        def end() -> None:
            self._fields.remove(begun)
            flow.has_page_number |= bool(fields.PAGE.match(begun.instruction))
            if len(flow.runs) == begun.start:
                self._show(begun.shown())

        self._state.closes = end

    def _level(self) -> int:
        """How many tables deep the text stands."""
        return self._state.level if self._state.in_table else int(self._row_open)

    def _structure(self, word: str) -> None:
        flow, state = self._flow, self._state
        deep = max(2, state.level)
        if word in ENDS:
            if "deleted" not in state.unread:
                flow.end_paragraph(self._level(), state.style)
        elif word in ("cell", "nestcell"):
            flow.end_cell(1 if word == "cell" else deep)
        elif word in ("row", "nestrow"):
            flow.end_row(1 if word == "row" else deep)
            self._row_open = self._row_open and word != "row"
        elif word == "trowd":
            self._row_open = self._row_open or state.level < 2
            flow.merges[state.level] = [""]
            flow.is_head = False
        elif word == "trhdr":
            flow.is_head = True
        elif word == "chpgn":
            flow.has_page_number = True
        elif state.level in flow.merges:  # of a cell; `cellx` ends what is said of it
            if word == "cellx":
                flow.merges[state.level].append("")
            else:
                flow.merges[state.level][-1] = MERGES[word]
