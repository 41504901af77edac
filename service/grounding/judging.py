"""Which sentence of what was found answers: by fitted order, by which of them the generator picks, or by what it says of each.

Passages that the generator is not shown are looked through too: what they say is often found, and not read best. A sentence of
a draft is held against those that the order puts first, since a small generator words the first thing that it sees
(docs/decisions/0047-held-against-its-rivals.md). Knows nothing of prompts.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

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
FAR_LIKELIER = 4.0  # times as likely as the sentence of a draft, from which on another one is a rival
NEARLY = 0.1  # chance from which on the next likeliest one is asked about too
SURELY_NONE = 0.8  # chance that none answers, from which on nothing more is asked
PLAINLY = 2.2  # log odds, of both together, from which on a sentence plainly answers
WEAKLY = 2.2  # log odds of a sentence by itself below which the one that the order puts first is asked about too
MOST_TOLD = 2  # passages of sentences that plainly answer
MOST_RIVALS = 4  # sentences that one of a draft is offered among, once others were
# Fitted on 700 held-out choices among eight sentences, a third of them without one that answers (docs/generator.md): log odds
# that the sentence answers from those told of it by itself and its chance among others, a constant; and from the former alone.
BY_ITSELF, AMONG, CONSTANT, MOST_ODDS = 0.50, 0.41, -0.45, 6.0
ALONE, ALONE_CONSTANT = 0.756, -0.306
BESIDE_CHANCE = 0.5  # what is said of one by itself counts beside the logarithm of its chance: the right one is first oftenest
LEAST_CHANCE = 1e-6
MOST_JUDGED = 5  # sentences, where no drafted one holds
RIVALS = 2  # sentences that one of a draft is held against
BETTER = 1.5  # log odds that a rival must have more
BETTER_ACROSS = 0.4  # the same where the passages are in another language: a small generator drafts worse from these


@dataclass(frozen=True)
class Outlook:
    """What the generator said before it drafted: how likely none of the sentences answers, the one that most likely does, if
    any may, and the passages of those that may, likeliest first."""

    none: float
    best: Quote | None
    passages: tuple[Passage, ...]

    @property
    def is_plain(self) -> bool:
        return self.best is not None and (self.best.stated or 0.0) >= PLAINLY


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
            picks: None where nobody can; then each is asked about by itself.
            mainly: language of the passages that say most; that of the question if it is not given.
            translation: the question in the language of other passages.
        """
        self._question, self._shown, self._read, self._embedder = question, shown, read, embedder
        self._picks, self._mainly, self._translation = picks, mainly or detect_language(question), translation
        self._step, self._asks, self._better = step, asks, BETTER_ACROSS if across else BETTER
        self._offered: Sequence[Quote] = ()
        self._chances: Chances | None = None
        self._drafted = 0  # place of the sentence that a draft stands on, among those
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

    async def weighed(self, written: str, quote: Quote) -> float | None:
        """What the generator says of a sentence that a draft stands on: by itself and, unless that is plain, among others; log
        odds, None if nobody can tell."""
        stated = await self.stated(quote)
        if stated is None or self._picks is None:
            return stated
        if stated >= PLAIN:
            return ALONE * stated + ALONE_CONSTANT
        place = next((place for place, one in enumerate(self._offered) if one.overlaps(quote)), None)
        if place is None or self._chances is None:
            others = self._nearest(MOST_RIVALS) or await self._likely(written)
            place, self._offered = 0, apart([quote, *others])[:OFFERED]
            self._chances = await self._picks([one.line for one in self._offered])
        self._drafted = place
        if self._chances is None:
            return ALONE * stated + ALONE_CONSTANT
        return together(stated, self._chances.of[place], self._chances.none)

    async def outlook(self) -> Outlook | None:
        """What can be told before anything is drafted; None if the generator cannot choose, or has nothing to choose from."""
        best = await self._picked("")
        if self._chances is None:
            return None
        passages = list({one.passage.key: one.passage for one in self._nearest(MOST_TOLD, NEARLY)}.values())
        return Outlook(self._chances.none, best, tuple(passages))

    def _nearest(self, most: int, least: float = 0.0) -> list[Quote]:
        """Of the sentences that were offered those that most likely answer; nothing if none were."""
        if self._chances is None:
            return []
        chances = self._chances.of
        order = sorted(range(len(self._offered)), key=lambda place: -chances[place])[:most]
        return [self._offered[place] for place in order if chances[place] >= least or place == order[0]]

    async def likeliest(self, written: str) -> Quote | None:
        """The sentence that most likely answers.

        Args:
            written: what the generator drafted, "" if nothing yet.
        """
        if picked := await self._picked(written):
            return picked
        return await likeliest(await self._ranked(written, MOST_JUDGED if self._asks else 1), self.stated)

    async def _picked(self, written: str) -> Quote | None:
        """The sentence that the generator picks among the likeliest ones and says to answer; None if it cannot tell."""
        if self._picks is None:
            return None
        if self._chances is None:  # else they were weighed with the sentence of a draft among them
            self._offered = await self._likely(written)
            self._chances = await self._picks([quote.line for quote in self._offered]) if self._offered else None
        quotes, chances = self._offered, self._chances
        if chances is None:
            return None
        first, *others = sorted(range(len(quotes)), key=lambda place: -chances.of[place])
        if chances.none >= SURELY_NONE:
            return replace(quotes[first], stated=together(0.0, chances.of[first], chances.none))
        near = [place for place in others[:1] if chances.of[place] >= NEARLY]
        found = [(await self.stated(quotes[place]), place) for place in (first, *near)]
        said = [(stated, place) for stated, place in found if stated is not None]
        if not said:
            return None
        stated, place = max(said, key=lambda one: math.log(max(chances.of[one[1]], LEAST_CHANCE)) + BESIDE_CHANCE * one[0])
        picked = replace(quotes[place], stated=together(stated, chances.of[place], chances.none))
        surer = None if stated >= WEAKLY or place == 0 else await self._if_surer(0, picked.stated or 0.0)
        return surer or picked

    async def _if_surer(self, place: int, stated: float) -> Quote | None:
        """The one at this place of those offered, if what is told of it, by itself and among the others, is more."""
        odds = await self.stated(self._offered[place])
        if odds is None or self._chances is None:
            return None
        told = together(odds, self._chances.of[place], self._chances.none)
        return replace(self._offered[place], stated=told) if told > stated else None

    async def rival(self, written: str, quote: Quote, stated: float) -> Quote | None:
        """A sentence that answers better than one which a draft stands on, of which `weighed` told `stated`; None if there is
        none, or that one plainly does by itself."""
        by_itself = await self.stated(quote)
        if by_itself is None or by_itself >= PLAIN:
            return None
        if (chances := self._chances) is not None:
            best, own = chances.best, self._drafted
            is_likelier = best != own and chances.of[best] >= FAR_LIKELIER * chances.of[own]
            rivals = [best] if is_likelier else []
            rivals += [0] if by_itself < WEAKLY and 0 not in (own, *rivals) else []
            surer = [found for place in rivals if (found := await self._if_surer(place, stated))]
            return max(surer, key=lambda one: one.stated or 0.0, default=None)
        return await self._asked_rival(written, quote, by_itself)

    async def _asked_rival(self, written: str, quote: Quote, stated: float) -> Quote | None:
        best, least = None, stated + self._better
        for other in await self._ranked(written, RIVALS):
            odds = None if other.overlaps(quote) else await self.stated(other)
            if odds is not None and odds >= least:
                best, least = other, odds
        return best

    async def _likely(self, written: str) -> list[Quote]:
        """The sentences that are offered: the likeliest, most of them in the language that says most, some in the other."""
        ranked = apart(await self._ranked(written, RANKED))
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


def together(stated: float, chance: float, none: float) -> float:
    """Log odds that a sentence answers from those told of it by itself, and its chance among others against that of none."""
    among = math.log(max(chance, LEAST_CHANCE) / max(none, LEAST_CHANCE))
    return BY_ITSELF * stated + AMONG * min(MOST_ODDS, max(-MOST_ODDS, among)) + CONSTANT
