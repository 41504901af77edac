"""The whole way from a question to a verified answer, in one readable function (`Answerer.stream`).

Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from service import grounding, prompting, refusing
from service.generation import Delta, Generator, Sampling
from service.grounding import Drafted, DraftReader, Supported, Verifier
from service.retrieval import Retriever
from youju.embedding import Embedder
from youju.errors import DeadlineExceeded, InvalidQuestion
from youju.language import detect_language
from youju.records import (
    EVERYTHING,
    Answer,
    Citation,
    Language,
    ModelNames,
    Passage,
    PassageOut,
    Scope,
    Sentence,
    Timings,
    Usage,
    Verdict,
)  # fmt: skip
from youju.settings import Settings

ABSTENTION: dict[Language, str] = {
    "en": "The documents do not hold an answer to this question.",
    "zh": "文档中没有这个问题的答案。",
}
WITHHELD: dict[Language, str] = {
    "en": "Part of the drafted answer had no support in the passages and was left out.",
    "zh": "草稿中有一部分在段落里找不到依据，已略去。",
}


@dataclass(frozen=True)
class Turn:
    """An earlier question with its answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True)
class Ask:
    """A question with all that belongs to it."""

    question: str
    scope: Scope = EVERYTHING
    top_k: int | None = None
    language: Language | None = None
    history: tuple[Turn, ...] = ()
    sampling: Sampling | None = None
    deadline_ms: int | None = None
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class PassagesFound:
    """What was retrieved: the first event, before the generator begins."""

    passages: list[PassageOut]


@dataclass(frozen=True)
class DraftToken:
    """A piece of the unverified draft."""

    text: str


@dataclass(frozen=True)
class SentenceReady:
    """A verified sentence; it is never taken back."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Finished:
    answer: Answer


Event = PassagesFound | DraftToken | SentenceReady | Finished


EARLIER_CHARACTERS = 300  # of the question before that help to find passages
T = TypeVar("T")


class Deadline:
    """The moment by which an answer must be there. Bounds each step of its own, never a pause between events."""

    def __init__(self, milliseconds: int | None) -> None:
        self._milliseconds = milliseconds
        self._moment = None if milliseconds is None else asyncio.get_running_loop().time() + milliseconds / 1000

    async def keep(self, work: Awaitable[T]) -> T:
        """
        Raises:
            DeadlineExceeded: the work was not done in time; it is cancelled.
        """
        try:
            async with asyncio.timeout_at(self._moment):
                return await work
        except TimeoutError:
            raise DeadlineExceeded(
                f"no answer within {self._milliseconds} ms.", "Allow more with `deadline_ms`, or ask with a lower `top_k`."
            ) from None

    async def keep_all(self, items: AsyncIterator[T]) -> AsyncIterator[T]:
        """The same for each item of an iterator."""
        with contextlib.suppress(StopAsyncIteration):
            while True:
                yield await self.keep(anext(items))


class Clock:
    """Milliseconds spent in each stage."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.spent: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter() - began) * 1000)

    def add(self, name: str, milliseconds: float) -> None:
        self.spent[name] = self.spent.get(name, 0.0) + milliseconds

    def timings(self) -> Timings:
        total = (time.perf_counter() - self._began) * 1000
        return Timings(**{name: round(value, 1) for name, value in (self.spent | {"total": total}).items()})


