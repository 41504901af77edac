"""Which sentence of what was found answers: by fitted order, or by what the generator says of each; and where to look by all.

Passages that the generator is not shown are looked through too: what they say is often found, and not read best. A sentence of
a draft is held against those that the order puts first, since a small generator words the first thing that it sees
(docs/decisions/0047-held-against-its-rivals.md). Knows nothing of prompts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from service.generation import Chances
from service.grounding.quotable import Quote
from service.grounding.selection import PLAIN, likeliest, ranked_quotes
from service.reading.reranking import Pair
from service.timing import Steps
from youju.embedding.base import Embedder
from youju.records import Language, Passage
from youju.text.language import ROW_CELLS, detect_language, words

AsksWhether = Callable[[str, str], Awaitable[float | None]]
"""A sentence and the title it stands under -> log odds by which a generator says that it answers; None if it cannot tell."""

PicksAmong = Callable[[Sequence[str]], Awaitable[Chances | None]]
"""Lines -> how likely the generator says that each answers; None if it cannot tell."""

OFFERED = 12  # sentences that the generator picks from
EACH = 4  # of them in either language, if there are as many: their scores cannot be compared
WHOLE_SENTENCE = 8  # words of a sentence that says the same wherever it stands
RANKED = 40  # sentences among which these are looked for
NEARLY = 0.1  # chance from which on the passage of the next likeliest one is offered too
MOST_TOLD = 2  # sentences whose passages are offered
MOST_JUDGED = 5  # sentences, where no drafted one holds
RIVALS = 2  # sentences that one of a draft is held against
BETTER = 1.5  # log odds that a rival must have more
BETTER_ACROSS = 0.4  # the same where the passages are in another language: a small generator drafts worse from these


@dataclass(frozen=True)
class Outlook:
    """What the generator says of the sentences of all passages: how likely none answers, and the passages of those that most
    likely do, likeliest first."""

    none: float
    passages: tuple[Passage, ...]


class SentenceJudge:
    """Judges the sentences that may answer one question; none twice."""

    def __init__(
        self, question: str, shown: Sequence[Passage], read: Sequence[Pair], embedder: Embedder, step: Steps,
        asks: AsksWhether | None, across: bool = False, picks: PicksAmong | None = None, mainly: Language | None = None,
        translation: str | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            shown: the passages that are looked through; marker n is `shown[n - 1]`.
            read: all passages that were read, with what was read in each.
            asks: None where nobody can tell; then the order alone decides.
            across: whether the passages are in another language than the question.
            picks: None where nobody can; there is no outlook then.
            mainly: language of the passages that say most; that of the question if it is not given.
            translation: the question in the language of other passages.
        """
        self._question, self._shown, self._read, self._embedder = question, shown, read, embedder
        self._picks, self._mainly, self._translation = picks, mainly or detect_language(question), translation
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

    async def outlook(self) -> Outlook | None:
        """What the generator says of all sentences at once; None if it cannot tell, or there are none."""
        offered = await self._likely()
        chances = await self._picks([quote.line for quote in offered]) if self._picks and offered else None
        if chances is None:
            return None
        first, *others = sorted(range(len(offered)), key=lambda place: -chances.of[place])[:MOST_TOLD]
        told = [offered[first], *(offered[place] for place in others if chances.of[place] >= NEARLY)]
        return Outlook(chances.none, tuple({quote.passage.key: quote.passage for quote in told}.values()))

    async def likeliest(self, written: str) -> Quote | None:
        """The sentence that most likely answers.

        Args:
            written: what the generator drafted, "" if nothing yet.
        """
        return await likeliest(await self._ranked(written, MOST_JUDGED if self._asks else 1), self.stated)

    async def rival(self, written: str, quote: Quote, stated: float) -> Quote | None:
        """A sentence that answers better than one which a draft stands on, of which `stated` was said; None if there is none,
        or that one plainly does."""
        if stated >= PLAIN:
            return None
        best, least = None, stated + self._better
        for other in await self._ranked(written, RIVALS):
            odds = None if other.overlaps(quote) else await self.stated(other)
            if odds is not None and odds >= least:
                best, least = other, odds
        return best

    async def _likely(self) -> list[Quote]:
        """The sentences that are offered: the likeliest, most of them in the language that says most, some in the other."""
        ranked = apart(await self._ranked("", RANKED))
        sides = [
            [place for place, one in enumerate(ranked) if (one.passage.language == self._mainly) is main]
            for main in (True, False)
        ]
        least = [place for side in sides for place in side[:EACH]]
        rest = [place for side in sides for place in side[EACH:]]
        return [ranked[place] for place in sorted([*least, *rest][:OFFERED])]

    async def _ranked(self, written: str, most: int) -> list[Quote]:
        """The likeliest sentences; where the question was translated, each by the question in its language."""
        found: list[Quote] = []
        for question, shown in self._asked():
            found += await self._step("verify", ranked_quotes, question, written, shown, self._read, self._embedder, most)
        return sorted(found, key=lambda quote: -quote.score)[:most]

    def _asked(self) -> list[tuple[str, Sequence[Passage]]]:
        if self._translation is None:
            return [(self._question, self._shown)]
        language = detect_language(self._translation)
        sides = [[passage for passage in self._shown if (passage.language == language) is theirs] for theirs in (False, True)]
        return [(question, side) for question, side in zip((self._question, self._translation), sides, strict=True) if side]


def apart(quotes: Sequence[Quote]) -> list[Quote]:
    """Those that no earlier one overlaps or says word for word, as two manuals of a program do: the same words twice would
    share their chance."""
    found: list[Quote] = []
    said = set[tuple[str, ...]]()
    for quote in quotes:
        told = tuple(words(quote.in_context)) if ROW_CELLS not in quote.text else ()
        if told in said or any(quote.overlaps(one) for one in found):
            continue
        found.append(quote)
        if len(told) >= WHOLE_SENTENCE:  # what is shorter may be of something else in each place
            said.add(told)
    return found
