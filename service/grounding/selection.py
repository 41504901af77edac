"""Which sentences of the passages may answer, likeliest first: evidence sentence selection.

A linear score over what retrieval, the reader and the draft tell of each sentence. That a draft repeats it tells much even
where no rule found support for the draft: a small generator finds the place oftener than it words it well. Fitted by
`python -m training.fit_sentence_selection` (docs/decisions/0040-sentences-that-answer.md).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from service.grounding.facts import OPTION
from service.grounding.namesakes import is_of_another_kind, is_of_another_time
from service.grounding.rows import is_of_another, is_titled_otherwise
from service.grounding.verifier import LEADS_IN
from service.reading import Reading
from service.reading.probability import probability_of
from service.reading.reranking import LEAST, Pair
from service.retrieval.shifting import moved
from youju.embedding.base import Embedder, Vectors
from youju.embedding.scale import scale_of
from youju.records import Language, Passage
from youju.text.language import ROW_CELLS, detect_language, query_words, sentences, words
from youju.text.wrapping import one_line

SAYS = re.compile(r"[^\W_]")
ASKS = re.compile(r"[?？]\s*$")
ENDS = re.compile(r"[。.!！;；…][\"'”’」』）)】》\]]*\s*$")
# Says nothing without the sentence before it: which range, which of them.
POINTS_BACK = re.compile(r"\W*(?:在此(?:范围|期|之[内外]|情)|上述|前述|该等)")
TAKES_BACK = re.compile(
    r"\W*(?:but|however|yet|in (?:practice|fact|reality)|actually|nevertheless|但|然而|不过|可是|实际上|事实上|其实)",
    re.IGNORECASE,
)
LEAST_WORDS = 2  # "2." and "D4." are what stands before a sentence
SYNOPSIS = re.compile(r"[\[({<][^\])}>]* \| [^\])}>]*[\])}>]")  # `[-q | --quiet]`: how a command is written, no row of a table
LONGEST_TERM = 80  # characters
LONGEST_LABEL = 50  # characters; wrapped text has longer lines
LISTED = re.compile(r"[-*•·–]|\(?\d{1,3}[.)、]")  # a sign or number of an item
LONGEST_QUOTED = 400  # characters of two sentences together
LEAST_LEAD = 5  # words of a sentence that leads in to what answers; fewer are a label
SHORT_LEAD = 40  # characters of a lead-in that belongs to the sentence before it
STANDS_ALONE = 40  # characters; a shorter answer to a question in the text ("No.") takes the next sentence along
SPAN_SCALE = 3.0  # logits of the reader
PRIOR = 0.8  # what a sentence's own score counts beside what a judge says of it
PLAIN = 4.5  # log odds of a judge from which on no further sentence is looked at
RULED = re.compile(r"\s+[-=~_*]{5,}(?=\s)")  # a line drawn around a command
WHOLE = 200  # characters from which on a sentence is not longer for this
SIGNALS = ("span", "best", "shared", "similarity", "drafted", "length")
# "Contact: office@example.org", "Contract number HH-4471": no sentence, and not only a heading.
VALUED = re.compile(r"\s*[^\W\d][^:：\n]{1,40}[:：]\s*[^\s/]")
NUMBERED = re.compile(r"[^\W\d]\S*[\s:：#№]+[\w-]*\d|[\u4e00-\u9fff][\w-]*\d")
CHAPTER = re.compile(
    r"\W*(?:\d|chapter|section|part|step|figure|fig|table|appendix|annex|article|clause|page|第|附录|附件|图|表|步骤)",
    re.IGNORECASE,
)
ITEM = re.compile(  # of a list: no heading, whatever it ends with
    r"\s*(?:[-*•·–]|\(?\d{1,2}[.)、])\s+(?:\S+\s+){2}\S|"
    r"\s*(?:[-*•·–]|[（(]?[\d一二三四五六七八九十]{1,3}[）).、])\s*[\u4e00-\u9fff]{5}"
)


@dataclass(frozen=True)
class Quote:
    """Characters `start` to `end` (exclusive) of a passage that is number `marker`.

    `above` is what it stands under in the text: the question that it follows, if it answers one, or the label (a term that is
    defined, a small heading) on a line above its paragraph; `score` the log odds, but for a constant, of answering the question
    that was asked; `stated` the log odds by which a generator said that it does, if one was asked.
    """

    marker: int
    passage: Passage
    start: int
    end: int
    above: str = ""
    score: float = 0.0
    stated: float | None = None

    @property
    def text(self) -> str:
        return one_line(RULED.sub(" ", self.passage.text[self.start : self.end]))

    @property
    def in_context(self) -> str:
        """The text behind what it stands under: `No.` alone tells nothing."""
        return self.text if not self.above else f"{self.above}{'' if ASKS.search(self.above) else ':'} {self.text}"

    @property
    def line(self) -> str:
        """The same behind the title and headings, as it is offered among others."""
        title = self.passage.title_line
        return f"[{title}] {self.in_context}" if title else self.in_context


def ranked_quotes(
    question: str, draft: str, shown: Sequence[Passage], read: Sequence[Pair], embedder: Embedder, most: int
) -> list[Quote]:
    """The sentences of the passages that may answer, likeliest first; of a question in the text (FAQ, heading) what follows it.
    None of another key, subject, time or kind than the question's.

    Args:
        draft: what the generator wrote, "" if nothing yet.
        shown: the passages of the prompt; marker n is `shown[n - 1]`.
        read: the passages as retrieved, with what was read in each.
        most: how many.
    """
    quotes, values = signals(question, draft, shown, read, embedder)
    scores, found, seen = values @ _weights(), list[Quote](), set[tuple[int, int, int]]()
    for place in np.argsort(-scores, kind="stable").tolist():
        quote = replace(quotes[place], score=float(scores[place]))
        if (quote.marker, quote.start, quote.end) in seen:  # an answer is found from the question before it too
            continue
        seen.add((quote.marker, quote.start, quote.end))
        said = quote.passage.text[quote.start : quote.end]
        beside = (
            is_titled_otherwise(quote.passage, question, shown)
            or is_of_another_time(quote.passage, question, shown)
            or is_of_another_kind(said, question)
        )
        if not beside and not is_of_another(said, question, shown, quote.passage.title_line):
            found.append(quote)
        if len(found) == most:
            break
    return found


def signals(
    question: str, draft: str, shown: Sequence[Passage], read: Sequence[Pair], embedder: Embedder
) -> tuple[list[Quote], npt.NDArray[np.float64]]:
    """The sentences that could be quoted and what speaks for each; arguments as `ranked_quotes`.

    Returns:
        The quotes, and an array of shape (quotes, `SIGNALS`):
        span: how likely the reader found the answer in it, 0 to 1.
        best: logit of the best span in its passage, less that of the best passage.
        shared: share of the question's words in it, its title, its headings or the question that it follows.
        similarity: of the question to it below all of these, 0 to 1 on the embedder's scale.
        drafted: share of the draft's words in it; in another language likeness to the draft, 0 to 1 as above.
        length: characters, 1 from `WHOLE` on.
    """
    readings = {passage.key: (passage.start, reading) for passage, reading in read}
    found = [
        (quote, *readings[passage.key], span)
        for marker, passage in enumerate(shown, 1)
        for quote, span in _quotes(marker, passage)
    ]
    if not found:
        return [], np.zeros((0, len(SIGNALS)))
    quotes = [quote for quote, *_ in found]
    compared = [question, draft] if draft else [question]
    vectors = embedder.embed_queries([*compared, *(f"{one.passage.title_line}\n{one.in_context}" for one in quotes)])
    likeness = vectors[len(compared) :] @ vectors[: len(compared)].T
    _move(likeness[:, 0], vectors[0], vectors[len(compared) :], [one.passage.language for one in quotes], question, embedder)
    scale, asked, drafted = scale_of(embedder), set(query_words(question)), set(words(draft))
    language = detect_language(draft or question)
    best = max(_best(reading) for _, _, reading, _ in found)
    rows = []
    for (quote, start, reading, span), like in zip(found, likeness, strict=True):
        said, above = set(words(quote.text)), set(words(f"{quote.passage.title_line}\n{quote.above}"))
        across = draft and quote.passage.language != language
        repeated = scale.share(float(like[-1])) if across else len(drafted & said) / max(1, len(drafted))
        rows.append(
            [
                read_in(reading, start - quote.passage.start, *span), _best(reading) - best,
                len(asked & (said | above)) / max(1, len(asked)), scale.share(float(like[0])), repeated,
                min(1.0, len(quote.text) / WHOLE),
            ]
        )  # fmt: skip
    return quotes, np.array(rows)


def _move(
    likeness: npt.NDArray[np.float32], query: Vectors, vectors: Vectors, languages: Sequence[Language], question: str,
    embedder: Embedder,
) -> None:  # fmt: skip
    """Order sentences in another language by the question as it is moved there, on the scale that likeness has without."""
    for language, there in moved(embedder.name, query, detect_language(question)).items():
        mine = np.array([one == language for one in languages])
        if mine.sum() > 1:
            before, after = likeness[mine], vectors[mine] @ there
            likeness[mine] = before.mean() + (after - after.mean()) * before.std() / max(float(after.std()), 1e-6)


def _best(reading: Reading) -> float:
    return max(reading.best, LEAST)


def quotes_of(passage: Passage) -> list[Quote]:
    """What can be quoted of a passage, each once."""
    return list({(quote.start, quote.end): quote for quote, _ in _quotes(1, passage)}.values())


def _quotes(marker: int, passage: Passage) -> list[tuple[Quote, tuple[int, int]]]:
    """What can be quoted of a passage, each with the sentence that it begins from."""
    spans = [span for span in sentences(passage.text) if SAYS.search(passage.text[slice(*span)])]  # no line below a heading
    found = []
    for place, span in enumerate(spans):
        low, high = answer_of(passage.text, spans, place)
        if high > low:
            before = [passage.text[slice(*one)] for one in spans if one[1] <= low][-1:]
            asked = one_line(before[0]) if before and ASKS.search(before[0]) else ""
            if asked or len(words(passage.text[low:high])) >= LEAST_WORDS:
                found.append((Quote(marker, passage, low, high, asked or label_above(passage, low)), span))
    return found


def answer_of(text: str, spans: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    """The span to quote for a sentence: itself, with the next one if it leads in or is taken back there, with the one before if
    it points there; what follows a question; nothing (an empty span) of a heading that tells nothing."""
    start, end = spans[place]
    if ASKS.search(text[start:end]):
        rest = spans[place + 1 :]
        if not rest or ASKS.search(text[slice(*rest[0])]):
            return end, end
        start, end = rest[0]
        if end - start < STANDS_ALONE and len(rest) > 1:
            end = rest[1][1]
        return start, end
    said = text[start:end]
    is_row = ROW_CELLS in said and not SYNOPSIS.search(said)
    if LEADS_IN.search(said) and len(words(said)) >= LEAST_LEAD and (led := led_to(text, spans, place)) > end:
        return start, led  # "To go back, issue the following command:" with that command
    if not (ENDS.search(said) or is_row or ITEM.match(said) or tells(said)):
        return end, end
    points = POINTS_BACK.match(said) or TAKES_BACK.match(said)
    if place and points and "\n\n" not in text[spans[place - 1][0] : start]:
        before = spans[place - 1][0]
        return (before, end) if end - before < LONGEST_QUOTED else (start, end)
    if place > 1 and ASKS.search(text[slice(*spans[place - 2])]) and start - spans[place - 1][0] < STANDS_ALONE:
        return spans[place - 1][0], end  # the short answer before it, to a question
    return term_of(text, start), led_to(text, spans, place)


def tells(line: str) -> bool:
    """Whether a line without an end mark tells something: a name with its value, a number or code that is no heading's own."""
    return bool(VALUED.match(line) or (NUMBERED.search(line) and not CHAPTER.match(line)))


