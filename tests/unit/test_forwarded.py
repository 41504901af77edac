"""Under a path that a proxy took away, and the addresses that answers name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.http.forwarded import page_of
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.settings import Settings

BELOW = {"x-forwarded-prefix": "/youju"}


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)) as opened:
        yield opened


def test_below_a_path_all_that_the_reference_names_is_below_it(client: TestClient) -> None:
    reference = client.get("/docs", headers=BELOW).text
    assert "'/youju/openapi.json'" in reference
    assert '"/youju/docs/assets/swagger-ui-bundle.js"' in reference
    assert client.get("/openapi.json", headers=BELOW).json()["servers"] == [{"url": "/youju"}]
    assert "servers" not in client.get("/openapi.json").json()  # the answer to one caller changes no other one
    assert client.get("/docs/assets/swagger-ui.css", headers=BELOW).status_code == 200
    assert client.get("/", headers=BELOW).status_code == 200
    assert client.get("/documents", headers=BELOW).status_code == 200
    assert client.get("/v1/nothing", headers=BELOW).json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("prefix", ["/docs", "/documents", "/ui", "/a/b/", "/a, /b"])
def test_any_path_will_do_also_one_that_the_service_has_itself(client: TestClient, prefix: str) -> None:
    headers = {"x-forwarded-prefix": prefix}
    for path in ("/", "/ui/base.css", "/docs", "/docs/assets/swagger-ui.css", "/documents", "/readyz"):
        assert client.get(path, headers=headers).status_code == client.get(path).status_code, path


@pytest.mark.parametrize("prefix", ["", "youju", "//evil.example", "/a b", "/'><script>", "/a/../b?", "javascript:x"])
def test_what_is_no_path_is_passed_over(client: TestClient, prefix: str) -> None:
    assert "'/openapi.json'" in client.get("/docs", headers={"x-forwarded-prefix": prefix}).text


def test_mounted_below_a_path(settings: Settings) -> None:
    app = create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)
    with TestClient(app, root_path="/deep/er") as client:
        assert "'/deep/er/openapi.json'" in client.get("/deep/er/docs").text
        assert client.get("/deep/er/openapi.json").json()["servers"] == [{"url": "/deep/er"}]
        assert client.get("/deep/er/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"host": "127.0.0.1:8000"}, "http://127.0.0.1:8000/"),
        ({"host": "127.0.0.1:8000", "x-forwarded-host": "docs.example.org", "x-forwarded-proto": "https"}, "https://docs.example.org/"),
        ({"host": "[::1]:8000"}, "http://[::1]:8000/"),
        ({"host": "a", "x-forwarded-host": "evil/x", "x-forwarded-proto": "javascript"}, None),
        ({"host": "a/b"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_address_of_the_page(headers: dict[str, str], page: str | None) -> None:
    scope: dict[str, Any] = {"headers": [(name.encode(), value.encode()) for name, value in headers.items()], "scheme": "http"}
    assert page_of(scope) == page
    if page:
        assert page_of(scope | {"root_path": "/youju"}) == f"{page}youju/"
