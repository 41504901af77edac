"""Markdown as it is read: the words without the signs that only set them.

Nothing is parsed into a tree: signs are taken where they surely are signs, so that `2 * 3 * 4`, `drip_valve_one`, `*.txt` and
`__name__` stay. The page draws the same (`service/ui/js/markdown.js`); one table of examples holds both.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

MEDIA_TYPE = "text/markdown"
SUFFIXES = (".md", ".markdown")
FENCE = re.compile(r"\s*(`{3,}|~{3,})[^`]*")
RULE = re.compile(r"\s*(?:(?:[-*_]\s*){3,}|\[\^[\w-]+\]:\s*)")  # between parts, or a note without a text
LEAD = re.compile(r"[^\S\n]*(?:>[^\S\n]?)*[^\S\n]*(?:#{1,6}\s+)?")
BULLET = re.compile(r"\s*(?:[-*+]\s+)(?:\[[ xX]\]\s+)?")
TASK = re.compile(r"(\s*(?:[-*+]|\d{1,9}[.)])\s+)\[[ xX]\]\s+")
# Tags of HTML; what else stands in angle brackets is a part of the text: `apt install <package>`.
TAG = re.compile(
    r"</?(?:a|b|blockquote|br|center|cite|code|details|div|em|font|h[1-6]|hr|i|img|kbd|li|mark|ol|p|picture|pre|ref|s|small|"
    r"source|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]*>",
    re.IGNORECASE,
)

LONGEST = 1000  # characters between two signs that belong together
SIGN = re.compile(r"[\\`!\[<*_~&]")
CODE = re.compile(rf"(`+)(?!`)((?:(?!\n\s*\n).){{0,{LONGEST}}}?[^`])\1(?!`)", re.DOTALL)
INSIDE = r"((?:[^\[\]\\]|\\.|\[[^\[\]]{0,200}\]){0,500})"
LINK = re.compile(
    rf"!?\[{INSIDE}\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)", re.DOTALL
)
REFERENCE = re.compile(rf"!?\[{INSIDE}\]\[[^\[\]\n]{{0,100}}\]", re.DOTALL)
NOTE = re.compile(r"\[\^[\w-]{1,40}\]:?")
COMMENT = re.compile(rf"<!--.{{0,{LONGEST}}}?-->", re.DOTALL)
AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]{1,2000}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#39);")
RUN = re.compile(r"\*{1,3}|_{1,3}|~~")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
NAME = re.compile(r"\w+")


def as_read(text: str, media_type: str) -> str:
    """A piece of a document as it is read."""
    return plain(text) if media_type == MEDIA_TYPE else text


def as_shown(text: str, uri: str) -> str:
    """The same, where only the name of the document is known."""
    return plain(text) if uri.lower().endswith(SUFFIXES) else text


def plain(text: str) -> str:
    """The words of a piece of Markdown. Lists, rows of tables and code keep their lines, links the address of another place."""
    said: list[str] = []
    block: list[str] = []  # lines that signs may go over
    fence = ""
    for line in text.split("\n"):
        found = FENCE.fullmatch(line)
        if found and (not fence or found[1].startswith(fence)):
            said += _read(block)
            block, fence = [], "" if fence else found[1]
        elif fence:
            said.append(line)
        else:
            block.append(line)
    return "\n".join([*said, *_read(block)])


def _read(lines: list[str]) -> list[str]:
    """What lines outside of code say; an empty line for one that says nothing."""
    if not lines:
        return []
    bare = [TASK.sub(r"\1", line[LEAD.match(line).end() :]) for line in lines]  # type: ignore[union-attr]
    if len(bare) == 1 and (bullet := BULLET.match(bare[0])):
        bare = [bare[0][bullet.end() :]]
    return inline("\n".join("" if RULE.fullmatch(line) else line for line in bare)).split("\n")


def inline(text: str) -> str:
    """The words of running text, without the signs of emphasis, code and links."""
    said: list[str] = []
    at = 0
    while found := SIGN.search(text, at):
        said.append(text[at : found.start()])
        read, at = _sign(text, found.start())
        said.append(read)
    return "".join([*said, text[at:]])


def _sign(text: str, at: int) -> tuple[str, int]:
    """What the sign at a place says, and where the text goes on behind it."""
    for pattern, words in SPANS:
        if found := pattern.match(text, at):
            return words(found), found.end()
    if text[at] == "\\" and text[at + 1 : at + 2] == "\n":
        return "", at + 1
    if text[at] == "\\" and PUNCTUATION.match(text, at + 1):
        return text[at + 1], at + 2
    if (reference := REFERENCE.match(text, at)) and not (at and _is_latin(text[at - 1])):
        return inline(reference[1]), reference.end()
    return _emphasised(text, at)


def _emphasised(text: str, at: int) -> tuple[str, int]:
    found = RUN.match(text, at)
    if not found:
        return text[at], at + 1
    run = found.group()
    joins = _is_word if run[0] == "_" else _is_latin
    begin = found.end()
    opens = begin < len(text) and not text[begin].isspace() and text[begin] != run[0]
    if opens and not (at and (joins(text[at - 1]) or text[at - 1] == run[0])):
        end = text.find(run, begin + 1, begin + LONGEST)
        while end >= 0:
            behind = text[end + len(run) : end + len(run) + 1]
            if _closes(text[end - 1], behind, run[0]) and not joins(behind):
                inside = text[begin:end]
                if "\n\n" in inside or (run == "__" and NAME.fullmatch(inside)):
                    break
                return inline(inside), end + len(run)
            end = text.find(run, end + 1, begin + LONGEST)
    while begin < len(text) and text[begin] == run[0]:
        begin += 1
    return text[at:begin], begin


def _closes(before: str, behind: str, sign: str) -> bool:
    return not before.isspace() and before not in (sign, "\\") and behind != sign


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _is_word(sign: str) -> bool:
    return sign.isalnum()


def _linked(found: re.Match[str]) -> str:
    if found.group().startswith("!"):
        return inline(found[1])
    words, address = inline(found[1]), found[2]
    bare = address.removeprefix("mailto:")
    return f"{words} ({bare})" if ABSOLUTE.match(address) and words and bare not in words else words


def _code(found: re.Match[str]) -> str:
    words = found[2]
    return words[1:-1] if words[:1] == words[-1:] == " " and words.strip() else words


SPANS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (CODE, _code),
    (LINK, _linked),
    (NOTE, lambda found: ""),
    (COMMENT, lambda found: ""),
    (AUTOLINK, lambda found: found[1].removeprefix("mailto:")),
    (TAG, lambda found: " " if found.group().lower().startswith("<br") else ""),
    (ENTITY, lambda found: html.unescape(found.group()).replace("\xa0", " ")),
)
