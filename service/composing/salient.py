"""The sentences that carry a text: near to what most of it is about, at the beginning of its parts, and complete in themselves.

Extractive summarisation by centrality (Erkan and Radev 2004, LexRank, https://arxiv.org/abs/1109.2128), with the mean of the
stored vectors in place of the graph's eigenvector.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from youju.embedding.base import Embedder, Vectors
from youju.records import Passage
from youju.text.language import ROW_CELLS, sentences
from youju.text.listing import without_sign
from youju.text.wrapping import one_line

SHORTEST, LONGEST = 20, 360  # characters of a sentence that stands for a part; Chinese says as much in fewer
SHORTEST_HAN = 8
COMPLETE = re.compile(r"[。.！!…][\"'”’」』）)】》\]]*$")
# What leans on the sentence before it, or points elsewhere.
LEANS = re.compile(
    r"\W*(?:(?:this|that|these|those|it|they|he|she|such|but|however|also|moreover|furthermore|then|thus|therefore|hence|so|otherwise"
    r"|for (?:example|instance)|in (?:addition|particular|this case)|see|please|note|figure|table|copyright|click"
    r"|as (?:mentioned|seen)|additionally|likewise|similarly|yet|and|or|nor|again|finally|next|another|once)\b"
    r"|此外|另外|因此|所以|但是?|然而|不过|例如|比如|它们?|这[些个种样]?|那[些个种样]?|其中|同时|而且|并且|参[见阅看]|请|注意|图|表|版权)",
    re.IGNORECASE,
)
CODE = re.compile(r"(?:^|\s)(?:[#$>%]\s|\S+\(\)|sudo\s|--\w)|[{}<>|=]{2}|https?://|^\W*[→⇒]")
# A footnote, or what says that more stands elsewhere.
POINTS = re.compile(r"^[¹²³⁴-⁹]|\bsee (?:also )?(?:section|chapter|figure|table|appendix)\b|[参參][见見閱阅看]", re.IGNORECASE)
FIRST, SECOND = 0.08, 0.04  # similarity that the first and second sentence of a part gain
SEPARATE = 0.95  # similarity from which on two sentences say the same


@dataclass(frozen=True)
class Candidate:
    """A sentence: characters `start` to `end` of a passage, without the sign of an item (`listed`); `part` is the number of the
    part it stands in, `place` its place there, from 0."""

    passage: Passage
    start: int
    end: int
    part: int
    place: int
    listed: bool = False

    @property
    def text(self) -> str:
        return one_line(self.passage.text[self.start : self.end])


def candidates(passages: Sequence[Passage], part: int, most: int, begins: int = 0, ends: float = math.inf) -> list[Candidate]:
    """The first `most` sentences of these passages that can stand alone, each once.

    Args:
        begins, ends: offsets in the document between which they stand: the rest belongs to other parts.
    """
    found: dict[str, Candidate] = {}
    place = 0
    for passage in passages:
        for first, end in sentences(passage.text):
            if passage.start + first < begins or passage.start + first >= ends:
                continue
            start = without_sign(passage.text, first, end)
            one = Candidate(passage, start, end, part, place, start > first)
            if one.text not in found and stands_alone(passage.text[start:end]):
                found[one.text] = one
                if len(found) >= most:
                    break
            place += 1
    return list(found.values())


def stands_alone(text: str) -> bool:
    """Whether a sentence can be read without those around it, as far as its words tell."""
    text = text.strip()
    shortest = SHORTEST_HAN if not text.isascii() and len(re.findall(r"[\u4e00-\u9fff]", text)) * 3 > len(text) else SHORTEST
    if not shortest <= len(text) <= LONGEST or ROW_CELLS in text or "\n\n" in text:
        return False
    return bool(COMPLETE.search(text)) and not (LEANS.match(text) or CODE.search(text) or POINTS.search(text))


def chosen(found: Sequence[Candidate], centre: Vectors, embedder: Embedder, most: int, each: int) -> list[Candidate]:
    """At most `most` sentences, in order of parts: the best of each part first, then further ones where there is room, at most
    `each` of a part, none that says what another one says.

    Args:
        centre: unit vector of what the text is about.
    """
    if not found:
        return []
    vectors = embedder.embed_documents([one.text for one in found])
    likeness = vectors @ centre
    scores = [
        float(value) + (FIRST if one.place == 0 else SECOND if one.place == 1 else 0.0)
        for value, one in zip(likeness, found, strict=True)
    ]
    taken: list[int] = []
    for turn in range(each):
        best: dict[int, int] = {}
        for place in sorted(range(len(found)), key=lambda place: -scores[place]):
            part = found[place].part
            held = sum(found[one].part == part for one in taken)
            alike = any(
                float(vectors[place] @ vectors[one]) > SEPARATE or found[place].text == found[one].text for one in taken
            )
            if place not in taken and part not in best and held == turn and not alike:
                best[part] = place
        taken += sorted(best.values(), key=lambda place: -scores[place])[: most - len(taken)]
    return [found[place] for place in sorted(taken, key=lambda place: (found[place].part, found[place].place))]


def centre_of(vectors: Vectors) -> Vectors:
    """The unit vector in the middle of these."""
    middle = vectors.mean(axis=0)
    unit: Vectors = middle / max(float(np.linalg.norm(middle)), 1e-9)
    return unit
