"""Fixtures of the tests of the page: a browser, and services over the example documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.fakes import ScriptedGenerator
from tests.integration.browser import WIDE, Watched, chromium, settings_of
from tests.serving import Serving, application, ingest_examples, sensible


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the example documents."""
    folder = tmp_path_factory.mktemp("page") / "data"
    ingest_examples(settings_of(folder))
    return folder


@pytest.fixture(scope="module")
def service(indexed: Path) -> Iterator[Serving]:
    """A service whose documents no test changes."""
    serving = Serving(application(settings_of(indexed), ScriptedGenerator(sensible())))
    yield serving
    serving.stop()


@pytest.fixture
def changing(indexed: Path, tmp_path: Path) -> Iterator[Serving]:
    """A service of its own for a test that changes documents."""
    shutil.copytree(indexed, tmp_path / "data")
    serving = Serving(application(settings_of(tmp_path / "data"), ScriptedGenerator(sensible())))
    yield serving
    serving.stop()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Any]:
    """`watch(origin, **context options)`: a fresh window; afterwards nothing may have left the origin or failed in it."""
    opened: list[Watched] = []

    def open_window(origin: str, **options: Any) -> Watched:
        defaults: dict[str, Any] = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"}
        opened.append(Watched(browser.new_context(**defaults | options), origin))
        return opened[-1]

    yield open_window
    for window in opened:
        window.context.close()
        window.check()
