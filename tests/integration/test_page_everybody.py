"""The web page for everybody: axe, keyboard, phones, languages, colours, speed."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.integration.browser import (
    CHINESE,
    NARROW,
    PDF_QUESTION,
    UNANSWERABLE,
    WIDE,
    ask,
)
from tests.serving import Serving

SERIOUS = ("serious", "critical")
FETCHED = """async (urls) => {
  const began = performance.now();
  await Promise.all(urls.map(async (url) => (await fetch(url, {cache: "no-store"})).arrayBuffer()));
  return performance.now() - began;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious(watch: Any, service: Serving, scheme: str, size: dict[str, int]) -> None:
    window = watch(service.url, color_scheme=scheme, viewport=size)
    page = window.open()
    # axe's script is put in by the browser's driver, past the page's policy
    found = {"empty": violations(page)}
    ask(page, PDF_QUESTION)
    ask(page, UNANSWERABLE["en"])
    found["ask"] = violations(page)
    page.locator(".marker").first.click()
    expect(page.locator(".picture img")).to_be_visible()
    found["page"] = violations(page)
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator("mark")).to_be_visible()
    found["text"] = violations(page)
    page.get_by_role("button", name="About", exact=True).click()
    page.locator(".about > section button").last.click()
    expect(page.locator(".about-passages li").first).to_be_visible()
    found["about"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit the question").first.click()
    expect(page.locator(".edit textarea")).to_be_visible()
    found["edit"] = violations(page)
    for name in ("Conversations", "Choose documents"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("dialog", name=name).get_by_role("listitem").first).to_be_visible()
        found[name] = violations(page)
        page.keyboard.press("Escape")
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.get_by_role("checkbox", name="Select all that match").check()
    found["documents"] = violations(page)
    page.locator("tbody tr .actions button").first.click()
    found["dialog"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Health").click()
    expect(page.locator(".tiles")).to_be_visible()
    found["health"] = violations(page)
    assert {view: broken for view, broken in found.items() if broken} == {}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']][:3]}" for one in found if one["impact"] in SERIOUS]


def test_everything_can_be_done_with_the_keyboard(watch: Any, service: Serving) -> None:
    page = watch(service.url).open()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(PDF_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".foot")).to_be_visible()
    reach(page, ".marker", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".evidence-title")).to_be_focused()
    expect(page.locator(".picture img")).to_be_visible()
    reach(page, ".tabs [data-view=text]")
    page.keyboard.press("Space")
    expect(page.locator("mark")).to_be_visible()
    reach(page, ".evidence-body")
    page.keyboard.press("Escape")
    expect(page.locator(".marker").first).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    reach(page, "nav a[href='#/documents']", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_be_visible()
    reach(page, "tbody .link")
    page.keyboard.press("Enter")
    expect(page.locator(".evidence-title")).to_be_focused()
    page.keyboard.press("Escape")
    reach(page, "tbody .actions button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("tbody .actions button").first).to_be_focused()


def reach(page: Page, selector: str, key: str = "Tab") -> None:
    """Press a key until an element of the selector has the focus, which shows."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{key} never reaches {selector}")


def test_on_a_phone_the_evidence_covers_the_page_and_keeps_the_focus(watch: Any, service: Serving) -> None:
    page = watch(service.url, viewport={"width": 360, "height": 700}, locale="zh-CN").open()
    ask(page, CHINESE)
    page.locator(".marker").first.click()
    expect(page.locator("aside[role=dialog]")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("Escape")
    expect(page.locator("main")).not_to_have_attribute("inert", "")


def test_language_and_colours_are_switched_and_kept(watch: Any, service: Serving) -> None:
    page = watch(service.url, locale="fr-FR").open()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("heading", level=1)).to_have_text("向你的文档提问")
    page.locator(".theme").click()
    page.locator(".theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("向你的文档提问")
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(27, 31, 35)"


def test_the_first_view_is_small_and_soon_ready(watch: Any, service: Serving) -> None:
    """Compared with a page that asks for the same files at once and does nothing with them."""
    sizes, ready, bare = [], [], []
    for _ in range(5):  # the best of them: the machine may be busy
        window = watch(service.url)
        bodies: list[Any] = []
        window.page.on("requestfinished", lambda request, kept=bodies: kept.append(request))
        window.page.add_init_script(
            "new MutationObserver((_, o) => document.documentElement.dataset.ready && (window.readyAt = performance.now(), "
            "o.disconnect())).observe(document, {attributes: true, subtree: true, attributeFilter: ['data-ready']});"
        )
        page = window.open()
        page.wait_for_load_state("networkidle")
        ready.append(page.evaluate("window.readyAt"))
        sizes.append(sum(len(one.response().body()) for one in bodies))  # as unpacked
        other = watch(service.url)
        other.page.goto(f"{service.url}/healthz")
        bare.append(other.page.evaluate(FETCHED, [one.url for one in bodies]))
    print(f"\nready after {min(ready):.0f} ms, the same {len(bodies)} files alone {min(bare):.0f} ms")
    assert max(sizes) < 150_000
    assert min(ready) < 4 * min(bare), (ready, bare)
