"""The page behind nginx and Caddy of Debian, as `docs/operations.md` shows them, with no setting of the service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.integration.browser import ENGLISH, Watched, ask, chromium
from tests.serving import Serving

NAME = "docs.example.org"  # the browser finds this machine under it, as under every name
NGINX = """
daemon on; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{plain};
    location / {{ proxy_pass http://127.0.0.1:{service}; }}
  }}
  server {{
    listen 127.0.0.1:{below};
    location /youju/ {{
      proxy_pass http://127.0.0.1:{service}/;
      proxy_set_header X-Forwarded-Prefix /youju;
      proxy_set_header X-Forwarded-Host $http_host;
    }}
  }}
}}
"""
CADDY = """
{{
  admin 127.0.0.1:{admin}
  skip_install_trust
  auto_https disable_redirects
}}
https://docs.example.org:{tls} {{
  tls internal
  reverse_proxy 127.0.0.1:{service}
}}
http://docs.example.org:{plain} {{
  reverse_proxy 127.0.0.1:{service}
}}
https://docs.example.org:{below} {{
  tls internal
  redir /youju /youju/
  handle_path /youju/* {{
    reverse_proxy 127.0.0.1:{service} {{
      header_up X-Forwarded-Prefix /youju
    }}
  }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        pytest.skip(f"there is no {name}: apt-get install {name}")
    return path


@contextmanager
def running(start: list[str], stop: list[str], folder: Path) -> Iterator[None]:
    """A program that goes to the background once it listens."""
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("w") as log:  # no pipe: what stays in the background would keep it open
        subprocess.run(start, check=True, stdout=log, stderr=log, timeout=60, env=os.environ | home)
        try:
            yield
        finally:
            subprocess.run(stop, check=True, stdout=log, stderr=log, timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--host-resolver-rules=MAP * 127.0.0.1") as opened:
        yield opened


@pytest.fixture(scope="module")
def nginx(service: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    folder, path = tmp_path_factory.mktemp("nginx"), program("nginx")
    ports = {"plain": free_port(), "below": free_port()}
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, service=service.port, **ports))
    command = [path, "-p", str(folder), "-c", str(config)]
    with running(command, [*command, "-s", "stop"], folder):
        yield ports


@pytest.fixture(scope="module")
def caddy(service: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    folder, path = tmp_path_factory.mktemp("caddy"), program("caddy")
    ports = {"tls": free_port(), "plain": free_port(), "below": free_port(), "admin": free_port()}
    config = folder / "Caddyfile"
    config.write_text(CADDY.format(service=service.port, **ports))
    start = [path, "start", "--config", str(config), "--adapter", "caddyfile"]
    with running(start, [path, "stop", "--address", f"127.0.0.1:{ports['admin']}"], folder):
        yield ports


def opened(browser: Browser, origin: str) -> Watched:
    return Watched(browser.new_context(locale="en-GB", reduced_motion="reduce", ignore_https_errors=True), origin)


def troubles(window: Watched) -> list[str]:
    """Requests that left the origin, and complaints but this: without TLS the browser says that it passes over a header."""
    return window.foreign() + [one for one in window.complaints if "Cross-Origin-Opener-Policy" not in one]


def evidence(page: Page) -> Locator:
    """What is marked once a question was asked and its evidence opened."""
    ask(page, ENGLISH)
    page.locator(".marker").first.click()
    return page.locator("mark").first


def reference(page: Page, address: str) -> Locator:
    """An operation of the reference, once that is opened."""
    page.goto(f"{address}/docs")
    return page.locator("#operations-answers-ask_ask_post")


def test_nginx_that_calls_it_by_another_host(browser: Browser, nginx: dict[str, int]) -> None:
    window = opened(browser, f"http://{NAME}:{nginx['plain']}")
    expect(evidence(window.open())).to_be_visible()
    assert troubles(window) == []


def test_nginx_below_a_path(browser: Browser, nginx: dict[str, int]) -> None:
    address = f"http://{NAME}:{nginx['below']}/youju"
    window = opened(browser, address)
    expect(evidence(window.open())).to_be_visible()
    expect(reference(window.page, address)).to_be_visible()
    assert troubles(window) == []
    body = {"model": "youju", "messages": [{"role": "user", "content": ENGLISH}]}
    here = {"Host": f"127.0.0.1:{nginx['below']}"}
    local = f"http://127.0.0.1:{nginx['below']}/youju"
    cited = httpx.post(f"{local}/v1/chat/completions", json=body, headers=here, timeout=60).json()["citations"]
    assert cited[0]["url"].startswith(f"{local}/#/open/")
    window.page.goto(cited[0]["url"])
    expect(window.page.locator("mark").first).to_be_visible()


def test_caddy_with_tls_that_hands_on_the_host(browser: Browser, caddy: dict[str, int]) -> None:
    address = f"https://{NAME}:{caddy['tls']}"
    window = opened(browser, address)
    expect(evidence(window.open())).to_be_visible()
    expect(reference(window.page, address)).to_be_visible()
    assert troubles(window) == []


def test_caddy_below_a_path(browser: Browser, caddy: dict[str, int]) -> None:
    address = f"https://{NAME}:{caddy['below']}/youju"
    window = opened(browser, address)
    expect(evidence(window.open())).to_be_visible()
    expect(reference(window.page, address)).to_be_visible()
    assert troubles(window) == []


def test_without_tls_a_host_that_is_not_known_is_told_of_by_the_page(browser: Browser, caddy: dict[str, int]) -> None:
    """It might be a name that somebody turned to this machine."""
    page = opened(browser, f"http://{NAME}:{caddy['plain']}").open()
    page.locator("#question").fill(ENGLISH)
    page.locator("#question").press("Enter")
    expect(page.locator(".problem")).to_contain_text("YOUJU_ALLOWED_HOSTS")
    expect(page.locator(".problem")).to_contain_text("this address")


def test_a_name_that_was_turned_to_this_machine_gets_nothing(browser: Browser, service: Serving) -> None:
    """DNS rebinding: a page of evil.example, which is this machine now, asks the service as its own origin."""
    page = opened(browser, f"http://evil.example:{service.port}").open()
    asked = """async (headers) => {
      const post = {method: 'POST', headers: {'Content-Type': 'application/json', ...headers}, body: '{"query": "x"}'};
      return [(await fetch('/documents', {headers})).status, (await fetch('/search', post)).status];
    }"""
    for headers in ({}, {"X-Youju-Page": "1"}, {"X-Forwarded-Host": "localhost", "X-Youju-Page": "1"}):
        assert page.evaluate(asked, headers) == [403, 403]
