"""An index of each engine in turn. A test here knows only what `youju.index.protocols` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.building import with_engine
from tests.postgres import Server, serving
from youju.index.opening import Index, open_index
from youju.index.protocols import Store
from youju.settings import Settings


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    made = Settings(data_dir=tmp_path / "data", reader="similarity", strictness="off", allowed_hosts="testserver")
    yield from with_engine(request, made)


@pytest.fixture
def store(index: Index) -> Store:
    return index.store


@pytest.fixture
def index(settings: Settings) -> Iterator[Index]:
    opened = open_index(settings)
    yield opened
    opened.close()
