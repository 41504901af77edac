"""What of a text says nothing by itself: tables of contents, back-of-book indexes, navigation between pages, licence headers,
what programs wrote for programs, lists of contributors, lines of debugging. It stays in the text of the document and is left
out of retrieval.

Told from lines alone, in English and Chinese, whatever the format was. Lists of names, addresses or numbers are content unless
their heading says otherwise; a licence counts only at the beginning of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

Span = tuple[int, int]

FEWEST = 3  # lines that make a list
FORETOLD = 5  # headings in a row that make a table of contents without a title
FILLED = 3  # how much longer than that what they head is at least
GAP = 2  # lines between two entries that are not like entries: wrapped ones, parts of a book
HEADER = 4000  # characters in which a licence may be a header
WIDE = 300  # characters of a line that are looked at
BLOCK = 20_000  # lines looked at together
WRAPPED = 90  # longest line that may be the rest of an entry

# `Installation ........ 12`, `安装……………12`, and the same with spaces between the dots or none before the number. Where a form
# leaves room to write stands no number.
LEADER = re.compile(
    r"(?:(?<![:：\s.．·•])\s*(?:[.．·•]\s?){4,}|(?:[.．·•_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7}))\s*$|…{2,}\s*\d{0,4}\s*$"
)
TABBED = re.compile(r"^\S.{0,120}\t\s*(?:\d{1,4}|[ivxlc]{1,7})\s*$")  # a title and its page
CONTENTS = re.compile(
    r"^\W*(?:table of contents|contents|list of (?:figures|tables|examples|illustrations)|目\s*[录錄次]"
    r"|(?:插图|图|表|表格|插圖|圖)(?:清单|目录|目錄|列表))\W*$",
    re.IGNORECASE,
)
ENTRY = re.compile(
    r"^\W{0,3}(?:\d+(?:\.\d+)*\.?\s+\S|[A-Z]\.(?:\d+\.?)*\s+\S|(?:chapter|part|appendix|section|figure|table)\s+[\dA-Z]+\b"
    r"|第\s*[\d一二三四五六七八九十百]+\s*[章节節部篇回]|附录|附錄|[图表圖]\s*\d)|^.+\t\s*\d{1,4}\s*$",
    re.IGNORECASE,
)
INDEX = re.compile(r"^\W*(?:(?:general |subject |name )?index|索\s*引|名词索引|名詞索引)\W*$", re.IGNORECASE)
LOCATED = re.compile(r"^\S.{0,80}?[,，\s]\s*\d{1,4}(?:\s*[-–—]\s*\d{1,4})?(?:\s*[,，、]\s*\d{1,4}(?:\s*[-–—]\s*\d{1,4})?)*\s*$")
PEOPLE = re.compile(
    r"^\W*(?:\d[\d.]*\s+)?(?:(?:list of )?contributors|credits|(?:the )?translators"
    r"|贡献者(?:名单|列表)?|譯者|译者(?:名单)?|致谢名单)\W*$",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"^\W{0,3}(?:(?:[A-ZÀ-Þ][\w.'’-]*\s?){2,5}(?:[<(\[].{3,60}[>)\]])?|[一-鿿·]{2,12}(?:\s*[<(（].{3,60}[>)）])?)\s*[,，、;；]?\s*$"
)
# A place to go to, alone or with arrows around it.
STEP = re.compile(
    r"^[\s<>«»←→‹›|\[\]]*(?:prev(?:ious)?(?: page)?|next(?: page)?|up|home|top|back(?: to top)?|contents|index"
    r"|[上下]一[页頁节節章篇]|上级|上一级|首页|首頁|主页|返回(?:目录|顶部|首页|上一页)?|目录|起始页|[前后後][进退進一页頁])[\s<>«»←→‹›|\[\]]*$",
    re.IGNORECASE,
)
TURN = re.compile(r"prev|next|[上下]一|后退|前进", re.IGNORECASE)
LINE = re.compile(r"[^\S\n]*(\S[^\n]*)")
WORD = re.compile(r"\w+")
LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\([^()\n]{0,300}\)")
CELLS = re.compile(r"\s*[|｜·•\t]\s*|\s{2,}")
LICENCE = re.compile(
    r"permission is (?:hereby )?granted|without (?:any )?warranty|all rights reserved|\bas is\b|redistributi?on|redistribute"
    r"|licensed under|under the terms of the|free software foundation|copyright\s*(?:©|\(c\)|\d{4})|版[权權]\s*(?:©|所有|\d{4})"
    r"|版权声明|版權聲明|许可(?:证|协议|声明)|保留所有权利|不(?:提供|作)任何.{0,6}(?:担保|保证)",
    re.IGNORECASE,
)
LICENCE_SIGNS = 3  # different ones that make a licence
NEAR = 8  # lines from one to the next
# What a program wrote for programs at the beginning of a file; who wrote to whom about what is content.
TECHNICAL = re.compile(
    r"^(?:(?:content|wiki|x|mime|file)-[\w-]+|(?:creation|modification)-date|encoding|charset)\s*:|^\W{0,4}(?:-\*-.*-\*-|vim:.*)\W*$",
    re.IGNORECASE,
)
DEBUG = re.compile(r"^\W*(?:\d{4}-\d\d-\d\d[T ][\d:.,+Z]+\s*|\[\d[\d.:]+\]\s*)?\W*(?:DEBUG|TRACE)\b[\]:\s]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty; `text` is without the white space before it, and cut where it is too long to be any of this."""

    start: int
    end: int
    text: str


