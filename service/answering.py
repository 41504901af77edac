"""The whole way from a question to a verified answer, in one readable function (`Answerer.stream`).

Knows nothing of HTTP.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from service.admission import AdmissionQueue, Ticket
from service.events import Ask, Event, Finished, PassagesFound
from service.generation import Counted, Generator, Sampling, Writer, prompting
from service.grounding import abstention, conflicts
from service.grounding.candidates import AgreementCheck, answer_candidates
from service.grounding.citations import compose, merge_citations
from service.grounding.drafting import Draft
from service.grounding.quoting import instead, quotation
from service.grounding.sanitising import prose
from service.grounding.verifier import Verifier
from service.query import rewriting
from service.query.translation import translated
from service.reading import context
from service.reading.gate import AnswerabilityGate, GateDecision
from service.retrieval.retriever import Retriever
from service.timing import Clock, Deadline, Steps
from youju.embedding.base import Embedder
from youju.errors import InvalidQuestion
from youju.records import Answer, Language, ModelNames, Passage, PassageOut, Usage, Verdict
from youju.settings import Settings
from youju.text.language import detect_language

ABSTENTION: dict[Language, str] = {
    "en": "The documents do not hold an answer to this question.",
    "zh": "文档中没有这个问题的答案。",
}
WITHHELD: dict[Language, str] = {
    "en": "Part of the drafted answer had no support in the passages and was left out.",
    "zh": "草稿中有一部分在段落里找不到依据，已略去。",
}


class Answerer:
    """Answers questions from one index with one generator."""

    def __init__(
        self, settings: Settings, retriever: Retriever, gatekeeper: AnswerabilityGate, generator: Generator, embedder: Embedder,
        turns: AdmissionQueue | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._retriever = retriever
        self._gatekeeper = gatekeeper
        self._generator = generator
        self._verifier = Verifier(embedder)
        self._models = ModelNames(generator=generator.name, embedder=embedder.name)
        self._turns = turns or AdmissionQueue(settings.generator_slots, settings.queue)

    async def answer(self, ask: Ask) -> Answer:
        """The finished answer, without what comes before it. Raises what `stream` raises."""
        async with contextlib.aclosing(self.stream(ask)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream ends with its answer")

    async def stream(self, ask: Ask) -> AsyncGenerator[Event]:
        """Answer step by step: the passages, each sentence once it is verified, then the whole answer.

        Raises:
            Busy, ShuttingDown: at once, before anything is done: see `AdmissionQueue.enter`.
            InvalidQuestion: empty or too long.
            EmptyIndex, UnknownCollection, EmbedderMismatch: see `Retriever.retrieve`.
            GeneratorUnavailable: see `Generator.stream`.
            DeadlineExceeded: `deadline_ms` went by, or the longest time that is set.
        """
        with self._turns.enter(ask.asker) as place:
            async with contextlib.aclosing(self._answered(ask, place)) as events:
                async for event in events:
                    yield event

    async def _answered(self, ask: Ask, place: Ticket) -> AsyncGenerator[Event]:
        clock, deadline = Clock(), Deadline(ask.deadline_ms, self._settings.answer_seconds)
        step, writer = Steps(clock, deadline), Counted(self._generator)
        question = check_question(ask.question, self._settings.max_question_chars)
        language = ask.language or detect_language(question)

        if ask.history and rewriting.needs_context(question):
            async with self._slot(place, clock, deadline):
                with clock.stage("rewrite"):
                    question = await deadline.keep(rewriting.standalone(question, ask.history, writer))
        top_k = ask.top_k or self._settings.top_k
        passages = await step("retrieve", self._retriever.retrieve, question, top_k, ask.scope)
        yield PassagesFound([passage_out(passage) for passage in passages])

        weighed = await step("gate", self._gatekeeper.weigh, question, passages)
        translation = await self._translated(question, weighed, writer, place, clock, deadline)
        if translation:
            found = await step("retrieve", self._retriever.retrieve, translation, top_k, ask.scope)
            translated = await step("gate", self._gatekeeper.weigh, translation, found)
            weighed = self._gatekeeper.both(weighed, translated)
            if weighed.passages is translated.passages:
                passages = found
                yield PassagesFound([passage_out(passage) for passage in passages])
        shown = self._evidence(weighed)
        judge = AgreementCheck(self._gatekeeper, weighed, answer_candidates(shown[:1], weighed.passages, weighed.readings))
        draft = Draft(self._verifier, question, shown, clock, judge)
        if draft.shown:  # else the generator is not asked: it would answer anyway
            async with self._slot(place, clock, deadline):
                sampling = ask.sampling or Sampling(self._settings.max_tokens)
                draft.shown = await deadline.keep(self._fitting(question, draft.shown, language, sampling))
                messages = prompting.messages(question, draft.shown, language)
                async with contextlib.aclosing(writer.stream(messages, sampling)) as pieces:
                    async for event in draft.read(deadline.keep_all(pieces)):
                        yield event
            quoted = quotation(draft.kept[0], language) if draft.kept else None
            if not (draft.kept or draft.refused) and judge.vouches:  # the draft failed, but the answer was found
                quoted = instead(judge.found, language)
            if quoted:
                yield draft.add(quoted)
            if draft.kept and (conflict := conflicts.find(draft.shown, weighed.passages, weighed.readings, language)):
                yield draft.add(conflict)
        yield Finished(self._finish(ask, question, translation, language, passages, judge.confidence, draft, writer, clock))

    async def _translated(
        self, question: str, weighed: GateDecision, writer: Writer, place: Ticket, clock: Clock, deadline: Deadline
    ) -> str | None:
        """The question in the language of the documents, where that may decide whether they answer it."""
        if not self._gatekeeper.is_unsure_of_language(weighed):
            return None
        async with self._slot(place, clock, deadline):
            with clock.stage("rewrite"):
                return await deadline.keep(translated(question, writer))

    def _evidence(self, weighed: GateDecision) -> list[Passage]:
        return (
            context.select_context(weighed.passages, weighed.readings, self._settings.passage_tokens) if weighed.is_open else []
        )

    async def _fitting(
        self, question: str, shown: Sequence[Passage], language: Language, sampling: Sampling
    ) -> Sequence[Passage]:
        room = self._generator.context_tokens - sampling.max_tokens
        return await prompting.fitting(question, shown, language, room, self._generator.count_tokens)

    @contextlib.asynccontextmanager
    async def _slot(self, place: Ticket, clock: Clock, deadline: Deadline) -> AsyncIterator[None]:
        """Hold the generator."""
        with clock.stage("queue"):
            await deadline.keep(place.take())
        try:
            yield
        finally:
            place.give_back()

    def _finish(
        self, ask: Ask, question: str, translation: str | None, language: Language, passages: Sequence[Passage],
        confidence: float, draft: Draft, writer: Counted, clock: Clock,
    ) -> Answer:  # fmt: skip
        kept, sentences = draft.kept, [one.sentence for one in draft.kept]
        verdict: Verdict = "abstained" if not kept else "partial" if draft.withheld else "answered"
        merged = merge_citations([citation for one in kept for citation in one.citations], draft.shown)
        used = {passage.key for passage in draft.shown}
        return Answer(
            answer=compose(sentences, language) if kept else ABSTENTION[language],
            verdict=verdict,
            confidence=round(confidence, 3),
            standalone_question=prose(question) if question != ask.question.strip() else None,
            translated_question=prose(translation) if translation else None,
            language=language,
            citations=merged,
            sentences=sentences,
            passages=[passage_out(passage, passage.key in used) for passage in passages],
            missing=_missing(verdict, question, language, passages),
            model=self._models,
            usage=Usage(
                prompt_tokens=writer.prompt_tokens,
                completion_tokens=writer.completion_tokens,
                passages_dropped=len(passages) - len(used),
            ),
            timings_ms=clock.timings(),
            request_id=ask.request_id,
        )


def check_question(question: str, longest: int) -> str:
    """The question without white space around it.

    Raises:
        InvalidQuestion: it holds no letter or number, or is longer than `longest` characters.
    """
    stripped = question.strip()
    if not any(character.isalnum() for character in stripped):
        raise InvalidQuestion("the question is empty.", "Ask something.")
    if stripped != stripped.encode("utf-8", "replace").decode():
        raise InvalidQuestion("the question is not valid Unicode.", "Send it as UTF-8.")
    if len(stripped) > longest:
        raise InvalidQuestion(
            f"the question has {len(stripped)} characters; at most {longest} are accepted.",
            "Shorten it, or raise YOUJU_MAX_QUESTION_CHARS.",
        )
    return stripped


def passage_out(passage: Passage, used: bool | None = None) -> PassageOut:
    """A passage as callers see it."""
    return PassageOut(
        chunk_id=passage.chunk_id, document_id=passage.document.id, title=prose(passage.document.title),
        uri=passage.document.uri,
        page=passage.page, text=passage.text, start=passage.start, end=passage.end,
        score=round(passage.scores.fused, 4), used=used,
    )  # fmt: skip


def _missing(verdict: Verdict, question: str, language: Language, passages: Sequence[Passage]) -> str | None:
    """What found no evidence: what the passages lack, or that something was left out of the draft."""
    if verdict == "answered":
        return None
    if verdict == "partial":
        return WITHHELD[language]
    return prose(abstention.missing(question, language, passages))
