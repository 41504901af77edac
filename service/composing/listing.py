"""Answers that are lists: the items of a list of the documents, complete and in order, steps where they are numbered.

Which list answers is told by its heading, its lead-in and its items; where that is not clear the generator is asked, with one
token, whether it does. Else the question is left to the draft.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Composition, Run, Search
from service.composing.choosing import answers
from service.composing.listed import Listed, Nearness, listed_near, nearness
from service.composing.verbatim import Verbatim, spanning, stretch
from service.generation import Generator
from service.grounding.quotable import Quote, led_to
from service.query.titles import name_of
from service.query.understanding import Understanding
from service.reading.gate import AnswerabilityGate
from youju.embedding.base import Embedder
from youju.index.protocols import Store
from youju.records import Form, Language, Passage
from youju.structure import Item
from youju.text.denial import denies
from youju.text.language import detect_language, query_words, sentences, trim, words
from youju.text.listing import without_sign

FORMS: frozenset[Form] = frozenset({"list", "procedure"})
SHOWN = 40  # items shown at most
LONG = 320  # characters of an item from which on its beginning stands for it
FEWEST = 2
MOST_CASES = 6  # items of a list that are told where one of them is asked for
# Fitted on the questions of benchmarks/forms: what speaks for a list, and how much is enough by itself or worth asking about.
ABOVE, INSIDE, NAMED, HELD, HEADING, COUNTED, GATE = 0.5, 0.15, 0.2, 0.2, 0.5, 0.15, 0.2
ENOUGH, WORTH_ASKING = 0.92, 0.86
APART = 0.05  # between the best list and the next one, so that it needs no asking
ASKED = 2  # lists that are asked about at most
STEPS = 0.15  # what speaks for a numbered list where steps are asked for
RIGHT_BEFORE = 40  # characters between a sentence and a list that it is about, at most: a heading, "To do so:"
FARTHEST, SURELY = 0.74, 2.0  # a list that is farther than worth asking is believed with these log odds only
TOGETHER = 0.1  # the same to one that is called the same in another document, where all are asked for
LEAST_HELD = 0.25  # of the question's words by weight: a list that holds fewer is about something else
MOSTLY_HELD = 0.75  # a list that holds fewer is asked about: the word that it lacks may be what the question is about
OF_STEPS = re.compile(r"\b(?:steps?|procedure|instructions?)\b|步骤|步驟|流程|操作", re.IGNORECASE)
SECTIONS = re.compile(
    r"\b(?:sections?|clauses?|chapters?|headings?|articles?|parts|topics|points)\b|条|章|节|部分|标题|要点", re.I
)
QUESTIONS = re.compile(r"\bquestions?\b|问题|提问", re.IGNORECASE)
ALL = re.compile(r"\b(?:all|every|each|everything)\b|所有|全部|各[个次份]|每[个次份]|一共", re.IGNORECASE)
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}
HAN_NUMBERS = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
COUNT = re.compile(
    rf"\b({'|'.join(NUMBERS)}|\d{{1,2}})\b|([{''.join(HAN_NUMBERS)}]|\d{{1,2}})(?=[个種种项項条條点點步大类])",
    re.IGNORECASE,
)
SOME_SHOWN: dict[Language, str] = {
    "en": "{shown} of {all} items are shown; the rest stands at the place cited.",
    "zh": "共 {all} 项，这里列出 {shown} 项；其余见引用处。",
}


@dataclass(frozen=True)
class Near:
    """Lists that may answer, the likeliest first. `least` are the log odds by which the generator has to say so; None where it
    need not be asked. `together` are those of other documents that are called the same as the first one, and told with it."""

    lists: tuple[Listed, ...]
    least: float | None = None
    together: tuple[Listed, ...] = ()


NONE = Near(())


@dataclass(frozen=True)
class ListComposer:
    """Answers questions for a list or for steps."""

    store: Store
    embedder: Embedder
    gate: AnswerabilityGate
    generator: Generator
    enough: float = ENOUGH
    worth_asking: float = WORTH_ASKING

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if search is None or understood.form not in FORMS:
            return None
        near = await run.step("verify", self._nearest, search, run.language, understood)
        listed = near.lists[0] if near.lists else None
        if listed and near.least is not None:
            async with run.generator():
                listed = await self._said_to_answer(run, search, near.lists, near.least)
        if listed is None:
            return None
        lists = [listed, *(near.together if listed is near.lists[0] else ())]
        return await run.step("verify", self._composed, lists, understood.form, run.language, search.decision.confidence)

    async def complete(
        self, run: Run, understood: Understanding, search: Search, quote: Quote, confidence: float
    ) -> Composition | None:
        """The list that a sentence leads in to or is an item of, where a list or steps are asked for: in another language than
        the question too, where no likeness of words tells which list is meant. Where one fact is asked for, the list of which
        the sentence is one case (of a place on Windows, on Linux), if it answers as plainly, or that to which its paragraph
        leads in (`in a folder ... These folders are:`)."""
        is_whole = understood.form in FORMS
        listed = await run.step("verify", self._around, quote, is_whole)
        if listed is None:
            return None
        goes_on = not is_whole and self._goes_on(listed, quote)
        if not (is_whole or goes_on or _is_one_case(listed, quote, search.question)):
            return None
        least = 0.0 if is_whole or goes_on else max(0.0, quote.stated or 0.0)
        if await self._said_to_answer(run, search, [listed], least) is None:
            return None
        before = quote if goes_on else None
        return await run.step("verify", self._composed, [listed], understood.form, run.language, confidence, before)

    def _around(self, quote: Quote, is_whole: bool) -> Listed | None:
        place = quote.passage.start + quote.start
        for one in listed_near(self.store, [quote.passage]):
            start = one.lead[0] if one.lead else one.found.start
            is_right_before = 0 < start - (quote.passage.start + quote.end) <= RIGHT_BEFORE
            is_near = is_right_before or start <= place < one.found.end or (not is_whole and self._goes_on(one, quote))
            if is_near and not one.is_faq and not one.is_of_clauses and not (one.is_table and is_whole):
                return one
        return None

    def _goes_on(self, listed: Listed, quote: Quote) -> bool:
        """Whether the paragraph of a sentence ends by leading in to a short list."""
        end = quote.passage.start + quote.end
        if listed.lead is None or not listed.lead_text.rstrip().endswith((":", "：")) or len(listed.heads) > MOST_CASES:
            return False
        if not 0 <= listed.lead[1] - end <= LONG or OF_STEPS.search(listed.lead_text):
            return False
        return "\n\n" not in self.store.excerpt(quote.passage.document.id, end, listed.lead[1])

    def _nearest(self, search: Search, language: Language, understood: Understanding) -> Near:
        lists = [
            one
            for one in listed_near(self.store, search.passages)
            if one.language == language
            and not (one.is_faq and not QUESTIONS.search(search.question))
            and not (understood.form == "procedure" and (one.is_table or one.is_labelled))
            and not (understood.form == "list" and one.is_of_clauses and not SECTIONS.search(search.question))
        ]
        if not lists:
            return NONE
        near = nearness(self.store, self.embedder, search.question, lists)
        wanted = counts_in(search.question)
        scores = [
            self._score(of, strength(one, of, wanted, search.decision.confidence, understood.form))
            for one, of in zip(lists, near, strict=True)
        ]
        first, *others = sorted(range(len(lists)), key=lambda place: -scores[place])
        if scores[first] < self.worth_asking:
            asked = [first, *others][:ASKED] if scores[first] >= FARTHEST else []
            return Near(tuple(lists[place] for place in asked if scores[place]), SURELY)
        best = lists[first]
        denied = denies(search.question)
        if denied and not denies(
            "\n".join([best.lead_text, *best.headings[-1:], *best.heads])
        ):  # how to do what is not to be done
            return NONE
        apart = TOGETHER if ALL.search(search.question) else APART
        alike = [place for place in others if scores[first] - scores[place] < apart and is_alike(lists[place], best)]
        together = alike if len(understood.documents) != 1 else []
        # Between two that are about as near, and of what is not to be done, likeness tells too little.
        beside = [
            lists[place] for place in others[: ASKED - 1] if scores[first] - scores[place] < APART and place not in together
        ]
        lacks = min(near[first].held, near[first].telling) < MOSTLY_HELD
        doubtful = denied or beside or lacks or scores[first] < self.enough
        return Near((best, *beside), 0.0 if doubtful else None, tuple(lists[place] for place in together))

    def _score(self, near: Nearness, strength: float) -> float:
        """What counts of a list's strength: of one that holds too little of the question it is enough to be asked about."""
        if min(near.held, near.telling) >= LEAST_HELD:
            return strength
        return min(FARTHEST, self.worth_asking - APART) if strength >= self.enough else 0.0

    async def _said_to_answer(self, run: Run, search: Search, lists: Sequence[Listed], least: float) -> Listed | None:
        """The list that the generator says answers, with log odds above `least`. Whoever asks holds a slot of it."""
        if not self.gate.asks:
            return None
        odds: list[float] = []
        for one in lists:
            text = "\n".join(filter(None, [one.told_before, one.lead_text, *(f"- {head}" for head in one.heads[:8])]))
            title = " > ".join([one.document.title, *one.headings[-1:]])
            stated = await answers(run, self.generator, search.question, text, title)
            odds.append(least if stated is None else stated)
        best = max(range(len(lists)), key=lambda place: odds[place])
        return lists[best] if odds[best] > least else None

    def _composed(
        self, lists: Sequence[Listed], form: Form, language: Language, confidence: float, before: Quote | None = None
    ) -> Composition | None:
        """A list, behind a sentence `before` it; of several each below the name of its document."""
        said, shown = Verbatim(self.store), 0
        if before and lists[0].lead and before.passage.start + before.end < lists[0].lead[1]:
            said.say(before.passage, before.start, before.end)
        for one in lists:
            if len(lists) > 1:
                said.name(name_of(one.document))
            shown += self._say_list(said, one, form, SHOWN - shown, len(lists) == 1)
        if shown < FEWEST:
            return None
        total = sum(len(one.found.items) for one in lists)
        missing = SOME_SHOWN[language].format(shown=shown, all=total) if shown < total else None
        return Composition(
            tuple(said.said), tuple(said.shown), "partial" if missing else "answered", round(max(confidence, 0.5), 3), missing
        )

    def _say_list(self, said: Verbatim, listed: Listed, form: Form, most: int, led: bool) -> int:
        """Say what leads in to a list and its first items; how many items that were."""
        start = listed.lead[0] if listed.lead else listed.found.start
        chunks = stretch(self.store, listed.document.id, start, listed.found.end)
        if led and (lead := listed.lead) and (passage := spanning(self.store, chunks, *lead)):
            said.say(passage, 0, len(passage.text))
        elif led and (heading := listed.section.heading):
            above = stretch(self.store, listed.document.id, heading.start, heading.end)
            if passage := spanning(self.store, above, heading.start, heading.end):
                said.say(passage, 0, len(passage.text), "heading")
        steps = listed.found.ordered or form == "procedure"
        return sum(self._say_item(said, chunks, item, steps) for item in listed.found.items[:most])

    def _say_item(self, said: Verbatim, chunks: Sequence[Passage], item: Item, steps: bool) -> bool:
        passage = spanning(self.store, chunks, item.start, item.end)
        if passage is None:
            return False
        start, end = beginning(passage.text)
        text = re.sub(r"(?<![:：.。!?！？;；,，])\n\s*\n", ": ", passage.text[start:end].strip())
        said.say(passage, start, end, "step" if steps and not item.level else "item", text)
        return True


