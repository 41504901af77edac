"""The first view: what there is, questions to begin with, documents added beside the question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import ScriptedGenerator
from tests.integration.browser import settings_of
from tests.serving import Serving, application, sensible
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store


def drop(page: Page, place: str, *paths: Path) -> None:
    """Drop files of this machine somewhere, as the browser itself does it."""
    area = page.locator(place).bounding_box()
    assert area
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"x": area["x"] + area["width"] / 2, "y": area["y"] + area["height"] / 2}
        browser.send("Input.dispatchDragEvent", {"type": kind, "data": data} | at)


@pytest.mark.parametrize(("locale", "count"), [("en-GB", "14 documents"), ("zh-CN", "14 个文档")])
def test_it_says_what_there_is_and_an_example_is_asked_with_one_click(
    watch: Any, service: Serving, locale: str, count: str
) -> None:
    page = watch(service.url, locale=locale).open()
    expect(page.locator(".what")).to_contain_text(count)
    examples = page.locator(".example")
    expect(examples).to_have_count(3)
    question = examples.first.inner_text()
    examples.first.click()
    expect(page.locator(".turn .question")).to_have_text(question)
    expect(page.locator(".intro")).to_be_hidden()
    expect(page.locator(".foot")).to_be_visible()


def test_files_dropped_beside_the_question_are_added_and_asked(watch: Any, tmp_path: Path) -> None:
    serving = Serving(application(settings_of(tmp_path / "data"), ScriptedGenerator(sensible())))
    (tmp_path / "team.txt").write_text("The gamma team meets on Sunday at nine.")
    try:
        page = watch(serving.url).open()
        expect(page.locator(".intro .drop")).to_contain_text("There is nothing to ask about yet.")
        drop(page, "main", tmp_path / "team.txt")
        expect(page.locator(".added")).to_have_text("1 of 1 files done")
        expect(page.locator(".what")).to_contain_text("1 document")
        page.locator("#question").fill("When does the gamma team meet?")
        page.locator("#question").press("Enter")
        expect(page.locator(".sentence").first).to_contain_text("Sunday")
        upload = {"name": "delta.txt", "mimeType": "text/plain", "buffer": b"The delta team meets on Tuesday."}
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add documents").click()
        chooser.value.set_files([upload])
        expect(page.locator(".added")).to_have_text("2 of 2 files done")
    finally:
        serving.stop()


def test_where_nothing_takes_files_the_browser_does_not_open_them(watch: Any, service: Serving, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<h1>opened in place of the page</h1>")
    window = watch(service.url)
    page = window.open("health")
    drop(page, "main", tmp_path / "page.html")
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    assert page.url == f"{service.url}/#/health"


def test_a_key_that_may_only_ask_is_shown_nothing_else(watch: Any, indexed: Path, tmp_path: Path) -> None:
    settings = settings_of(indexed).model_copy(update={"require_keys": True})
    store = Store(settings.database)
    key, _ = Keys(store.database).create("a reader", ("ask",))
    store.close()
    serving = Serving(application(settings, ScriptedGenerator(sensible())))
    try:
        page = watch(serving.url).open()
        page.get_by_label("API key").fill(key)
        page.keyboard.press("Enter")
        expect(page.locator(".example")).to_have_count(3)
        expect(page.get_by_role("button", name="Add documents")).to_be_hidden()
        (tmp_path / "a.txt").write_text("x")
        drop(page, "main", tmp_path / "a.txt")
        expect(page.locator(".added")).to_be_empty()
        page.get_by_role("link", name="Documents", exact=True).click()
        expect(page.locator("tbody tr").first).to_be_visible()
        expect(page.locator("td.actions button")).to_have_count(0)
        expect(page.locator(".drop")).to_be_hidden()
        expect(page.get_by_role("link", name="Health", exact=True)).to_be_visible()
    finally:
        serving.stop()


def test_the_chinese_page_tells_in_chinese_why_a_file_failed_and_that_nothing_is_there(watch: Any, tmp_path: Path) -> None:
    serving = Serving(application(settings_of(tmp_path / "data"), ScriptedGenerator(sensible())))
    try:
        page = watch(serving.url, locale="zh-CN").open("health")
        expect(page.locator(".readiness")).to_contain_text("是空的，请添加文档")
        page.get_by_role("link", name="文档", exact=True).click()
        files = {"empty.txt": b" ", "broken.pdf": b"%PDF-1.7\nbroken off", "data.xyz": b"text of no known kind"}
        uploads = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files.items()]
        page.locator("input[type=file]:not([webkitdirectory])").set_input_files(uploads)
        expect(page.locator(".upload[data-state=failed]")).to_have_count(3)
        for reason in [*page.locator(".upload .reason bdi").all(), *page.locator("tr.failure .reason bdi").all()]:
            expect(reason).to_have_attribute("lang", "zh-CN")
        page.get_by_role("link", name="提问", exact=True).click()
        page.locator("#question").fill("电池可以用多久？")
        page.locator("#question").press("Enter")
        expect(page.locator(".problem-detail")).to_have_text("还没有文档。请先添加，再提问。")
    finally:
        serving.stop()


def test_health_says_that_the_service_is_gone(watch: Any, tmp_path: Path) -> None:
    serving = Serving(application(settings_of(tmp_path / "data"), ScriptedGenerator(sensible())))
    window = watch(serving.url)
    page = window.open("health")
    expect(page.locator(".tiles")).to_be_visible()
    page.route("**/readyz", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>"))
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator(".problem")).to_contain_text("HTTP 502")
    page.unroute("**/readyz")
    serving.stop()
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator(".problem")).to_contain_text("cannot be reached")
    expect(page.locator(".tiles")).to_have_count(0)
    window.complaints = [one for one in window.complaints if "ERR_" not in one]