class Answerer:
    """Answers questions from one index with one generator."""

    def __init__(self, settings: Settings, retriever: Retriever, generator: Generator, embedder: Embedder) -> None:
        self._settings = settings
        self._retriever = retriever
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

        with clock.stage("retrieve"):
            passages = await deadline.keep(asyncio.to_thread(self._retrieve, question, ask))
        yield PassagesFound([passage_out(passage) for passage in passages])

        with clock.stage("queue"):
            await deadline.keep(self._turn.acquire())
        try:
            sampling = ask.sampling or Sampling(self._settings.max_tokens)
            prompt = await deadline.keep(self._prompt(question, passages, language, sampling))
            draft = _Draft(self._verifier, question, prompt.shown, clock)
            if prompt.shown:  # else there is nothing to answer from
                async with contextlib.aclosing(self._generator.stream(prompt.messages, sampling)) as pieces:
                    async for event in draft.read(deadline.keep_all(pieces)):
                        yield event
        finally:
            self._turn.release()
        yield Finished(self._finish(ask, question, language, passages, prompt, draft, clock))

    async def _prompt(
        self, question: str, passages: Sequence[Passage], language: Language, sampling: Sampling
    ) -> prompting.Prompt:
        room = self._generator.context_tokens - sampling.max_tokens
        budget = self._settings.passage_tokens
        return await prompting.build(question, passages, language, budget, room, self._generator.count_tokens)

    def _retrieve(self, question: str, ask: Ask) -> list[Passage]:
        # The question before may name what this one only points at. The present one stands first: embedders read so far only.
        searched = f"{question} {ask.history[-1].question[:EARLIER_CHARACTERS]}" if ask.history else question
        return self._retriever.retrieve(searched, ask.top_k or self._settings.top_k, ask.scope)

    def _finish(
        self, ask: Ask, question: str, language: Language, passages: Sequence[Passage], prompt: prompting.Prompt,
        draft: _Draft, clock: Clock,
    ) -> Answer:  # fmt: skip
        kept, sentences = draft.kept, [one.sentence for one in draft.kept]
        verdict: Verdict = "abstained" if not kept else "partial" if draft.withheld else "answered"
        citations = grounding.merge_citations([citation for one in kept for citation in one.citations], prompt.shown)
        used = {passage.key for passage in prompt.shown}
        return Answer(
            answer=grounding.compose(sentences, language) if kept else ABSTENTION[language],
            verdict=verdict,
            language=language,
            citations=citations,
            sentences=sentences,
            passages=[passage_out(passage, passage.key in used) for passage in passages],
            missing=_missing(verdict, question, language, passages),
            model=self._models,
            usage=Usage(
                prompt_tokens=draft.prompt_tokens, completion_tokens=draft.completion_tokens, passages_dropped=prompt.dropped
            ),
            timings_ms=clock.timings(),
            request_id=ask.request_id,
        )


class _Draft:
    """Reads the generator's draft and keeps the sentences that the passages support."""

    def __init__(self, verifier: Verifier, question: str, shown: Sequence[Passage], clock: Clock) -> None:
        self.kept: list[Supported] = []
        self.withheld = 0
        self.prompt_tokens = self.completion_tokens = 0
        self._verifier, self._question, self._shown, self._clock = verifier, question, shown, clock

    async def read(self, pieces: AsyncIterator[Delta]) -> AsyncIterator[Event]:
        """Yield the draft's tokens and the sentences that hold. A refusal of the model ends the draft."""
        reader, began, refused = DraftReader(), time.perf_counter(), False
        async for piece in pieces:
            if piece.text and "first_token" not in self._clock.spent:
                self._clock.add("first_token", (time.perf_counter() - began) * 1000)
            self.prompt_tokens = piece.prompt_tokens or self.prompt_tokens
            self.completion_tokens = piece.completion_tokens or self.completion_tokens
            if piece.text:
                yield DraftToken(piece.text)
            for sentence in reader.feed(piece.text):
                refused = refused or grounding.is_refusal(sentence.text)
                if not refused and (ready := await self._verify(sentence)):
                    yield ready
        for sentence in reader.finish():
            refused = refused or grounding.is_refusal(sentence.text)
            if not refused and (ready := await self._verify(sentence)):
                yield ready
        if not (refused or self.kept or self.withheld) and (ready := await self._extract(reader.text)):
            yield ready
        self._clock.add("generate", (time.perf_counter() - began) * 1000 - self._clock.spent.get("verify", 0.0))

    async def _extract(self, draft: str) -> SentenceReady | None:
        """For a draft of markers only."""
        with self._clock.stage("verify"):
            markers = grounding.markers_in(draft)
            found = await asyncio.to_thread(self._verifier.extract, self._question, self._shown, markers)
        return self._keep(found) if found else None

    async def _verify(self, drafted: Drafted) -> SentenceReady | None:
        with self._clock.stage("verify"):
            supported = await asyncio.to_thread(self._verifier.verify, drafted, self._question, self._shown)
        if supported is None:
            self.withheld += 1
            return None
        return self._keep(supported)

    def _keep(self, supported: Supported) -> SentenceReady:
        self.kept.append(supported)
        return SentenceReady(supported.sentence, supported.citations)


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
        chunk_id=passage.chunk_id, document_id=passage.document.id, title=passage.document.title, uri=passage.document.uri,
        page=passage.page, text=passage.text, start=passage.start, end=passage.end,
        score=round(passage.scores.fused, 4), used=used,
    )  # fmt: skip


def _missing(verdict: Verdict, question: str, language: Language, passages: Sequence[Passage]) -> str | None:
    """What found no evidence: what the passages lack, or that something was left out of the draft."""
    if verdict == "answered":
        return None
    if verdict == "partial":
        return WITHHELD[language]
    return refusing.missing(question, language, passages)
