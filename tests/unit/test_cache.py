from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.answering import Answerer
from service.cache import AnswerCache, CachedAnswer, CachingAnswerer, index_state, question_key
from service.events import Ask, DraftToken, Event, Finished, SentenceReady, Turn
from service.generation import Sampling
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, open_gatekeeper
from youju.errors import DeadlineExceeded, InvalidQuestion, UnknownCollection
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer, ModelNames, Scope, Timings, Usage
from youju.settings import Settings
from youju.text.dates import Date

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "box.txt": "The box holds one logger and a bracket of steel."}
SCRIPT = "The battery of the T3 lasts 24 months [1]."
QUESTION = "How long does the battery of the T3 last?"

Make = Callable[..., CachingAnswerer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def make(folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Make:
    ingest_files(FILES, folder, settings, store, embedder)

    def build(
        generator: ScriptedGenerator, note: Callable[[Ask, Answer], None] | None = None, **changes: Any
    ) -> CachingAnswerer:
        changed = settings.model_copy(update=changes)
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        answerer = Answerer(changed, retriever, open_gatekeeper(embedder), generator, embedder)
        return CachingAnswerer(answerer, store, changed, (generator.name, embedder.fingerprint), note or (lambda *_: None))

    return build


def ask_all(answerer: CachingAnswerer, *asks: Ask) -> list[Answer]:
    async def run() -> list[Answer]:
        return [await answerer.answer(ask) for ask in asks]

    return asyncio.run(run())


async def collect(answerer: CachingAnswerer, ask: Ask) -> list[Event]:
    return [event async for event in answerer.stream(ask)]


def test_the_same_question_is_answered_again_without_the_generator(make: Make) -> None:
    generator = ScriptedGenerator(SCRIPT)
    answerer = make(generator)
    first = asyncio.run(collect(answerer, Ask(QUESTION, request_id="r1")))
    again = asyncio.run(collect(answerer, Ask(f"  {QUESTION}\n", request_id="r2", deadline_ms=5000)))
    assert len(generator.prompts) == 1
    assert again[:-1] == [event for event in first[:-1] if not isinstance(event, DraftToken)]
    assert [type(event) for event in again[1:]] == [SentenceReady, Finished]
    assert isinstance(first[-1], Finished)
    assert isinstance(again[-1], Finished)
    old, new = first[-1].answer, again[-1].answer
    assert (old.cached, new.cached, old.request_id, new.request_id) == (False, True, "r1", "r2")
    assert new.usage == old.usage.model_copy(update={"prompt_tokens": 0, "completion_tokens": 0})
    assert new.timings_ms.model_dump(exclude={"total"}) == Timings().model_dump(exclude={"total"})
    changing = {"usage", "timings_ms", "request_id", "cached"}
    assert new.model_dump(exclude=changing) == old.model_dump(exclude=changing)


@pytest.mark.parametrize(
    "other",
    [
        Ask("How long does the battery last?"),
        Ask(QUESTION, Scope(uri_prefix="/")),
        Ask(QUESTION, Scope("default")),
        Ask(QUESTION, Scope(language="en")),
        Ask(QUESTION, top_k=1),
        Ask(QUESTION, language="zh"),
        Ask(QUESTION, history=(Turn("What is in the box?"),)),
        Ask(QUESTION, sampling=Sampling(64)),
        Ask(QUESTION, sampling=Sampling(192, seed=3)),
    ],
)
def test_another_question_is_another(make: Make, other: Ask) -> None:
    generator = ScriptedGenerator(SCRIPT)
    answers = ask_all(make(generator), Ask(QUESTION), other, other)
    assert [answer.cached for answer in answers] == [False, False, True]
    assert len(generator.prompts) == 2


def test_composed_and_decomposed_signs_are_the_same_question(make: Make) -> None:
    answers = ask_all(make(ScriptedGenerator("NOT FOUND")), Ask("Where is the caf\u00e9?"), Ask("Where is the cafe\u0301?"))
    assert [answer.cached for answer in answers] == [False, True]


def test_only_greedy_answers_are_kept(make: Make) -> None:
    ask = Ask(QUESTION, sampling=Sampling(64, temperature=0.1))
    assert [answer.cached for answer in ask_all(make(ScriptedGenerator(SCRIPT)), ask, ask)] == [False, False]


def test_it_can_be_switched_off_and_is_bounded(make: Make) -> None:
    asks = [Ask(f"Question {number}?") for number in range(5)]
    off = make(ScriptedGenerator(SCRIPT), answer_cache=0)
    assert not any(answer.cached for answer in ask_all(off, *asks, *asks))
    small = make(ScriptedGenerator(SCRIPT), answer_cache=2)
    assert [answer.cached for answer in ask_all(small, *asks, asks[4], asks[3], asks[2])] == [False] * 5 + [True, True, False]
    assert len(small.cache) == 2


@pytest.mark.parametrize("change", ["added", "rewritten", "deleted"])
def test_every_change_of_the_index_by_another_process_makes_it_forget(
    make: Make, change: str, folder: Path, settings: Settings, embedder: HashingEmbedder
) -> None:
    """Through a store of its own, as another process has it."""
    answerer = make(ScriptedGenerator(SCRIPT))
    ask_all(answerer, Ask(QUESTION), Ask("What is in the box?"))
    other = Store(settings.database)
    if change == "deleted":
        other.delete([one.id for one in other.documents() if one.uri.endswith("box.txt")])
    else:
        name = "manual.txt" if change == "rewritten" else "new.txt"
        ingest_files({name: "The battery of the T3 lasts 30 months."}, folder, settings, other, embedder)
    other.close()
    (answer,) = ask_all(answerer, Ask(QUESTION))
    assert not answer.cached
    assert len(answerer.cache) == 1  # nothing of the old state is left


def test_an_answer_made_during_an_ingest_is_not_kept(
    make: Make, folder: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    def script(_: object) -> str:
        ingest_files({f"{len(generator.prompts)}.txt": f"Note {len(generator.prompts)}"}, folder, settings, store, embedder)
        return SCRIPT

    generator = ScriptedGenerator(script)
    answerer = make(generator)
    assert [answer.cached for answer in ask_all(answerer, Ask(QUESTION), Ask(QUESTION))] == [False, False]
    assert len(answerer.cache) == 0


def test_errors_are_not_kept(make: Make) -> None:
    answerer = make(ScriptedGenerator(SCRIPT, gate=asyncio.Event()))
    for ask, error in (
        (Ask(""), InvalidQuestion),
        (Ask(QUESTION, Scope("nowhere")), UnknownCollection),
        (Ask(QUESTION, deadline_ms=30), DeadlineExceeded),
    ):
        with pytest.raises(error):
            ask_all(answerer, ask)
    assert len(answerer.cache) == 0


def test_leaving_keeps_nothing_and_stops_the_generator(make: Make) -> None:
    async def run() -> None:
        generator = ScriptedGenerator(SCRIPT)
        answerer = make(generator)
        stream = answerer.stream(Ask(QUESTION))
        await anext(stream)
        await anext(stream)
        await stream.aclose()
        assert generator.stopped_early == 1
        assert len(answerer.cache) == 0
        assert not (await asyncio.wait_for(answerer.answer(Ask(QUESTION)), 10)).cached

    asyncio.run(run())


def test_every_answer_is_noted_also_those_given_again(make: Make) -> None:
    noted: list[tuple[str, bool]] = []
    answerer = make(ScriptedGenerator("NOT FOUND"), note=lambda ask, answer: noted.append((ask.question, answer.cached)))
    ask_all(answerer, Ask(QUESTION), Ask(QUESTION), Ask(QUESTION, sampling=Sampling(64, temperature=1)))
    assert noted == [(QUESTION, False), (QUESTION, True), (QUESTION, False)]


def test_the_state_of_another_index_is_another(tmp_path: Path, store: Store) -> None:
    other = Store(tmp_path / "other.db")
    assert index_state(other) != index_state(store)
    other.close()


def kept(text: str) -> CachedAnswer:
    answer = Answer(
        answer=text, verdict="answered", confidence=0.9, language="en", citations=[], sentences=[], passages=[], missing=None,
        model=ModelNames(generator="g", embedder="e"), usage=Usage(), timings_ms=Timings(), request_id="",
    )  # fmt: skip
    return CachedAnswer((), answer)


class CacheMachine(RuleBasedStateMachine):
    """Whatever is put and asked for in whatever order: what comes out is what went in last under that key and state."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = AnswerCache(3)
        self.puts = 0
        self.last: dict[tuple[int, str], str] = {}

    @rule(state=st.integers(0, 3), key=st.sampled_from("abcdef"))
    def put(self, state: int, key: str) -> None:
        self.puts += 1
        self.last[state, key] = str(self.puts)
        self.cache.put(state, key, kept(str(self.puts)))
        found = self.cache.get(state, key)
        assert found is not None

    @rule(state=st.integers(0, 3), key=st.sampled_from("abcdef"))
    def get(self, state: int, key: str) -> None:
        found = self.cache.get(state, key)
        assert found is None or found.answer.answer == self.last[state, key]

    @invariant()
    def bounded(self) -> None:
        assert len(self.cache) <= 3


TestCacheMachine = CacheMachine.TestCase


@given(st.lists(st.sampled_from("abcdef"), max_size=40))
def test_the_least_recently_used_goes_first(keys: list[str]) -> None:
    cache = AnswerCache(3)
    for key in keys:
        if cache.get(0, key) is None:
            cache.put(0, key, kept(key))
    recent = list(dict.fromkeys(reversed(keys)))[:3]
    assert all(cache.get(0, key) is not None for key in recent)
    assert len(cache) == len(recent)


ASKS = st.builds(
    Ask,
    question=st.sampled_from(["a?", " a?", "b?"]),
    scope=st.builds(Scope, collection=st.sampled_from([None, "x"]), language=st.sampled_from([None, "zh"])),
    top_k=st.sampled_from([None, 1]),
    language=st.sampled_from([None, "en"]),
    history=st.sampled_from([(), (Turn("a?"),), (Turn("a?", "b"),)]),
    sampling=st.sampled_from([None, Sampling(16), Sampling(17)]),
    deadline_ms=st.sampled_from([None, 5]),
)


@given(ASKS, ASKS)
def test_questions_share_a_key_only_if_nothing_differs_that_shapes_the_answer(one: Ask, other: Ask) -> None:
    def bare(ask: Ask) -> Ask:
        return replace(ask, question=ask.question.strip(), deadline_ms=None, request_id="")

    assert (question_key(one) == question_key(other)) == (bare(one) == bare(other))


def test_threads_may_share_it() -> None:
    cache, wrong = AnswerCache(8), []

    def work(number: int) -> None:
        for step in range(500):
            state, key = step // 50, (number + step) % 16
            cache.put(state, key, kept(f"{state} {key}"))
            found = cache.get(state, key)
            if found is not None and found.answer.answer != f"{state} {key}":
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) <= 8


def test_what_is_asked_about_today_is_kept_for_today_alone() -> None:
    today = datetime.date.today()
    assert question_key(Ask("Who is on duty today?"))[1] == Date(today.year, today.month, today.day)
    assert question_key(Ask("Who is on duty?"))[1] is None
