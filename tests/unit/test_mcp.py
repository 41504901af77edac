"""`/mcp` through the official client: in the same process, and over HTTP in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from service.http.app import create_app
from service.http.routes.mcp import make_server
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]."
QUESTION = "How long does the battery of the T3 last?"
URL = "http://127.0.0.1:8000/mcp"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"accept": "application/json, text/event-stream"}
Act = Callable[[Client], Awaitable[Any]]


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator(SCRIPT)


@pytest.fixture
def app(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, generator: ScriptedGenerator) -> FastAPI:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return create_app(settings, embedder, generator)


@pytest.fixture
def web(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@asynccontextmanager
async def over_http(web: TestClient, mode: Any, key: str = "") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=web.app), timeout=30, headers=headers)
    async with http, Client(streamable_http_client(URL, http_client=http), mode=mode) as client:
        yield client


@pytest.fixture(params=["in process", "auto", "legacy"])
def act(request: pytest.FixtureRequest, web: TestClient, app: FastAPI) -> Callable[[Act], Any]:
    """Does something with a client in the event loop of the application: without HTTP, with the newest protocol, with that
    which most assistants speak.
    """

    async def done(what: Act) -> Any:
        if request.param == "in process":
            async with Client(make_server(app.state.resources)) as client:
                return await what(client)
        async with over_http(web, request.param) as client:
            return await what(client)

    def run(what: Act) -> Any:
        assert web.portal is not None
        return web.portal.call(done, what)

    return run


def call(tool: str, **arguments: Any) -> Act:
    return lambda client: client.call_tool(tool, arguments)


def reading(uri: str) -> Act:
    return lambda client: client.read_resource(uri)


def refusal(what: Act) -> Act:
    """The message of the protocol's error. It is caught here: outside of the client it is one of a group."""

    async def refused(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await what(client)
        return caught.value.message

    return refused


def test_the_tools_describe_themselves(act: Callable[[Act], Any]) -> None:
    tools = {tool.name: tool for tool in act(lambda client: client.list_tools()).tools}
    assert set(tools) == {"search", "ask", "list_documents"}
    for tool in tools.values():
        assert tool.title
        assert len(tool.description) > 80
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["type"] == "object"
    assert set(tools["ask"].output_schema["required"]) >= {"answer", "verdict", "citations"}


def test_ask(act: Callable[[Act], Any], web: TestClient) -> None:
    result = act(call("ask", question=QUESTION))
    assert not result.is_error
    plain = web.post("/ask", json={"question": QUESTION}).json()
    assert plain["citations"]
    assert set(result.structured_content) == {
        "answer",
        "verdict",
        "form",
        "confidence",
        "missing",
        "nearest",
        "language",
        "citations",
    }
    assert json.loads(result.content[0].text) == result.structured_content
    (cited,) = result.structured_content.pop("citations")
    assert all(plain[name] == value for name, value in result.structured_content.items())
    place = f"#/open/{cited['document_id']}/{cited['start']}-{cited['end']}"
    assert cited.pop("url") in (None, f"http://127.0.0.1:8000/{place}")  # in the same process there is no address
    assert plain["citations"] == [cited]


def test_search(act: Callable[[Act], Any], web: TestClient) -> None:
    found = act(call("search", query="battery", top_k=1)).structured_content
    assert found["passages"] == web.post("/search", json={"query": "battery", "top_k": 1}).json()["passages"]
    assert found["passages"][0]["text"] == FILES["manual.txt"]
    nothing = act(call("search", query="battery", filters={"uri_prefix": "/nowhere"}))
    assert nothing.structured_content == {"passages": []}


def test_list_documents(act: Callable[[Act], Any]) -> None:
    listed = act(call("list_documents", limit=1, offset=1)).structured_content
    assert (listed["total"], listed["collections"]) == (2, {"default": 2})
    (document,) = listed["documents"]
    assert document["characters"] == len(FILES["manual.txt"])


def test_documents_are_resources(act: Callable[[Act], Any]) -> None:
    resources = act(lambda client: client.list_resources()).resources
    texts = {act(reading(one.uri)).contents[0].text for one in resources}
    assert texts == set(FILES.values())
    unknown = act(refusal(reading("youju://documents/none")))
    assert unknown == "there is no document 'none'. List the resources anew."
    assert "cursor" in act(refusal(lambda client: client.list_resources(cursor="-1")))


def test_errors_say_what_to_do(act: Callable[[Act], Any]) -> None:
    for tool, arguments, hint in (
        ("ask", {"question": "？"}, "Ask something"),
        ("ask", {"question": QUESTION, "collection": "other"}, "Collections: default"),
        ("search", {"query": "x", "top_k": 99}, "top_k: Input should be less than or equal to 50"),
        ("search", {}, "query: Field required"),
        ("search", {"query": "x", "colection": "default"}, "colection: Extra inputs are not permitted"),
        ("list_documents", {"collection": "other"}, "Collections: default"),
        ("list_documents", {"limit": 0}, "limit: "),
    ):
        result = act(call(tool, **arguments))
        assert result.is_error, tool
        assert hint in result.content[0].text
    assert "there are search, ask, list_documents" in act(refusal(call("delete")))


def test_who_may_see_one_collection_is_shown_no_other(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    other = settings.model_copy(update={"collection": "secret"})
    ingest_files({"other.txt": "The code is 1234."}, tmp_path / "other", other, store, embedder)

    app = create_app(settings.model_copy(update={"require_keys": True}), embedder, ScriptedGenerator(SCRIPT))
    key, _ = Keys(store.database).create("tool", ["ask"], ["default"])
    with TestClient(app, base_url="http://127.0.0.1:8000") as web:
        assert web.post("/mcp", json=CALL, headers=HEADERS).status_code == 401

        async def everything() -> list[Any]:
            async with over_http(web, "auto", key) as client:
                calls = [
                    ("list_documents", {}),
                    ("list_documents", {"collection": "secret"}),
                    ("search", {"query": "code", "collection": "secret"}),
                    ("ask", {"question": "code", "collection": "secret"}),
                ]
                results = [await client.call_tool(name, given) for name, given in calls]
                return [*results, await client.list_resources()]

        assert web.portal is not None
        said = web.portal.call(everything)
        assert said[0].structured_content["collections"] == {"default": 2}
        assert [one.is_error for one in said[:4]] == [False, True, True, True]
        assert not any("1234" in str(one) or "other.txt" in str(one) for one in said)
        hidden = next(one.id for one in store.documents("secret"))

        async def read() -> Any:
            async with over_http(web, "auto", key) as client:
                return await refusal(lambda client: client.read_resource(f"youju://documents/{hidden}"))(client)

        assert web.portal.call(read).startswith("there is no document")


def test_pages_with_another_name_are_turned_away(web: TestClient) -> None:
    assert web.post("/mcp", json=CALL, headers=HEADERS).status_code == 200
    assert web.post("/mcp", json=CALL, headers=HEADERS | {"host": "localhost"}).status_code == 200
    assert web.post("/mcp", json=CALL, headers=HEADERS | {"host": "evil.example:8000"}).status_code == 403
    assert web.post("/mcp", json=CALL, headers=HEADERS | {"origin": "http://evil.example"}).status_code == 403


def test_other_names_can_be_allowed(settings: Settings, embedder: HashingEmbedder) -> None:
    app = create_app(settings.model_copy(update={"allowed_hosts": "docs.example.com, x"}), embedder, ScriptedGenerator(SCRIPT))
    with TestClient(app, base_url="https://docs.example.com") as web:
        origin = {"origin": "https://docs.example.com"}
        assert web.post("/mcp", json=CALL, headers=HEADERS | origin).status_code == 200


def test_only_posts_are_taken(web: TestClient) -> None:
    for method in ("GET", "DELETE", "PUT"):
        response = web.request(method, "/mcp", headers=HEADERS)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert web.post("/mcp", content=b"{", headers=HEADERS | {"content-type": "application/json"}).status_code == 400


def test_a_body_that_is_too_long_is_refused_as_everywhere(web: TestClient) -> None:
    response = web.post("/mcp", content=b"x" * (3 << 20), headers=HEADERS | {"content-type": "application/json"})
    assert response.status_code == 413, response.text
    assert response.json()["status"] == 413


def test_an_application_can_be_started_twice(app: FastAPI) -> None:
    for _ in range(2):
        with TestClient(app, base_url="http://localhost") as web:
            assert web.post("/mcp", json=CALL, headers=HEADERS).json()["result"]["tools"]


def test_a_generator_that_is_absent(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    without = settings.model_copy(update={"generator_model": "no-such-model"})
    with TestClient(create_app(without, embedder), base_url="http://localhost") as web:
        params = {"name": "ask", "arguments": {"question": QUESTION}}
        asked = CALL | {"method": "tools/call", "params": params}
        result = web.post("/mcp", json=asked, headers=HEADERS).json()["result"]
        assert result["isError"]
        assert "YOUJU_GENERATOR_MODEL" in result["content"][0]["text"]
