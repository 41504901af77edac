"""Faithfulness: does a passage that was shown support a sentence of the draft? What none supports is a hallucination.

A sentence leaves the service only if a passage that was shown supports it; the markers that the model wrote are hints, the
passage's own words decide. Knows nothing of prompts, generators or HTTP.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.grounding.arithmetic import calculation, misstates_difference, remainder, with_calculations
from service.grounding.citations import Supported, cite
from service.grounding.draft_parser import Drafted
from service.grounding.exchange import exchanged
from service.grounding.facts import only_repeats_numbers, says_more
from service.grounding.namesakes import is_of_another_kind, is_of_another_time
from service.grounding.polarity import (
    KNOWN_WORD,
    asks_whether,
    clauses,
    contradicted,
    is_turned,
    of_same_polarity,
    own_denial,
    said_in,
)
from service.grounding.rows import is_apart, is_beside, is_of_another, is_of_another_subject
from youju.embedding.base import Embedder
from youju.embedding.scale import SimilarityScale, scale_of
from youju.records import Passage, Sentence
from youju.text.denial import denies
from youju.text.folding import folded
from youju.text.language import ROW_CELLS, detect_language, query_words, sentences, words
from youju.text.quantities import figures, numbers
from youju.text.wrapping import one_line

SUPPORTED = 0.5  # least support of a sentence that is sent
WORSE = 0.2  # support by which a passage that the model cited may be behind the best one
POINTS_BACK = re.compile(
    r"\W*(?:(?:and|but|or|so|also|then|in|at|for|from|after|before|with|without|to|of|by|because of|due to)\s+)?"
    r"(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|here|both|such|one|the (?:latter|same))\b|"
    r"\W*(?:therefore|thus|hence|consequently|otherwise|as a result|if (?:so|not)(?=,)|"
    r"if you (?:do|don't|do not) (?:so|this|that))\b|"
    r"\W*(?:因此|因而|所以|为此|否则|不然|它|他|她|这|该|此|其(?!他|它|实|中)|那(?!么)|同时|并且|并|两者|前者|后者)",
    re.IGNORECASE,
)
# Words by which instructions are put, whatever they are about: they tell as little as those of the question.
LIGHT = frozenset(
    query_words(
        "use using command following option setting way step simply type run press choose select click "
        "使用 命令 选项 设置 方法 步骤 输入 运行 点击 进行"
    )
)
# Between two statements in one sentence, each of which may have its own support.
BETWEEN = re.compile(r"[;；]\s*|,?\s(?:while|whereas)\s|[,，]\s*(?:而(?!且))", re.IGNORECASE)
LEAST_PART = 3  # words that tell something, in each of the two
# Between what one sentence says of one thing, and a document in several.
LISTED = re.compile(
    r"[,，;；、]\s*(?:(?:and|but|with|plus)\b\s*|并且?|以及|且|同时|还)?|\s(?:and|but)\s|(?:并且|以及|而且)", re.IGNORECASE
)
MOST_PARTS = 5
NEARLY = 0.6  # of what a sentence says
CLEAR = 0.75  # support of each part behind the first: it says less than a sentence
WHY = re.compile(r"\bwhy\b|为什么|为何|为啥|什么原因", re.IGNORECASE)
ENDS = re.compile(r"[。.!！?？;；…:：,，][\"'”’」』）)】》\]]*\s*$")
AFFIRMED = 0.8
LONGEST_LABEL = 50  # characters
LITERAL = 8  # letters and figures of a statement that may stand by being quoted
SIGNS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")  # one between two digits tells something: 1.5, 10^5
WORDY = re.compile(r"\w")
LEADS_IN = re.compile(r"[:：]\s*$")


class Verifier:
    """Checks sentences of a draft against the passages that the model was shown."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def verify(self, drafted: Drafted, question: str, shown: Sequence[Passage]) -> Supported | None:
        """The sentence with its support and exact citations, or None if no passage shown supports it; of a sentence that makes
        two statements each must have its own, unless it stands there as it is.

        Of the passages that the model cited those are cited that support it about as well as the best one does, else that one.
        """
        whole = self._verify(drafted, question, shown) or self._in_parts(drafted, question, shown)
        parts = BETWEEN.split(drafted.text)
        is_literal = whole is not None and whole.sentence.support == 1
        if is_literal or len(parts) < 2 or any(len(query_words(part)) < LEAST_PART for part in parts):
            return whole
        each = [self._verify(Drafted(part, drafted.markers), question, shown) for part in parts]
        found = [one for one in each if one]
        if len(found) < len(parts):
            return None
        markers = list(dict.fromkeys(marker for one in found for marker in one.sentence.markers))
        support = min(one.sentence.support for one in found)
        citations = tuple(citation for one in found for citation in one.citations)
        return Supported(Sentence(text=drafted.text, markers=markers, support=support), citations)

    def _in_parts(self, drafted: Drafted, question: str, shown: Sequence[Passage]) -> Supported | None:
        """The same for a sentence that puts together what several sentences of one passage say: each part has its own support
        there."""
        parts = _parts(drafted.text)
        if not 2 <= len(parts) <= MOST_PARTS:
            return None
        for marker, passage in enumerate(shown, 1):
            texts = [passage.text[start:end] for start, end in _spans(passage.text)]
            # Cells of several rows would make a row that is none; and a sentence that one of the document nearly says is that
            # one, with something changed.
            if ROW_CELLS in passage.text or max(_coverage(drafted.text, question, text) for text in texts) >= NEARLY:
                continue
            # The first says what it is about, so that the others need not.
            spans = [self._evidence(part, "" if place else question, passage, shown) for place, part in enumerate(parts)]
            supports = [span.support for span in spans]
            if supports[0] >= SUPPORTED and min(supports[1:]) >= CLEAR:
                citations = tuple(cite(marker, passage, span.start, span.end, span.support) for span in dict.fromkeys(spans))
                return Supported(Sentence(text=drafted.text, markers=[marker], support=round(min(supports), 3)), citations)
        return None

    def _verify(self, drafted: Drafted, question: str, shown: Sequence[Passage]) -> Supported | None:
        """The same for a sentence that makes one statement."""
        cited = [marker for marker in dict.fromkeys(drafted.markers) if 1 <= marker <= len(shown)]
        evidence = {marker: self._evidence(drafted.text, question, passage, shown) for marker, passage in enumerate(shown, 1)}
        best = max(evidence, key=lambda marker: evidence[marker].support, default=0)
        most = evidence[best].support if best else 0.0
        if most < SUPPORTED:
            return None
        near = [marker for marker in cited if evidence[marker].support >= max(SUPPORTED, most - WORSE)]
        good = [(marker, evidence[marker]) for marker in near or [best]]
        citations = tuple(cite(marker, shown[marker - 1], span.start, span.end, span.support) for marker, span in good)
        support = max(span.support for _, span in good)
        at, surest = max(good, key=lambda pair: pair[1].support)
        told, quote = surest.calculations, shown[at - 1].text[surest.start : surest.end]
        if not told and (rest := remainder(question, drafted.text) or remainder(question, quote)):
            told = (rest,)
        sentence = Sentence(
            text=with_calculations(drafted.text, told), markers=[marker for marker, _ in good], support=round(support, 3)
        )
        return Supported(sentence, citations)

    def extract(self, question: str, shown: Sequence[Passage], markers: Sequence[int]) -> Supported | None:
        """The sentence of the passages pointed at that is nearest to the question, as it stands; None in another language.

        For a model that names the right passage and writes nothing: the passage itself then speaks.
        """
        asked = detect_language(question)
        pointed = [marker for marker in dict.fromkeys(markers) if 1 <= marker <= len(shown)]
        candidates = [
            (marker, span)
            for marker in pointed
            if shown[marker - 1].language == asked
            for span in _spans(shown[marker - 1].text)
            if not is_of_another(shown[marker - 1].text[slice(*span)], question, shown, shown[marker - 1].title_line)
        ]
        if not candidates:
            return None
        texts = [shown[marker - 1].text[start:end] for marker, (start, end) in candidates]
        vectors = self._embedder.embed_queries([question, *texts])
        marker, (start, end) = candidates[int((vectors[1:] @ vectors[0]).argmax())]
        citation = cite(marker, shown[marker - 1], start, end, 1.0)
        text = one_line(citation.quote)
        return Supported(Sentence(text=text, markers=[marker], support=1.0), (citation,))

    def _evidence(self, sentence: str, question: str, passage: Passage, shown: Sequence[Passage]) -> SupportingSpan:
        """The part of the passage that supports the sentence best, and how well."""
        spans = _windows(passage.text)
        if (
            is_of_another_subject(passage, question, shown)
            or is_of_another_time(passage, question, shown)
            or _gives_no_reason(sentence, question)
            or only_repeats_numbers(sentence, question)
            or is_of_another_kind(sentence, question)
        ):
            return SupportingSpan(*spans[0], 0.0)
        texts = [passage.text[start:end] for start, end in spans]
        is_same = detect_language(question) == passage.language
        asked = set(query_words(question)) - LIGHT if is_same else set[str]()
        literally = [span for span, text in zip(spans, texts, strict=True) if _stands(sentence, text)]
        if literally:
            literal = min(literally, key=lambda span: _is_label(passage.text[slice(*span)]))  # the first that states something
            quote = passage.text[slice(*literal)]
            beside = is_of_another(quote, question, shown, passage.title_line) or is_apart(
                asked, _with_heading(passage, *literal), shown
            )
            return SupportingSpan(*literal, 0.0 if beside else 1.0)
        told = [_calculated(sentence, question, passage, text) for text in texts]
        context = "\n".join([passage.context, *(one for some in told for one in some)])
        if says_more(sentence, context, question) or _says_otherwise(sentence, question, passage.text):
            return SupportingSpan(*spans[0], 0.0)
        line = passage.title_line
        texts = ["\n".join([text, *some]) for text, some in zip(texts, told, strict=True)]
        headings = {part.strip() for part in line.split(" > ")}  # tell what follows, and state nothing
        shared = set(query_words(sentence)) & set(query_words(question))
        may = [
            not (
                says_more(sentence, f"{line}\n{text}", question)
                or is_of_another(text, question, shown, line)
                or is_beside(shared, f"{line}\n{text}", passage.text)
                or is_apart(asked, _with_heading(passage, *span), shown)
                or text.strip() in headings
            )
            for text, span in zip(texts, spans, strict=True)
        ]
        supports = [_coverage(sentence, question, text) if one else 0.0 for text, one in zip(texts, may, strict=True)]
        # A name or a number may stand literally in a passage of another language; else only likeness can tell.
        if max(supports) < SUPPORTED and detect_language(sentence) != passage.language and not _is_bare(sentence, question):
            likeness = self._likeness(f"{question} {sentence}", texts)
            # Of a passage in two languages, what is in the sentence's own has its words or does not say it.
            across = [one and detect_language(text) != detect_language(sentence) for text, one in zip(texts, may, strict=True)]
            supports = [like if one else least for like, one, least in zip(likeness, across, supports, strict=True)]
        # Of equals the shortest; a label states nothing, and what stands under it often has its words too.
        best = max(range(len(spans)), key=lambda i: (supports[i], not _is_label(texts[i]), spans[i][0] - spans[i][1]))
        return SupportingSpan(*spans[best], supports[best], told[best])

    def _likeness(self, sentence: str, texts: Sequence[str]) -> list[float]:
        """How much each text says what the sentence says, 0 to 1, by similarity: for another language, where words fail."""
        vectors = self._embedder.embed_queries([sentence, *texts])
        similarities = (vectors[1:] @ vectors[0]).tolist()
        return [self._scale.share(one) for one in similarities]

    @functools.cached_property
    def _scale(self) -> SimilarityScale:
        return scale_of(self._embedder)


