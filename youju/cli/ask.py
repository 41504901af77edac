"""`youju ask`, `youju search` and `youju explain`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from service.events import Ask, DraftToken, Finished, Judged, Prompted, SentenceReady, Step, Understanding
from service.generation import Sampling
from service.grounding.citations import compose
from service.query.checking import check_question
from service.reading import Reading
from service.replying import passage_out
from service.resources import Resources, make_resources, make_retriever
from service.retrieval.retriever import require_passages
from youju.cli.output import CollectionOption, JsonOption, guarded, model_progress, print_json
from youju.embedding.factory import make_embedder
from youju.index.opening import open_index
from youju.records import Answer, Passage, Scope, Sentence
from youju.settings import Settings, load_settings
from youju.text.language import detect_language, query_words
from youju.text.markdown import as_read, as_shown

TopKOption = Annotated[int | None, typer.Option("--top-k", "-k", min=1, max=50, help="Passages to retrieve.")]
PREVIEW = 160  # characters of a passage shown on the command line


@guarded
def ask(
    question: Annotated[str, typer.Argument(help="In Chinese or English.")],
    collection: CollectionOption = None,
    top_k: TopKOption = None,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 is greedy, so that answers repeat.")] = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the documents, with its sources."""
    settings = load_settings()
    check_question(question, settings.max_question_chars)
    asked = Ask(
        question, Scope(collection or settings.collection), top_k, sampling=Sampling(settings.max_tokens or 0, temperature)
    )
    _require_passages(settings, asked.scope)
    asyncio.run(_ask(asked, settings, as_json))


