from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from service.http.access import Need, declared, needed
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.routes import operations
from tests.unit.test_service import check_problem
from youju.cli.serve import missing_keys, require_protection
from youju.errors import InvalidRequest
from youju.index.base.keys import KeyScope
from youju.index.sqlite.database import Database
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store
from youju.settings import Settings


@pytest.fixture
def locked(settings: Settings) -> Settings:
    return settings.model_copy(update={"require_keys": True})


@pytest.fixture
def client(tmp_path: Path, locked: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files({"manual.txt": "The battery lasts 24 months."}, tmp_path / "documents", locked, store, embedder)
    with TestClient(create_app(locked, embedder, ScriptedGenerator("NOT FOUND"), ThreadWorker)) as opened:
        yield opened


@pytest.fixture
def keys(store: Store) -> Keys:
    return Keys(store.database)


def bearer(keys: Keys, *scopes: KeyScope, collections: list[str] | None = None) -> dict[str, str]:
    return {"authorization": f"Bearer {keys.create('test', scopes, collections)[0]}"}


def test_every_route_says_what_it_needs(client: TestClient) -> None:
    """A route that does not is closed to all but operators; name it in the `RULES` of `service.http.access`."""
    undeclared = {one for one in operations(client.app) if declared(*one) is None}
    assert undeclared == set()


def test_what_is_not_named_is_closed() -> None:
    for method, path in (("GET", "/new"), ("PUT", "/ask"), ("GET", "/documents/a/b"), ("POST", "/healthz"), ("POST", "//ask")):
        assert needed(method, path) == "operator"
    assert needed("POST", "/ask/") == "ask"
    assert needed("HEAD", "/healthz") == "nothing"
    assert needed("DELETE", "/documents/x") == "ingest"


WHO: dict[str, set[Need]] = {
    "nobody": {"nothing"},
    "wrong": {"nothing"},
    "ask": {"nothing", "ask"},
    "ingest": {"nothing", "ingest"},
    "admin of one": {"nothing", "ask", "ingest", "admin"},
    "admin": {"nothing", "ask", "ingest", "admin", "operator"},
}


def test_each_key_reaches_what_its_scope_allows(client: TestClient, keys: Keys) -> None:
    headers = {
        "nobody": {},
        "wrong": {"authorization": "Bearer youju_000000000000_" + "x" * 43},
        "ask": bearer(keys, "ask"),
        "ingest": bearer(keys, "ingest"),
        "admin of one": bearer(keys, "admin", collections=["default"]),
        "admin": bearer(keys, "admin"),
    }
    assert {need for allowed in WHO.values() for need in allowed} == set(get_args(Need))
    for method, path in [*sorted(operations(client.app)), ("GET", "/not-named")]:
        need = needed(method, path)
        for who, allowed in WHO.items():
            response = client.request(method, path, headers=headers[who], follow_redirects=False)
            refused = 0 if need in allowed else 401 if who in ("nobody", "wrong") else 403
            assert (response.status_code if response.status_code in (401, 403) else 0) == refused, (who, method, path)
            assert ("www-authenticate" in response.headers) == (refused == 401)
            if refused and not path.startswith("/v1"):  # whose errors have OpenAI's form
                check_problem(response, refused, "no-valid-key" if refused == 401 else "forbidden")


def test_a_key_may_be_sent_in_two_ways(client: TestClient, keys: Keys) -> None:
    text, _ = keys.create("web")
    other, _ = keys.create("other")
    for headers in (
        {"authorization": f"Bearer {text}"},
        {"authorization": f"bearer  {text} "},
        {"x-api-key": text},
        {"x-api-key": text, "authorization": f"Bearer {text}"},
        {"x-api-key": text, "authorization": "Basic dTpw"},  # the password of a proxy
    ):
        assert client.get("/documents", headers=headers).status_code == 200, headers
    for headers in (
        {"authorization": f"Basic {text}"},
        {"authorization": text},
        {"authorization": "Bearer"},
        {"x-api-key": ""},
        {"x-api-key": other, "authorization": f"Bearer {text}"},
        {"cookie": f"key={text}"},
    ):
        assert client.get("/documents", headers=headers).status_code == 401, headers
    assert client.get("/documents", params={"key": text}).status_code == 401


def test_a_refusal_says_how_to_get_a_key_and_does_not_repeat_the_wrong_one(client: TestClient) -> None:
    assert "youju keys create" in check_problem(client.get("/documents"), 401, "no-valid-key")["advice"]
    wrong = client.get("/documents", headers={"x-api-key": "my-secret"})
    assert "not valid" in check_problem(wrong, 401, "no-valid-key")["detail"]
    assert "my-secret" not in wrong.text
    unknown = client.get("/documents", headers={"x-api-key": "youju_000000000000_" + "x" * 43})
    bodies = [{**response.json(), "request_id": ""} for response in (wrong, unknown)]
    assert bodies[0] == bodies[1]


def test_a_running_service_refuses_a_key_from_its_revocation_on(client: TestClient, keys: Keys) -> None:
    headers = bearer(keys, "ask")
    assert client.get("/documents", headers=headers).status_code == 200
    keys.revoke(keys.all()[0].id)
    assert client.get("/documents", headers=headers).status_code == 401


def test_strangers_learn_whether_it_is_ready_and_no_more(client: TestClient, keys: Keys) -> None:
    assert client.get("/readyz").json() == {
        "ready": True, **dict.fromkeys(("index", "embedder", "generator", "service", "disk", "database", "worker", "chunks"))
    }  # fmt: skip
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz", headers=bearer(keys, "ask")).json()["chunks"] == 1


def test_deletion_with_proof_is_for_operators(client: TestClient, keys: Keys) -> None:
    (document,) = client.get("/documents", headers=bearer(keys, "ask")).json()["documents"]
    path, proof = f"/documents/{document['id']}", {"verify": True}
    for headers in (bearer(keys, "ingest"), bearer(keys, "admin", collections=["default"])):
        check_problem(client.delete(path, params=proof, headers=headers), 403, "forbidden")
    assert client.delete(path, params=proof, headers=bearer(keys, "admin")).json()["proof"]["clean"]


def test_the_reference_tells_of_keys_where_they_are_required(client: TestClient, settings: Settings) -> None:
    schema = client.get("/openapi.json").json()
    assert schema["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert schema["paths"]["/ask"]["post"]["security"] == [{"key": []}]
    assert {"401", "403"} <= set(schema["paths"]["/ask"]["post"]["responses"])
    assert "security" not in schema["paths"]["/healthz"]["get"]
    open_app = create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)
    assert "securitySchemes" not in open_app.openapi()["components"]


# When keys were last used


def test_no_request_waits_for_a_locked_database(client: TestClient, keys: Keys, settings: Settings) -> None:
    headers = bearer(keys, "ask")
    taken, go_on = threading.Event(), threading.Event()

    def writer() -> None:
        database = Database(settings.database)
        with database.transaction(changes_index=False):
            taken.set()
            assert go_on.wait(60)
        database.close()

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        assert taken.wait(30)
        for _ in range(3):
            assert client.get("/documents", headers=headers).status_code == 200
        assert keys.all()[0].last_used is None
    finally:
        go_on.set()
        thread.join()
    client.__exit__()  # what waits is written
    assert keys.all()[0].last_used is not None


# The command


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "youju.example.org"])
def test_it_does_not_start_for_everybody_without_being_told(host: str) -> None:
    with pytest.raises(InvalidRequest, match=r"--require-keys.*--open"):
        require_protection(Settings(host=host))
    require_protection(Settings(host=host, require_keys=True))
    require_protection(Settings(host=host, open_to_all=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_loopback_it_starts_without_keys(host: str) -> None:
    require_protection(Settings(host=host))


def test_it_says_how_to_make_the_first_key(keys: Keys, settings: Settings, locked: Settings) -> None:
    assert missing_keys(settings, keys) is None
    assert "youju keys create" in (missing_keys(locked, keys) or "")
    _, key = keys.create("web")
    assert missing_keys(locked, keys) is None
    keys.revoke(key.id)
    assert missing_keys(locked, keys) is not None


def test_compose_opens_the_service_to_its_own_machine_only() -> None:
    from tests.unit.test_containers import COMPOSE, compose

    service: dict[str, Any] = compose(COMPOSE)["services"]["youju"]
    assert service["environment"] == {"YOUJU_OPEN_TO_ALL": "true"}
    assert service["ports"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
