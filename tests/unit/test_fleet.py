"""Several generators that are one, with scripted ones in place of servers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from service.generation import Delta, Message, Sampling, make_generator, prefers, written
from service.generation.fleet import Fleet
from service.generation.openai_compatible import OpenAICompatible
from tests.fakes import ScriptedGenerator
from youju.errors import GeneratorUnavailable
from youju.settings import Settings

CHAT, SHORT = [Message("user", "Say something.")], Sampling(8)
GONE = GeneratorUnavailable("it does not answer.", "Start it.")


class Failing(ScriptedGenerator):
    """Fails while it is down: before its first word, or behind its first piece."""

    def __init__(self, script: str, is_down: bool = False, gate: asyncio.Event | None = None) -> None:
        super().__init__(script, gate, preference=0.5)
        self.is_down, self.fails_late = is_down, False
        self.looked_at, self.begun = asyncio.Event(), asyncio.Semaphore(0)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        if self.is_down:
            raise GONE
        self.begun.release()
        async with contextlib.aclosing(super().stream(messages, sampling)) as pieces:
            async for piece in pieces:
                yield piece
                if self.fails_late:
                    raise GONE

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        if self.is_down:
            raise GONE
        return await super().weigh(messages, words)

    async def check(self) -> None:
        self.looked_at.set()
        if self.is_down:
            raise GONE


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(work(), 30)

    return asyncio.run(limited())


def test_the_one_with_the_fewest_in_progress_is_asked() -> None:
    async def work() -> None:
        gate = asyncio.Event()
        one, two = Failing("one", gate=gate), Failing("two", gate=gate)
        fleet = Fleet([one, two])
        asked = [asyncio.create_task(written(fleet, CHAT, SHORT)) for _ in range(4)]
        for begun in (one.begun, one.begun, two.begun, two.begun):
            await begun.acquire()
        gate.set()
        assert sorted(await asyncio.gather(*asked)) == ["one", "one", "two", "two"]
        assert [await written(fleet, CHAT, SHORT) for _ in range(4)] == ["one", "two", "one", "two"]

    run(work)


def test_a_question_goes_on_to_another_and_the_one_that_failed_is_left_alone_until_it_is_back() -> None:
    async def work() -> None:
        one, two = Failing("one", is_down=True), Failing("two")
        fleet = Fleet([one, two], pause=0)
        assert await written(fleet, CHAT, SHORT) == "two"
        await one.looked_at.wait()
        assert [await written(fleet, CHAT, SHORT) for _ in range(3)] == ["two"] * 3
        assert await prefers(fleet, CHAT, "yes", "no") == 0.5
        assert (len(one.prompts), len(two.prompts), len(two.weighed)) == (0, 4, 1)
        await fleet.check()
        one.is_down = False
        one.looked_at.clear()
        await one.looked_at.wait()  # by itself
        assert "one" in [await written(fleet, CHAT, SHORT) for _ in range(2)]
        await fleet.close()

    run(work)


def test_what_fails_behind_its_first_word_fails_and_the_next_question_goes_elsewhere() -> None:
    async def work() -> None:
        one, two = Failing("one and more words"), Failing("two")
        one.fails_late = True
        fleet = Fleet([one, two])
        stream = fleet.stream(CHAT, SHORT)
        assert (await anext(stream)).text == "one and"
        with pytest.raises(GeneratorUnavailable):
            await anext(stream)
        assert [await written(fleet, CHAT, SHORT) for _ in range(3)] == ["two"] * 3
        await fleet.close()

    run(work)


def test_where_all_are_down_each_is_asked_and_one_that_is_back_answers() -> None:
    async def work() -> None:
        one, two = Failing("one", is_down=True), Failing("two", is_down=True)
        fleet = Fleet([one, two], pause=3600)
        for ask in (lambda: written(fleet, CHAT, SHORT), lambda: prefers(fleet, CHAT, "yes", "no"), fleet.check):
            with pytest.raises(GeneratorUnavailable, match="does not answer"):
                await ask()
        two.is_down = False  # nobody has looked yet
        assert await written(fleet, CHAT, SHORT) == "two"
        await fleet.close()

    run(work)


def test_a_question_that_is_left_frees_its_server() -> None:
    async def work() -> None:
        one, two = Failing("one and more words"), Failing("two")
        fleet = Fleet([one, two])
        stream = fleet.stream(CHAT, SHORT)
        await anext(stream)
        await stream.aclose()
        assert one.stopped_early == 1
        assert [await written(fleet, CHAT, SHORT) for _ in range(2)] == ["two", "one and more words"]

    run(work)


def test_several_addresses_make_a_fleet() -> None:
    settings = Settings(generator="openai_compatible", generator_url="http://a:1/v1 http://b:2/v1\nhttp://c:3/v1")
    assert isinstance(make_generator(settings), Fleet)
    assert isinstance(make_generator(settings.model_copy(update={"generator_url": "http://a:1/v1"})), OpenAICompatible)
