"""What the generator is asked before it drafts: which sentence answers, and which passage states the answer.

Where one sentence plainly answers, and its passage is not said to lack the answer, the generator drafts from that alone; where
surely none does, it is not asked for more (docs/decisions/0050-chosen-before-drafting.md). In between the passages decide
(docs/decisions/0057-passages-decide.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from service.composing.base import Run, Search
from service.composing.choosing import Chooser, answers
from service.events import Judged
from service.generation import Generator, Message, prefers, prompting
from service.grounding.candidates import RATHER, AgreementCheck, answer_candidates, states
from service.grounding.drafting import Draft
from service.grounding.judging import Outlook, SentenceJudge
from service.grounding.passage_judging import NEAR, PassageJudge, StatesAnswer
from service.grounding.polarity import asks_whether
from service.grounding.quotable import Quote
from service.grounding.rows import is_titled_otherwise
from service.grounding.selection import is_of_what_is_asked
from service.reading.gate import AnswerabilityGate
from service.reading.probability import log_odds
from service.reading.reranking import Pair
from youju.embedding.base import Embedder
from youju.records import Form, Passage
from youju.text.language import detect_language
from youju.text.rows import named_rows

LOOKED_THROUGH = 6  # passages in the question's language whose sentences may be chosen, and as many in the other
SURELY_NONE = 0.95  # chance that none of the sentences answers, from which on nothing is drafted
OF_SEVERAL: frozenset[Form] = frozenset({"list", "procedure", "reason", "comparison"})
LEAST_CHANCE = 1e-3
LACKS = -1.0  # log odds that a passage states the answer, below which a sentence of it that plainly answers is doubted


@dataclass(frozen=True)
class Vetting:
    """Asks the generator what it is asked beside the draft. `chooser` is None where it was not measured at choosing."""

    gate: AnswerabilityGate
    generator: Generator
    embedder: Embedder
    chooser: Chooser | None = None

    def judge(self, run: Run, search: Search, shown: Sequence[Passage]) -> SentenceJudge:
        """What judges the sentences of the passages that are shown, and of the others that were found, in either language."""
        asked, known = detect_language(search.question), {passage.key for passage in shown}
        read = search.decision.all_read
        sides = [[passage for passage, _ in read if (passage.language == asked) is own] for own in (True, False)]
        found = [passage for side in sides for passage in side[:LOOKED_THROUGH]] if self.gate.asks else []
        others = [passage for passage in found if passage.key not in known]
        asks = partial(answers, run, self.generator, search.question) if self.gate.asks else None
        across = search.decision.by_translation
        mainly = next((passage.language for passage in search.decision.passages), asked)
        picks = partial(self.chooser.among, run, search.question) if self.chooser and self.gate.chooses else None
        return SentenceJudge(
            search.question, [*shown, *others], read, self.embedder, run.step, asks, across, picks, mainly, search.translation
        )

    async def prompt(self, run: Run, search: Search, draft: Draft, full: bool, form: Form = "fact") -> Sequence[Message] | None:
        """The prompt of a draft, of which what is shown and what is known are set. None where no draft could be enough: what is
        told in its place, if anything, is then known to it (`Draft.together`)."""
        states = self._states(run, search)
        outlook = await draft.judge.outlook() if draft.judge and self.gate.chooses else None
        is_plain = outlook is not None and outlook.is_plain and not await _lacks(outlook, states)
        if outlook is not None and is_plain:
            draft.shown = _told(outlook, search.decision.all_read)
            draft.answered_by = outlook.best
        messages = prompting.messages(search.question, draft.shown, run.language, full)
        if not self.gate.asks:
            return messages
        # Of yes or no, and of what takes several sentences, the choice tells less: it was trained on one that states an answer.
        tells_less = asks_whether(search.question) or form in OF_SEVERAL
        is_none = outlook is not None and outlook.none >= SURELY_NONE and not tells_less
        if outlook is not None and not (is_plain or is_none):
            await self._tell_of_passages(run, search, draft, outlook, states, form in OF_SEVERAL)
            return None
        stated = _odds(outlook) if outlook else None
        if stated is None:
            stated = await self._is_stated(run, messages)
        if stated is None:  # this generator cannot tell
            return messages if self.gate.suffices(search.decision) else None
        names_row = any(named_rows(search.question, [passage.text for passage in draft.shown]))
        decision = self.gate.once_asked(search.decision, run.language, stated, names_row)
        run.trace(Judged(search.question, decision, self.gate.needed(decision.across, was_asked=True)))
        found = max(answer_candidates(draft.shown, decision.all_read), key=lambda one: one.score, default=None)
        draft.agreement = AgreementCheck.of(self.gate, decision, found)
        if decision.is_open and not is_none:
            return messages
        return None

    async def _tell_of_passages(
        self, run: Run, search: Search, draft: Draft, outlook: Outlook, states: StatesAnswer, of_several: bool
    ) -> None:
        """Let a draft know what is told where no sentence plainly answers: sentences of the passage that most likely does."""
        assert self.chooser is not None
        everywhere = [passage for passage, _ in search.decision.all_read]
        first = [outlook.best.passage] if outlook.best else []
        found = {passage.key: passage for passage in (*first, *outlook.passages, *everywhere)}
        candidates = [one for one in found.values() if not is_titled_otherwise(one, search.question, everywhere)]

        def fits(quote: Quote) -> bool:
            is_theirs = search.translation is not None and quote.passage.language == detect_language(search.translation)
            asked = search.translation if is_theirs and search.translation else search.question
            return of_several or is_of_what_is_asked(quote, asked, candidates)  # a comparison names one row and means two

        def is_named(quote: Quote) -> bool:
            (spans,) = named_rows(search.question, [quote.passage.text])
            return any(start <= quote.start < end for start, end in spans)

        judge = PassageJudge(
            partial(self.chooser.among, run, search.question), states, prompting.passage_text, fits, is_named, of_several
        )
        needed = self.gate.needed(search.decision.across, was_asked=True)
        chosen = await judge.chosen(candidates, log_odds(max(needed, RATHER)))
        if chosen is None:
            return
        is_open = chosen.confidence >= max(needed, RATHER)
        decision = replace(search.decision, confidence=chosen.confidence, is_open=is_open, was_asked=True)
        run.trace(Judged(search.question, decision, needed))
        draft.agreement = AgreementCheck.of(self.gate, decision, None)
        if draft.agreement.vouches:
            draft.together = await judge.told(chosen)
        elif chosen.odds >= NEAR:
            draft.nearest = await judge.told(chosen)

    def _states(self, run: Run, search: Search) -> StatesAnswer:
        """Asks whether a passage alone states the answer, once of each. Whoever asks holds a slot of the generator."""
        told: dict[tuple[int, int, int], float | None] = {}

        async def states(passage: Passage) -> float | None:
            place = (passage.key, passage.start, passage.end)
            if place in told:
                return told[place]
            told[place] = await self._is_stated(run, prompting.messages(search.question, [passage], run.language))
            return told[place]

        return states

    async def _is_stated(self, run: Run, chat: Sequence[Message]) -> float | None:
        """Log odds by which the generator says that the passages of a chat state the answer to its question."""
        with run.clock.stage("gate"):
            asked = prompting.whether_stated(chat, run.language)
            return await run.deadline.keep(prefers(self.generator, asked, *prompting.YES_NO[run.language]))


async def _lacks(outlook: Outlook, states: StatesAnswer) -> bool:
    """Whether the passage of the sentence that plainly answers is said to lack the answer: a neighbour's sentence is."""
    stated = await states(outlook.best.passage) if outlook.best else None
    return stated is not None and stated < LACKS


def is_backed(outlook: Outlook, read: Sequence[Pair]) -> bool:
    """Whether the sentence that most likely answers, rather so than not, states what the reader found best in all passages:
    two that read apart from each other, against a draft that words what stands elsewhere."""
    best = outlook.best
    if best is None or (best.stated or 0.0) < 0:
        return False
    passages = [pair[0] for pair in read]
    found = max(answer_candidates(passages, read), key=lambda one: one.score, default=None)
    is_there = found is not None and found.score > 0 and found.passage.key == best.passage.key
    return found is not None and is_there and states(best.in_context, found)


def _told(outlook: Outlook, read: Sequence[Pair]) -> list[Passage]:
    """What the generator gets to see where a sentence plainly answers: its passage alone if it is backed by the reader, else
    those of the likeliest sentences."""
    return [outlook.best.passage] if outlook.best and is_backed(outlook, read) else list(outlook.passages)


def _odds(outlook: Outlook) -> float | None:
    """Log odds that the passages state the answer, from what was said of their sentences: that one plainly answers, or none."""
    if outlook.is_plain and outlook.best is not None:
        return outlook.best.stated
    return math.log(max(LEAST_CHANCE, 1 - outlook.none) / outlook.none)
