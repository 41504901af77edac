"""The words of the document under the first sentence of an answer: what it stands on, in the original language.

A small generator shortens and paraphrases; beside its sentence the reader sees at once what the document itself says.
"""

from __future__ import annotations

from service.grounding.candidates import AnswerCandidate
from service.grounding.citations import Supported, cite
from youju.records import Citation, Language, Sentence
from youju.text.language import words

LONGEST = 500  # characters; a longer quotation is left to the citation
SAME = 0.9  # share of the quotation's words that the sentence holds, from which on it adds nothing
LABEL: dict[Language, str] = {"en": "Source: “{quote}”", "zh": "原文：“{quote}”"}


def instead(found: AnswerCandidate | None, language: Language) -> Supported | None:
    """The sentence in which the reader found the answer, as the answer itself, where no drafted sentence held."""
    if found is None:
        return None
    citation = cite(found.marker, found.passage, found.start, found.end, 1.0)
    return _quoted(citation, " ".join(citation.quote.split()), language)


def quotation(supported: Supported, language: Language) -> Supported | None:
    """The best citation of a sentence as a sentence of its own; None where it would only say the same again."""
    citation = max(supported.citations, key=lambda one: one.score)
    quote = " ".join(citation.quote.split())
    said, there = set(words(supported.sentence.text)), set(words(quote))
    if len(quote) > LONGEST or len(said & there) >= SAME * len(there):
        return None
    return _quoted(citation, quote, language)


def _quoted(citation: Citation, quote: str, language: Language) -> Supported:
    text = LABEL[language].format(quote=quote)
    return Supported(Sentence(text=text, markers=[citation.marker], support=1.0, verbatim=True), (citation,))
