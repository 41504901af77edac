"""Lists of the documents that may answer a question: where they stand, what leads in to them, how near they are to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from youju.embedding.base import Embedder
from youju.embedding.scale import scale_of
from youju.index.base.bm25 import word_weight
from youju.index.protocols import Store
from youju.records import Document, Language, Passage
from youju.structure import Item, ItemList
from youju.text.language import ROW_CELLS, query_words, sentences, words
from youju.text.listing import LABEL, without_sign
from youju.text.outline import Outline, Section
from youju.text.rows import rows

Span = tuple[int, int]

ANSWERED = re.compile(r"[^?？]{3,}[?？]\W*\w")  # a question, and something behind it
OF_QUESTIONS = 0.4  # share of the items of a list of questions; others name the trouble only

PASSAGES = 8  # whose lists are looked at
AROUND = 2500  # characters before and behind a passage in which a list may stand that belongs to it
LEAD = 600  # characters before a list in which its lead-in is looked for
HEAD = 160  # characters of an item that tell what it is
HEADS = 300  # characters of such beginnings that are compared
FEWEST_ROWS, MOST_ROWS = 2, 40  # of a table that is a list
POINTS_BACK = re.compile(r"(?:they|these|those|it|this)\b|它们|他们|这些|其中|这", re.IGNORECASE)
LEAST_TOLD = 0.25  # share of the weight of a question from which on its words beside a name tell between lists
FAQ = re.compile(r"\bfaqs?\b|frequently asked|questions and answers|常见问[题答]|问答", re.IGNORECASE)
FEW_CHUNKS = 1000  # in a smaller collection a word that many hold tells as much as among so many
# Words that ask for a list and name nothing; where hardly any text holds them they would weigh most.
ASKING = frozenset(
    query_words(
        "list lists name enumerate give show tell all every each complete please steps step what which how kind kinds type "
        "types sort sorts available exist exists main two three four five six seven eight nine ten several various different "
        "列出 列举 列一下 请 给我 所有 全部 哪些 哪几 有什么 步骤 怎么 怎样 如何 几种 种类 类型 各种 分别"
    )
)
MANY = 400  # items of a list whose beginnings are looked at
STEP = re.compile(r"(?:step|stage)\s*\d|第\s*[一二三四五六七八九十\d]+\s*步|步[骤驟]\s*[一二三四五六七八九十\d]", re.IGNORECASE)

CLAUSES = 5  # items of a list that may be the clauses of a document
LONG_CLAUSE = {"en": 240, "zh": 80}  # characters of a clause on average


@dataclass(frozen=True)
class Listed:
    """A list near a passage, in its language. `lead` is the span of the sentence before it, `told_before` the one before that,
    where the lead-in only points back to it (`They are:`), `headings` are those above it, `heads` the beginnings of its items;
    `rank` is that of the passage by which it was found, from 0."""

    document: Document
    language: Language
    found: ItemList
    section: Section
    lead: Span | None
    headings: tuple[str, ...]
    lead_text: str
    heads: tuple[str, ...]
    rank: int
    told_before: str = ""

    @property
    def key(self) -> str:
        """What it is called: its heading, or what leads in to it, in letters only."""
        named = self.headings[-1] if self.headings else self.lead_text
        return "".join(sign for sign in named.casefold() if sign.isalpha())

    @property
    def is_labelled(self) -> bool:
        """Whether its items are lines with the same label (`Action: ...`), which follow upon each other as it happens."""
        labels = {found["label"].casefold() if (found := LABEL.match(head)) else "" for head in self.heads}
        return len(labels) == 1 and "" not in labels

    @property
    def is_table(self) -> bool:
        return any(ROW_CELLS in head for head in self.heads)

    @property
    def is_faq(self) -> bool:
        """Whether its items are questions with their answers: one of them answers then, not all. In a document that is called
        so some may be statements (`It does not start`)."""
        asking = sum(bool(ANSWERED.match(head)) for head in self.heads)
        return asking >= OF_QUESTIONS * len(self.heads) or (asking > 0 and bool(FAQ.search(self.document.title)))

    @property
    def is_of_clauses(self) -> bool:
        """Whether its items are the clauses that its document consists of, a paragraph or several each: one of them answers."""
        length, items = self.found.end - self.found.start, len(self.found.items)
        return 2 * length > self.document.characters and items >= CLAUSES and length > LONG_CLAUSE[self.language] * items


@dataclass(frozen=True)
class Nearness:
    """How near a list is to a question: `above` by the meaning of its heading and lead-in, `inside` by that of its items, both
    in shares of the way from unrelated to the same; `named` and `held` are the shares of the question's words, by weight, that
    stand above the list, and above or in it; `telling` that of the words that are not the name of its document, which tells
    nothing between its lists; `heading` the share of the words of heading and lead-in that the question has."""

    above: float
    inside: float
    named: float
    held: float
    telling: float
    heading: float


def listed_near(store: Store, passages: Sequence[Passage]) -> list[Listed]:
    """The lists and short tables in or beside these passages, each once, those of the best passage first."""
    outlines: dict[str, Outline] = {}
    found: dict[tuple[str, int], Listed] = {}
    for rank, passage in enumerate(passages[:PASSAGES]):
        identity = passage.document.id
        if identity not in outlines:
            outlines[identity] = store.outlines.get(identity)
        outline = outlines[identity]
        around = _around(outline, passage)
        for one in [*outline.lists_within(*around), *_tables(store, identity, around)]:
            if (identity, one.start) not in found:
                found[identity, one.start] = _listed(store, passage, outline, one, rank, outline.section(one.start))
        if (steps := _headed_steps(store, passage, outline)) and (identity, steps[1].start) not in found:
            found[identity, steps[1].start] = _listed(store, passage, outline, steps[1], rank, steps[0])
    return list(found.values())


def _headed_steps(store: Store, passage: Passage, outline: Outline) -> tuple[Section, ItemList] | None:
    """The steps whose headings say so (`Step 2: Set the currency`), of the section around a passage, and that section."""
    identity, own = passage.document.id, outline.section(max(passage.start, passage.end - 1))
    above = outline.section(own.above[-1].start) if own.above else Section(0, outline.characters)
    for section in (own, above):
        steps = outline.below(section)
        if len(steps) < FEWEST_ROWS or not STEP.match(store.excerpt(identity, steps[0].start, steps[0].body)):
            continue
        named = [one for one in steps if STEP.match(store.excerpt(identity, one.start, one.body))]
        if len(named) >= FEWEST_ROWS:
            told = ((one, store.excerpt(identity, one.start, min(one.end, one.start + AROUND))) for one in named)
            # Behind the text of one stand the signs of the next one's heading.
            return section, ItemList(tuple(Item(one.start, one.start + len(text.rstrip("# \n"))) for one, text in told), True)
    return None


def _tables(store: Store, document_id: str, around: Span) -> list[ItemList]:
    """The tables there that are short enough to be said whole, their rows as items."""
    found = []
    for card in store.tables_at(document_id, *around):
        if FEWEST_ROWS <= card.count <= MOST_ROWS and not card.is_large:
            lines = rows(store.excerpt(document_id, card.start, card.end))
            if len(lines) >= FEWEST_ROWS:
                found.append(ItemList(tuple(Item(card.start + start, card.start + end) for start, end in lines)))
    return found


def _around(outline: Outline, passage: Passage) -> Span:
    """Where lists belong to a passage: in its sections, not too far from it."""
    first, last = outline.section(passage.start), outline.section(max(passage.start, passage.end - 1))
    if last.heading is None:  # what stands before the first heading introduces what follows
        last = outline.section(last.end)
    return max(first.start, passage.start - AROUND), max(passage.end, min(last.end, passage.end + AROUND))


def _listed(store: Store, passage: Passage, outline: Outline, one: ItemList, rank: int, section: Section) -> Listed:
    identity = passage.document.id
    before = [other.end for other in outline.lists if other.end <= one.start]
    low = max(section.body, one.start - LEAD, before[-1] if before else 0)
    above = store.excerpt(identity, low, one.start)
    lead = _lead(above)
    names = tuple(store.excerpt(identity, heading.start, heading.end) for heading in section.path)
    text = store.excerpt(identity, one.start, one.end)
    heads = tuple(_head(text, item, one.start) for item in one.items[:MANY])
    return Listed(
        passage.document, passage.language, one, section, (low + lead[0], low + lead[1]) if lead else None, names,
        above[slice(*lead)] if lead else "", heads, rank, _pointed_to(above),
    )  # fmt: skip


def _lead(above: str) -> Span | None:
    """The last sentence before a list, of the line right before it."""
    spans = [(start, end) for start, end in sentences(above) if any(sign.isalnum() for sign in above[start:end])]
    return spans[-1] if spans else None


def _pointed_to(above: str) -> str:
    """The sentence before a lead-in that only points back to it."""
    spans = sentences(above)[-2:]
    return above[slice(*spans[0])] if len(spans) > 1 and POINTS_BACK.match(above[slice(*spans[1])]) else ""


def _head(text: str, item: Item, shift: int) -> str:
    start, end = item.start - shift, item.end - shift
    return " ".join(text[without_sign(text, start, end) : min(end, start + HEAD)].split())


def nearness(store: Store, embedder: Embedder, question: str, lists: Sequence[Listed]) -> list[Nearness]:
    """How near each list is to a question."""
    asked = [word for word in query_words(question) if word not in ASKING] or query_words(question)
    counts, total = store.word_counts(asked), max(store.count_chunks(), FEW_CHUNKS)
    weights = {word: word_weight(total, counts[word]) for word in asked}
    above = ["\n".join([" ".join(one.headings[-2:]), one.lead_text]) for one in lists]
    inside = ["; ".join(one.heads)[:HEADS] for one in lists]
    vectors = embedder.embed_queries([question, *above, *inside])
    scale = scale_of(embedder)
    likeness: list[float] = [scale.share(float(one)) for one in np.asarray(vectors[1:] @ vectors[0])]
    found = []
    for place, one in enumerate(lists):
        over = set(words(f"{one.document.title}\n{' '.join(one.headings)}\n{one.told_before}\n{one.lead_text}"))
        within = set(words("\n".join(one.heads)))
        close = set(query_words(f"{' '.join(one.headings[-1:])} {one.lead_text}"))
        found.append(
            Nearness(
                above=likeness[place],
                inside=likeness[len(lists) + place],
                named=_share(weights, over),
                held=_share(weights, over | within),
                telling=_share(_telling(weights, one), over | within),
                heading=len(close & set(asked)) / max(1, len(close)),
            )
        )
    return found


def _telling(weights: dict[str, float], listed: Listed) -> dict[str, float]:
    """The words of the question that the name of the document has not; all, where it has nearly every one."""
    name = set(words(f"{listed.document.title}\n{PurePosixPath(listed.document.uri).stem}"))
    told = {word: weight for word, weight in weights.items() if word not in name}
    return told if sum(told.values()) >= LEAST_TOLD * sum(weights.values()) else weights


def _share(weights: dict[str, float], held: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in held) / total if total else 0.0
