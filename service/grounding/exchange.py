"""Whether a sentence puts one name where the document has another: who did what to whom.

"Baxter sold the mill to Crowe" does not support "Crowe sold the mill", though it has all the words. Told by the words around
the names; a sentence that is worded otherwise is left to the other checks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import rjieba

from youju.text.language import HAN_CHARACTER, simplified

NAME_TAGS = ("nr", "ns", "nt", "nz")  # jieba's tags: people, places, organisations, others
TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
CAPITAL = re.compile(r"[A-Z][\w'’-]*")
EDGE = ""  # stands for what is before the first and behind the last word


@dataclass(frozen=True)
class _Placed:
    """A name with the word before and the one behind it."""

    name: str
    before: str
    behind: str


def exchanged(sentence: str, evidence: str) -> bool:
    """Whether the evidence has another name between the two words between which one of the sentence stands, and that one
    nowhere between them."""
    said, there = _names(sentence), _names(evidence)
    own = {one.name for one in said}
    for one in said:
        around = (one.before, one.behind)
        stands = [(other.before, other.behind) for other in there if other.name == one.name]
        if around in stands:
            continue
        others = [other.name for other in there if (other.before, other.behind) == around and other.name != one.name]
        # At the edge of a sentence one word tells too little, but where both names are there and have changed places.
        if any((name in own and stands) or EDGE not in around for name in others):
            return True
    return False


def _names(text: str) -> list[_Placed]:
    tokens = _tokens(text)
    found = []
    place = 0
    while place < len(tokens):
        end = place
        while end < len(tokens) and tokens[end][1] and (end == place or tokens[end][2]):
            end += 1
        if end > place:
            name = " ".join(token for token, *_ in tokens[place:end])
            before = tokens[place - 1][0] if place else EDGE
            behind = tokens[end][0] if end < len(tokens) else EDGE
            found.append(_Placed(name, before.lower(), behind.lower()))
            place = end
        else:
            place += 1
    return found


def _tokens(text: str) -> list[tuple[str, bool, bool]]:
    """The words in order, whether each is (part of) a name, and whether it may go on with the name before it: behind nothing
    but a space."""
    if HAN_CHARACTER.search(text):
        return [
            (word, tag.startswith(NAME_TAGS) and len(word) > 1, False)
            for word, tag in rjieba.tag(simplified(text))
            if re.search(r"\w", word)
        ]
    found, end = list[tuple[str, bool, bool]](), 0
    for match in TOKEN.finditer(text):
        found.append((match.group(), bool(CAPITAL.fullmatch(match.group())), text[end : match.start()] == " "))
        end = match.end()
    return found
