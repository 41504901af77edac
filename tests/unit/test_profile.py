"""Measuring a generator, and what it is asked for then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from service.generation import Delta, Message, Sampling
from service.generation.probing import LENGTHS, TASKS, measured
from service.generation.profile import (
    LEAST_EVIDENCE,
    MOST_ANSWER,
    MOST_EVIDENCE,
    USUAL,
    Budget,
    Profile,
    budget_of,
    load_profile,
    place,
    save_profile,
)
from service.generation.profiled import Profiled
from tests.fakes import ScriptedGenerator
from youju.errors import GeneratorUnavailable
from youju.settings import Settings

DONE = (
    "They pay 200 EUR, clean the hall and report damage.", "Ms Orlow keeps the keys. The kitchen is closed on Mondays.",
    "NOT FOUND", "NOT FOUND.", "It carries six persons.", "Aspen, Elder", "交200元押金，打扫礼堂，报告损坏。",
    "钥匙由欧阳女士保管。厨房周一关闭。", "未找到", "未找到。", "可载六人。", "槐厅、榆厅",
)  # fmt: skip
FAST = Profile(generator="m", reading=2000, writing=60, obeys=1, context=8000)


def obedient(messages: Sequence[Message]) -> str:
    """Does every task, and finds what stands at the beginning of a long text."""
    asked = messages[-1].content
    for task, answer in zip(TASKS, DONE, strict=True):
        if task.chat()[0].content == asked:
            return answer
    (number,) = re.findall(r"of type (\d+) last", asked)
    (days,) = re.findall(rf"type {number} was built in .*?lasts (\d+) days", asked)
    return f"It lasts {days} days. It is a pump."


class Paced(ScriptedGenerator):
    """Reads and writes at a pace, by a clock that only it moves."""

    def __init__(self, reading: float, writing: float, longest: int = 10**9, tells: bool = True) -> None:
        super().__init__(obedient)
        self.now, self._reading, self._writing, self._longest, self._tells = 0.0, reading, writing, longest, tells

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        (read,) = [sum(await self.count_tokens([message.content for message in messages]))]
        if read > self._longest:
            raise GeneratorUnavailable("too long", "Shorten it.")
        self.now += read / self._reading
        text = obedient(messages)
        (written,) = await self.count_tokens([text])
        yield Delta(text[:1])
        self.now += (written - 1) / self._writing
        yield Delta(text[1:], read, written) if self._tells else Delta(text[1:])

    def clock(self) -> float:
        return self.now


@pytest.mark.parametrize("tells", [True, False])
def test_pace_and_obedience_are_measured(tells: bool) -> None:
    generator = Paced(reading=1000, writing=50, tells=tells)
    profile = asyncio.run(measured(generator, generator.clock))
    assert profile.reading == pytest.approx(1000, rel=0.01)
    assert profile.writing == pytest.approx(50, rel=0.01)
    assert profile.obeys == 1
    assert profile.context > LENGTHS[-1] / 2


def test_a_slow_one_is_not_asked_to_read_what_takes_long() -> None:
    generator = Paced(reading=20, writing=5)
    profile = asyncio.run(measured(generator, generator.clock))
    assert profile.context < LENGTHS[1]
    assert generator.now < 600


def test_the_context_is_what_it_takes_in() -> None:
    generator = Paced(reading=1000, writing=50, longest=1200)
    assert asyncio.run(measured(generator, generator.clock)).context <= 1300

    def forgets(messages: Sequence[Message]) -> str:
        """As a server that leaves the beginning of a long prompt out."""
        return obedient(messages) if len(messages[-1].content) < 8000 else "It lasts 999 days."

    forgetful = ScriptedGenerator(forgets)
    whole = asyncio.run(measured(ScriptedGenerator(obedient)))
    assert asyncio.run(measured(forgetful)).context < whole.context


def test_disobedience_counts_by_task() -> None:
    chatty = ScriptedGenerator(lambda messages: f"Sure! {obedient(messages)} I hope this helps!")
    assert 0 < asyncio.run(measured(chatty)).obeys < 0.7
    assert asyncio.run(measured(ScriptedGenerator("BANANA 香蕉"))).obeys == 0


def test_one_that_cannot_be_reached_is_not_measured() -> None:
    with pytest.raises(GeneratorUnavailable):
        asyncio.run(measured(Paced(1000, 50, longest=1)))


def asked_for(context: int = 100_000, is_fitted: bool = False, settings: Settings | None = None, **changed: float) -> Budget:
    return budget_of(FAST.model_copy(update=changed), context, settings or Settings(), is_fitted)


def test_fast_and_obedient_ones_see_more_and_say_more() -> None:
    assert asked_for() == Budget(MOST_EVIDENCE, MOST_ANSWER, True)
    assert asked_for(reading=150, writing=15) == Budget(1500, 300, True)
    assert asked_for(reading=150, writing=8) == Budget(1500, 192, False)  # a full answer would take too long
    assert asked_for(context=3072) == Budget(3072 - MOST_ANSWER - 500, MOST_ANSWER, True)


def test_disobedient_and_slow_ones_see_less_and_say_a_sentence() -> None:
    assert asked_for(obeys=0.8) == USUAL
    assert asked_for(obeys=0.5, reading=40) == Budget(400, 192, False)
    assert asked_for(reading=5, writing=2) == Budget(LEAST_EVIDENCE, 192, False)


def test_what_was_not_measured_or_was_fitted_is_asked_as_usual_and_settings_win() -> None:
    own = Settings(passage_tokens=2500, max_tokens=400)
    assert budget_of(None, 3072, Settings()) == asked_for(is_fitted=True) == USUAL
    assert budget_of(None, 3072, own) == Budget(2500, 400, False)
    assert asked_for(settings=own) == Budget(2500, 400, True)


def test_a_profile_is_kept_for_its_generator(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path, generator_model="m.gguf")
    save_profile(FAST, place(settings, "here"))
    assert load_profile(place(settings, "here")) == FAST
    others = [
        place(settings, "there"), place(settings.model_copy(update={"generator_model": "n.gguf"}), "here"),
        place(settings.model_copy(update={"generator": "openai_compatible"}), "here"),
    ]  # fmt: skip
    assert [load_profile(file) for file in others] == [None] * 3
    place(settings, "here").write_text('{"generator": "m", "reading": -1}')
    assert load_profile(place(settings, "here")) is None


def test_a_server_is_measured_behind_the_first_answer_and_once(tmp_path: Path) -> None:
    async def run() -> tuple[Budget, Budget, int, int]:
        settings = Settings(generator="openai_compatible", cache_dir=tmp_path)
        generator = ScriptedGenerator(obedient)
        profiled = Profiled(settings, generator, False, tmp_path / "p.json")
        before = profiled.budget()
        measuring = profiled.learn()
        assert measuring
        assert (profiled.learn(), profiled.budget()) == (None, before)
        await measuring
        asked = len(generator.prompts)
        assert profiled.learn() is None
        await profiled.close()
        again = Profiled(settings, generator, False, tmp_path / "p.json")
        assert (again.learn(), again.budget()) == (None, profiled.budget())
        return before, again.budget(), asked, len(generator.prompts)

    before, after, asked, in_all = asyncio.run(run())
    assert before == USUAL
    assert after.is_full
    assert after.evidence > USUAL.evidence
    assert asked == in_all == len(TASKS) + len(LENGTHS)


def test_only_servers_are_measured_unasked_and_what_is_not_finished_is_left(tmp_path: Path) -> None:
    async def run(settings: Settings, generator: ScriptedGenerator, file: Path | None) -> int:
        profiled = Profiled(settings, generator, False, file)
        profiled.learn()
        await asyncio.sleep(0)
        await profiled.close()
        return len(generator.prompts)

    server = Settings(generator="openai_compatible", cache_dir=tmp_path)
    file = tmp_path / "p.json"
    assert asyncio.run(run(Settings(), ScriptedGenerator(obedient), file)) == 0
    assert asyncio.run(run(server, ScriptedGenerator(obedient), None)) == 0
    never = asyncio.Event()
    assert asyncio.run(run(server, ScriptedGenerator(obedient, gate=never), file)) == 1
    assert not file.exists()


def test_a_context_that_is_set_is_not_exceeded(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    save_profile(FAST, file)

    class Small(ScriptedGenerator):
        context_tokens = 3072

    for given, context in (({}, 8000), ({"generator_context": 3072}, 3072), ({"generator": "llamacpp"}, 3072)):
        settings = Settings(**({"generator": "openai_compatible"} | given))
        assert Profiled(settings, Small(obedient), False, file).context() == context
