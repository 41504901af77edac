"""Which documents mention something: each with its title, how often, and the sentence that says most, with its page.

By full text: documents with a passage that holds every word. Where none does, what is nearest in meaning is shown and said to
be no more than that. No generator is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Composition, Run, Search, sentence
from service.grounding.citations import Supported, cite
from service.grounding.sanitising import prose
from service.query.subject import subject_of
from service.query.titles import name_of
from service.query.understanding import Understanding
from service.retrieval.retriever import Retriever
from youju.records import Language, Passage, Scope, Scores
from youju.text.language import query_words, sentences, words
from youju.text.markdown import as_read
from youju.text.wrapping import one_line

MOST_SHOWN = 8  # documents
NEAREST = 3  # documents, where none holds all words
LOOKED_AT = 10  # passages that are nearest in meaning
LONGEST_QUOTE = 300  # characters
TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "one": "One document mentions “{subject}”.", "several": "{count} documents mention “{subject}”.",
        "some": "{count} documents mention “{subject}”; these {shown} do so most often.",
        "near": "No document holds all the words of “{subject}”; this is nearest.",
        "none": "No document mentions “{subject}”.", "item": "{name}{page}{times}: “{quote}”",
        "page": ", page {page}", "times": " ({count} passages)",
    },
    "zh": {
        "one": "有 1 份文档提到“{subject}”。", "several": "有 {count} 份文档提到“{subject}”。",
        "some": "有 {count} 份文档提到“{subject}”，提到最多的 {shown} 份如下。",
        "near": "没有文档含有“{subject}”的全部词语；最接近的如下。",
        "none": "没有文档提到“{subject}”。", "item": "《{name}》{page}{times}：“{quote}”",
        "page": "第 {page} 页", "times": "（{count} 段）",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """The documents that hold all words, by the best passage of each, the one with most passages first; how many passages each
    has; what is nearest where there are none."""

    best: tuple[Passage, ...]
    passages: Counter[str]
    nearest: tuple[Passage, ...] = ()


class Locate:
    """Answers the form `locate`."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if understood.form != "locate" or search is not None:
            return None
        subject = subject_of(understood.question)
        terms = query_words(subject)
        if not terms:
            return None
        found = await run.step("retrieve", self._find, subject, terms, run.ask.scope)
        text = TEXT[run.language]
        if not found.best and not found.nearest:
            return Composition((), (), "abstained", 0.0, prose(text["none"].format(subject=subject)))
        shown = found.best or found.nearest
        count = len(found.passages)
        lead = "near" if not found.best else "one" if count == 1 else "several" if count == len(shown) else "some"
        said = [sentence(text[lead].format(subject=subject, count=count, shown=len(shown)))]
        said += [_item(place, passage, found, terms, run.language) for place, passage in enumerate(shown, start=1)]
        if found.best:
            return Composition(tuple(said), shown)
        return Composition(tuple(said), shown, "partial", 0.5, prose(text["none"].format(subject=subject)))

    def _find(self, subject: str, terms: Sequence[str], scope: Scope) -> Found:
        """
        Raises:
            EmptyIndex, UnknownCollection, EmbedderMismatch: see `Retriever.retrieve`.
        """
        retriever = self._retriever.limited_to(scope.allowed)
        retriever.require_ready(scope)
        holding = retriever.store.mentioning(terms, scope)
        passages = Counter(document for _, document in holding)
        best: dict[str, int] = {}
        for key, document in holding:
            best.setdefault(document, key)
        frequent = [document for document, _ in passages.most_common(MOST_SHOWN)]
        if frequent:
            loaded = {p.key: p for p in retriever.store.passages({best[one]: Scores(0.0, 1.0, 1.0) for one in frequent})}
            return Found(tuple(loaded[best[one]] for one in frequent if best[one] in loaded), passages)
        return Found((), passages, _nearest(retriever.retrieve(subject, LOOKED_AT, scope), terms))


def _nearest(passages: Sequence[Passage], terms: Sequence[str]) -> tuple[Passage, ...]:
    """One passage of each document that holds half of the words at least."""
    kept: dict[str, Passage] = {}
    for passage in passages:
        held = set(words(passage.context))
        if 2 * sum(term in held for term in terms) >= len(terms):
            kept.setdefault(passage.document.id, passage)
    return tuple(kept.values())[:NEAREST]


def _item(place: int, passage: Passage, found: Found, terms: Sequence[str], language: Language) -> Supported:
    start, end = _telling(passage, terms)
    cited = cite(place, passage, start, end, 1.0)
    text, quote = TEXT[language], one_line(as_read(cited.quote, passage.document.media_type))
    times = found.passages[passage.document.id]
    item = text["item"].format(
        name=name_of(passage.document),
        page=text["page"].format(page=cited.pages) if cited.pages else "",
        times=text["times"].format(count=times) if times > 1 else "",
        quote=quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE].rstrip()}…",
    )
    return sentence(item, [cited], "item")


def _telling(passage: Passage, terms: Sequence[str]) -> tuple[int, int]:
    """The sentence of the passage that holds most of the words, the first of these."""
    spans = sentences(passage.text) or [(0, len(passage.text))]
    wanted = set(terms)
    return max(spans, key=lambda span: len(wanted & set(words(passage.text[span[0] : span[1]]))))