def led_to(text: str, spans: Sequence[tuple[int, int]], place: int) -> int:
    """Where to stop saying a sentence: behind what takes it back, and behind what it, or a short lead-in next to it (`So:`),
    leads in to, a command and all lines right below it; at its own end where that is too long."""
    first, end = spans[place]
    listed = False  # whether what stands before belongs to what was led in to
    for low, high in spans[place + 1 :]:
        said, between = text[low:high], text[end:low]
        leads = bool(LEADS_IN.search(text[:end]))
        is_lead = len(said) <= SHORT_LEAD and LEADS_IN.search(said) and not LISTED.match(said)  # an item leads in by itself
        begins = is_lead and "\n\n" not in between and not listed
        goes_on = listed and "\n\n" not in between and not ENDS.search(text[first:end])
        takes_back = end == spans[place][1] and TAKES_BACK.match(said)
        if high - first > LONGEST_QUOTED or not (leads or begins or goes_on or takes_back):
            break
        listed, end = leads or goes_on, high
    return spans[place][1] if LEADS_IN.search(text[:end]) and end > spans[place][1] else end


def label_above(passage: Passage, start: int) -> str:
    """The label (see `label_of`) under which a sentence of a passage stands, where its title and headings do not say it."""
    label = label_of(passage.text, start)
    return "" if label in passage.title_line else label


