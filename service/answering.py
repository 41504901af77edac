"""The whole way from a question to a verified answer, in one readable function (`Answerer.stream`).

Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from service import conflicts, evidence, followup, grounding, prompting, refusing
from service.claims import Judge, claims
from service.drafting import Draft
from service.events import Ask, Event, Finished, PassagesFound, Turn
from service.gate import Gatekeeper, Weighed
from service.generation import Generator, Sampling
from service.grounding import Verifier
from service.quoting import instead, quotation
from service.retrieval import Retriever
from service.sanitising import prose
from service.screening import Screen
from service.timing import Clock, Deadline
from youju.embedding import Embedder
from youju.errors import InvalidQuestion
from youju.language import detect_language
from youju.records import Answer, Language, ModelNames, Passage, PassageOut, Usage, Verdict
from youju.settings import Settings

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
        self, settings: Settings, retriever: Retriever, gatekeeper: Gatekeeper, generator: Generator, embedder: Embedder
    ) -> None:
        self._settings = settings
        self._retriever = retriever
        self._gatekeeper = gatekeeper
        self._generator = generator
        self._verifier = Verifier(embedder)
        self._models = ModelNames(generator=generator.name, embedder=embedder.name)
        self._turn = asyncio.Semaphore(1)  # one answer is written at a time: more at once would each be slower

    async def answer(self, ask: Ask) -> Answer:
        """The finished answer, without what comes before it. Raises what `stream` raises."""
        async for event in self.stream(ask):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    async def stream(self, ask: Ask) -> AsyncGenerator[Event]:
        """Answer step by step: the passages, each sentence once it is verified, then the whole answer.

        Raises:
            InvalidQuestion: empty or too long.
            EmptyIndex, UnknownCollection, EmbedderMismatch: see `Retriever.retrieve`.
            GeneratorUnavailable: see `Generator.stream`.
            DeadlineExceeded: `deadline_ms` went by.
        """
        clock, deadline = Clock(), Deadline(ask.deadline_ms)
        question = check_question(ask.question, self._settings.max_question_chars)
        language = ask.language or detect_language(question)

        if ask.history:
            with clock.stage("rewrite"):
                question = await deadline.keep(self._standalone(question, ask.history))
        with clock.stage("retrieve"):
            top_k = ask.top_k or self._settings.top_k
            passages = await deadline.keep(asyncio.to_thread(self._retriever.retrieve, question, top_k, ask.scope))
        yield PassagesFound([passage_out(passage) for passage in passages])

        with clock.stage("gate"):
            screen, weighed = await deadline.keep(asyncio.to_thread(self._weigh, question, passages))
            readable = screen.passages  # from here on: what orders the assistant about is no evidence
        shown = self._evidence(readable, weighed)
        judge = Judge(self._gatekeeper, weighed, claims(shown[:1], readable, weighed.readings))
        draft = Draft(self._verifier, question, shown, clock, judge, screen.exact)
        if draft.shown:  # else the generator is not asked: it would answer anyway
            with clock.stage("queue"):
                await deadline.keep(self._turn.acquire())
            try:
                sampling = ask.sampling or Sampling(self._settings.max_tokens)
                draft.shown = await deadline.keep(self._fitting(question, draft.shown, language, sampling))
                messages = prompting.messages(question, draft.shown, language)
                async with contextlib.aclosing(self._generator.stream(messages, sampling)) as pieces:
                    async for event in draft.read(deadline.keep_all(pieces)):
                        yield event
            finally:
                self._turn.release()
            quoted = quotation(draft.kept[0], language) if draft.kept else None
            if not (draft.kept or draft.refused) and judge.vouches:  # the draft failed, but the answer was found
                quoted = instead(judge.found, language)
            if quoted:
                yield draft.add(quoted)
            if draft.kept and (conflict := conflicts.find(draft.shown, readable, weighed.readings, language)):
                yield draft.add(conflict)
        yield Finished(self._finish(ask, question, language, passages, judge.confidence, draft, clock, screen))

    def _weigh(self, question: str, passages: Sequence[Passage]) -> tuple[Screen, Weighed]:
        screen = Screen(question, passages)
        return screen, self._gatekeeper.weigh(question, screen.passages)

    def _evidence(self, passages: Sequence[Passage], weighed: Weighed) -> list[Passage]:
        return evidence.choose(passages, weighed.readings, self._settings.passage_tokens) if weighed.is_open else []

    async def _fitting(
        self, question: str, shown: Sequence[Passage], language: Language, sampling: Sampling
    ) -> Sequence[Passage]:
        room = self._generator.context_tokens - sampling.max_tokens
        return await prompting.fitting(question, shown, language, room, self._generator.count_tokens)

    async def _standalone(self, question: str, history: Sequence[Turn]) -> str:
        async with self._turn:  # the generator writes it
            return await followup.standalone(question, history, self._generator)

    def _finish(
        self, ask: Ask, question: str, language: Language, passages: Sequence[Passage], confidence: float, draft: Draft,
        clock: Clock, screen: Screen,
    ) -> Answer:  # fmt: skip
        kept, sentences = draft.kept, [one.sentence for one in draft.kept]
        verdict: Verdict = "abstained" if not kept else "partial" if draft.withheld else "answered"
        citations = grounding.merge_citations([citation for one in kept for citation in one.citations], draft.shown)
        used = {passage.key for passage in draft.shown}
        return Answer(
            answer=grounding.compose(sentences, language) if kept else ABSTENTION[language],
            verdict=verdict,
            confidence=round(confidence, 3),
            standalone_question=prose(question) if question != ask.question.strip() else None,
            language=language,
            citations=[screen.exact(citation) for citation in citations],
            sentences=sentences,
            passages=[passage_out(passage, passage.key in used) for passage in passages],
            missing=_missing(verdict, question, language, passages),
            model=self._models,
            usage=Usage(
                prompt_tokens=draft.prompt_tokens,
                completion_tokens=draft.completion_tokens,
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
    return prose(refusing.missing(question, language, passages))
