"""What a generator with a profile is shown and asked for, through the whole of `Answerer`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import Ask
from service.generation import prompting
from service.generation.profile import Profile, save_profile
from service.generation.profiled import Profiled
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings

PARTS = {
    "battery": "The battery of the logger lasts 24 months.",
    "lid": "The lid of the logger is made of green steel.",
    "sensor": "The sensor of the logger measures down to 40 degrees below zero.",
    "case": "The case of the logger weighs 300 grams.",
    "strap": "The strap of the logger is 90 cm long.",
    "screen": "The screen of the logger shows two lines.",
    "cable": "The cable of the logger fits every port.",
    "feet": "The feet of the logger are of rubber.",
    "seal": "The seal of the logger is replaced every year.",
}
INVENTED = "The antenna of the logger receives satellites."
QUESTION = "What are the parts of the logger like?"


def asked(
    profile: Profile | None, generator: ScriptedGenerator, tmp_path: Path, settings: Settings, store: Store,
    embedder: HashingEmbedder,
) -> Answer:  # fmt: skip
    ingest_files({f"{name}.txt": text for name, text in PARTS.items()}, tmp_path / "documents", settings, store, embedder)
    file = tmp_path / "profile.json"
    if profile:
        save_profile(profile, file)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    profiled = Profiled(settings, generator, False, file)
    gate = gatekeeper_of(FindingReader("logger"))
    answerer = Answerer(settings, retriever, gate, generator, embedder, profiled=profiled)
    return asyncio.run(answerer.answer(Ask(QUESTION, top_k=5)))


WRITTEN = "\n".join([*PARTS.values(), INVENTED])


def test_one_that_is_fast_and_obeys_is_shown_more_and_its_full_answer_is_verified_sentence_by_sentence(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    generator = ScriptedGenerator(WRITTEN)
    profile = Profile(generator="m", reading=900, writing=60, obeys=1, context=8000)
    answer = asked(profile, generator, tmp_path, settings, store, embedder)
    (system, user), *_ = generator.prompts
    assert system.content == prompting.SYSTEM_FULL["en"]
    assert [text for text in PARTS.values() if text not in user.content] == []  # also those behind the first five
    said = [sentence.text for sentence in answer.sentences if not sentence.verbatim]
    assert said == list(PARTS.values())
    assert {citation.quote for citation in answer.citations} == set(PARTS.values())
    assert (answer.verdict, INVENTED in answer.answer) == ("partial", False)


@pytest.mark.parametrize(
    "profile",
    [None, Profile(generator="m", reading=900, writing=60, obeys=0.6, context=8000),
     Profile(generator="m", reading=90, writing=4, obeys=1, context=8000)],
    ids=["not measured", "disobedient", "slow"],
)  # fmt: skip
def test_others_are_shown_four_passages_and_asked_for_a_sentence(
    profile: Profile | None, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    generator = ScriptedGenerator(next(iter(PARTS.values())))
    answer = asked(profile, generator, tmp_path, settings, store, embedder)
    (system, user), *_ = generator.prompts
    assert system.content == prompting.SYSTEM["en"]
    assert sum(text in user.content for text in PARTS.values()) <= 4 + (profile is not None and profile.obeys == 1)
    assert answer.sentences
