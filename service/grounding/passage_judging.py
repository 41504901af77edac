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
from service.grounding.judging import PicksAmong, apart
from service.grounding.quotable import LISTED, Quote, quotes_from
from service.reading.probability import probability_of
from youju.records import Passage
from youju.text.language import ROW_CELLS

StatesAnswer = Callable[[Passage], Awaitable[float | None]]
"""A passage -> log odds by which a generator says that it states the answer; None if it cannot tell."""

OFFERED = 4  # passages that the generator picks from at a time
NEAR = -1.5  # log odds of a passage that is not taken to answer, from which on what it says is shown as the nearest
SENTENCES = 16  # of the passage that was picked, among which those that answer are looked for
TOGETHER = 0.6  # share of the chance that any answers, which those that are told hold together
UNPLAIN = 0.35  # chance that no sentence of it answers alone, from which on the passage is told, or more of its sentences
NEARLY = 0.25  # of the chance of the likeliest, from which on another one is told too: the other side of a comparison
MOST_TOLD = 4  # sentences
LONGEST_TOLD = 700  # characters of these
ROWS_NEED = 0.4  # log odds that a row of a table needs, to which questions for the largest or for all of a kind come near
# Fitted on a set of 60 questions with an answer and 12 without one on office papers (docs/measurements.md): log odds that the
# passage answers from the chance that any of those offered does, from those that the generator told of it alone. The constant
# is .95 less than fitted: of 60 questions of other kinds the four that this refuses were wrong.
AMONG, ALONE, CONSTANT, MOST_ODDS = 0.2, 0.65, -0.05, 6.0
LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class Chosen:
    """The passage that most likely answers, and the log odds that it does."""

    passage: Passage
    odds: float

    @property
    def confidence(self) -> float:
        return probability_of(self.odds)


@dataclass(frozen=True)
class Told:
    """Sentences of one passage, likeliest first, whether they are plainly those that answer, and whether they may be told."""

    quotes: tuple[Quote, ...] = ()
    is_plain: bool = False
    is_sure: bool = True

    @property
    def answers(self) -> bool:
        return self.is_sure and bool(self.quotes)

    @property
    def alone(self) -> Quote | None:
        """The only sentence that answers, if that is plain."""
        return self.quotes[0] if self.is_plain and len(self.quotes) == 1 else None


@dataclass(frozen=True)
class PassageJudge:
    """Asks a generator that was measured at choosing.

    Attributes:
        text: a passage as the generator sees it.
        fits: whether a sentence may be told: a row of another key than the question's may not.
        is_named: whether a sentence is a row of a table that the question names.
        of_several: whether what is asked for takes several sentences: both sides of a comparison, a reason.
    """

    picks: PicksAmong
    states: StatesAnswer
    text: Callable[[Passage], str]
    fits: Callable[[Quote], bool] = lambda _: True
    is_named: Callable[[Quote], bool] = lambda _: False
    of_several: bool = False

    async def chosen(self, passages: Sequence[Passage], and_first: bool = False) -> Chosen | None:
        """The likeliest of the first `OFFERED`; None where there are none, or the generator cannot tell.

        Args:
            and_first: ask about the first one alone in any case: a sentence of it was picked among sentences.
        """
        offered = passages[:OFFERED]
        chances = await self.picks([self.text(passage) for passage in offered]) if offered else None
        if chances is None:
            return None
        places = dict.fromkeys((chances.best, 0) if and_first else (chances.best,))
        told = [(await self.states(offered[place]), offered[place]) for place in places]
        found = [Chosen(passage, odds_of(chances.none, stated)) for stated, passage in told if stated is not None]
        return max(found, key=lambda one: one.odds, default=None)

    async def told(self, chosen: Chosen) -> Told:
        """What to tell of the passage that was chosen, with what was said of it; rows of a table only where it is surer."""
        found = await self.sentences(chosen.passage)
        rows = [quote for quote in found.quotes if ROW_CELLS in quote.text]
        if rows and chosen.odds < ROWS_NEED:
            may_answer = chosen.odds >= 0 or all(self.is_named(row) for row in rows)
            return replace(found, is_sure=False) if may_answer else Told()
        return replace(found, quotes=tuple(replace(quote, stated=chosen.odds) for quote in found.quotes))

    async def sentences(self, passage: Passage) -> Told:
        """The sentences of a passage that say the answer together, likeliest first; where it is not plain which do, the whole
        passage, if it is short, or more of them, but no row that the question does not name. Nothing where none fits, or
        nobody can tell."""
        everything = _each_apart(passage)
        quotes = [quote for quote in everything if self.fits(quote)][:SENTENCES]
        chances = await self.picks([quote.line for quote in quotes]) if quotes else None
        if chances is None:
            return Told()
        if chances.none < UNPLAIN:
            return Told(_fewest(quotes, chances, TOGETHER, NEARLY if self.of_several else 1.0), is_plain=True)
        if any(ROW_CELLS in quote.text and not self.is_named(quote) for quote in quotes):
            return Told()
        if len(passage.text) <= LONGEST_TOLD and len(quotes) == len(everything):
            first = min(quotes, key=lambda one: one.start)
            return Told((replace(first, end=max(quote.end for quote in quotes)),))
        return Told(_fewest(quotes, chances, 1.0, NEARLY))


