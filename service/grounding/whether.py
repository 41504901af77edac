"""Yes or no: what the sentence that settles a question says to it. Small generators say yes to nearly all that they are asked.

Two signs have to agree, and else nothing is said but the sentence itself: whether it denies, and by what log odds the
generator, shown this sentence alone, prefers yes. Of 30 questions whose sentence was found, either is right about 24, and where
they agree 20 of 22 (docs/decisions/0024-whole-evidence-and-self-evaluation.md). A sentence beside the point denies seldom and
affirms always: a yes takes one that says nearly all that was asked. A generator that was trained for it is right in .95 of 517
questions on documents that it never saw, and in .98 where it is sure (docs/generator.md): its word is enough then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.generation import Generator, prefers, prompting
from service.grounding.citations import Supported, cite
from service.grounding.quotable import Quote
from youju.records import Language, Sentence
from youju.text.denial import denies
from youju.text.language import query_words, words
from youju.text.quantities import other_amounts

RESTATED = 0.75  # share of the question's words
SAID: dict[Language, dict[bool, str]] = {"en": {True: "Yes.", False: "No."}, "zh": {True: "是。", False: "否。"}}


async def yes_or_no(
    question: str, quote: Quote, language: Language, generator: Generator, enough: float | None = None
) -> Supported | None:
    """`Yes.` or `No.`, on the sentence that is quoted; None where that is not plain, as where its amounts are to be compared
    with those of the question: to six years of eight that are needed a small generator says yes.

    Args:
        enough: log odds from which on the generator's word is taken; None where it does not suffice alone.

    Raises:
        GeneratorUnavailable: see `Generator.weigh`.
    """
    if other_amounts(question, quote.in_context):
        return None
    return await _said(question, quote, language, generator, enough)


async def _said(
    question: str, quote: Quote, language: Language, generator: Generator, enough: float | None
) -> Supported | None:
    if denies(question):  # "isn't it": what yes would mean then is not plain either
        return None
    chat = prompting.whether_yes(question, quote.in_context, quote.passage.title_line, language)
    odds = await prefers(generator, chat, *prompting.YES_NO[language])
    if odds is None:
        return None
    affirms = odds > 0
    if enough is None:
        asked = set(query_words(question))
        if affirms == denies(quote.text) or (affirms and len(asked & set(words(quote.text))) < RESTATED * len(asked)):
            return None
    elif abs(odds) < enough:
        return None
    citation = cite(quote.marker, quote.passage, quote.start, quote.end, 1.0)
    return Supported(Sentence(text=SAID[language][affirms], markers=[quote.marker], support=1.0), (citation,))


async def said_by_both(
    question: str, quotes: Sequence[Quote], language: Language, generator: Generator, enough: float | None = None
) -> Supported | None:
    """`Yes.` or `No.` on the likeliest of some sentences of one passage, if the passage as a whole says the same: a neighbour
    of the sentence that settles a question says yes too. Arguments as `yes_or_no`."""
    said = await yes_or_no(question, quotes[0], language, generator, enough)
    if said is None:
        return None
    whole = replace(quotes[0], start=0, end=len(quotes[0].passage.text), above="", since=None)
    other = await _said(question, whole, language, generator, enough)
    return said if other is not None and other.sentence.text == said.sentence.text else None
