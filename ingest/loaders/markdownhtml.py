"""HTML inside Markdown: blocks of it are read as a page is, with their lists and tables; of tags and pictures in running text
the words stay that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml.html import defs
from markdown_it.token import Token

from ingest.loaders import html
from ingest.loaders.raised import lowered, raised
from youju.errors import UnreadableFile
from youju.records import Extracted
from youju.structure import shifted
from youju.text.markdown import AUTOLINK, CODE, COMMENT, MEDIA_TYPE, TAG

TAGS = "|".join(sorted({*defs.tags, "main", "picture"}))
BLOCK = re.compile(rf"</?(?:{TAGS})\b|<!--", re.IGNORECASE)
WHOLE = re.compile(r"<(table|ul|ol|dl)\b", re.IGNORECASE)  # what a blank line inside does not end
LIFTED = re.compile(r"<(su[bp])>([^<>\n]{1,40})</\1>", re.IGNORECASE)
PICTURE = re.compile(
    r"!\[([^\[\]\n]{0,500})\](?:\([^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,2000})?\)|\[[^\[\]\n]{0,100}\])"
)
IMAGE = re.compile(r"<img\b[^<>\n]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
BADGE = re.compile(r"\[\s*(?:<img\b[^<>\n]*>|" + PICTURE.pattern + r")\s*\]\([^()\n]{0,2000}\)", re.IGNORECASE)
NAME_OF_FILE = re.compile(r"[a-z0-9_.|/+=:-]*|(?i:alt text|图片|图标|截图)\s*\d*")  # what tells a reader little
NO_WORDS = re.compile(r"(?i:images?|img|icons?|logo|pictures?|pic|screenshot|alt text|图片|图标|截图|[\d\W_]*)[\d_.-]*")
PART = re.compile(r"[_.|/+=:-]+")
WORD = re.compile(r"[^\W\d_]")
SIZE = re.compile(r"^\d+\||\|\d+(?:x\d+)?$")  # as some programs write it beside the words of a picture
LONGEST = 400  # lines that a table or list of HTML may have


@dataclass
class Fragment:
    """HTML in the lines from `first` to before `behind`, and what it says, which begins `within` characters behind the start
    of the first one once it is written there."""

    first: int
    behind: int
    read: Extracted | None
    within: int = 0

    def write(self, lines: list[str], around: str) -> range:
        """Put the text in the place of the first line; returns the lines that are no more.

        Args:
            around: what stands before it, as the sign of an item.
        """
        apart = "\n" if not around and self.first and lines[self.first - 1].strip() else ""
        self.within = len(apart) + len(around)
        lines[self.first] = f"{apart}{around}{self.read.text}" if self.read else around
        if self.read and not around and self.behind < len(lines) and lines[self.behind].strip():
            lines[self.first] += "\n"
        return range(self.first + 1, self.behind)

    def read_at(self, start: int) -> Extracted:
        """What it says and holds, with the places in a text in which its first line stands at `start`."""
        if self.read is None:
            return Extracted("", MEDIA_TYPE, "")
        read, by = self.read, start + self.within
        return replace(
            read,
            headings=tuple(replace(one, start=one.start + by, end=one.end + by) for one in read.headings),
            whole=tuple((begin + by, end + by) for begin, end in read.whole),
            tables=tuple(shifted(one, by) for one in read.tables),
            lists=tuple(
                replace(one, items=tuple(replace(item, start=item.start + by, end=item.end + by) for item in one.items))
                for one in read.lists
            ),
        )


def without_tags(lines: list[str], tokens: Sequence[Token]) -> bool:
    """Take tags and pictures out of running text, line by line; whether there were any."""
    changed = False
    for token in tokens:
        if token.type != "inline" or not token.map or ("<" not in token.content and "![" not in token.content):
            continue
        before = lines[token.map[0] : token.map[1]]
        after = _outside_code("\n".join(before)).split("\n")
        if len(after) == len(before) and after != before:
            lines[token.map[0] : token.map[1]] = after
            changed = True
    return changed


def _outside_code(text: str) -> str:
    kept = sorted(found.span() for pattern in (CODE, AUTOLINK) for found in pattern.finditer(text))
    said, at = [], 0
    for start, end in kept:
        if start >= at:
            said += [_words(text[at:start]), text[start:end]]
            at = end
    return "".join([*said, _words(text[at:])])


def _words(text: str) -> str:
    text = BADGE.sub("", COMMENT.sub(_line_ends, text))
    text = PICTURE.sub(_shown, IMAGE.sub(_shown, text))
    text = LIFTED.sub(_lifted, text)
    return TAG.sub(lambda found: " " if found.group().lower().startswith("<br") else _line_ends(found), text)


def _shown(found: re.Match[str]) -> str:
    """The words of a picture. Those of an icon count inside a sentence only, where it stands for a word: click [close]."""
    said = ALT.search(found.group()) if found.re is IMAGE else found
    words = SIZE.sub("", (said[1] or "").strip()) if said else ""
    if not NAME_OF_FILE.fullmatch(words):
        return words
    line = found.string[: found.start()].rpartition("\n")[2]
    is_inside = bool(WORD.search(line.rpartition("|")[2]))
    return " ".join(PART.split(words)) if is_inside and not NO_WORDS.fullmatch(words) else ""


def _line_ends(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _lifted(found: re.Match[str]) -> str:
    return lowered(found[2]) if found[1].lower() == "sub" else raised(found.string[: found.start()], found[2])


def fragments(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Fragment]:
    """The blocks of HTML, in order. One that holds a part of a table or list goes on to where that ends."""
    blocks = [token for token in tokens if token.type == "html_block" and token.map and BLOCK.search(token.content)]
    done = 0
    for token in blocks:
        first, behind = token.map or (0, 0)
        if first < done:
            continue
        content = token.content
        if token.level == 0 and (end := _end(lines, first)) > behind:
            ends = (other.map[1] for other in blocks if other.map and other.map[0] < end <= other.map[1])
            behind = max(end, next(ends, 0))
            content = "\n".join(lines[first:behind])
        done = behind
        yield Fragment(first, behind, _read(content))


def _end(lines: Sequence[str], first: int) -> int:
    """The line behind the one where a table or list is closed that is opened in this one; 0 where none is."""
    found = WHOLE.search(lines[first])
    if found is None:
        return 0
    tag = re.compile(rf"<(/?){found[1]}\b", re.IGNORECASE)
    depth = 0
    for number in range(first, min(len(lines), first + LONGEST)):
        depth += sum(-1 if one[1] else 1 for one in tag.finditer(lines[number]))
        if depth <= 0:
            return number + 1
    return 0


def _read(content: str) -> Extracted | None:
    try:
        read = html.load(content.encode(), "utf-8")
    except UnreadableFile:
        return None
    return read if read.text.strip() else None
