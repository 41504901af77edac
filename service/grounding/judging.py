"""Which sentence of what was found answers: by fitted order, by which of them the generator picks, or by what it says of each.

Passages that the generator is not shown are looked through too: what they say is often found, and not read best. A sentence of
a draft is held against those that the order puts first, since a small generator words the first thing that it sees
(docs/decisions/0047-held-against-its-rivals.md). Knows nothing of prompts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from service.generation import Chances
from service.grounding.selection import PLAIN, Quote, likeliest, ranked_quotes
from service.reading.reranking import Pair
from service.timing import Steps
from youju.embedding.base import Embedder
from youju.records import Passage

AsksWhether = Callable[[str, str], Awaitable[float | None]]
"""A sentence and the title it stands under -> log odds by which a generator says that it answers; None if it cannot tell."""

PicksAmong = Callable[[Sequence[str]], Awaitable[Chances | None]]
"""Lines -> how likely the generator says that each answers; None if it cannot tell."""

OFFERED = 8  # sentences that the generator picks from
FAR_LIKELIER = 4.0  # times as likely as the sentence of a draft, from which on another one is a rival
MOST_JUDGED = 5  # sentences, where no drafted one holds
RIVALS = 2  # sentences that one of a draft is held against
BETTER = 1.5  # log odds that a rival must have more
BETTER_ACROSS = 0.4  # the same where the passages are in another language: a small generator drafts worse from these


class SentenceJudge:
    """Judges the sentences that may answer one question; none twice."""

    def __init__(
        self, question: str, shown: Sequence[Passage], read: Sequence[Pair], embedder: Embedder, step: Steps,
        asks: AsksWhether | None, across: bool = False, picks: PicksAmong | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            shown: the passages that are looked through; marker n is `shown[n - 1]`.
            read: all passages that were read, with what was read in each.
            asks: None where nobody can tell; then the order alone decides.
            across: whether the passages are in another language than the question.
            picks: None where nobody can; then each is asked about by itself.
        """
        self._question, self._shown, self._read, self._embedder = question, shown, read, embedder
        self._picks = picks
        self._step, self._asks, self._better = step, asks, BETTER_ACROSS if across else BETTER
        self._told: dict[tuple[object, int, int], float | None] = {}

    async def stated(self, quote: Quote) -> float | None:
        """The log odds that a sentence answers; None if nobody can tell."""
        if self._asks is None:
            return None
        start = quote.passage.start
        key = (quote.passage.document.id, start + quote.start, start + quote.end)
        if key not in self._told:
            self._told[key] = await self._asks(quote.in_context, quote.passage.title_line)
        return self._told[key]

    async def likeliest(self, written: str) -> Quote | None:
        """The sentence that most likely answers.

        Args:
            written: what the generator drafted, "" if nothing yet.
        """
        if picked := await self._picked(written):
            return picked
        return await likeliest(await self._ranked(written, MOST_JUDGED if self._asks else 1), self.stated)

    async def _picked(self, written: str) -> Quote | None:
        """The sentence that the generator picks among the likeliest ones, with what it says of it alone."""
        quotes = await self._ranked(written, OFFERED) if self._picks else []
        chances = await self._picks([quote.line for quote in quotes]) if self._picks and quotes else None
        if chances is None:
            return None
        best = quotes[chances.best]
        return replace(best, stated=await self.stated(best))

    async def rival(self, written: str, quote: Quote, stated: float) -> Quote | None:
        """A sentence that answers better than one which a draft stands on, of which the generator said `stated`; None if there
        is none, or that one surely does."""
        if stated >= PLAIN or self._asks is None:
            return None
        ranked = await self._ranked(written, OFFERED if self._picks else RIVALS)
        others = [other for other in ranked if not _overlap(other, quote)]
        chances = await self._picks([quote.line, *(other.line for other in others)]) if self._picks and others else None
        if chances is not None:
            is_other = chances.best > 0 and chances.of[chances.best] >= FAR_LIKELIER * chances.of[0]
            others = [others[chances.best - 1]] if is_other else []
        best, least = None, stated if chances is not None else stated + self._better
        for other in others:
            odds = await self.stated(other)
            if odds is not None and odds >= least:
                best, least = other, odds
        return best

    async def _ranked(self, written: str, most: int) -> list[Quote]:
        return await self._step("verify", ranked_quotes, self._question, written, self._shown, self._read, self._embedder, most)


def _overlap(one: Quote, other: Quote) -> bool:
    return one.passage.key == other.passage.key and one.start < other.end and one.end > other.start
