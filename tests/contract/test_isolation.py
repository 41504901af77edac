"""Two keys, two collections, on PostgreSQL: what `tests/unit/test_isolation.py` asks of a service over SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.postgres import Server
from tests.unit.test_isolation import (  # noqa: F401 - pytest runs what it finds here
    test_a_limited_store_is_only_ever_limited_further,
    test_counts_are_of_what_is_seen,
    test_nothing_of_the_other_comes_back,
    test_one_who_may_see_all_gets_the_scores_of_the_whole,
    test_the_same_content_in_both_is_two_documents,
    test_what_others_ingest_does_not_change_scores,
    world,
)
from youju.settings import Settings


@pytest.fixture
def settings(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    name = f"isolation_{abs(hash(request.node.name))}"
    address = SecretStr(server.create(name))
    yield Settings(
        data_dir=tmp_path / "data", reader="similarity", strictness="off", allowed_hosts="testserver", database_url=address
    )
    server.drop(name)
