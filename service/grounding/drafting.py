"""Reads the generator's draft and keeps what the passages support. Knows nothing of prompts or HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from service.events import DraftToken, Event, SentenceReady
from service.generation import Delta
from service.generation.refusal import is_refusal
from service.grounding.alternatives import alternatives, told_each
from service.grounding.candidates import AgreementCheck
from service.grounding.citations import Supported, cite
from service.grounding.draft_parser import Drafted, DraftParser, markers_in
from service.grounding.judging import SentenceJudge
from service.grounding.passage_judging import NEAR
from service.grounding.quotable import Quote, quote_at
from service.grounding.sanitising import DraftFilter, addresses, prose
from service.grounding.verifier import SUPPORTED, Verifier
from service.reading.probability import probability_of
from service.timing import Clock
from youju.records import Language, Passage, Sentence
from youju.text.denial import denies
from youju.text.language import END_MARKS, ROW_CELLS
from youju.text.markdown import as_read
from youju.text.rows import Span

Settle = Callable[[str], Awaitable[Quote | None]]
Cases = Callable[[Passage, int, int], list[Span]]
"""The rows around characters of a passage that each hold in one case (see `alternatives`)."""


class Draft:
    """Reads the generator's draft and keeps the sentences that the passages support."""

    def __init__(
        self, verifier: Verifier, question: str, shown: Sequence[Passage], clock: Clock, agreement: AgreementCheck
    ) -> None:
        """
        Args:
            agreement: says whether the question may be answered by a draft that begins with some sentence, and backs what
                the reader found too.
        """
        self.kept: list[Supported] = []
        self.agreement, self._stopped = agreement, False
        self._is_full = False  # whether as much was written as might be
        self.withheld = 0
        self._holds = False  # whether any of the draft is told
        self.refused = False
        self.settle: Settle | None = None  # of a question of yes or no: finds what settles it, given all of the draft
        self.settled_by: Quote | None = None  # that sentence of the passages
        self.text = ""  # all of the draft
        self._said: set[str] = set()
        self.shown = shown
        self.cases: Cases = partial(alternatives, question)
        self.judge: SentenceJudge | None = None  # of the sentences that may answer; None where nobody can tell
        self.answered_by: Quote | None = None  # the sentence that plainly answers, known before anything is drafted
        self.outdone_by: Quote | None = None  # the sentence that answers better than a draft does or, cut, could
        self.together: Sequence[Quote] = ()  # sentences of one passage that answer, likeliest first, in place of a draft
        self.nearest: Sequence[Quote] = ()  # sentences of one passage that may answer, where nothing is taken to
        self._verifier, self._question, self._clock = verifier, question, clock

    async def read(self, pieces: AsyncIterator[Delta], most_tokens: int) -> AsyncIterator[Event]:
        """Yield the draft's tokens and the sentences that hold. A refusal of the model ends the draft.

        Args:
            most_tokens: that might be written; where all were, the last sentence may lack its end.
        """
        reader, began, verified = DraftParser(), time.perf_counter(), self._clock.spent.get("verify", 0.0)
        plain = DraftFilter(addresses(*(passage.text for passage in self.shown)))
        waiting: list[Drafted] = []
        written = 0
        async for piece in pieces:
            written = piece.completion_tokens or written
            if piece.text and "first_token" not in self._clock.spent:
                self._clock.add("first_token", (time.perf_counter() - began) * 1000)
            waiting += reader.feed(piece.text)
            if reader.is_over:
                break
            if token := plain.feed(piece.text):
                yield DraftToken(token)
            if self.settle is None:  # else what settles the question has to be known before a sentence is let through
                async for ready in self._let_through(waiting):
                    yield ready
                waiting = []
        if token := plain.finish():
            yield DraftToken(token)
        self.text, waiting = reader.text, [*waiting, *reader.finish()]
        self._is_full = written >= most_tokens
        if self.settle:
            self.settled_by = await self.settle(self.text)
        async for ready in self._let_through(waiting):
            yield ready
        if not (self.refused or self.kept or self.withheld) and (extracted := await self._extract(self.text)):
            yield extracted
        self._holds = bool(self.kept)
        verified = self._clock.spent.get("verify", 0.0) - verified  # in the meantime, not by composers before
        self._clock.add("generate", (time.perf_counter() - began) * 1000 - verified)

    @property
    def is_cut(self) -> bool:
        """Whether a part of what was drafted is told and another left out; words of the documents in its place are whole."""
        return self._holds and self.withheld > 0

    async def _let_through(self, drafted: Sequence[Drafted]) -> AsyncIterator[SentenceReady]:
        """The sentences that hold, up to a refusal of the model."""
        for sentence in drafted:
            self.refused = self.refused or is_refusal(sentence.text)
            for ready in [] if self.refused else await self._verify(sentence):
                yield ready

    def add(self, supported: Supported) -> SentenceReady:
        """Keep a sentence, as plain text with exact citations. All that is said goes through here."""
        cited = [self.shown[citation.marker - 1] for citation in supported.citations]
        text = supported.sentence.text
        for media_type in {passage.document.media_type for passage in cited}:
            text = as_read(text, media_type)
        allowed = addresses(*(passage.text for passage in cited))
        sentence = supported.sentence.model_copy(update={"text": prose(text, allowed)})
        kept = Supported(sentence, supported.citations)
        self.kept.append(kept)
        return SentenceReady(kept.sentence, kept.citations)

    async def _extract(self, draft: str) -> SentenceReady | None:
        """For a draft of markers only."""
        with self._clock.stage("verify"):
            markers = markers_in(draft)
            found = await asyncio.to_thread(self._verifier.extract, self._question, self.shown, markers)
        return self.add(found) if found else None

    def _is_contrary(self, sentence: str, supported: Supported) -> bool:
        """Whether yes or no is asked, and the sentence affirms where the document denies, or denies where it affirms, or stands
        on another sentence than the one that settles it: a small generator says yes to nearly all that it is asked."""
        quote = self.settled_by
        if quote is None:
            return self.settle is not None
        return not stands_on(supported, quote) or denies(sentence) != denies(quote.text)

    async def likeliest(self, written: str = "") -> Quote | None:
        """The sentence of what was found that most likely answers, as far as the generator can tell."""
        return await self.judge.likeliest(written or self.text) if self.judge else None

    async def quotes(self, asked: Language) -> list[Quote]:
        """What is quoted where no drafted sentence held, likeliest first; nothing if it is not likely enough.

        Args:
            asked: language of the question.
        """
        found = [self.admit(one) for one in self.together]
        if not found:
            quote = self.outdone_by or (self.settled_by if self.settle else await self.likeliest())
            if quote is None:
                return []
            found = [self.admit(quote)]
            self.agreement = self.agreement.once_quoted(asked, found[0])
        if self.agreement.vouches:
            return found
        was_judged = found[0].stated is not None  # else nobody looked whether what is nearest in words says anything
        self.nearest = found if was_judged and self.agreement.confidence >= probability_of(NEAR) else []
        return []

    def admit(self, quote: Quote) -> Quote:
        """A quote that may be said: of a passage that was looked through only, that passage is shown too, behind the others."""
        said = quote.passage
        for marker, passage in enumerate(self.shown, 1):
            if (passage.key, passage.start, passage.end) == (said.key, said.start, said.end):
                return replace(quote, marker=marker)
            if passage.key == said.key and not self.kept:  # it was cut to what a prompt has room for
                self.shown = [*self.shown[: marker - 1], said, *self.shown[marker:]]
                return replace(quote, marker=marker)
        self.shown = [*self.shown, said]
        return replace(quote, marker=len(self.shown))

    async def _is_sure(self, drafted: str, supported: Supported) -> bool:
        """Whether the draft may begin with this sentence, as far as what it stands on answers, and no other one better."""
        if self.answered_by is not None:
            return stands_on(supported, self.answered_by)
        by_row = any(ROW_CELLS in citation.quote for citation in supported.citations)
        quote = await self._weighed(drafted, supported)
        stated = quote.stated if quote else None
        self.agreement = self.agreement.update(drafted, by_row, stated)
        if not self.agreement.is_sure:
            return False
        if self.judge is not None and quote is not None and stated is not None and self.settle is None:
            self.outdone_by = await self.judge.rival(drafted, quote, stated)
        return self.outdone_by is None

    async def _weighed(self, drafted: str, supported: Supported) -> Quote | None:
        """What a drafted sentence stands on, with what the generator says of it; None where nobody can tell."""
        if self.judge is None or not self.agreement.gate.judges_drafts or not supported.citations:
            return None
        citation = supported.citations[0]
        passage = self.shown[citation.marker - 1]
        quote = quote_at(citation.marker, passage, citation.start - passage.start, citation.end - passage.start)
        return replace(quote, stated=await self.judge.stated(quote))

    async def _verify(self, drafted: Drafted) -> list[SentenceReady]:
        """The sentence if it holds, once; where it says what holds in one case only, all cases in its place."""
        if self._stopped or drafted.text in self._said:
            return []
        self._said.add(drafted.text)
        with self._clock.stage("verify"):
            supported = await asyncio.to_thread(self._verifier.verify, drafted, self._question, self.shown)
            if supported is None and (found := self.agreement.backs(drafted.text, self._question)) is not None:
                citation = cite(found.marker, found.passage, found.start, found.end, SUPPORTED)
                sentence = Sentence(text=drafted.text, markers=[found.marker], support=SUPPORTED)
                supported = Supported(sentence, (citation,))
        if supported is not None and self._is_contrary(drafted.text, supported):
            supported = None
        if supported is not None and drafted.is_open and self._is_full and self.kept:
            return []
        if supported is not None and drafted.is_open and not (self.kept or self.settle):
            if self._is_full or stops_short(drafted.text, supported):
                self.outdone_by = await self._weighed(drafted.text, supported)
            if self.outdone_by:  # its document has it whole
                return []
        if supported is not None and not self.kept:
            if not await self._is_sure(drafted.text, supported):
                self._stopped, supported = True, None  # what would follow answers no better
            elif each := await self._each_case(supported):
                self._stopped = True
                return [self.add(one) for one in each]
        if supported is None:
            self.withheld += 1
            return []
        return [self.add(supported)]

    async def _each_case(self, supported: Supported) -> list[Supported]:
        """The rows of the table that a sentence stands on one of, where the question does not tell which is meant."""
        if len(supported.citations) != 1:
            return []
        cited = supported.citations[0]
        passage = self.shown[cited.marker - 1]
        rows = await asyncio.to_thread(self.cases, passage, cited.start - passage.start, cited.end - passage.start)
        return told_each(passage, cited.marker, rows) if rows else []


def stands_on(supported: Supported, quote: Quote) -> bool:
    """Whether a sentence cites some of the characters of a quote."""
    start, end = quote.passage.start + quote.start, quote.passage.start + quote.end
    return any(
        one.document_id == quote.passage.document.id and one.start < end and one.end > start for one in supported.citations
    )


def stops_short(text: str, supported: Supported) -> bool:
    """Whether a sentence without an end mark is the beginning of one of the document, as where a small generator stops in the
    middle of it ("... in /etc/syslog.conf, or")."""
    quote = supported.citations[0].quote if supported.citations else ""
    said, there = ("".join(one.split()).casefold().lstrip("-*•·–") for one in (text, quote))
    if ROW_CELLS in quote or said.endswith(tuple(END_MARKS)) or not there.startswith(said):  # a cell is no part of a sentence
        return False
    return any(letter.isalnum() for letter in there[len(said) :])