@guarded
def search(
    query: Annotated[str, typer.Argument(help="In Chinese or English.")],
    collection: CollectionOption = None,
    top_k: TopKOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages, best first."""
    settings = load_settings()
    query = check_question(query, settings.max_question_chars)
    scope = Scope(collection or settings.collection)
    _require_passages(settings, scope)
    retriever = make_retriever(settings, open_index(settings).store, _embedder(settings))
    found = retriever.retrieve(query, top_k or settings.top_k, scope)
    if as_json:
        print_json({"passages": [passage_out(passage).model_dump() for passage in found]})
        return
    for number, passage in enumerate(found, start=1):
        text = " ".join(as_read(passage.text, passage.document.media_type).split())
        typer.echo(f"{number}. {_place(passage.document.uri, passage.page)}  {passage.scores.fused:.3f}")
        typer.echo(f"   {text[:PREVIEW]}{'…' if len(text) > PREVIEW else ''}")


@guarded
def explain(
    question: Annotated[str, typer.Argument(help="In Chinese or English.")],
    collection: CollectionOption = None,
    top_k: TopKOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay every stage open: words, scores, prompt, draft, support."""
    settings = load_settings()
    check_question(question, settings.max_question_chars)
    asked = Ask(question, Scope(collection or settings.collection), top_k)
    _require_passages(settings, asked.scope)
    stages = asyncio.run(_explain(asked, settings))
    if as_json:
        print_json(stages)
        return
    for one in stages["understood"]:
        typer.echo(f"form: {one['form']}, {one['confidence']:.2f}: {one['question']}")
        for kind in ("parts", "documents"):
            if len(one[kind]) > (kind == "parts"):
                typer.echo(f"  {kind}: {'; '.join(one[kind])}")
    if stages["translation"]:
        typer.echo(f"translation: {stages['translation']}")
    typer.echo(f"words: {' '.join(stages['words'])}")
    if stages["gate"]:
        _print_search(stages)
    for message in stages["prompt"]:
        typer.echo(f"prompt, {message['role']}:\n{message['content']}\n")
    typer.echo(f"draft: {stages['draft']!r}")
    for sentence in stages["answer"]["sentences"]:
        typer.echo(f"support {sentence['support']:.2f} {sentence['markers']}: {sentence['text']}")
    typer.echo(f"{stages['answer']['verdict']}: {stages['answer']['answer']}")


def _print_search(stages: dict[str, Any]) -> None:
    """The passages as they were scored and read, and what the gate made of them."""
    typer.echo("passages (similarity corrected for language, share of words, fused):")
    for one in stages["passages"]:
        scores = one["scores"]
        typer.echo(
            f"  {scores['dense']:.3f}  {scores['lexical']:.3f}  {scores['fused']:.3f}  "
            f"{'[shown] ' if one['used'] else ''}{_place(one['uri'], one['page'])}  {one['text'][:60]!r}"
        )
        best = ", ".join(f"{span['text']!r} {span['score']:.1f}" for span in one["read"]["spans"])
        typer.echo(f"                         answerable {one['read']['answerable']:.1f}; spans: {best}")
    gate = stages["gate"]
    state = "open" if gate["is_open"] else "closed"
    values = ", ".join(f"{name} {value:.2f}" for name, value in gate["features"].items())
    if stages["translation"]:
        typer.echo("confidence of the question, of its translation: {:.3f}, {:.3f}".format(*gate["parts"]))
    typer.echo(f"gate: {state}, confidence {gate['confidence']:.3f}, threshold {gate['threshold']:.3f}; {values}")


def _require_passages(settings: Settings, scope: Scope) -> None:
    """Say that there is nothing to search before models are loaded for it."""
    store = open_index(settings).store
    try:
        require_passages(store, scope)
    finally:
        store.close()


def _embedder(settings: Settings) -> Any:
    with model_progress() as progress:
        return make_embedder(settings, progress)


def _resources(settings: Settings) -> Resources:
    with model_progress() as progress:
        return make_resources(settings, progress=progress)


async def _ask(asked: Ask, settings: Settings, as_json: bool) -> None:
    resources, language = _resources(settings), detect_language(asked.question)
    said: list[Sentence] = []
    try:
        async for event in resources.answerer.stream(asked):
            if isinstance(event, SentenceReady) and not as_json:
                before, said = compose(said, language), [*said, event.sentence]
                typer.echo(compose(said, language)[len(before) :], nl=False)
            if isinstance(event, Finished):
                if as_json:
                    print_json(event.answer.model_dump())
                else:
                    _print_end(event.answer)
    finally:
        await resources.close()


def _print_end(answer: Answer) -> None:
    if answer.verdict == "abstained":
        typer.echo(answer.answer, nl=False)
    typer.echo("\n")
    if answer.translated_question:
        typer.echo(f"Searched as: {answer.translated_question}")
    ids: dict[str, set[str]] = {}  # the documents of each uri: more than one where collections hold the same path
    for citation in answer.citations:
        ids.setdefault(citation.uri, set()).add(citation.document_id)
    for citation in answer.citations:
        uri = citation.uri if len(ids[citation.uri]) == 1 else f"{citation.uri} ({citation.document_id})"
        typer.echo(f"[{citation.marker}] {_place(uri, citation.pages)}: “{_shown(citation.quote, citation.uri)}”")
    if answer.missing and answer.verdict != "answered":
        typer.echo(answer.missing)
    if answer.verdict == "abstained":
        typer.echo("Nearest passages:")
        for passage in answer.passages[:3]:
            typer.echo(f"- {_place(passage.uri, passage.page)}: {_shown(passage.text, passage.uri)[:PREVIEW]}")


def _shown(text: str, uri: str) -> str:
    """Words of a document on one line, without the signs of Markdown."""
    return " ".join(as_shown(text, uri).split())


def _place(uri: str, page: int | str | None) -> str:
    return f"{uri}, page {page}" if page else uri


def _read(passage: Passage, reading: Reading) -> dict[str, Any]:
    """What the reader made of a passage."""
    spans = [{"text": passage.text[span.start : span.end], "score": round(span.score, 2)} for span in reading.spans]
    return {"answerable": round(reading.answerable, 2), "spans": spans}


async def _explain(asked: Ask, settings: Settings) -> dict[str, Any]:
    """The very steps of an answer, as the answerer tells of them."""
    resources, draft = _resources(settings), ""
    steps: list[Step] = []
    answer: Answer | None = None
    try:
        async for event in resources.answerer.uncached.stream(asked, steps.append):
            if isinstance(event, DraftToken):
                draft += event.text
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        await resources.close()
    assert answer is not None
    judged = [step for step in steps if isinstance(step, Judged)]
    return {
        "words": query_words(answer.translated_question or answer.standalone_question or asked.question),
        "understood": [asdict(step) for step in steps if isinstance(step, Understanding)],
        "translation": answer.translated_question,
        "gate": _gate(judged) if judged else None,
        "passages": _passages(answer, [pair for step in judged for pair in step.decision.read]),
        "prompt": [asdict(message) for step in steps if isinstance(step, Prompted) for message in step.messages],
        "draft": draft,
        "answer": answer.model_dump(),
    }


def _gate(judged: Sequence[Judged]) -> dict[str, Any]:
    """The last decision, which counts, and the confidences of those that it comes from."""
    decision, parts = judged[-1].decision, judged[:-1] or judged
    return {
        "confidence": round(decision.confidence, 3),
        "threshold": round(judged[-1].needed, 3),
        "is_open": decision.is_open,
        "parts": [round(part.decision.confidence, 3) for part in parts],
        "features": {name: round(value, 3) for name, value in decision.features.items()},
    }


def _passages(answer: Answer, read: Sequence[tuple[Passage, Reading]]) -> list[dict[str, Any]]:
    """The passages that the gate judged, with what was read in them."""
    used = {passage.chunk_id for passage in answer.passages if passage.used}
    return [
        passage_out(passage, passage.chunk_id in used).model_dump()
        | {"scores": asdict(passage.scores), "read": _read(passage, reading)}
        for passage, reading in {passage.key: (passage, reading) for passage, reading in read}.values()
    ]
