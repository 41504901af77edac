"""The whole way from a question to a verified answer, in one readable function: `Answerer.stream`.

Query rewriting, retrieval, the gate (answerability), translation, generation, verification. Knows nothing of HTTP.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import partial

from service import named_documents
from service.admission import AdmissionQueue
from service.composing.base import Completer, Composer, Composition, Run, Search
from service.composing.cases import whole_alternatives
from service.composing.choosing import Chooser
from service.events import Ask, Event, Finished, Judged, PassagesFound, Prompted, SentenceReady, Trace, final_answer, untraced
from service.generation import Counted, Generator, Sampling, prompting
from service.generation.profile import USUAL
from service.generation.profiled import Profiled
from service.grounding import changes, conflicts
from service.grounding.alternatives import told_each
from service.grounding.candidates import AgreementCheck, answer_candidates
from service.grounding.citations import Supported
from service.grounding.drafting import Draft
from service.grounding.passage_judging import in_order
from service.grounding.polarity import asks_whether
from service.grounding.quotable import Quote
from service.grounding.quoting import instead, quotation
from service.grounding.verifier import Verifier
from service.grounding.whether import said_by_both, yes_or_no
from service.query import follow_ups, rewriting
from service.query.checking import check_question
from service.query.titles import TitleIndex
from service.query.translation import translated
from service.query.understanding import STANDS_ALONE, Understander, Understanding
from service.reading.evidence import most_passages, select_evidence, telling
from service.reading.gate import AnswerabilityGate, GateDecision
from service.replying import Reply, answer_of, drafted, passage_out, ready, shifted, told_as
from service.retrieval.retriever import Retriever
from service.timing import Clock, Deadline
from service.vetting import Vetting
from youju.embedding.base import Embedder
from youju.records import Answer, Language, ModelNames, Passage, Scope
from youju.settings import Settings
from youju.text.language import detect_language


class Answerer:
    """Answers questions from one index with one generator."""

    def __init__(
        self, settings: Settings, retriever: Retriever, gate: AnswerabilityGate, generator: Generator, embedder: Embedder,
        admission: AdmissionQueue | None = None, composers: Sequence[Composer] = (), profiled: Profiled | None = None,
        titles: TitleIndex | None = None, completer: Completer | None = None, chooser: Chooser | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            profiled: what the generator may be asked for; the usual if it is not given.
            titles: those of the store of `retriever`, where others use them too.
            chooser: asks the generator which of several sentences answers, where it was measured at that.
            completer: says the whole of which a quotation is a part, where only that answers.
            composers: asked in this order, each before and after the search; the generator drafts where none answers.
        """
        self._settings = settings
        self._retriever = retriever
        self._gate = gate
        self._generator = generator
        self._verifier = Verifier(embedder)
        self._embedder = embedder
        self._models = ModelNames(generator=generator.name, embedder=embedder.name)
        self._admission = admission or AdmissionQueue(settings.generator_slots, settings.queue)
        self._composers, self._completer = composers, completer
        self._vetting = Vetting(gate, generator, embedder, chooser)
        self._titles = titles or TitleIndex(retriever.store)
        self._understander = Understander(self._titles, embedder)
        self._profiled = profiled or Profiled(settings, generator, is_fitted=False)

    async def answer(self, ask: Ask) -> Answer:
        """The finished answer, without what comes before it. Raises what `stream` raises."""
        return await final_answer(self.stream(ask))

    async def stream(self, ask: Ask, trace: Trace = untraced) -> AsyncGenerator[Event]:
        """Answer step by step: the passages, each sentence once it is verified, then the whole answer.

        Args:
            trace: told of each step as it is taken: what the gate saw and decided, and the prompt that is sent.

        Raises:
            Busy, ShuttingDown: at once, before anything is done: see `AdmissionQueue.enter`.
            InvalidQuestion: empty or too long.
            EmptyIndex, UnknownCollection, EmbedderMismatch: see `Retriever.retrieve`.
            GeneratorUnavailable: see `Generator.stream`.
            DeadlineExceeded: `deadline_ms` went by, or the longest time that is set.
        """
        with self._admission.enter(ask.asker) as ticket:
            clock, deadline = Clock(), Deadline(ask.deadline_ms, self._settings.answer_seconds)
            asked, ask = follow_ups.meant(ask)
            question = check_question(asked, self._settings.max_question_chars)
            language = ask.language or detect_language(question)
            run = Run(ask, language, ticket, clock, deadline, Counted(self._generator), trace)

            understood = await self._understand(run, question)
            replies: list[Reply] = []
            said: set[str] = set()  # to the parts before
            for part in await self._parts(run, understood):
                before = sum(len(reply.made.shown) for reply in replies)
                async with contextlib.aclosing(self._reply(run, part)) as events:
                    async for event in events:
                        match event:
                            case Reply():
                                replies.append(event)
                                said |= {told_as(one) for one in event.made.said}
                            case SentenceReady(sentence, citations):
                                if told_as(one := Supported(sentence, citations)) not in said:
                                    yield ready(shifted(one, before))
                            case _:
                                yield event
            yield Finished(answer_of(run, replies[0].understood if len(replies) == 1 else understood, replies, self._models))

    async def _reply(self, run: Run, understood: Understanding) -> AsyncGenerator[Event | Reply]:
        """Answer one question step by step; what comes last is the reply."""
        if composition := await self._compose(run, understood, None):
            yield _passages_found(composition.shown)
            for one in composition.said:
                yield ready(one)
            yield Reply(understood, None, composition)
            return
        question = understood.question
        for scope in self._scopes(run, understood):
            passages = await self._retrieve(run, (question, understood.whole), scope)
            first = passages[: self._top_k(run.ask)]
            yield _passages_found(first)  # before they are read: nobody waits for more
            decision = await self._judge(run, question, passages)
            if self._gate.suffices(decision):
                break
        search = (await self._search_across(run, Search(question, decision.ranked, decision), scope)).in_force()
        if list(search.passages) != first:
            yield _passages_found(search.passages)
        if composition := await self._compose(run, understood, search):
            if composition.shown:
                yield _passages_found(composition.shown)
            for one in composition.said:
                yield ready(one)
            yield Reply(understood, search, composition)
            return
        draft = self._draft(run, search)
        whole: Composition | None = None
        async with contextlib.aclosing(self._write(run, understood, search, draft)) as events:
            async for event in events:
                if isinstance(event, Composition):
                    whole = event
                else:
                    yield event
        made = whole or drafted(run.language, search, draft)
        if made.verdict == "abstained" and understood.otherwise:
            understood = replace(understood, form=understood.otherwise, otherwise=None)
            if composition := await self._compose(run, understood, None):
                yield _passages_found(composition.shown)  # in place of those that held nothing
                for one in composition.said:
                    yield ready(one)
                yield Reply(understood, None, composition)
                return
        yield Reply(understood, search, made)

    async def _understand(self, run: Run, question: str) -> Understanding:
        """What is asked for; by a follow-up question, what it asks for in full."""
        understood = await run.step("retrieve", self._understander.understand, question, run.ask.scope)
        if understood.form not in STANDS_ALONE:
            standalone = await self._standalone(run, question)
            meant = await self._as_meant(run, standalone)
            if meant != question:
                said = [] if standalone == question else [turn.question for turn in run.ask.history[-1:]]
                understood = await run.step("retrieve", self._understander.understand, meant, run.ask.scope, said)
        run.trace(understood)
        return understood

    async def _parts(self, run: Run, understood: Understanding) -> list[Understanding]:
        """What each part of a question asks for, as if it had been asked alone."""
        if len(understood.parts) < 2:
            return [understood]
        parts = []
        for part in understood.parts:
            alone = await run.step("retrieve", self._understander.understand, part, run.ask.scope)
            parts.append(replace(alone, parts=(part,), whole=understood.question))
            run.trace(parts[-1])
        return parts

    def _scopes(self, run: Run, understood: Understanding) -> list[Scope]:
        """Where to search: in the documents that the question names; if they do not hold enough, in all."""
        everywhere = run.ask.scope
        return [replace(everywhere, document_ids=understood.documents), everywhere] if understood.documents else [everywhere]

    async def _compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        """What the first composer that answers says."""
        for composer in self._composers:
            if (composition := await composer.compose(run, understood, search)) is not None:
                return composition
        return None

    async def _standalone(self, run: Run, question: str) -> str:
        """The question, or what a follow-up question asks."""
        if not (run.ask.history and rewriting.needs_context(question)):
            return question
        async with run.generator() as writer:
            with run.clock.stage("rewrite"):
                return await run.deadline.keep(rewriting.standalone(question, run.ask.history, writer))

    async def _as_meant(self, run: Run, question: str) -> str:
        """The question without what is mistyped in it: what is read, judged and said goes by that."""
        return await run.step("retrieve", self._retriever.as_meant, question, run.ask.scope)

    async def _retrieve(self, run: Run, asked: Sequence[str], scope: Scope) -> list[Passage]:
        wanted = max(self._gate.candidates(self._top_k(run.ask)), most_passages(self._profiled.budget().evidence))
        return await run.step("retrieve", named_documents.retrieve, self._retriever, self._titles, asked, wanted, scope)

    def _top_k(self, ask: Ask) -> int:
        return ask.top_k or self._settings.top_k

    async def _judge(self, run: Run, question: str, passages: Sequence[Passage]) -> GateDecision:
        decision = await run.step("gate", self._gate.decide, question, passages, self._top_k(run.ask))
        run.trace(Judged(question, decision, self._gate.needed(decision.across)))
        return decision

    async def _search_across(self, run: Run, asked: Search, scope: Scope) -> Search:
        """The same search, or both it and that of the question in the language of the documents, where that may decide."""
        if not self._gate.is_unsure_of_language(asked.decision):
            return asked
        async with run.generator() as writer:
            with run.clock.stage("rewrite"):
                translation = await run.deadline.keep(translated(asked.question, writer))
        if translation is None:
            return asked
        judged = await self._judge(run, translation, await self._retrieve(run, (translation,), scope))
        decision = self._gate.both(asked.decision, judged)
        run.trace(Judged(asked.question, decision, self._gate.needed(decision.across)))
        return Search(asked.question, decision.ranked, decision, translation)

    def _draft(self, run: Run, search: Search) -> Draft:
        """A draft that is still empty, with the passages that the generator gets to see; none if the gate is closed."""
        decision = search.decision
        # Of a question that was translated the passages were found in the language of the translation.
        asked = detect_language(search.in_their_language)
        budget = self._profiled.budget().evidence
        read = telling(decision.all_read if budget > USUAL.evidence else decision.read, decision)
        shown = select_evidence(search.question, read, self._gate.reader.name, asked, budget) if decision.is_open else []
        found = max(answer_candidates(shown, decision.all_read), key=lambda one: one.score, default=None)
        draft = Draft(self._verifier, search.question, shown, run.clock, AgreementCheck.of(self._gate, decision, found))
        draft.cases = partial(whole_alternatives, self._retriever.store, search.in_their_language)
        if asks_whether(search.question):
            draft.settle = partial(self._settled, run.language, draft)
        return draft

    async def _write(
        self, run: Run, understood: Understanding, search: Search, draft: Draft
    ) -> AsyncGenerator[Event | Composition]:
        """Draft, step by step; a composition comes last where one stands in for the draft."""
        if not draft.shown:  # the generator is not asked: it would answer anyway
            return
        async with run.generator() as writer:
            budget = self._profiled.budget()
            sampling = run.ask.sampling or Sampling(0)
            sampling = replace(sampling, max_tokens=sampling.max_tokens or budget.answer)
            room, full = self._profiled.context() - sampling.max_tokens, budget.is_full
            fitting = prompting.fitting(search.question, draft.shown, run.language, room, self._generator.count_tokens, full)
            draft.shown = await run.deadline.keep(fitting)
            found = draft.shown
            draft.judge = self._vetting.judge(run, search, draft.shown)
            messages = await self._vetting.prompt(run, search, draft, full, understood.form)
            if messages is None and not draft.together:
                return
            quoted: list[Supported] | Composition = await self._whole(run, understood, search, draft) or []
            if not quoted and messages is None:
                quoted = await self._quoted(run, understood, search, draft)
            elif not quoted and messages is not None:
                run.trace(Prompted(messages))
                async with contextlib.aclosing(writer.stream(messages, sampling)) as pieces:
                    async for event in draft.read(run.deadline.keep_all(pieces), sampling.max_tokens):
                        yield event
                self._profiled.learn()
                in_its_words = any(one.sentence.verbatim for one in draft.kept)  # so that none of these is missing
                first = quotation(draft.kept[0], draft.shown, run.language) if draft.kept and not in_its_words else None
                quoted = [first] if first else [] if draft.kept else await self._quoted(run, understood, search, draft)
        if isinstance(quoted, Composition):
            yield _passages_found(quoted.shown)
            for one in quoted.said:
                yield ready(one)
            yield quoted
            return
        for one in quoted:
            yield draft.add(one)
        told = {passage.key for passage in draft.shown}
        beside = [*draft.shown, *(passage for passage in found if passage.key not in told)]
        shown = [*beside, *(passage for passage, _ in search.older)]
        if draft.kept and (
            conflict := changes.find(search.question, draft.kept[0], beside, run.language)
            or conflicts.find(shown, [*search.decision.all_read, *search.older], run.language)
        ):
            draft.shown = shown[: max(len(draft.shown), *conflict.sentence.markers)]
            yield draft.add(conflict)

    async def _whole(self, run: Run, understood: Understanding, search: Search, draft: Draft) -> Composition | None:
        """The list that a sentence which plainly answers is part of, where one is asked for."""
        if self._completer is None or draft.answered_by is None:
            return None
        return await self._completer.complete(run, understood, search, draft.answered_by, draft.agreement.confidence)

    async def _quoted(self, run: Run, understood: Understanding, search: Search, draft: Draft) -> list[Supported] | Composition:
        """The sentence of the passages that answers, where no drafted one held, behind a yes or no if it plainly says one, or
        the whole that it is a part of; nothing if it is not likely enough."""
        quotes = await draft.quotes(run.language)
        if not quotes:
            return []
        quote = quotes[0]
        if self._completer and (
            whole := await self._completer.complete(run, understood, search, quote, draft.agreement.confidence)
        ):
            return whole
        if len(quotes) < 2 and (rows := await run.step("verify", draft.cases, quote.passage, quote.start, quote.end)):
            return told_each(quote.passage, quote.marker, rows)
        said: Supported | None = None
        if draft.settle and self._gate.asks:
            with run.clock.stage("verify"):
                asked, says_yes = search.question, self._gate.says_yes
                settles = (
                    said_by_both(asked, quotes, run.language, self._generator, says_yes)
                    if draft.together
                    else yes_or_no(asked, quote, run.language, self._generator, says_yes)
                )
                said = await run.deadline.keep(settles)
        return [*([said] if said else []), *(instead(one, run.language) for one in in_order(quotes))]

    async def _settled(self, language: Language, draft: Draft, written: str) -> Quote | None:
        """The sentence that settles a question of yes or no, if that is likely enough: a small generator words its yes from any
        sentence, so that nothing else is said."""
        quote = await draft.likeliest(written)
        settles = quote is not None and draft.agreement.once_quoted(language, quote).vouches
        return quote if settles or not self._gate.asks else None


def _passages_found(passages: Sequence[Passage]) -> PassagesFound:
    return PassagesFound([passage_out(passage) for passage in passages])
