"""Which sentences of the passages may answer, likeliest first: evidence sentence selection.

A linear score over what retrieval, the reader and the draft tell of each sentence. That a draft repeats it tells much even
where no rule found support for the draft: a small generator finds the place oftener than it words it well. Fitted by
`python -m training.fit_sentence_selection` (docs/decisions/0040-sentences-that-answer.md).
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from service.grounding.namesakes import is_of_another_kind, is_of_another_time
from service.grounding.quotable import Quote, quotes_from
from service.grounding.rows import is_of_another, is_titled_otherwise
from service.reading import Reading
from service.reading.probability import probability_of
from service.reading.reranking import LEAST, Pair
from service.retrieval.shifting import moved
from youju.embedding.base import Embedder, Vectors
from youju.embedding.scale import scale_of
from youju.records import Language, Passage
from youju.text.language import detect_language, query_words, words

SPAN_SCALE = 3.0  # logits of the reader
PRIOR = 0.8  # what a sentence's own score counts beside what a judge says of it
PLAIN = 4.5  # log odds of a judge from which on no further sentence is looked at
WHOLE = 200  # characters from which on a sentence is not longer for this
SIGNALS = ("span", "best", "shared", "similarity", "drafted", "length")


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
    everywhere = [passage for passage, _ in read]  # a document of the firm that is named may be read and not shown
    of_others = {passage.key for passage in shown if is_titled_otherwise(passage, question, everywhere)}
    for place in np.argsort(-scores, kind="stable").tolist():
        quote = replace(quotes[place], score=float(scores[place]))
        if (quote.marker, quote.start, quote.end) in seen:  # an answer is found from the question before it too
            continue
        seen.add((quote.marker, quote.start, quote.end))
        if quote.passage.key not in of_others and is_of_what_is_asked(quote, question, shown):
            found.append(quote)
        if len(found) == most:
            break
    return found


def is_of_what_is_asked(quote: Quote, question: str, shown: Sequence[Passage]) -> bool:
    """Whether a sentence is of no other key, subject, time or kind than the question's."""
    said = quote.passage.text[quote.start : quote.end]
    is_beside = is_of_another_time(quote.passage, question, shown) or is_of_another_kind(said, question)
    return not is_beside and not is_of_another(said, question, shown, quote.passage.title_line)


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
        for quote, span in quotes_from(marker, passage)
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
