"""PostgreSQL alone: how often a question goes to the server and back, as the server's log has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.retrieval.retriever import Retriever
from tests.contract.building import EMBEDDER, put
from tests.postgres import Server
from youju.index.opening import Index
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

LOGGED = "?options=-c%20log_statement%3Dall"


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(data_dir=tmp_path / "data", database_url=SecretStr(server.create("statements") + LOGGED))
    server.drop("statements")


def statements(server: Server) -> list[str]:
    """All that were sent, the name of a prepared one left out."""
    lines = (server.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if "LOG:  statement: " in line or "LOG:  execute " in line]


@pytest.mark.parametrize("scope", [EVERYTHING, Scope("a"), Scope(allowed=("a", "b"))])
def test_a_question_takes_few_ways_to_the_server(index: Index, server: Server, scope: Scope) -> None:
    for number, collection in enumerate("abc"):
        put(index.store, f"{number}.txt", [f"the pump of hall {number}", f"三号泵在第{number}厅"], collection)
    retriever = Retriever(index.store, index.vectors(EMBEDDER), EMBEDDER)
    assert retriever.retrieve("pump of the hall", 5, scope)  # what is kept for the next question is read for the first time
    before = len(statements(server))
    assert retriever.retrieve("pump of the hall", 5, scope)
    sent = statements(server)[before:]
    # Two snapshots with their ends, words, vectors, passages, large tables; as many again would be twice the time on a network.
    assert len(sent) == 8, "\n".join(sent)
