"""Does a text affirm or deny (negation)? What is denied supports no affirmation, and the other way round.

Knows nothing of passages. A clause denies if a word of denial stands in it, also one of prohibition or of what need not be.
"""

from __future__ import annotations

import re

from youju.text.denial import NEGATION, denies
from youju.text.language import query_words, words
from youju.text.quantities import numbers

KNOWN_WORD = 0.25  # weight of a word that the question already held, against 1 for a new one
AGREEMENT = re.compile(r"^\W*(?:yes\b|是(?:的|，|,|。|$)|对(?:的|，|,|。|$)|可以|能(?!量|源|力)|会的|需要|必须)", re.IGNORECASE)
CLAUSE_END = re.compile(
    r"[，,；;：:。.!?！？\n](?!\d)|\s\|\s|\s(?=(?:without|rather than|instead of)\b)|"
    r"\b(?:but|whereas|although|however|while)\b|(?:但是?|不过|然而|而是)|"
    r"\band\s(?=(?:(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|must|shall|should|will|would)(?:\s|(?=n['’]t)))?"
    r"(?:not\b|never\b|cannot\b|no longer\b|n['’]t\b))|(?:[并且亦也](?=[不没未无]))",
    re.IGNORECASE,
)
ALSO = re.compile(r"\band\b|[并且](?!不|没|无|未)", re.IGNORECASE)  # a document may affirm the one and deny the other
QUESTION_OF_FACT = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had|am|need)\b|吗|是否|能否|可否|有无|"
    r"有没有|([是能会要行好对该准用需可])不\1",
    re.IGNORECASE,
)


# What a denial adds to the words of what it denies.
DENIAL = re.compile(r"(?<=\b[cC]an)not\b|\b(?:not|never)\b|n['’]t\b|[不没沒未無无]", re.IGNORECASE)
SIGNS = re.compile(r"[\W_]+")
REPEATED = 12  # letters of a statement from which on its being there is no chance


def is_turned(sentence: str, text: str) -> bool:
    """Whether a text says word for word what a sentence says, but for a denial in one of both: "you may not refuse" where it
    has "you may refuse"."""
    bare, there = (SIGNS.sub("", DENIAL.sub("", one)).casefold() for one in (sentence, text))
    if len(bare) < REPEATED or bare not in there:
        return False
    whole, of_text = (SIGNS.sub("", one).casefold() for one in (sentence, text))
    return whole not in of_text


def asks_whether(question: str) -> bool:
    """Whether yes or no answers the question."""
    return bool(QUESTION_OF_FACT.search(question))


def clauses(text: str) -> list[str]:
    """The clauses of a text, without what parts them."""
    return [clause for clause in CLAUSE_END.split(text) if clause and clause.strip()]


def of_same_polarity(evidence: str, is_denial: bool) -> str:
    """What of the evidence may support a denial (all, if it denies something) or an affirmation (what denies nothing)."""
    if is_denial:
        return evidence if denies(evidence) else ""
    return " ".join(clause for clause in clauses(evidence) if not denies(clause))


def own_denial(sentence: str, question: str) -> bool:
    """Whether a sentence denies something of its own: a denial that stands in the question may be repeated."""
    if not denies(sentence):
        return False
    asked = [match.group().lower() for match in NEGATION.finditer(question)]
    for match in NEGATION.finditer(sentence):
        if match.group().lower() not in asked:
            return True
        asked.remove(match.group().lower())
    return asks_whether(question)


def said_in(sentence: str, question: str) -> list[tuple[list[str], bool]]:
    """The words of each clause of a sentence that says something, and whether it denies; of `Yes.` those of the question, with
    which it agrees. A denial that stands in the question is part of what is asked."""
    return [(said, is_denial) for said, is_denial, _ in _said(sentence, question)]


def _said(sentence: str, question: str) -> list[tuple[list[str], bool, str]]:
    """The same, with each clause itself."""
    repeats = denies(sentence) and not own_denial(sentence, question)
    found = [
        ([word for word in query_words(clause) if word != "yes"], denies(clause) and not repeats, clause)
        for clause in clauses(sentence)
    ]
    found = [one for one in found if one[0]]
    return found if found or not AGREEMENT.search(sentence) else [(query_words(question), False, question)]


def contradicted(sentence: str, question: str, text: str) -> bool:
    """Whether a clause of the text that has the other polarity says more of some clause of the sentence than any of its own."""
    if denies(sentence) and not own_denial(sentence, question):  # it repeats what was asked, and denies no more than that
        return False
    return any(
        _is_contradicted(set(query_words(part)) or set(said), is_denial, text, question)
        for said, is_denial, clause in _said(sentence, question)
        for part in (ALSO.split(clause) if not is_denial else [clause])
    )


def _is_contradicted(said: set[str], is_denial: bool, text: str, question: str) -> bool:
    same, other, asked = 0.0, 0.0, set(query_words(question))
    weights = {word: KNOWN_WORD if word in asked else 1.0 for word in said}
    for clause in clauses(text):
        share = sum(weights[word] for word in said & (set(words(clause)) | numbers(clause)))
        if denies(clause) == is_denial:
            same = max(same, share)
        else:
            other = max(other, share)
    return other > same or (asks_whether(question) and other == same > 0)
