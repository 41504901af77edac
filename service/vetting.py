"""What the generator is asked before it drafts: which passage answers and which of its sentences say so; more passages only
where none of the first is taken to answer (docs/decisions/0058-passages-first.md). A single sentence is drafted from, several
are told word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from service.composing.base import Run, Search
from service.composing.choosing import Chooser, answers
from service.events import Judged
from service.generation import Generator, Message, prefers, prompting
from service.grounding.candidates import RATHER, AgreementCheck, answer_candidates
from service.grounding.drafting import Draft
from service.grounding.judging import SentenceJudge
from service.grounding.passage_judging import NEAR, OFFERED, Chosen, PassageJudge, StatesAnswer, Told
from service.grounding.polarity import asks_whether
from service.grounding.quotable import Quote
from service.grounding.rows import is_titled_otherwise
from service.grounding.selection import is_of_what_is_asked
from service.reading.gate import AnswerabilityGate
from youju.embedding.base import Embedder
from youju.records import Form, Passage
from youju.text.language import detect_language
from youju.text.rows import named_rows

LOOKED_THROUGH = 6  # passages in the question's language whose sentences may be chosen, and as many in the other
SURELY_NONE = 0.95  # chance that none of the sentences answers, from which on nothing more is asked
OF_SEVERAL: frozenset[Form] = frozenset({"list", "procedure", "reason", "comparison"})


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
        told in its place, if anything, is then known to it (`Draft.together`, `Draft.nearest`)."""
        if self.chooser is not None and self.gate.chooses and await self._choose(run, search, draft, form in OF_SEVERAL):
            if draft.answered_by is None:
                return None
            return prompting.messages(search.question, draft.shown, run.language, full)
        messages = prompting.messages(search.question, draft.shown, run.language, full)
        if not self.gate.asks:
            return messages
        stated = await self._is_stated(run, messages)
        if stated is None:  # this generator cannot tell
            return messages if self.gate.suffices(search.decision) else None
        names_row = any(named_rows(search.question, [passage.text for passage in draft.shown]))
        decision = self.gate.once_asked(search.decision, run.language, stated, names_row)
        run.trace(Judged(search.question, decision, self.gate.needed(decision.across, was_asked=True)))
        found = max(answer_candidates(draft.shown, decision.all_read), key=lambda one: one.score, default=None)
        draft.agreement = AgreementCheck.of(self.gate, decision, found)
        return messages if decision.is_open else None

    async def _choose(self, run: Run, search: Search, draft: Draft, of_several: bool) -> bool:
        """Let a draft know what answers: sentences of the passage that most likely does, of which a single one is drafted from.
        False where the generator cannot tell."""
        everywhere = [passage for passage, _ in search.decision.all_read]
        candidates = [one for one in everywhere if not is_titled_otherwise(one, search.question, everywhere)]
        judge = self._passage_judge(run, search, candidates, of_several)
        chosen = await judge.chosen(candidates)
        if chosen is None:
            return False
        told = await self._told(run, search, draft, judge, chosen)
        if not told.answers:
            other = await self._elsewhere(draft, judge, candidates, chosen, of_several or asks_whether(search.question))
            there = await self._told(run, search, draft, judge, other) if other else Told()
            if other and (there.answers or (not told.quotes and other.odds > chosen.odds)):
                chosen, told = other, there
        if not told.answers:
            if not self._vouches(run, search, draft, chosen) and chosen.odds >= NEAR:
                told = await judge.told(chosen)
            draft.nearest = told.quotes
            return True
        draft.together = told.quotes
        if told.alone is not None and not asks_whether(search.question):
            draft.shown, draft.answered_by = [chosen.passage], told.alone
        return True

    async def _told(self, run: Run, search: Search, draft: Draft, judge: PassageJudge, chosen: Chosen) -> Told:
        """What a passage tells, if what was said of it is enough."""
        return await judge.told(chosen) if self._vouches(run, search, draft, chosen) else Told()

    async def _elsewhere(
        self, draft: Draft, judge: PassageJudge, candidates: Sequence[Passage], chosen: Chosen, tells_less: bool
    ) -> Chosen | None:
        """What may answer of the passages behind those that were offered first, found by their sentences.

        Args:
            chosen: the likeliest of those; the others have to be likelier than it.
            tells_less: of yes or no, and of what takes several sentences, the choice among sentences rules nothing out: it was
                trained on one that states an answer.
        """
        outlook = await draft.judge.outlook() if draft.judge else None
        if outlook is None or (outlook.none >= SURELY_NONE and not tells_less):
            return None
        picked = outlook.passages[0]
        found = {passage.key: passage for passage in (picked, chosen.passage, *outlook.passages, *candidates[OFFERED:])}
        known, offered = (
            {one.key for one in candidates},
            {one.key for one in candidates[:OFFERED]} - {picked.key, chosen.passage.key},
        )
        return await judge.chosen([one for key, one in found.items() if key in known - offered], and_first=True)

    def _vouches(self, run: Run, search: Search, draft: Draft, chosen: Chosen) -> bool:
        """Whether what was said of a passage is enough to answer from it; the draft knows it then."""
        needed = self.gate.needed(search.decision.across, was_asked=True)
        is_open = chosen.confidence >= max(needed, RATHER)
        decision = replace(search.decision, confidence=chosen.confidence, is_open=is_open, was_asked=True)
        run.trace(Judged(search.question, decision, needed))
        found = max(answer_candidates([chosen.passage], decision.all_read), key=lambda one: one.score, default=None)
        draft.agreement = AgreementCheck.of(self.gate, decision, found)
        return draft.agreement.vouches

    def _passage_judge(self, run: Run, search: Search, candidates: Sequence[Passage], of_several: bool) -> PassageJudge:
        assert self.chooser is not None

        def fits(quote: Quote) -> bool:
            is_theirs = search.translation is not None and quote.passage.language == detect_language(search.translation)
            asked = search.translation if is_theirs and search.translation else search.question
            return of_several or is_of_what_is_asked(quote, asked, candidates)  # a comparison names one row and means two

        def is_named(quote: Quote) -> bool:
            (spans,) = named_rows(search.question, [quote.passage.text])
            return any(start <= quote.start < end for start, end in spans)

        picks = partial(self.chooser.among, run, search.question)
        return PassageJudge(picks, self._states(run, search), prompting.passage_text, fits, is_named, of_several)

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
