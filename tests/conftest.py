"""Fixtures that several test files share."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from ingest.pipeline import IngestReport, Pipeline, make_plan
from service.generation import prepare_generator
from tests.fakes import HashingEmbedder
from youju.embedding.base import Embedder
from youju.index import protocols
from youju.index.sqlite.store import Store
from youju.model_files import locate
from youju.settings import Settings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "documents"
SEED = int(os.environ.get("YOUJU_TEST_SEED", "20261123"))

# The clock says nothing about the code where other work runs beside the tests; what must be quick is measured by tests of it.
hypothesis_settings.register_profile("youju", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("youju")


def pytest_report_header() -> str:
    return f"seed: {SEED} (YOUJU_TEST_SEED)"


@pytest.fixture
def seed() -> int:
    random.seed(SEED)
    return SEED


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the caller and the checkout's youju.toml do not reach tests; only the place of prepared models does."""
    for name in list(os.environ):
        if name.startswith("YOUJU_") and not name.startswith("YOUJU_TEST_") and name != "YOUJU_CACHE_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "toml_file", None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The reader and the gate that need no model; questions are stopped by the gate only in tests of it."""
    # testserver is the host that starlette's test client names.
    return Settings(data_dir=tmp_path / "data", reader="similarity", strictness="off", allowed_hosts="testserver")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    return Settings().cache_dir


def bundled(name: str, cache_dir: Path) -> Path:
    """A bundled model, prepared; the test is skipped where its packages are not installed."""
    model = locate.BUNDLED[name]
    if not locate.is_installed(model) and not locate.prepared_path(model, cache_dir).exists():
        pytest.skip(f"the packages of {name} are not installed: make install installs them")
    return locate.prepare(model, cache_dir)


@pytest.fixture(scope="session")
def e5_folder(cache_dir: Path) -> Path:
    return bundled("multilingual-e5-small", cache_dir)


@pytest.fixture(scope="session")
def small_gguf(cache_dir: Path) -> Path:
    return bundled("qwen2.5-coder-0.5b-instruct-q4_k_m", cache_dir)


@pytest.fixture(scope="session")
def default_gguf(cache_dir: Path) -> Path:
    """The default generator, prepared: to find out what runs it best and to convert it takes minutes the first time, and a
    service that is started by a test is not waited for so long."""
    model = bundled(Settings().generator_model, cache_dir)
    prepare_generator(model, Settings(cache_dir=cache_dir))
    return model


def ingest_files(
    files: dict[str, str], folder: Path, settings: Settings, store: protocols.Store, embedder: Embedder
) -> IngestReport:
    """Write files below a folder and ingest it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Pipeline(settings, store, lambda: embedder).run(make_plan([folder], settings, store))


class RowsRead:
    """How many rows a thread has read from a database, as SQLite's own trace tells."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, _cursor: Any, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self.count += 1
        return row


@contextlib.contextmanager
def counting_rows(store: Store) -> Iterator[RowsRead]:
    """Counts the rows that this thread reads inside."""
    with store.database.transaction(changes_index=False) as (connection, _):
        pass  # the connection stays this thread's own
    read = RowsRead()
    connection.row_trace = read.note
    try:
        yield read
    finally:
        connection.row_trace = None
