from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.settings import Settings

HERE = "http://127.0.0.1:8000"


def open_client(settings: Settings, **changes: Any) -> TestClient:
    given = settings.model_copy(update={"allowed_hosts": "", **changes})
    return TestClient(create_app(given, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker), base_url=HERE)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with open_client(settings) as opened:
        yield opened


def statuses(client: TestClient, headers: dict[str, str]) -> set[int]:
    """Of a reading and a writing request, of one that browsers send without asking first, and of an open one."""
    text = {"title": "t", "text": "t"}
    return {
        client.get("/documents", headers=headers).status_code,
        client.post("/documents", json=text, headers=headers).status_code,
        client.post("/search", content="{}", headers={"content-type": "text/plain", **headers}).status_code,
        client.get("/healthz", headers=headers).status_code,
    }


OWN_HOSTS = (
    "127.0.0.1:8000",
    "127.0.0.1",
    "localhost:8000",
    "LOCALHOST",
    "localhost.",
    "app.localhost:1",
    "[::1]:8000",
    "127.9.9.9",
)
FOREIGN_HOSTS = (
    "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", "192.168.1.5",
    "0.0.0.0:8000", "", "localhost:x", "evil@localhost", "localhost/evil", "[::1", "127.0.0.1, evil.example", "2130706433",
)  # fmt: skip


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_names_of_loopback_are_known(client: TestClient, host: str) -> None:
    assert statuses(client, {"host": host}) == {200, 202, 422}


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_other_names_are_refused(client: TestClient, host: str) -> None:
    assert statuses(client, {"host": host}) == {403}


def test_the_refusal_says_what_to_do(client: TestClient) -> None:
    body = client.get("/documents", headers={"host": "evil.example", "x-request-id": "r1"}).json()
    assert (body["type"], body["status"], body["request_id"]) == ("urn:youju:problem:foreign-request", 403, "r1")
    assert "YOUJU_ALLOWED_HOSTS" in body["advice"]
    assert "evil" not in str(body)


def test_two_hosts_are_refused(client: TestClient) -> None:
    both = [("host", "127.0.0.1:8000"), ("host", "evil.example")]
    assert client.get("/documents", headers=both).status_code == 403


FOREIGN_ORIGINS = (
    "https://evil.example", "null", "http://127.0.0.1:3000", "http://localhost:8000", "http://127.0.0.1:8000.evil.example",
    "http://127.0.0.1", "file://", "chrome-extension://127.0.0.1:8000", "http://evil@127.0.0.1:8000", "http://[", "",
)  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_pages_of_other_origins_are_refused(client: TestClient, origin: str) -> None:
    assert statuses(client, {"origin": origin}) == {403}


def test_pages_of_the_service_are_not(client: TestClient) -> None:
    assert statuses(client, {"origin": HERE}) == {200, 202, 422}
    assert statuses(client, {"host": "localhost", "origin": "http://localhost:80"}) == {200, 202, 422}
    assert statuses(client, {"origin": HERE, "sec-fetch-site": "same-origin"}) == {200, 202, 422}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_foreign_page_embeds_is_refused_and_a_link_is_followed(client: TestClient, site: str) -> None:
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe"), ("cors", "empty")):
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        assert statuses(client, headers) == {403}
    followed = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/docs", headers=followed).status_code == 200
    assert client.post("/documents", json={"title": "t", "text": "t"}, headers=followed).status_code == 403
    assert client.get("/docs", headers={"sec-fetch-site": "none"}).status_code == 200


OWN = {"x-youju-page": "1"}


def test_the_files_of_the_page_are_given_to_everybody(client: TestClient) -> None:
    """They hold nothing of anybody, and the page can say then what is wrong."""
    for headers in ({"host": "evil.example"}, {"origin": "https://docs.example.org"}, {"sec-fetch-site": "cross-site"}):
        for path in ("/", "/ui/js/main.js", "/docs", "/docs/assets/swagger-ui.css", "/openapi.json"):
            assert client.get(path, headers=headers).status_code == 200
        assert client.post("/", headers=headers).status_code in (403, 405)


def test_behind_a_proxy_that_calls_it_by_another_host_its_page_is_known(client: TestClient) -> None:
    origin = {"origin": "https://docs.example.org"}
    assert statuses(client, origin | {"sec-fetch-site": "same-origin"}) == {200, 202, 422}  # over TLS, by the browser
    assert statuses(client, {"origin": "http://docs.intra"} | OWN) == {200, 202, 422}  # without TLS, by the page
    assert statuses(client, origin | OWN | {"sec-fetch-site": "cross-site"}) == {403}
    assert statuses(client, origin | {"sec-fetch-site": "same-site"}) == {403}


def test_behind_a_proxy_that_hands_on_its_host_a_browser_tells_of_its_certificate(client: TestClient) -> None:
    """A name that was turned to this machine (DNS rebinding) has none, and then no browser sends the header."""
    host = {"host": "docs.example.org"}
    assert statuses(client, host | {"sec-fetch-site": "same-origin"}) == {200, 202, 422}
    assert client.get("/documents", headers=host | {"sec-fetch-site": "none"}).status_code == 200
    assert statuses(client, host | OWN) == {403}
    assert statuses(client, host | {"origin": "http://docs.example.org"} | OWN) == {403}


def test_there_are_no_cors_headers(client: TestClient) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    asked["access-control-request-headers"] = "x-youju-page"
    response = client.options("/ask", headers=asked)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_hosts_that_the_user_names(settings: Settings) -> None:
    with open_client(settings, allowed_hosts="youju, docs.example.org") as client:
        for host in ("youju:8000", "YOUJU", "docs.example.org"):
            assert statuses(client, {"host": host}) == {200, 202, 422}
        assert statuses(client, {"origin": "https://docs.example.org"}) == {200, 202, 422}  # a proxy that hands on its own host
        assert statuses(client, {"host": "example.org"}) == {403}
        assert statuses(client, {"origin": "https://example.org"}) == {403}


def test_open_to_all_it_is_known_by_addresses_but_not_by_names(settings: Settings) -> None:
    """A page of somebody else can give its own name any address, but it cannot be called by an address that is not its own."""
    with open_client(settings, host="0.0.0.0", open_to_all=True) as client:
        for host in ("192.168.1.5:8000", "[2001:db8::1]:8000", "localhost"):
            assert statuses(client, {"host": host}) == {200, 202, 422}
        assert statuses(client, {"host": "evil.example"}) == {403}
        assert statuses(client, {"host": "192.168.1.5", "origin": "http://192.168.1.6"}) == {403}


def test_with_keys_any_host_will_do(settings: Settings) -> None:
    with open_client(settings, require_keys=True) as client:
        headers = {"host": "docs.example.org", "origin": "https://other.example"}
        assert client.get("/healthz", headers=headers).status_code == 200
        assert client.get("/documents", headers=headers).status_code == 401