def odds_of(none: float, stated: float) -> float:
    """Log odds that a passage answers from the chance that none of those offered does, and what was said of it alone."""
    any_does = math.log(max(1 - none, LEAST_CHANCE) / max(none, LEAST_CHANCE))
    return AMONG * min(MOST_ODDS, max(-MOST_ODDS, any_does)) + ALONE * stated + CONSTANT


def _each_apart(passage: Passage) -> list[Quote]:
    """What can be told of a passage, in order, none in two of them: rows of a table each for itself, and not with what leads in
    to them."""
    quotes = [quote for quote, _ in quotes_from(1, passage)]
    rows_first = sorted(quotes, key=lambda quote: ROW_CELLS not in quote.text or "\n" in passage.text[quote.start : quote.end])
    return sorted(apart(rows_first), key=lambda quote: quote.start)


def _fewest(quotes: Sequence[Quote], chances: Chances, share: float, near: float) -> tuple[Quote, ...]:
    """The fewest of the likeliest that hold this share of what is not the chance of none, and those that have this share of the
    chance of the first."""
    order = sorted(range(len(quotes)), key=lambda place: -chances.of[place])
    sought, nearly = share * sum(chances.of), near * max(chances.of)
    told, held, length = list[Quote](), 0.0, 0
    for place in order:
        length += len(quotes[place].whole)
        is_enough = held >= sought and chances.of[place] < nearly
        if told and (is_enough or len(told) == MOST_TOLD or length > LONGEST_TOLD):
            break
        told.append(quotes[place])
        held += chances.of[place]
    return tuple(told)


def in_order(quotes: Sequence[Quote]) -> list[Quote]:
    """Sentences of one passage as they stand there, those next to each other as one."""
    joined: list[Quote] = []
    for quote in sorted(quotes, key=lambda one: one.start):
        last = joined[-1] if joined else None
        if last is not None and _goes_on(last, quote):
            joined[-1] = replace(last, end=quote.end)
        else:
            joined.append(quote)
    return joined


def _goes_on(last: Quote, quote: Quote) -> bool:
    """Whether a sentence stands right behind another, or points back into it; an item or a row is a line of its own."""
    text = quote.passage.text
    is_line = LISTED.match(text, quote.start) or ROW_CELLS in quote.text or ROW_CELLS in last.text
    between = text[last.end : quote.start]
    is_next = not between.strip() and "\n\n" not in between and quote.above == last.above
    return quote.start >= last.end and not is_line and (is_next or quote.understandable[0] < last.end)