def label_of(text: str, start: int) -> str:
    """The short line without an end mark that stands over the paragraph which holds `start`, directly or before a blank line;
    "" where there is none."""
    apart = False
    for line in reversed(text[: text.rfind("\n", 0, start) + 1].split("\n")[:-1]):
        label = line.strip()
        if LISTED.match(label) and LEADS_IN.search(label) and len(label) <= LONGEST_LABEL:  # "- 100-999:" over "- Users …"
            return LISTED.sub("", label, count=1).strip(" :：")
        if 0 < len(label) <= LONGEST_LABEL and not (ENDS.search(label) or LISTED.match(label) or ROW_CELLS in label):
            return label
        if label and apart:
            break
        apart = apart or not label
    return ""


def term_of(text: str, start: int) -> int:
    """Where the term begins that stands on the line before `start`, an option of a command or a line that is less indented, as
    manuals define them; `start` where there is none."""
    line = text.rfind("\n", 0, start) + 1
    before = text.rfind("\n", 0, max(0, line - 1)) + 1
    term = text[before : max(0, line - 1)]
    if text[line:start].strip() or not 0 < len(term.strip()) <= LONGEST_TERM or ENDS.search(term):
        return start
    indented = len(text[line:start].expandtabs()) > len(term.expandtabs()) - len(term.expandtabs().lstrip())
    return before + len(term) - len(term.lstrip()) if indented or OPTION.match(term.strip()) else start


def read_in(reading: Reading, shift: int, start: int, end: int) -> float:
    """How likely the reader found the answer in that sentence."""
    scores = [span.score for span in reading.spans if start <= span.start + shift and span.end + shift <= end + 1]
    return probability_of(max(scores) / SPAN_SCALE) if scores else 0.0


Judge = Callable[[Quote], Awaitable[float | None]]


async def likeliest(quotes: Sequence[Quote], judge: Judge) -> Quote | None:
    """The quote that most likely answers, with what a judge said of it; the first where the judge cannot tell.

    Args:
        quotes: likeliest first, before they are judged.
        judge: tells log odds; called for one after the other, until one plainly answers.
    """
    best: Quote | None = None
    most = -math.inf
    for quote in quotes:
        stated = await judge(quote)
        if stated is None:
            return best or quote
        if stated + PRIOR * quote.score > most:
            best, most = replace(quote, stated=stated), stated + PRIOR * quote.score
        if stated >= PLAIN:
            break
    return best


@cache
def _weights() -> npt.NDArray[np.float64]:
    text = (resources.files("service.grounding") / "selection.json").read_text(encoding="utf-8")
    weights = json.loads(text)["weights"]
    return np.array([weights[name] for name in SIGNALS])
