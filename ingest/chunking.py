"""Text -> chunks of whole sentences that never cross a heading and keep their positions. What a loader marked as whole (a
list, a piece of code, a record) is one piece as long as it fits into a chunk.

Knows nothing of files, vectors or the store.
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ingest.boilerplate import boilerplate
from youju.records import Chunk, Extracted, Heading, page_at
from youju.text.language import part_language, prevailing_language, sentences, trim, whole_language
from youju.text.markdown import as_read

CountTokens = Callable[[Sequence[str]], list[int]]
"""Texts -> their lengths in tokens of the embedder."""

SLACK = 1.25  # a chunk may be this much longer than aimed at, rather than leave a small rest
HEADING_CHARACTERS = 160  # longest path of headings kept
ONE_LINE = 80  # characters of a section that is joined with the next one
JOINED = 300  # characters of such sections joined at most
TERM = 80  # characters of a line that belongs to the text below it
ABOVE = 200  # characters of a block right above a table that may belong to it
FEW_ROWS = 8  # rows of a table that stand together where they fit into a chunk: which holds, only all of them tell
# Bounds for texts that nobody wrote to be read: a line of many megabytes, a word without end.
WINDOW = 200_000  # characters of a section packed at once
LONGEST = 3000  # characters of a sentence; a longer one is cut before anything is counted, for it is many chunks anyway
TOKEN_CHARACTERS = 32  # most that one token stands for; signs that a tokenizer does not know may all become one token
COUNTED_AT_ONCE = 512
BREAKS = re.compile(r"[，,；;：:、。.!?！？)）\]】]\s*|\s+")
Span = tuple[int, int]


def chunk(extracted: Extracted, count_tokens: CountTokens, target: int) -> list[Chunk]:
    """Chunks of about `target` tokens, in order. `chunk.text == extracted.text[chunk.start:chunk.end]` always holds."""
    text, empty = extracted.text, boilerplate(extracted.text)
    spoken = whole_language(text)
    whole = _with_tables(extracted, count_tokens, target)
    found = []
    for section in _joined(_sections(extracted, empty), text):
        shared = prevailing_language(text[slice(*section.body)], spoken)
        windows = [window for part in _without(text, section.body, empty) for window in _windows(text, part)]
        for start, end in (span for window in windows for span in _pack(text, window, whole, count_tokens, target)):
            path = section.above
            if start == section.body[0] and section.heading and _length(section.heading) <= HEADING_CHARACTERS:
                start = section.start
            elif section.heading and start > section.heading[0]:
                path = _path([path, as_read(text[slice(*section.heading)], extracted.media_type)])
            piece = text[start:end]
            found.append(Chunk(start, end, piece, path, part_language(piece, shared), page_at(extracted.page_starts, start)))
    return found


@dataclass(frozen=True)
class Section:
    """The text below a heading: `above` is the path of the headings above that one, `level` its level (0 where there is none).
    The first chunk of the body holds the heading itself; where lines before it were joined to it, it lies within the body.
    """

    above: str
    level: int
    heading: Span | None
    body: Span

    @property
    def start(self) -> int:
        return self.body[0] if self.heading is None else min(self.heading[0], self.body[0])


def _sections(extracted: Extracted, empty: Sequence[Span]) -> list[Section]:
    """The sections in order. A heading with nothing below it, nor another one, stands for itself; so does a long one.

    Args:
        empty: spans that say nothing; headings in them are none.
    """
    text = extracted.text
    headings = [heading for heading in extracted.headings if not _is_inside(heading.start, empty)]
    ends = [*(_line_start(text, heading.start) for heading in headings), len(text)]
    found: list[Section] = []
    if first := _without(text, (0, ends[0]), empty):
        found.append(Section("", 0, None, (first[0][0], first[-1][1])))
    above: list[Heading] = []
    for number, heading in enumerate(headings):
        above = [h for h in above if h.level < heading.level]
        path = _path([as_read(text[h.start : h.end], extracted.media_type) for h in above], extracted.title)
        parts = _without(text, (heading.end, ends[number + 1]), empty)
        is_leaf = number + 1 == len(headings) or headings[number + 1].level <= heading.level
        own = (heading.start, heading.end)
        if _length(own) > HEADING_CHARACTERS:  # a paragraph that only looks like one is text
            found.append(Section(path, heading.level, None, own))
        if any(re.search(r"\w", text[slice(*part)]) for part in parts):
            found.append(Section(path, heading.level, own, (parts[0][0], parts[-1][1])))
        elif is_leaf and _length(own) <= HEADING_CHARACTERS:
            found.append(Section(path, heading.level, None, own))
        above.append(heading)
    return found


def _joined(sections: Sequence[Section], text: str) -> Iterator[Section]:
    """Sections of one line with the section behind them, unless that one is of a higher level: alone they are little more than
    a heading, and are found for their words though they say nothing."""
    held: Section | None = None
    for section in sections:
        if held is not None and (section.level < held.level or section.start - held.start > JOINED):
            yield held
            held = None
        if held is not None and section.heading is None:
            section = replace(section, heading=None, body=(held.start, section.body[1]))
        elif held is not None:
            section = replace(section, body=(held.start, section.body[1]))
        body = text[max(section.start, section.heading[1] if section.heading else 0) : section.body[1]]
        held = section if "\n" not in body.strip() and len(body) <= ONE_LINE else None
        if held is None:
            yield section
    if held is not None:
        yield held


def _is_inside(offset: int, spans: Sequence[Span]) -> bool:
    place = bisect.bisect_right(spans, (offset, math.inf)) - 1
    return place >= 0 and offset < spans[place][1]


def _without(text: str, span: Span, empty: Sequence[Span]) -> list[Span]:
    """What is left of a span without those that say nothing, trimmed."""
    start, found = span[0], list[Span]()
    among = empty[bisect.bisect_right(empty, span[0], key=lambda one: one[1]) : bisect.bisect_left(empty, (span[1], 0))]
    for first, last in [*among, (span[1], span[1])]:
        if piece := trim(text, start, max(start, min(first, span[1]))):
            found.append(piece)
        start = max(start, last)
    return found


def _length(span: Span) -> int:
    return span[1] - span[0]


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _path(names: Sequence[str], title: str = "") -> str:
    """`A > B > C`, without the title of the document, cut from the left when too long."""
    folded = [" ".join(name.split()) for name in names]
    return " > ".join(name for name in folded if name and name != title)[-HEADING_CHARACTERS:]


def _windows(text: str, body: Span) -> Iterator[Span]:
    """A section in parts of bounded length, cut at line ends where there are any: what is packed at once stays small."""
    start, end = body
    while end - start > WINDOW:
        cut = text.rfind("\n", start + WINDOW // 2, start + WINDOW) + 1 or start + WINDOW
        if window := trim(text, start, cut):
            yield window
        start = cut
    if window := trim(text, start, end):
        yield window


def _with_tables(extracted: Extracted, count_tokens: CountTokens, target: int) -> Sequence[Span]:
    """The whole spans, with those of a table of few rows as one, together with all that they overlap and the short block right
    above, a caption or what leads in, if all that fits: by it they are found."""
    whole, small = extracted.whole, list[Span]()
    for table in extracted.tables:
        if 2 <= len(table.rows) <= FEW_ROWS and not table.more:
            first = bisect.bisect_right(whole, table.start, key=lambda one: one[1])
            over = whole[first : bisect.bisect_left(whole, table.end, key=lambda one: one[0])]
            start, end = min([table.start, *(one[0] for one in over)]), max([table.end, *(one[1] for one in over)])
            small.append((_block_above(extracted, start), end))
    fitting: list[Span] = []
    for span, tokens in zip(small, _count(extracted.text, small, count_tokens), strict=True):
        if tokens <= target * SLACK and (not fitting or fitting[-1][1] <= span[0]):
            fitting.append(span)
    apart = [one for one in whole if not any(one[0] < end and one[1] > start for start, end in _near(fitting, one))]
    return sorted([*apart, *fitting])


def _near(spans: Sequence[Span], one: Span) -> Sequence[Span]:
    """Those of the spans, in order and apart, that may overlap another one."""
    first = bisect.bisect_right(spans, one[0], key=lambda span: span[1])
    return spans[first : bisect.bisect_left(spans, one[1], key=lambda span: span[0])]


def _block_above(extracted: Extracted, start: int) -> int:
    """Where the block begins that ends before `start`, if it is a caption or leads in: short, no heading, without a full stop;
    else `start`."""
    before = extracted.text[:start].rstrip()
    block = before.rfind("\n\n") + 2 if "\n\n" in before else 0
    is_heading = any(block <= heading.start < start for heading in extracted.headings)
    is_text = before.endswith((".", "。", "!", "！", "?", "？", "；"))
    return start if is_heading or is_text or not 0 < len(before) - block <= ABOVE else block


def _pack(text: str, span: Span, whole: Sequence[Span], count_tokens: CountTokens, target: int) -> list[Span]:
    """Sentences of a section packed into chunks of nearly equal length, none much longer than `target` tokens."""
    pieces = _pieces(text, span, whole, count_tokens, target)
    total = sum(tokens for _, tokens in pieces)
    aim = total / ceil(total / (target * SLACK)) if total else 0
    packed: list[Span] = []
    filled, done = 0, 0.0
    for (start, end), tokens in pieces:
        # Begin a new chunk where the middle of this sentence lies behind the next boundary.
        if packed and done + tokens / 2 < aim * len(packed) and filled + tokens <= target * SLACK:
            packed[-1] = (packed[-1][0], end)
            filled += tokens
        else:
            packed.append((start, end))
            filled = tokens
        done += tokens
    return packed


def _pieces(text: str, span: Span, whole: Sequence[Span], count_tokens: CountTokens, target: int) -> list[tuple[Span, int]]:
    """Sentences, and whole spans that fit, with their tokens; what is much longer than a chunk is cut where it breaks best."""
    kept = _within(text, span, whole)
    sizes = dict(zip(kept, _count(text, kept, count_tokens), strict=True))
    spans, done = list[Span](), span[0]
    for one in [*(one for one in kept if sizes[one] <= target * SLACK), (span[1], span[1])]:
        spans += _sentences(text, done, one[0])
        spans += [one] * (one in sizes)
        done = one[1]
    rest = [one for one in spans if one not in sizes]
    sizes |= dict(zip(rest, _count(text, rest, count_tokens), strict=True))
    long = {one for one in rest if sizes[one] > target * SLACK}
    if not long:
        return [(one, sizes[one]) for one in spans]
    cut = [part for one in spans for part in (_cut(text, one, ceil(sizes[one] / target)) if one in long else [one])]
    return list(zip(cut, _count(text, cut, count_tokens), strict=True))


def _count(text: str, spans: Sequence[Span], count_tokens: CountTokens) -> list[int]:
    """Tokens of each span, a few spans at a time: a tokenizer keeps a lot about each of its texts until it is done."""
    found: list[int] = []
    for first in range(0, len(spans), COUNTED_AT_ONCE):
        some = spans[first : first + COUNTED_AT_ONCE]
        counts = count_tokens([text[slice(*span)] for span in some])
        found += [max(tokens, _length(span) // TOKEN_CHARACTERS) for span, tokens in zip(some, counts, strict=True)]
    return found


def _within(text: str, span: Span, whole: Sequence[Span]) -> list[Span]:
    """The parts of whole spans inside a section, trimmed, apart."""
    found: list[Span] = []
    for start, end in whole[max(0, bisect.bisect_right(whole, (span[0], -1)) - 1) :]:
        if start >= span[1]:
            break
        after = found[-1][1] if found else span[0]
        if piece := trim(text, max(start, after), max(after, min(end, span[1]))):
            found.append(piece)
    return found


def _sentences(text: str, start: int, end: int) -> list[Span]:
    found: list[Span] = []
    for first, last in sentences(text[start:end]):
        if found and _is_term(text, found[-1], start + first):
            found[-1] = (found[-1][0], start + last)
        else:
            found.append((start + first, start + last))
    return [part for one in found for part in _cut(text, one, ceil(_length(one) / LONGEST))]


def _is_term(text: str, span: Span, behind: int) -> bool:
    """Whether a sentence is a line that belongs to the one at `behind`: it ends in a colon, or the next line is further in."""
    between = text[span[1] : behind]
    if "\n" not in between or _length(span) > TERM or (above := text[_line_start(text, span[0]) : span[0]]).strip():
        return False
    below = between[between.rfind("\n") + 1 :]
    deeper = between.count("\n") == 1 and len(below.expandtabs()) > len(above.expandtabs())
    return deeper or text[span[1] - 1] in ":："


def _cut(text: str, span: Span, parts: int) -> list[Span]:
    """Cut a span into about `parts` pieces of nearly equal length, at a sign or a space where there is one near."""
    start, end = span
    found = []
    while parts > 1 and end - start > parts:
        length = (end - start) // parts
        window = text[start + length // 2 : start + length + length // 4]
        breaks = [match.end() for match in BREAKS.finditer(window)]
        at = start + length // 2 + breaks[-1] if breaks else start + length
        if piece := trim(text, start, at):
            found.append(piece)
        start, parts = at, parts - 1
    if piece := trim(text, start, end):
        found.append(piece)
    return found