def boilerplate(text: str) -> list[Span]:
    """Spans of whole lines, in order and apart. Empty where nothing else would be left."""
    spans: list[Span] = []
    something_left = False
    for lines in _blocks(text):
        chosen = {
            *_contents(lines),
            *_foretold(text, lines),
            *_listed(lines, INDEX, LOCATED),
            *_listed(lines, PEOPLE, PERSON),
            *_navigation(lines),
        }
        chosen |= {number for number, line in enumerate(lines) if DEBUG.match(line.text)}
        if lines[0].start < HEADER:
            chosen |= set(_licence(text, lines)) | set(_technical(lines))
        left = (line for number, line in enumerate(lines) if number not in chosen)
        something_left = something_left or any(WORD.search(line.text) for line in left)
        before = -2
        for number in sorted(chosen):
            if number == before + 1:
                spans[-1] = (spans[-1][0], lines[number].end)
            else:
                spans.append((lines[number].start, lines[number].end))
            before = number
    return spans if something_left else []


def _technical(lines: list[Line]) -> Iterator[int]:
    """The lines for programs that a file begins with."""
    return (number for number, _ in takewhile(lambda one: TECHNICAL.match(one[1].text), enumerate(lines)))


def _blocks(text: str) -> Iterator[list[Line]]:
    """The lines, so many at a time that a text of millions of them takes no memory to speak of; a list that lies across two
    blocks is two lists."""
    block: list[Line] = []
    for match in LINE.finditer(text):
        start, end = match.span(1)
        block.append(Line(start, end, text[start:end] if end - start <= WIDE else f"{text[start : start + WIDE]}x"))
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def _contents(lines: list[Line]) -> Iterator[int]:
    """Entries with leaders, some together; and what stands under the heading of a table of contents and looks like entries."""
    dotted = [bool(LEADER.search(line.text)) and not line.text.startswith("|") for line in lines]
    runs = _runs(lines, [dots or TABBED.match(line.text) is not None for dots, line in zip(dotted, lines, strict=True)])
    for first, last in runs:
        if sum(dotted[first : last + 1]) < FEWEST:
            continue
        titled = first > 0 and CONTENTS.match(lines[first - 1].text) is not None
        yield from range(first - titled, last + 1)
    for number, line in enumerate(lines):
        if CONTENTS.match(line.text):
            last = _end_of_list(lines, number + 1, ENTRY)
            if last - number >= FEWEST or (last > number and all(dotted[number + 1 : last + 1])):
                yield from range(number, last + 1)


def _foretold(text: str, lines: list[Line]) -> Iterator[int]:
    """Lines that all come again further down, in the same order, each by itself with much between them: the headings of what
    follows. Under a sentence that leads to them they are a list, whatever comes behind."""
    names = [" ".join(WORD.findall(LINK.sub(r"\1", line.text))).casefold() for line in lines]
    after: dict[str, int] = {}
    again = [0] * len(lines)  # where each comes again, alone
    for number in range(len(lines) - 1, -1, -1):
        again[number] = after.get(names[number], 0) if names[number] else 0
        if _stands_alone(text, lines, number):
            after[names[number]] = number
    first = 0
    for number in range(1, len(lines) + 1):
        if number < len(lines) and again[number] > again[number - 1] > 0:
            continue
        last = number - 1
        above = lines[first - 1].text if first else ""
        titled = first > 0 and CONTENTS.match(above) is not None
        if last - first + 1 >= (FEWEST if titled else FORETOLD) and again[first] > last and not above.endswith((":", "：")):
            between = lines[again[last]].start - lines[again[first]].start
            if between >= FILLED * sum(map(len, names[first : last + 1])):
                yield from range(first - titled, last + 1)
        first = number