def _is_one_case(listed: Listed, quote: Quote, question: str) -> bool:
    """Whether a sentence is an item of a short list that its lead-in is told with (`You find it in:`), and no word of the
    question tells that item from the others."""
    place = quote.passage.start + quote.start
    within = [number for number, item in enumerate(listed.found.items) if item.start <= place < item.end]
    lead = listed.lead_text.rstrip()
    if len(within) != 1 or len(listed.heads) > MOST_CASES or not lead.endswith((":", "：")) or OF_STEPS.search(lead):
        return False
    asked = set(query_words(question))
    held = [asked & set(words(head)) for head in listed.heads]
    return quote.passage.language == detect_language(question) and all(one == held[0] for one in held)


def is_alike(one: Listed, other: Listed) -> bool:
    """Whether lists of two documents are called the same: the action items of two meetings."""
    return bool(one.key) and one.key == other.key and one.document.id != other.document.id


def beginning(text: str) -> tuple[int, int]:
    """The span of an item that is said: without its sign; of a long one the first sentences."""
    start = without_sign(text, 0, len(text))
    if len(text) - start <= LONG:
        return trim(text, start, len(text)) or (0, len(text))
    if not (spans := sentences(text[start:])):
        return start, len(text)
    fitting = sum(last <= LONG for _, last in spans)
    return start, start + led_to(text[start:], spans, max(0, fitting - 1))


def counts_in(question: str) -> set[int]:
    """How many of something the question asks for, as far as it says so: "the seven layers"."""
    found = set()
    for western, chinese in COUNT.findall(question):
        word = (western or chinese).lower()
        found.add(int(word) if word.isdecimal() else NUMBERS.get(word) or HAN_NUMBERS.get(word, 0))
    return found


def strength(listed: Listed, near: Nearness, wanted: set[int], confidence: float, form: Form) -> float:
    """How much speaks for a list to be the answer."""
    steps = form == "procedure" and listed.found.ordered
    counted = sum(not item.level for item in listed.found.items) in wanted
    return (
        ABOVE * near.above + INSIDE * near.inside + NAMED * near.named + HELD * near.held + HEADING * near.heading
        + COUNTED * counted + GATE * confidence + STEPS * steps
    )  # fmt: skip
