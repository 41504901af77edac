"""What was said to a question, or to each of its parts, as one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Composition, Run, Search
from service.events import SentenceReady, Understanding
from service.grounding import abstention
from service.grounding.citations import Supported, compose, merge_citations
from service.grounding.sanitising import prose
from youju.records import Answer, Language, ModelNames, Passage, PassageOut, Usage, Verdict

ABSTENTION: dict[Language, str] = {
    "en": "The documents do not hold an answer to this question.",
    "zh": "文档中没有这个问题的答案。",
}
WITHHELD: dict[Language, str] = {
    "en": "Part of the drafted answer had no support in the passages and was left out.",
    "zh": "草稿中有一部分在段落里找不到依据，已略去。",
}
PART_MISSING: dict[Language, str] = {
    "en": "The documents do not hold an answer to this part: {parts}",
    "zh": "文档中没有这一问的答案：{parts}",
}


@dataclass(frozen=True)
class Reply:
    """What was said to one question: how it was searched, if it was, and what came of it."""

    understood: Understanding
    search: Search | None
    made: Composition


def shifted(said: Supported, by: int) -> Supported:
    """The same with markers that count on from those of the parts before."""
    if not by:
        return said
    sentence = said.sentence.model_copy(update={"markers": [marker + by for marker in said.sentence.markers]})
    citations = tuple(one.model_copy(update={"marker": one.marker + by}) for one in said.citations)
    return Supported(sentence, citations)


def ready(said: Supported) -> SentenceReady:
    return SentenceReady(said.sentence, said.citations)


def told_as(said: Supported) -> str:
    """What it says, to know the same again: of a quotation its place, whatever it is introduced by."""
    cited = said.citations[0] if said.sentence.verbatim and said.citations else None
    return f"{cited.document_id} {cited.start} {cited.end}" if cited else said.sentence.text


def joined(replies: Sequence[Reply], language: Language) -> Composition:
    """One composition of those of all parts, one behind the other, nothing twice; what has no answer is named."""
    if len(replies) == 1:
        return replies[0].made
    said: list[Supported] = []
    shown: list[Passage] = []
    for reply in replies:
        before = {told_as(one) for one in said}
        said += [shifted(one, len(shown)) for one in reply.made.said if told_as(one) not in before]
        shown += reply.made.shown
    answered = [reply for reply in replies if reply.made.verdict != "abstained"]
    unanswered = [prose(reply.understood.question) for reply in replies if reply.made.verdict == "abstained"]
    verdict: Verdict = (
        "abstained" if not answered else "answered" if all(one.made.verdict == "answered" for one in replies) else "partial"
    )
    missing = next((reply.made.missing for reply in replies if reply.made.missing), None)
    if answered and unanswered:
        missing = PART_MISSING[language].format(parts=("" if language == "zh" else " ").join(unanswered))
    confidence = min(reply.made.confidence for reply in answered or replies)
    return Composition(tuple(said), tuple(shown), verdict, confidence, missing)


def answer_of(run: Run, understood: Understanding, replies: Sequence[Reply], models: ModelNames) -> Answer:
    """The record that leaves the service.

    Args:
        understood: the whole question, as it was searched.
        replies: to each of its parts, in order.
    """
    made, question = joined(replies, run.language), understood.question
    sentences = [one.sentence for one in made.said]
    found: dict[int, Passage] = {}  # whole, while those shown may be narrowed
    for passages in (*(reply.search.passages for reply in replies if reply.search), made.shown):
        for passage in passages:
            found.setdefault(passage.key, passage)
    used = {passage.key for passage in made.shown}
    translations = [reply.search.translation for reply in replies if reply.search and reply.search.translation]
    return Answer(
        answer=compose(sentences, run.language) if sentences else ABSTENTION[run.language],
        verdict=made.verdict,
        form=understood.form,
        confidence=made.confidence,
        standalone_question=prose(question) if question != run.ask.question.strip() else None,
        translated_question=prose(" ".join(translations)) or None,
        language=run.language,
        citations=merge_citations([citation for one in made.said for citation in one.citations], made.shown),
        sentences=sentences,
        passages=[passage_out(passage, passage.key in used) for passage in found.values()],
        missing=made.missing,
        model=models,
        usage=Usage(
            prompt_tokens=run.writer.prompt_tokens,
            completion_tokens=run.writer.completion_tokens,
            passages_dropped=len(found) - len(used),
        ),
        timings_ms=run.clock.timings(),
        request_id=run.ask.request_id,
    )


def missing(verdict: Verdict, question: str, language: Language, passages: Sequence[Passage]) -> str | None:
    """What found no evidence: what the passages lack, or that something was left out of the draft."""
    if verdict == "answered":
        return None
    if verdict == "partial":
        return WITHHELD[language]
    return prose(abstention.missing(question, language, passages))


def passage_out(passage: Passage, used: bool | None = None) -> PassageOut:
    """A passage as callers see it."""
    return PassageOut(
        chunk_id=passage.chunk_id, document_id=passage.document.id, title=prose(passage.document.title),
        uri=passage.document.uri,
        page=passage.page, text=passage.text, start=passage.start, end=passage.end,
        score=round(passage.scores.fused, 4), used=used,
    )  # fmt: skip
