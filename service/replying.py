"""What was said to a question, or to each of its parts, as one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Composition, Run, Search
from service.events import SentenceReady, Understanding
from service.grounding import abstention, quoting
from service.grounding.citations import Supported, compose, merge_citations
from service.grounding.drafting import Draft
from service.grounding.passage_judging import in_order
from service.grounding.sanitising import prose
from youju.records import Answer, Citation, Language, ModelNames, Passage, PassageOut, Usage, Verdict

ABSTENTION: dict[Language, str] = {
    "en": "The documents do not hold an answer to this question.",
    "zh": "文档中没有这个问题的答案。",
}
UNSURE: dict[Language, str] = {"en": "No passage plainly answers this question.", "zh": "没有哪一段明确回答这个问题。"}
WITHHELD: dict[Language, str] = {
    "en": "Part of the drafted answer had no support in the passages and was left out.",
    "zh": "草稿中有一部分在段落里找不到依据，已略去。",
}
PART_MISSING: dict[Language, str] = {
    "en": "The documents do not hold an answer to this part: {parts}",
    "zh": "文档中没有这一问的答案：{parts}",
}
PART_UNSURE: dict[Language, str] = {
    "en": "No passage plainly answers this part: {parts}",
    "zh": "没有哪一段明确回答这一问：{parts}",
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
    return Supported(sentence, counted_on(said.citations, by))


def counted_on(cited: Sequence[Citation], by: int) -> tuple[Citation, ...]:
    """The same with markers that count on from those of the parts before."""
    return tuple(one.model_copy(update={"marker": one.marker + by}) for one in cited)


def drafted(language: Language, search: Search, draft: Draft) -> Composition:
    """What is left of a draft; where nothing is, what comes nearest to an answer."""
    verdict: Verdict = "abstained" if not draft.kept else "partial" if draft.is_cut else "answered"
    nearest = in_order([draft.admit(quote) for quote in draft.nearest]) if verdict == "abstained" else []
    cited = tuple(citation for quote in nearest for citation in quoting.instead(quote, language).citations)
    lacking: str | None = None
    if verdict == "partial":
        lacking = WITHHELD[language]
    elif verdict == "abstained":
        near = abstention.nearest_quoted(cited[0], quoting.told_together(nearest), language) if nearest else ""
        lacking = prose(abstention.missing(search.question, language, search.passages, near))
    confidence = round(draft.agreement.confidence, 3)
    return Composition(tuple(draft.kept), tuple(draft.shown), verdict, confidence, lacking, cited)


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
    nearest: list[Citation] = []
    for reply in replies:
        before = {told_as(one) for one in said}
        said += [shifted(one, len(shown)) for one in reply.made.said if told_as(one) not in before]
        nearest += counted_on(reply.made.nearest, len(shown))
        shown += reply.made.shown
    answered = [reply for reply in replies if reply.made.verdict != "abstained"]
    verdict: Verdict = (
        "abstained" if not answered else "answered" if all(one.made.verdict == "answered" for one in replies) else "partial"
    )
    confidence = min(reply.made.confidence for reply in answered or replies)
    return Composition(tuple(said), tuple(shown), verdict, confidence, _lacking(replies, language), tuple(nearest))


def _lacking(replies: Sequence[Reply], language: Language) -> str | None:
    """What several parts lack: those without an answer are named, with what comes nearest, unless it is all of them."""
    unanswered = [reply for reply in replies if reply.made.verdict == "abstained"]
    is_all = len(unanswered) == len(replies) and not any(reply.made.nearest for reply in replies)
    if not unanswered or is_all:
        return next((reply.made.missing for reply in replies if reply.made.missing), None)
    gap = "" if language == "zh" else " "
    told = []
    for is_near, said in ((False, PART_MISSING), (True, PART_UNSURE)):
        parts = [prose(reply.understood.question) for reply in unanswered if bool(reply.made.nearest) is is_near]
        told += [said[language].format(parts=gap.join(parts))] if parts else []
    told += [reply.made.missing for reply in unanswered if reply.made.nearest and reply.made.missing]
    return gap.join(told)


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
        answer=compose(sentences, run.language) if sentences else (UNSURE if made.nearest else ABSTENTION)[run.language],
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
        nearest=merge_citations(made.nearest, made.shown),
        model=models,
        usage=Usage(
            prompt_tokens=run.writer.prompt_tokens,
            completion_tokens=run.writer.completion_tokens,
            passages_dropped=len(found) - len(used),
        ),
        timings_ms=run.clock.timings(),
        request_id=run.ask.request_id,
    )


def passage_out(passage: Passage, used: bool | None = None) -> PassageOut:
    """A passage as callers see it."""
    return PassageOut(
        chunk_id=passage.chunk_id, document_id=passage.document.id, title=prose(passage.document.title),
        uri=passage.document.uri,
        page=passage.page, text=passage.text, start=passage.start, end=passage.end,
        score=round(passage.scores.fused, 4), used=used,
    )  # fmt: skip
