"""The words of the document: under the first sentence of an answer, and in place of a draft that did not hold.

A small generator shortens and paraphrases; beside its sentence the reader sees at once what the document itself says.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.grounding.citations import Supported, cite
from service.grounding.quotable import Quote, quote_at
from youju.records import Citation, Language, Passage, Sentence
from youju.text.language import words
from youju.text.markdown import as_read
from youju.text.wrapping import one_line

LONGEST = 500  # characters; a longer quotation is left to the citation
SAME = 0.9  # share of the quotation's words that the sentence holds, from which on it adds nothing
LABEL: dict[Language, str] = {"en": "Source: “{quote}”", "zh": "原文：“{quote}”"}
UNDER: dict[Language, str] = {"en": "Source, under “{above}”: “{quote}”", "zh": "原文，在“{above}”下：“{quote}”"}
LONGEST_ABOVE = 100  # characters


def instead(quote: Quote, language: Language) -> Supported:
    """A quotation as the answer itself, where no drafted sentence held; behind what it stands under in the document, without
    which "this directory" or "No." tells nothing."""
    media_type = quote.passage.document.media_type
    citation = cite(quote.marker, quote.passage, *quote.understandable, 1.0)
    above, text = as_read(quote.above, media_type), as_read(quote.whole, media_type)
    new = set(words(above)) - set(words(text))
    return _quoted(citation, text, language, above if new and len(above) <= LONGEST_ABOVE else "")


def told_together(quotes: Sequence[Quote]) -> str:
    """The words of several quotations of one passage, one behind the other."""
    texts = [as_read(quote.in_context, quote.passage.document.media_type) for quote in quotes]
    return " … ".join(text for place, text in enumerate(texts) if text not in texts[:place])


def quotation(supported: Supported, shown: Sequence[Passage], language: Language) -> Supported | None:
    """The best citation of a sentence as a sentence of its own, with what it points back to; None where it would only say the
    same again.

    Args:
        shown: the passages that markers count, from 1.
    """
    citation = max(supported.citations, key=lambda one: one.score)
    passage = shown[citation.marker - 1]
    found = quote_at(citation.marker, passage, citation.start - passage.start, citation.end - passage.start)
    if found.since is not None:
        citation = cite(citation.marker, passage, *found.understandable, citation.score)
    quote = one_line(as_read(citation.quote, passage.document.media_type))
    said, there = set(words(supported.sentence.text)), set(words(quote))
    if len(quote) > LONGEST or len(said & there) >= SAME * len(there):
        return None
    return _quoted(citation, quote, language)


def _quoted(citation: Citation, quote: str, language: Language, above: str = "") -> Supported:
    text = (UNDER if above else LABEL)[language].format(quote=quote, above=above)
    return Supported(Sentence(text=text, markers=[citation.marker], support=1.0, verbatim=True), (citation,))