def _stands_alone(text: str, lines: list[Line], number: int) -> bool:
    """Whether empty lines are around a line, or a sign says that it is a heading."""
    line = lines[number]
    before = lines[number - 1].end if number else 0
    behind = lines[number + 1].start if number + 1 < len(lines) else len(text)
    if line.text.startswith("#"):
        return True
    return (not number or text.count("\n", before, line.start) > 1) and text.count("\n", line.end, behind) > 1


def _listed(lines: list[Line], heading: re.Pattern[str], entry: re.Pattern[str]) -> Iterator[int]:
    """Headings of a kind of list with the entries below them."""
    for number, line in enumerate(lines):
        if heading.match(line.text):
            last = _end_of_list(lines, number + 1, entry)
            if last - number >= FEWEST:
                yield from range(number, last + 1)


def _end_of_list(lines: list[Line], first: int, entry: re.Pattern[str]) -> int:
    """The last line of the entries that begin at `first`, `first` - 1 if there are none.

    A short line between two entries is the rest of the first. A numbered line that comes a second time is no entry any more but
    the heading that the first one pointed to.
    """
    last, seen = first - 1, set[str]()
    for number in range(first, len(lines)):
        text = lines[number].text
        if entry.match(text) or LEADER.search(text):
            name = " ".join(WORD.findall(LEADER.sub("", text)))
            if name in seen:
                break
            seen.add(name)
            last = number
        elif number - last > GAP or len(text) > WRAPPED or text.endswith((".", "。")):
            break
    return last


def _runs(lines: list[Line], hits: list[bool]) -> Iterator[tuple[int, int]]:
    """First and last of at least `FEWEST` lines that hit, no more than `GAP` short others between two of them."""
    first, last, count = -1, -1, 0
    for number, hit in enumerate([*hits, False]):
        if hit:
            first, count = (first, count + 1) if first >= 0 else (number, 1)
            last = number
        elif first >= 0 and (number - last > GAP or number == len(lines) or len(lines[number].text) > WRAPPED):
            if count >= FEWEST:
                yield first, last
            first, count = -1, 0


def _navigation(lines: list[Line]) -> Iterator[int]:
    """Rows of at least two steps of which one turns the page; and the row beside such a one that holds a step as well."""
    cells = [CELLS.split(line.text) if len(line.text) <= 2 * WRAPPED else [] for line in lines]
    steps = [[cell for cell in row if STEP.match(cell)] for row in cells]
    turning = {
        number
        for number, found in enumerate(steps)
        if any(TURN.search(cell) for cell in found) and (len(found) > 1 or any(sign in found[0] for sign in "<>«»←→"))
    }
    yield from turning
    for number in turning:
        yield from (
            near for near in (number - 1, number + 1) if 0 <= near < len(lines) and steps[near] and len(cells[near]) > 1
        )


def _licence(text: str, lines: list[Line]) -> Iterator[int]:
    """Signs of a licence near each other at the beginning of a document, up to the end of the paragraph of the last. A document
    that goes on in this way is one about licences."""
    signs = [{sign.casefold() for sign in LICENCE.findall(line.text)} for line in lines]
    numbers = [number for number, found in enumerate(signs) if found]
    at_start = [number for number in numbers if lines[number].end <= HEADER]
    if len(set().union(*(signs[number] for number in numbers[len(at_start) :]))) >= LICENCE_SIGNS:
        return
    groups: list[list[int]] = []
    for number in at_start:
        if groups and number - groups[-1][-1] <= NEAR:
            groups[-1].append(number)
        else:
            groups.append([number])
    for group in groups:
        if len(set().union(*(signs[number] for number in group))) >= LICENCE_SIGNS:
            last = group[-1]
            while last + 1 < len(lines) and text.count("\n", lines[last].end, lines[last + 1].start) == 1:
                last += 1
            yield from range(group[0], last + 1)
