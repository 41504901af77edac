"""Pages of wikis (MediaWiki, DokuWiki, Zim) as plain text: headings between equal signs, links by what they are called,
no signs of bold and slanted letters, no pictures.

Told by a heading; without one a text is taken as it is.
"""

from __future__ import annotations

import re

HEADING = re.compile(r"(?P<sign>={1,6})\s*(?P<name>[^=\s](?:.*[^=\s])?)\s*(?P=sign)")
LINK = re.compile(r"\[\[(?:[^\[\]|\n]*\|)?\s*[+:]?([^\[\]|\n]+?)\s*\]\]")
PICTURE = re.compile(r"\{\{[^{}\n]*\}\}[ \t]*|\[\[(?:File|Image|文件|图像):[^\[\]\n]*\]\][ \t]*", re.IGNORECASE)
MARKED = re.compile(
    r"(?<![\w*])\*\*(?P<strong>\S(?:[^*\n]*\S)?)\*\*(?![\w*])"
    r"|(?<!')(?P<sign>'{2,3}|'{5})(?P<quoted>[^'\s](?:[^\n]*?[^'\s])?)(?P=sign)(?!')"
    r"|(?<![\w:/])//(?P<slanted>\w(?:[^/\n]*[^\s/])?)//(?![\w/])"
)


def without_signs(text: str) -> tuple[str, dict[int, str]]:
    """The text without the signs of a wiki, and the equal signs around each heading by the number of its line; both as they
    are, and nothing, where there is no such heading."""
    lines = text.split("\n")
    found = {number: match for number, line in enumerate(lines) if (match := HEADING.fullmatch(line.strip()))}
    if not found:
        return text, {}
    read = [_read(found[number]["name"] if number in found else line) for number, line in enumerate(lines)]
    return "\n".join(read), {number: match["sign"] for number, match in found.items()}


def _read(line: str) -> str:
    line = LINK.sub(r"\1", PICTURE.sub("", line))
    return MARKED.sub(lambda match: match["strong"] or match["quoted"] or match["slanted"], line)
