"""Drives Debian's Chromium over the service: what the tests of the page share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from youju.settings import Settings
from youju.text.language import ROW_CELLS
from youju.text.rows import cells

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PDF_QUESTION = "What is the longest start delay I can set before a trip?"
ENGLISH, CHINESE = "Once I have been given an RMA number, how long can I use it?", "手机离记录仪多远还能用蓝牙读数据？"
UNANSWERABLE = {"en": "How long is the warranty on the FL-D1 dry-ice logger?", "zh": "直系亲属去世，丧假可以请几天？"}
PATIENCE = 8_000  # milliseconds that a step may take on a busy machine
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A headless browser; the test is skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        yield browser
        browser.close()


class Watched:
    """A page that is watched: which requests it makes, what it complains about, whether a dialog opens."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context, self.origin = context, origin
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request))
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("dialog", self._dialog)

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        # A refused request is told of by the page itself.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def foreign(self) -> list[str]:
        """Requests that left the origin; pictures of the page's own making are blobs."""
        return [one.url for one in self.requests if not one.url.startswith((self.origin + "/", f"blob:{self.origin}/"))]

    def open(self, view: str = "") -> Page:
        self.page.goto(f"{self.origin}/#/{view}")
        self.page.locator(f"html[data-ready={view or 'ask'}]").wait_for(state="attached")
        return self.page

    def check(self) -> None:
        """Nothing left the origin, and nothing went wrong in the page."""
        assert self.foreign() == []
        assert self.complaints == []


def ask(page: Page, question: str) -> None:
    """Ask and wait for the end of the answer."""
    page.locator("#question").fill(question)  # waits for the view, with its former turns
    before = page.locator(".turn").count()
    page.locator("#question").press("Enter")
    expect(page.locator(".turn")).to_have_count(before + 1)
    expect(page.locator(".send")).not_to_have_class("primary send stop")
    expect(page.locator(".turn").last.locator(".working")).to_have_count(0)


def last_answer(page: Page) -> dict[str, Any]:
    """The last turn as the page keeps it."""
    return kept_turns(page)[-1]


def kept_turns(page: Page) -> list[dict[str, Any]]:
    """The turns of the conversation that this tab shows, as the page keeps them."""
    turns: list[dict[str, Any]] = json.loads(
        page.evaluate("localStorage.getItem(`youju.turns.${JSON.parse(sessionStorage.getItem('youju.shown'))}`)")
    )
    return turns


def drawn(text: str) -> str:
    """What a text looks like in its document, without white space: of rows of tables the values, whose names stand above."""
    lines = ["".join(value for _, value in cells(line)) if ROW_CELLS in line else line for line in text.split("\n")]
    return "".join("".join(lines).split())


def marked(page: Page) -> str:
    """All that is marked in the text of the document, without white space."""
    page.locator("mark").first.wait_for()
    return drawn("".join(page.locator("mark").all_text_contents()))


def path_of(request: Request) -> str:
    return urlsplit(request.url).path


def settings_of(folder: Path) -> Settings:
    return Settings(data_dir=folder, reader="similarity", strictness="off", keep_unanswered=True)
