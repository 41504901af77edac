"""The test that chooses what runs the generator, with scripted generators in place of engines."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from importlib import metadata
from pathlib import Path

import pytest

from service.generation import Delta, Engine, Generator, Message, Sampling
from service.generation.openvino import choice
from tests.fakes import ScriptedGenerator
from youju.errors import GeneratorUnavailable

pytestmark = pytest.mark.skipif(not choice.is_possible(), reason="OpenVINO GenAI cannot run here, or a GPU is there")
HERE = "a processor"


def copied(messages: Sequence[Message]) -> str:
    return messages[0].content.removeprefix(choice.TASK)


class Paced(ScriptedGenerator):
    """Takes as long as it is told by a clock that only it moves, so that no load changes the outcome."""

    def __init__(self, seconds: float, script: Callable[[Sequence[Message]], str] = copied) -> None:
        super().__init__(script)
        self._seconds = seconds
        self.closed = False

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        Clock.now += self._seconds
        async for piece in super().stream(messages, sampling):
            yield piece

    async def close(self) -> None:
        self.closed = True


class Clock:
    now = 0.0


def clock() -> float:
    return Clock.now


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "a-model.gguf"
    path.write_bytes(b"weights" * 1000)
    return path


def makes(llamacpp: Generator | Exception, openvino: Generator | Exception, made: list[str]) -> choice.Makes:
    def making(name: Engine, generator: Generator | Exception) -> Callable[[], Generator]:
        def make() -> Generator:
            made.append(name)
            if isinstance(generator, Exception):
                raise generator
            return generator

        return make

    return {"llamacpp": making("llamacpp", llamacpp), "openvino": making("openvino", openvino)}


@pytest.mark.parametrize(("seconds", "engine"), [((9.0, 4.0), "openvino"), ((4.0, 9.0), "llamacpp"), ((4.2, 4.0), "llamacpp")])
def test_the_sooner_one_is_taken_if_it_is_worth_it(seconds: tuple[float, float], engine: Engine) -> None:
    generators = Paced(seconds[0]), Paced(seconds[1])
    found = choice.compared(makes(*generators, []), HERE, clock=clock)
    assert found == choice.Outcome(engine, HERE, {"llamacpp": seconds[0], "openvino": seconds[1]})
    assert all(generator.closed for generator in generators)


def test_one_that_writes_nonsense_or_fails_is_not_taken() -> None:
    nonsense = choice.compared(makes(Paced(9.0), Paced(1.0, lambda _: "@@@@@"), []), HERE, clock=clock)
    assert (nonsense.engine, list(nonsense.seconds)) == ("llamacpp", ["llamacpp"])
    failing = GeneratorUnavailable("it cannot be loaded.", "x")
    assert choice.compared(makes(Paced(9.0), failing, []), HERE, clock=clock).engine == "llamacpp"
    assert choice.compared(makes(failing, Paced(9.0), []), HERE, clock=clock).engine == "openvino"
    assert choice.compared(makes(failing, failing, []), HERE, clock=clock).engine == "llamacpp"  # it tells what is wrong


def test_it_is_done_once_for_a_model_and_a_machine(model: Path, tmp_path: Path) -> None:
    made: list[str] = []
    given = makes(Paced(9.0), Paced(1.0), made)
    first = choice.outcome(model, tmp_path / "cache", 2, given, clock=clock)
    assert made == ["llamacpp", "openvino"]
    assert choice.outcome(model, tmp_path / "cache", 2, given, clock=clock) == first
    assert len(made) == 2
    choice.outcome(model, tmp_path / "cache", 3, given, clock=clock)  # other threads
    assert len(made) == 4


def test_a_damaged_note_is_written_anew(model: Path, tmp_path: Path) -> None:
    given = makes(Paced(9.0), Paced(1.0), [])
    first = choice.outcome(model, tmp_path / "cache", 2, given, clock=clock)
    (note,) = (tmp_path / "cache").rglob("choice.json")
    note.write_text("{", encoding="utf-8")
    assert choice.outcome(model, tmp_path / "cache", 2, given, clock=clock).engine == first.engine
    assert json.loads(note.read_text(encoding="utf-8"))["machine"] == first.machine


def test_what_is_no_gguf_file_is_left_to_llama_cpp(tmp_path: Path) -> None:
    made: list[str] = []
    assert choice.outcome(tmp_path, tmp_path / "cache", 2, makes(Paced(1.0), Paced(1.0), made)).engine == "llamacpp"
    assert made == []


def test_the_machine_is_told_with_what_the_outcome_depends_on() -> None:
    told = choice.machine(7)
    assert "7 threads" in told
    assert "xllamacpp 20" in told
    assert metadata.version("openvino-genai") in told
