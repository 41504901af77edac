"""A growing draft of the generator -> sentences and the markers that it wrote. Knows nothing of passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from youju.text.language import END_MARKS, HAN_CHARACTER, ROW_CELLS, sentences
from youju.text.rows import cells

MARKER = re.compile(r"[\[［【](\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)[\]］】]")
OPEN_MARKER = re.compile(r"\s*[\[［【][\d\s,，、;；]*$")  # at the end of a growing draft: not yet a marker, nor text
LEADING_MARKERS = re.compile(rf"(?:{MARKER.pattern}\s*)+")
# Sentences that only name their source: what remains of them besides markers and these words is nothing.
SOURCE_WORDS = re.compile(
    r"依据|根据|段落|编号|来源|参考|出处|分别|的|是|为|见|和|与|第|"
    r"according to|source|passages?|see|number|based on|from|is|the|and",
    re.IGNORECASE,
)
SAYS_SOMETHING = re.compile(r"\w|[~@#$%^&*+=<>|\\/]")  # keys and signs too: `~.`, `&&`
# `根据段落[1]和[2]的内容，…`, `According to [1], …`: the markers already say it.
ATTRIBUTION = re.compile(
    rf"^(?:(?:根据|依据)\s*(?:段落|文档)?|(?:according to|based on)\s+(?:the\s+)?(?:passages?)?)\s*{MARKER.pattern}"
    rf"(?:\s*(?:和|与|、|[,，]|and)?\s*{MARKER.pattern})*\s*(?:的|中的|里的)?(?:内容|信息|描述|说法)?\s*[,，:：]?\s*",
    re.IGNORECASE,
)


# A small generator that goes on with the chat by itself: what it says for the other one is no answer. The bundled one begins
# that with a word set against the sentence before, without a space.
NEXT_TURN = re.compile(
    r"(?:^|\n|(?<=[.!?。！？”\"\]]))[ \t]*(?:Human|User|Assistant|用户|助手)[:：]|(?<=[^\s(（\[【“《])Human(?![a-z])"
)


@dataclass(frozen=True)
class Drafted:
    """A sentence of the draft without its markers; `is_open` if it is the last one and has no end mark."""

    text: str
    markers: tuple[int, ...]
    is_open: bool = field(default=False, compare=False)


class DraftParser:
    """Cuts a growing draft into sentences. One is ready when the next has begun, since markers may follow its full stop."""

    def __init__(self) -> None:
        self.text = ""
        self.is_over = False  # whether what follows is no part of the draft
        self._given = 0

    def feed(self, piece: str) -> Iterator[Drafted]:
        """Add a piece of the draft; yields the sentences that are complete now."""
        if self.is_over:
            return
        self.text += piece
        if turn := NEXT_TURN.search(self.text):
            self.text, self.is_over = self.text[: turn.start()], True
        yield from self._new(split_draft(OPEN_MARKER.sub("", self.text))[:-1])

    def finish(self) -> Iterator[Drafted]:
        """The sentences that remain."""
        ready = list(self._new(split_draft(self.text)))
        for place, one in enumerate(ready, 1):
            yield replace(one, is_open=place == len(ready) and not one.text.endswith(tuple(END_MARKS)))

    def _new(self, ready: list[Drafted]) -> Iterator[Drafted]:
        fresh, self._given = ready[self._given :], max(self._given, len(ready))
        yield from fresh


def split_draft(text: str) -> list[Drafted]:
    """Sentences with the markers in or behind them; one that only names its source belongs to the one before."""
    found: list[Drafted] = []
    for start, end in sentences(text):
        raw = text[start:end]
        leading = LEADING_MARKERS.match(raw)
        if leading and found and not found[-1].markers:  # they followed the full stop of the sentence before
            found[-1] = Drafted(found[-1].text, markers_in(leading.group()))
            raw = raw[leading.end() :]
        markers = markers_in(raw)
        plain = " ".join(MARKER.sub("", ATTRIBUTION.sub("", raw)).split())
        plain = _without_cells(plain) if ROW_CELLS in plain else plain[:1].upper() + plain[1:]
        plain = re.sub(rf"\s+(?=[{re.escape(END_MARKS)}，,])", "", plain)
        if SAYS_SOMETHING.search(SOURCE_WORDS.sub("", plain)):
            found.append(Drafted(plain, markers))
        elif found:
            found[-1] = Drafted(found[-1].text, found[-1].markers + markers)
    return found


def _without_cells(row: str) -> str:
    """A row without names of columns, a command and what it does, as a sentence: its letters are left as they are."""
    told = cells(row)
    if any(name for name, _ in told):
        return row
    return ("：" if HAN_CHARACTER.search(row) else ": ").join(value for _, value in told)


def markers_in(text: str) -> tuple[int, ...]:
    """The markers in a text, in order."""
    return tuple(int(number) for match in MARKER.finditer(text) for number in re.findall(r"\d+", match[1]))
