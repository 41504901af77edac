"""The service keeps to its OpenAPI: some seeded examples for each operation. `benchmarks/contract.py` tries many more."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from service.http.app import create_app
from tests.conftest import ROOT, SEED, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.index.protocols import Jobs
from youju.index.sqlite.store import Store
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}


class UploadsWait:
    """A worker that never comes to them."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        """It needs neither."""

    def wake(self) -> None:
        """It does not."""

    def close(self) -> None:
        """It holds nothing."""

    def trouble(self) -> str | None:
        return None


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("contract")
    with pytest.MonkeyPatch.context() as patch:  # the checkout's youju.toml is not for tests
        patch.setitem(Settings.model_config, "toml_file", None)
        chosen = Settings(
            data_dir=folder / "data",
            reader="similarity",
            strictness="off",
            keep_unanswered=True,
            keep_feedback=True,
            allowed_hosts="testserver,localhost",
        )
    store = Store(chosen.database)
    ingest_files(FILES, folder / "documents", chosen, store, HashingEmbedder())
    store.close()
    return create_app(chosen, HashingEmbedder(), ScriptedGenerator("The battery lasts 24 months [1]."), UploadsWait)


@pytest.fixture(scope="module")
def contract(app: Any) -> Any:
    config = SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_keeps_to_the_contract(contract: Any, mode: GenerationMode) -> None:
    operations = [result.ok() for result in contract.get_all_operations()]
    assert {"/ask", "/v1/chat/completions", "/documents"} <= {operation.path for operation in operations}
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing about it can be wrong

        @seed(SEED)
        @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_to_it(case: Any) -> None:
            case.call_and_validate()

        keeps_to_it()


def test_a_wrong_method_is_told_all_that_would_be_right(app: Any) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")  # it needs nothing that the lifespan makes
    for path, methods in (
        ("/documents", "GET, POST"),
        ("/documents/x", "DELETE, GET"),
        ("/ask", "POST"),
        ("/v1/models/x", "GET"),
    ):
        response = client.request("PATCH", path)
        assert (response.status_code, response.headers["allow"]) == (405, methods)
