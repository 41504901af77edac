"""The files of the page agree with each other, and none of them makes markup or code out of text."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.http.routes import page
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.settings import Settings

UI = ROOT / "service" / "ui"
SCRIPTS = sorted(UI.rglob("*.js"))
STRING = re.compile(r'^  "([\w.]+)": "(.+)",$', re.MULTILINE)
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|srcdoc|"
    r"setAttribute\([\"'](?:style|on)|https?://(?!www\.w3\.org)"
)


def strings(language: str) -> dict[str, str]:
    return dict(STRING.findall((UI / "js" / "strings" / f"{language}.js").read_text(encoding="utf-8")))


def test_both_languages_have_the_same_strings_with_the_same_places() -> None:
    english, chinese = strings("en"), strings("zh")
    assert {key for key in english if not key.endswith(".one")} == set(chinese)
    places = re.compile(r"\{\w+\}")
    for key, text in chinese.items():
        assert set(places.findall(text)) == set(places.findall(english[key])), key


def test_every_string_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS if "strings" not in path.parts)
    known = set(strings("en"))
    asked = set(re.findall(r'\bt\("([\w.]+)"', code))
    assert asked
    assert asked <= known
    made = tuple(re.findall(r"`([\w.]+\.)\$\{", code))  # keys put together from a part
    unused = {key for key in known if f'"{key}"' not in code and not key.startswith(made) and not key.endswith(".one")}
    assert unused == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_of_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert FORBIDDEN.findall(text) == []
    assert len(text.splitlines()) <= 300


def test_the_page_holds_no_script_or_style_of_its_own_and_nothing_from_elsewhere() -> None:
    html = (UI / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|style=|\son\w+=|https?:|<script(?![^>]*src=)", html) == []
    styles = [path.read_text(encoding="utf-8") for path in UI.rglob("*.css")]
    assert styles
    assert re.findall(r"url\(|@import", "\n".join(styles)) == []


def test_the_page_asks_at_once_for_all_modules_of_the_first_view() -> None:
    wanted, found = ["main.js"], set()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += re.findall(r'^import .*from "\./([\w./]+)"', (UI / "js" / name).read_text(encoding="utf-8"), re.MULTILINE)
    html = (UI / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'modulepreload" href="ui/js/([\w./]+)"', html)) == found - {"main.js"}


def test_every_file_is_packaged_and_served() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["service"]
    listed = {path for pattern in packaged for path in UI.parent.glob(pattern) if path.is_file()}
    files = {path for path in UI.rglob("*") if path.is_file()}
    assert files <= listed
    assert set(page.assets()) == {path.relative_to(UI).as_posix() for path in files}


def test_it_is_served_packed_and_asked_after(settings: Settings) -> None:
    with TestClient(create_app(settings, HashingEmbedder(), ScriptedGenerator("x"))) as client:
        first = client.get("/")
        assert first.headers["content-encoding"] == "gzip"
        assert '<script type="module"' in first.text
        plain = client.get("/", headers={"Accept-Encoding": "identity"})
        assert plain.content == (UI / "index.html").read_bytes()
        assert plain.headers["etag"] != first.headers["etag"]
        for known in (first, plain):
            headers = {
                "If-None-Match": known.headers["etag"],
                "Accept-Encoding": known.headers.get("content-encoding", "identity"),
            }
            assert client.get("/", headers=headers).status_code == 304
        assert client.head("/").status_code == 200
        missing = client.get("/ui/js/nothing.js")
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
