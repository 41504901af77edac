"""What tests of composers share: a run, and a search as a service does it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from service.admission import AdmissionQueue
from service.composing.base import Composer, Composition, Run, Search
from service.events import Ask, untraced
from service.generation import Counted
from service.query.understanding import Understanding
from service.retrieval.retriever import Retriever
from service.timing import Clock, Deadline
from tests.fakes import HashingEmbedder, ScriptedGenerator, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Form
from youju.settings import Settings
from youju.text.language import detect_language


def compose(
    composer: Composer, store: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form,
    generator: ScriptedGenerator | None = None, documents: tuple[str, ...] = (), searches: bool = True, ask: Ask | None = None,
) -> Composition | None:  # fmt: skip
    """What a composer says to a question of a form, after a search, or before one."""
    asked = ask or Ask(question)
    search = None
    if searches:
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        decision = open_gatekeeper(embedder).decide(question, retriever.retrieve(question, 8, asked.scope), 8)
        search = Search(question, decision.ranked, replace(decision, confidence=0.9))
    understood = Understanding(question, form, parts=(question,), documents=documents)

    async def run() -> Composition | None:
        with AdmissionQueue(1, 1).enter("") as ticket:
            writer = Counted(generator or ScriptedGenerator(""))
            run = Run(asked, detect_language(question), ticket, Clock(), Deadline(None, 60), writer, untraced)
            return await composer.compose(run, understood, search)

    return asyncio.run(run())


def is_exact(composition: Composition, store: Store) -> bool:
    """Whether each part has citations, and all of them stand in their documents as they are."""
    return all(
        said.citations and all(store.text(one.document_id)[one.start : one.end] == one.quote for one in said.citations)
        for said in composition.said
    )
