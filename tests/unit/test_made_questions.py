"""Questions made from the documents of an index."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.generation.base import Message
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator
from youju.cli import calibrate
from youju.errors import UnknownCollection
from youju.evaluation.made_questions import made_questions
from youju.evaluation.records import EvalQuestion
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

LONG = "The lamp is made for dry rooms and may hang over a table or stand on a shelf, as the owner likes it best. "
FILES = {
    "lamp.txt": LONG + "Its bulb lasts 900 hours.",
    "lampe.txt": "这盏灯适合干燥的房间，可以挂在桌子上方，也可以放在架子上，随主人的喜好而定。" * 4 + "灯泡能用900小时。",
    "short.txt": "The bulb lasts 900 hours.",
}
ASKED = {"en": "How long does the bulb of the lamp last?", "zh": "这盏灯的灯泡能用多久？"}


def asks(messages: Sequence[Message]) -> str:
    return ASKED["zh" if "灯" in messages[-1].content else "en"]


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, HashingEmbedder())
    return store


def made(
    store: Store, script: Callable[[Sequence[Message]], str] | str = asks, odds: float | None = 2.0, sought: str = "900",
    count: int = 5, scope: Scope = EVERYTHING,
) -> list[EvalQuestion]:  # fmt: skip
    async def collected() -> list[EvalQuestion]:
        generator = ScriptedGenerator(script, preference=odds)
        return [one async for one in made_questions(store, FindingReader(sought), generator, count, 1, scope)]

    return asyncio.run(collected())


def test_each_is_about_a_passage_that_is_long_enough_and_in_its_language(filled: Store) -> None:
    found = made(filled)
    assert {(one.question, *one.answers, Path(*one.documents).name) for one in found} == {
        (ASKED["en"], "900", "lamp.txt"), (ASKED["zh"], "900", "lampe.txt"),
    }  # fmt: skip
    assert all(one.answerable for one in found)
    assert len(made(filled, count=1)) == 1
    assert made(filled) == found


@pytest.mark.parametrize(
    ("script", "odds", "sought"),
    [
        (asks, -1.0, "900"),  # the generator does not agree
        (asks, None, "900"),  # it cannot tell
        (asks, 2.0, "1200"),  # the reader finds nothing
        ("The bulb lasts long.", 2.0, "900"),  # no question
        ("", 2.0, "900"),
        ("灯泡？" * 60 + "?", 2.0, "900"),  # too long
    ],
)
def test_what_two_do_not_agree_on_is_dropped(
    filled: Store, script: Callable[[Sequence[Message]], str] | str, odds: float | None, sought: str
) -> None:
    assert made(filled, script, odds, sought) == []


def test_the_collection_must_be_there(filled: Store) -> None:
    with pytest.raises(UnknownCollection):
        made(filled, scope=Scope("none"))


def test_too_few_are_told_in_one_line(filled: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data_dir", "reader"):
        monkeypatch.setenv(f"YOUJU_{name.upper()}", str(getattr(settings, name)))
    app = typer.Typer()
    app.command()(
        calibrate.make_command(lambda _, progress: HashingEmbedder(), lambda _: ScriptedGenerator("", preference=1.0))
    )
    done = CliRunner().invoke(app, ["--auto", "5"])
    assert (done.exit_code, "0 answerable" in done.output) == (2, True)
    assert not settings.gate_file.exists()
    both = CliRunner().invoke(app, ["questions.jsonl", "--auto", "5"])
    assert (both.exit_code, "--auto" in both.output) == (2, True)
