"""An index of each engine in turn. A test here knows only what `youju.index.protocols` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from youju.index.opening import Index, open_index
from youju.settings import Settings


@pytest.fixture(params=["sqlite"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", reader="similarity", strictness="off", allowed_hosts="testserver")


@pytest.fixture
def index(settings: Settings) -> Iterator[Index]:
    opened = open_index(settings)
    yield opened
    opened.close()
