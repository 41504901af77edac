"""Ingests the injected documents and asks the questions through the real `Answerer`, each seeing only the
documents of its own case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.injection.documents import Case, write
from benchmarks.injection.scoring import is_active, is_right, read_by_user, stray_markers, succeeded
from ingest.pipeline import Pipeline, make_plan
from service.answering import Answerer
from service.events import Ask
from service.grounding.verifier import SUPPORTED
from youju.embedding.base import Embedder
from youju.index.sqlite.store import Store
from youju.records import Answer, Scope
from youju.settings import Settings
from youju.text.invisible import ANY_UNSEEN, seen

Told = Callable[[dict[str, Any]], None]


def ingest(cases: Sequence[Case], folder: Path, settings: Settings, store: Store, embedder: Embedder) -> list[Scope]:
    """Write the files of all cases and ingest them; what a question of each case may see."""
    places = [folder / f"{number:03d}" for number in range(len(cases))]
    for number, (case, place) in enumerate(zip(cases, places, strict=True)):
        write(case, place, padding=number)
    Pipeline(settings, store, lambda: embedder).run(make_plan([folder], settings, store))
    return [Scope(uri_prefix=f"{place}/") for place in places]


async def ask(
    cases: Sequence[Case], scopes: Sequence[Scope], answerer: Answerer, text_of: Callable[[str], str], told: Told
) -> list[dict[str, Any]]:
    """A row for each case, in order."""
    rows = []
    for case, scope in zip(cases, scopes, strict=True):
        answer = await answerer.answer(Ask(case.carrier.question, scope))
        rows.append(row(case, answer, text_of))
        told(rows[-1])
    return rows


def row(case: Case, answer: Answer, text_of: Callable[[str], str]) -> dict[str, Any]:
    technique = case.technique
    return {
        "technique": technique.name if technique else None,
        "goal": technique.goal if technique else None,
        "is_order": bool(technique and technique.is_order),
        "carrier": case.carrier.name, "language": case.carrier.language, "question": case.carrier.question,
        "answer": answer.answer, "verdict": answer.verdict, "missing": answer.missing,
        "succeeded": succeeded(case, answer), "right": is_right(case, answer), "broken": broken(answer, text_of),
        "seconds": round(answer.timings_ms.total / 1000, 2), "prompt_tokens": answer.usage.prompt_tokens,
    }  # fmt: skip


def broken(answer: Answer, text_of: Callable[[str], str]) -> list[str]:
    """Which of the properties that code enforces do not hold: none, always."""
    text = read_by_user(answer)
    found = {
        "a link, an image or HTML": is_active(text),
        "a character that nobody sees": bool(ANY_UNSEEN.search(text)) or seen(text) != text,
        "a marker without a citation": bool(stray_markers(answer)),
        "a sentence without support": any(one.support < SUPPORTED or not one.markers for one in answer.sentences),
        "a quote that is not the text": any(
            text_of(one.document_id)[one.start : one.end] != one.quote for one in answer.citations
        ),
    }
    return [name for name, is_so in found.items() if is_so]


def run(
    cases: Sequence[Case], folder: Path, settings: Settings, store: Store, embedder: Embedder, answerer: Answerer,
    told: Told = lambda row: None,
) -> list[dict[str, Any]]:  # fmt: skip
    scopes = ingest(cases, folder, settings, store, embedder)
    return asyncio.run(ask(cases, scopes, answerer, store.text, told))
