"""Lists in a text, told from the signs, numbers and labels before their items, line by line, whatever the format was.

Knows nothing of documents. A row of a table is no item, nor is a heading, whatever number stands before it.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from youju.structure import Item, ItemList
from youju.text.language import LOWER, ROW_CELLS

Span = tuple[int, int]

BULLETS = "•·▪◦‣∙●○■□◆◇▶►➢➤✓✔☐☑☒※★"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
HAN_DIGITS = "〇一二三四五六七八九"
HAN_NUMBER = "[一二三四五六七八九十百]{1,5}"
# A sign and what it counts: the group that matched names its kind.
SIGN = re.compile(
    rf"(?P<bullet>(?:[-*+–—]|[{BULLETS}])\s+(?:\[[ xX✓]?\]\s+)?|[{BULLETS}](?=\w))"
    r"|(?P<step>(?:step|步骤|步驟|第)\s*(?P<step_number>\d{1,3})\s*(?:步|[.:：)、])[,，:：、.\s]*)"
    rf"|(?P<han_step>第(?P<han_step_number>{HAN_NUMBER})步[,，:：、\s]*)"
    rf"|(?P<article>第\s*(?P<article_number>\d{{1,3}}|{HAN_NUMBER})\s*[条條项項点點款]\s*[,，:：、]?\s*)"
    rf"|(?P<han>(?P<han_number>{HAN_NUMBER})、\s*)|(?P<han_round>[（(](?P<han_round_number>{HAN_NUMBER})[）)]\s*)"
    rf"|(?P<circled>(?P<circled_number>[{CIRCLED}])\s*)"
    r"|(?P<dot>(?P<dot_number>\d{1,3})(?:[.．](?!\d)\s*(?=[^\d\s])|[.．]\s+))"
    r"|(?P<bracket>(?P<bracket_number>\d{1,3})(?:[)]\s+|[)）]\s*(?=[^\W\d])|、\s*))|(?P<round>[（(](?P<round_number>\d{1,3})[）)]\s*)"
    r"|(?P<letter>(?P<letter_number>[a-zA-Z])[.)]\s+)|(?P<round_letter>[（(](?P<round_letter_number>[a-z])[）)]\s*)",
    re.IGNORECASE,
)
LABEL = re.compile(r"(?P<label>[^\W\d_][^\n:：|.。,，]{1,24}?)[:：]\s*(?=\S)")
ENDS = re.compile(r"[。.!！?？;；:：][\"'”’)）】]*\s*$")
INDENT = re.compile(r"[^\S\n]*")
WRAPPED = 50  # characters of a line that may have been broken by its length
BETWEEN = 2000  # characters of paragraphs and code that may stand between two items that are numbered
LONGEST_LINE = 400  # characters in which a sign is looked for
FEWEST = 2
MOST_ITEMS = 100_000  # of a document: what is listed beyond is text
TAB = 8


def lists_in(text: str, headings: Sequence[Span] = (), known: Sequence[ItemList] = ()) -> tuple[ItemList, ...]:
    """The lists of a text in order of `start`, those of items with the same label among them.

    Args:
        headings: spans of the headings, in order; a list does not go on behind one.
        known: lists that are known already, apart from each other: they are kept, and no other one is found inside.
    """
    finder = _Finder(text)
    labelled: dict[str, list[Span]] = defaultdict(list)
    found: list[ItemList] = []
    taken = [(one.start, one.end) for one in known]
    for start, end, closes in _lines(text, headings, taken):
        if closes:
            finder.close()
            found += _labelled(labelled)
            labelled.clear()
        elif not finder.line(start, end) and (label := _label(text, start, min(end, start + LONGEST_LINE))):
            labelled[label].append((start, end))
    finder.close()
    found += [*_labelled(labelled), *finder.found, *known]
    return _bounded(sorted(found, key=lambda one: (one.start, -one.end)))


def _bounded(lists: Sequence[ItemList]) -> tuple[ItemList, ...]:
    kept, count = list[ItemList](), 0
    for one in lists:
        count += len(one.items)
        if count > MOST_ITEMS:
            break
        kept.append(one)
    return tuple(kept)


def _lines(text: str, headings: Sequence[Span], taken: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """Lines that hold something: their span, and whether they end what is listed before (a heading, a known list)."""
    bounds = sorted([*headings, *taken])
    starts = [start for start, _ in bounds]
    place = 0
    while place < len(text):
        behind = text.find("\n", place)
        end = behind if behind >= 0 else len(text)
        if text[place : min(end, place + LONGEST_LINE)].strip():
            index = bisect.bisect_right(starts, end - 1) - 1
            yield place, end, index >= 0 and bounds[index][1] > place
        place = end + 1


def _label(text: str, start: int, end: int) -> str | None:
    """The label of a line, if it has one and is no row of a table."""
    found = LABEL.match(text, start, end)
    return found["label"].strip().casefold() if found and ROW_CELLS not in text[start:end] else None


def _labelled(labelled: dict[str, list[Span]]) -> list[ItemList]:
    """Lines that share a label (`Action: …`)."""
    return [ItemList(tuple(Item(*span) for span in spans)) for spans in labelled.values() if len(spans) >= FEWEST]


@dataclass
class _Open:
    """A list that may go on: the kind of its signs, how far in they stand, the number of the last one."""

    kind: str
    indent: int
    last: int
    level: int


@dataclass
class _Finder:
    """Goes through a text line by line."""

    text: str
    found: list[ItemList] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _items: list[Item] = field(default_factory=list)  # of the outermost list that is open, and of those in it
    _ordered: bool = False
    _end: int = 0  # of the last line that belongs to the list
    _loose: int = 0  # where paragraphs end that stand behind it and may belong to its last item

    def line(self, start: int, end: int) -> bool:
        """Take a line; whether it belongs to a list."""
        indent_end = INDENT.match(self.text, start, end).end()  # type: ignore[union-attr]
        indent = len(self.text[start:indent_end].expandtabs(TAB))
        sign = SIGN.match(self.text, indent_end, min(end, indent_end + LONGEST_LINE))
        if sign and sign.end() < end and ROW_CELLS not in self.text[start:end]:
            kind, number = _read(sign)
            if self._take(kind, number, indent, indent_end, end):
                return True
        if not self._open:
            return False
        return self._goes_on(start, indent, end)

    def close(self) -> None:
        """Nothing that follows belongs to the list that is open."""
        if len(self._items) >= FEWEST and sum(not item.level for item in self._items) >= FEWEST:
            self.found.append(ItemList(tuple(self._items), self._ordered))
        self._items, self._open, self._loose = [], [], 0

    def _take(self, kind: str, number: int, indent: int, start: int, end: int) -> bool:
        """An item with this sign; False where a letter or number does not count on from anything."""
        for place in reversed(range(len(self._open))):
            one = self._open[place]
            follows = number in (one.last + 1, one.last) if number else not self._loose
            if one.kind == kind and follows and (number or abs(one.indent - indent) <= 1 or place == 0 == len(self._open) - 1):
                if self._loose and number != one.last + 1:
                    continue
                del self._open[place + 1 :]
                one.last = number
                self._add(start, end, one.level)
                return True
        if number > 1:  # no list begins in its middle
            self.close()
            return False
        if self._loose or (self._open and indent < self._open[0].indent):
            self.close()
        level = self._open[-1].level + 1 if self._open else 0
        if not self._open:
            self._ordered = bool(number)
        self._open.append(_Open(kind, indent, number, level))
        self._add(start, end, level)
        return True

    def _add(self, start: int, end: int, level: int) -> None:
        if self._loose and self._items:
            self._extend(self._loose)
        self._items.append(Item(start, _stripped(self.text, end), level))
        self._end, self._loose = end, 0

    def _extend(self, end: int) -> None:
        last = self._items[-1]
        self._items[-1] = Item(last.start, _stripped(self.text, end), last.level)

    def _goes_on(self, start: int, indent: int, end: int) -> bool:
        """Whether a line without a sign belongs to the last item: wrapped, or further in. Of others it turns out later."""
        text, item = self.text, self._items[-1]
        below = text[self._end : start].count("\n") <= 1 and not self._loose
        before = text[text.rfind("\n", 0, self._end) + 1 : self._end]
        wrapped = below and (bool(LOWER.match(text, start)) or (len(before) >= WRAPPED and not ENDS.search(before)))
        if indent > self._open[-1].indent or (below and indent > self._open[0].indent) or wrapped:
            self._extend(end)
            self._end = end
            return True
        if end - item.end > BETWEEN:
            self.close()
            return False
        self._loose = end
        return False


def _stripped(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _read(sign: re.Match[str]) -> tuple[str, int]:
    """The kind of a sign and its number, 0 for one that does not count."""
    kind = next(name for name, value in sign.groupdict().items() if value is not None)
    if kind == "bullet":
        return sign.group().strip()[0], 0
    number = sign[f"{kind}_number"]
    return kind, _number(number)


def _number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    if written in CIRCLED:
        return CIRCLED.index(written) + 1
    if written.isascii():
        return ord(written.lower()) - ord("a") + 1
    hundreds, _, rest = written.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = 100 * (HAN_DIGITS.index(hundreds[-1]) if hundreds else 0)
    value += 10 * (HAN_DIGITS.index(tens[-1]) if tens else 1) if ten else 0
    return value + (HAN_DIGITS.index(ones[-1]) if ones else 0)


def without_sign(text: str, start: int, end: int) -> int:
    """Where the words of an item begin, behind its sign or number."""
    sign = SIGN.match(text, start, end)
    return sign.end() if sign and sign.end() < end else start
