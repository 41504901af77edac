"""Which passage answers a question, how surely, and which of its sentences say it.

What people ask with a situation, or with a condition, is often answered by several sentences together; by itself none of them
does, and a generator that is asked sentence by sentence says so. Asked passage by passage it tells far better whether there is
an answer at all (docs/decisions/0057-passages-decide.md). Knows nothing of prompts.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from service.generation import Chances
from service.grounding.judging import LEAST_CHANCE, PicksAmong, apart
from service.grounding.quotable import Quote, quotes_from
from service.reading.probability import probability_of
from youju.records import Passage
from youju.text.language import ROW_CELLS

StatesAnswer = Callable[[Passage], Awaitable[float | None]]
"""A passage -> log odds by which a generator says that it states the answer; None if it cannot tell."""

OFFERED = 4  # passages that the generator picks from
SENTENCES = 16  # of the passage that was picked, among which those that answer are looked for
TOGETHER = 0.6  # share of the chance that any answers, which those that are told hold together
UNPLAIN = 0.35  # chance that no sentence of it answers alone, from which on the passage is told, or more of its sentences
NEARLY = 0.25  # of the chance of the likeliest, from which on another one is told too: the other side of a comparison
MOST_TOLD = 4  # sentences
LONGEST_TOLD = 700  # characters of these
ROWS_NEED = 0.8  # log odds that a row of a table needs, to which questions for the largest or for all of a kind come near
# Fitted on a set of 60 questions with an answer and 12 without one on office papers (docs/measurements.md): log odds that the
# passage answers from the chance that any of those offered does, from those that the generator told of it alone. The constant
# is .95 less than fitted: of 60 questions of other kinds the four that this refuses were wrong.
AMONG, ALONE, CONSTANT, MOST_ODDS = 0.2, 0.65, -0.05, 6.0


@dataclass(frozen=True)
class Chosen:
    """The passage that most likely answers, and the log odds that it does."""

    passage: Passage
    odds: float

    @property
    def confidence(self) -> float:
        return probability_of(self.odds)


@dataclass(frozen=True)
class PassageJudge:
    """Asks a generator that was measured at choosing.

    Attributes:
        text: a passage as the generator sees it.
        fits: whether a sentence may be told: a row of another key than the question's may not.
    """

    picks: PicksAmong
    states: StatesAnswer
    text: Callable[[Passage], str]
    fits: Callable[[Quote], bool] = lambda _: True

    async def chosen(self, passages: Sequence[Passage]) -> Chosen | None:
        """The likeliest of the first `OFFERED`; None where the generator cannot tell.

        Args:
            passages: first the one with the sentence that was picked among sentences; it is asked about alone in any case.
        """
        offered = passages[:OFFERED]
        chances = await self.picks([self.text(passage) for passage in offered]) if offered else None
        if chances is None:
            return None
        told = [(await self.states(offered[place]), offered[place]) for place in dict.fromkeys((chances.best, 0))]
        found = [Chosen(passage, odds_of(chances.none, stated)) for stated, passage in told if stated is not None]
        return max(found, key=lambda one: one.odds, default=None)

    async def told(self, chosen: Chosen) -> list[Quote]:
        """The sentences to tell of the passage that was chosen; nothing where these are rows and it is not sure enough."""
        found = await self.sentences(chosen.passage)
        return [] if chosen.odds < ROWS_NEED and any(ROW_CELLS in quote.text for quote in found) else found

    async def sentences(self, passage: Passage) -> list[Quote]:
        """The sentences of a passage that say the answer together, likeliest first; where it is not plain which do, the whole
        passage, if it is short, or more of them."""
        found = apart([quote for quote, _ in quotes_from(1, passage)])
        quotes = ([quote for quote in found if self.fits(quote)] or found)[:SENTENCES]
        chances = await self.picks([quote.line for quote in quotes]) if quotes else None
        if chances is None:
            return quotes[:MOST_TOLD]
        is_plain = chances.none < UNPLAIN
        if not is_plain and len(passage.text) <= LONGEST_TOLD and ROW_CELLS not in passage.text:
            first = min(quotes, key=lambda one: one.start)
            return [replace(first, end=max(quote.end for quote in quotes))]
        return _fewest(quotes, chances, TOGETHER if is_plain else 1.0)


def odds_of(none: float, stated: float) -> float:
    """Log odds that a passage answers from the chance that none of those offered does, and what was said of it alone."""
    any_does = math.log(max(1 - none, LEAST_CHANCE) / max(none, LEAST_CHANCE))
    return AMONG * min(MOST_ODDS, max(-MOST_ODDS, any_does)) + ALONE * stated + CONSTANT


def _fewest(quotes: Sequence[Quote], chances: Chances, share: float) -> list[Quote]:
    """The fewest of the likeliest that hold this share of what is not the chance of none, and those nearly as likely."""
    order = sorted(range(len(quotes)), key=lambda place: -chances.of[place])
    sought, nearly = share * sum(chances.of), NEARLY * max(chances.of)
    told, held, length = list[Quote](), 0.0, 0
    for place in order:
        length += len(quotes[place].whole)
        is_enough = held >= sought and chances.of[place] < nearly
        if told and (is_enough or len(told) == MOST_TOLD or length > LONGEST_TOLD):
            break
        told.append(quotes[place])
        held += chances.of[place]
    return told


def in_order(quotes: Sequence[Quote]) -> list[Quote]:
    """Sentences of one passage as they stand there, those next to each other as one."""
    joined: list[Quote] = []
    for quote in sorted(quotes, key=lambda one: one.start):
        last = joined[-1] if joined else None
        between = quote.passage.text[last.end : quote.start] if last else ""
        if last is not None and quote.start >= last.end and not between.strip() and quote.above == last.above:
            joined[-1] = replace(last, end=quote.end)
        else:
            joined.append(quote)
    return joined