@dataclass(frozen=True)
class SupportingSpan:
    """A span in the text of a passage, how much of a sentence it supports, 0 to 1, and how numbers of it were computed."""

    start: int
    end: int
    support: float
    calculations: tuple[str, ...] = ()


def _spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a passage."""
    return sentences(text) or [(0, len(text))]


def _is_label(text: str) -> bool:
    """Whether a line may be a heading, or a term above what is said of it."""
    return len(text) <= LONGEST_LABEL and not ENDS.search(text) and ROW_CELLS not in text


def _windows(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a passage, and of neighbouring pairs of which one does not stand alone: the second points back
    to the first, or the first leads in. Any other two say two things, and a sentence that mixes them is none of them.
    """
    single = _spans(text)
    pairs = [
        (first[0], second[1])
        for first, second in zip(single, single[1:], strict=False)
        if POINTS_BACK.match(text[second[0] : second[1]]) or LEADS_IN.search(text[first[0] : first[1]])
    ]
    return single + pairs


def _parts(text: str) -> list[str]:
    """What one sentence says of one thing, cut where a document may say it in several; what is too short to be a statement
    stays with what stands before it."""
    cuts, start = [0], 0
    for match in LISTED.finditer(text):
        if min(len(query_words(text[start : match.start()])), len(query_words(text[match.end() :]))) >= LEAST_PART:
            cuts, start = [*cuts, match.end()], match.end()
    return [text[first:last] for first, last in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _says_otherwise(sentence: str, question: str, text: str) -> bool:
    """Whether a text says the contrary, or the same of another one, or takes one amount for a difference."""
    if contradicted(sentence, question, text) or is_turned(sentence, text) or misstates_difference(sentence, text):
        return True
    return ROW_CELLS not in text and exchanged(sentence, text)


def _gives_no_reason(sentence: str, question: str) -> bool:
    """Whether a reason is asked, and all that the sentence adds to the question are numbers and dates."""
    if not WHY.search(question):
        return False
    new = set(query_words(sentence)) - set(query_words(question)) - LIGHT
    return all(numbers(word) for word in new)


def _calculated(sentence: str, question: str, passage: Passage, text: str) -> tuple[str, ...]:
    """How the numbers of a sentence that stand neither in the passage nor in the question follow from those of a text of it;
    nothing unless all do."""
    new = figures(sentence) - figures(passage.context) - figures(question)
    found = [calculation(number, question, text) for number in sorted(new)]
    return tuple(one for one in found if one) if all(found) else ()


def _is_bare(sentence: str, question: str) -> bool:
    """Whether a sentence only affirms or denies (`Yes.`, `不可以`): then it is the question alone that is alike."""
    return not set(query_words(sentence)) - set(query_words(question)) - {"yes", "no"} and asks_whether(question)


def _with_heading(passage: Passage, start: int, end: int) -> str:
    """A span of a passage under the title of its document and the last heading before it: a line without an end mark."""
    before = [line for line in passage.text[:start].split("\n") if line.strip() and not ENDS.search(line)]
    return "\n".join([passage.title_line, *before[-1:], passage.text[start:end]])


def _stands(sentence: str, text: str) -> bool:
    """Whether a sentence stands in a text word for word, as whole clauses: of part of one, what denies it might be missing."""
    if not WORDY.search(sentence):  # a key, a sign: it is itself or nothing
        sign = sentence.strip().strip("`")
        return bool(re.search(rf"(?<![^\w\s`\"'(（“‘]){re.escape(sign)}(?![^\w\s`\"')）”’,，。])", text))
    said, there = ([SIGNS.sub("", folded(one).lower()) for one in clauses(each)] for each in (sentence, text))
    if len("".join(said)) < LITERAL:
        return False
    return any(there[start : start + len(said)] == said for start in range(len(there)))


def _coverage(sentence: str, question: str, evidence: str) -> float:
    """Weighted share of the sentence's words that the evidence holds, words new against the question weighing more; and no
    more than the share of those new words alone, which are the answer. What a clause affirms must stand where nothing is
    denied, what it denies where something is.

    `Yes.` says what the question says. Other sentences without words of their own, as `No.`, stay unsupported.
    """
    known, repeats = set(query_words(question)) | LIGHT, denies(sentence) and not own_denial(sentence, question)
    weights: dict[str, float] = {}
    held: set[str] = set()
    for said, is_denial in said_in(sentence, question):
        text = evidence if repeats else of_same_polarity(evidence, is_denial)
        held |= set(said) & (set(words(text)) | numbers(text))
        weights |= {word: KNOWN_WORD if word in known else 1.0 for word in said}
    if not weights:
        return 0.0
    new = [word for word in weights if word not in known]
    share = sum(weights[word] for word in held) / sum(weights.values())
    if not new and asks_whether(question):  # a yes that says what was asked: nearly all of it must stand there
        return share if share >= AFFIRMED else 0.0
    return min(share, sum(word in held for word in new) / len(new) if new else 1.0)
