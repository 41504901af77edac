"""Asking in the web page, in a real browser over the real service with the example documents."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from service.generation import Message
from tests.fakes import ScriptedGenerator
from tests.integration.browser import (
    CHINESE,
    ENGLISH,
    PDF_QUESTION,
    UNANSWERABLE,
    ask,
    drawn,
    last_answer,
    marked,
    path_of,
    settings_of,
)
from tests.serving import Serving, application, sensible
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store


def text_at(service: Serving, citation: dict[str, Any]) -> str:
    text = httpx.get(f"{service.url}/documents/{citation['document_id']}/text").text
    return text[citation["start"] : citation["end"]]


@pytest.mark.parametrize(("locale", "question"), [("en-GB", ENGLISH), ("zh-CN", CHINESE)])
def test_an_answer_comes_with_sources_and_its_marker_opens_the_very_span(
    watch: Any, service: Serving, locale: str, question: str
) -> None:
    page = watch(service.url, locale=locale).open()
    ask(page, question)
    turn = last_answer(page)
    assert turn["answer"]["verdict"] == "answered"
    assert page.locator(".part:not(thead .part), .verbatim").count() == len(turn["sentences"])
    assert page.locator(".source").count() == len(turn["passages"])
    expect(page.locator(".source:visible .badge").first).to_be_visible()
    marker = page.locator(".marker").first
    marker.click()
    citation = turn["sentences"][0]["citations"][0]
    assert marked(page) == drawn(citation["quote"])
    assert citation["quote"] == text_at(service, citation)
    assert page.locator("mark").first.evaluate("node => node.getBoundingClientRect().top < innerHeight")
    page.keyboard.press("Escape")
    expect(page.locator(".evidence")).to_be_hidden()
    expect(marker).to_be_focused()


def test_a_pdf_shows_its_page_with_the_lines_marked(watch: Any, service: Serving) -> None:
    page = watch(service.url).open()
    ask(page, PDF_QUESTION)
    citation = next(c for s in last_answer(page)["sentences"] for c in s["citations"])
    assert citation["uri"].endswith(".pdf")
    page.locator(".marker").first.click()
    image = page.locator(".picture img")
    expect(image).to_be_visible()
    assert image.evaluate("node => node.naturalWidth") == 1000
    place = {"start": citation["start"], "end": citation["end"]}
    boxes = httpx.get(f"{service.url}/documents/{citation['document_id']}/boxes", params=place).json()["boxes"]
    rectangles = page.locator(".page-marks rect").evaluate_all(
        "nodes => nodes.map(n => ['x', 'y', 'width', 'height'].map(a => +n.getAttribute(a)))"
    )
    wanted = [(b["left"], b["top"], b["right"] - b["left"], b["bottom"] - b["top"]) for b in boxes]
    assert rectangles == [pytest.approx(box) for box in wanted]
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".page-label")).to_have_text(f"Page {citation['page'] + 1} of 5")
    expect(page.locator(".page-marks rect")).to_have_count(0)
    page.get_by_role("button", name="Back to the cited page").click()
    expect(page.locator(".page-marks rect")).to_have_count(len(boxes))
    page.get_by_role("button", name="Text", exact=True).click()
    assert marked(page) == drawn(citation["quote"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_abstention_helps(watch: Any, service: Serving, language: str) -> None:
    page = watch(service.url, locale={"en": "en-GB", "zh": "zh-CN"}[language]).open()
    ask(page, UNANSWERABLE[language])
    help_ = page.locator(".abstained")
    missing = last_answer(page)["answer"]["missing"]
    expect(help_).to_contain_text(missing)
    assert page.locator(".problem").count() == 0
    assert help_.locator(".source:visible").count() == 3
    expect(page.locator("[role=status][aria-live]")).to_contain_text(missing)
    passage = last_answer(page)["passages"][0]
    help_.locator(".source-button").first.click()
    page.locator(".evidence-body :is(mark, .picture img)").first.wait_for()
    if page.locator(".tabs button").count():
        page.locator(".tabs [data-view=text]").click()
    assert marked(page) == drawn(passage["text"])


def test_follow_ups_send_the_history_and_the_conversation_stays_in_the_browser(watch: Any, service: Serving) -> None:
    window = watch(service.url)
    page = window.open()
    ask(page, ENGLISH)
    ask(page, "And what does it look like?")
    sent = [one.post_data_json for one in window.requests if path_of(one) == "/ask"]
    assert sent[0]["history"] == []
    assert [turn["question"] for turn in sent[1]["history"]] == [ENGLISH]
    assert sent[1]["history"][0]["answer"]
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "How long is it?")
    assert next(one.post_data_json for one in window.requests[::-1] if path_of(one) == "/ask")["history"] == []


def test_copy_takes_the_answer_and_its_numbered_sources(watch: Any, service: Serving) -> None:
    window = watch(service.url, permissions=["clipboard-read", "clipboard-write"])
    page = window.open()
    ask(page, ENGLISH)
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.locator(".copy")).to_have_text("Copied with its sources.")
    turn = last_answer(page)
    citation = turn["sentences"][0]["citations"][0]
    copied = page.evaluate("navigator.clipboard.readText()")
    assert turn["answer"]["answer"] in copied
    assert f"[{citation['marker']}] {citation['title']}" in copied
    assert citation["uri"] in copied


class HeldGenerator(ScriptedGenerator):
    """Writes the sentence of its script, and holds the end back until `go_on`."""

    def __init__(self) -> None:
        super().__init__(sensible())
        self.started = threading.Event()
        self.go_on = threading.Event()
        self.stopped = threading.Event()

    async def stream(self, messages: Sequence[Message], sampling: Any) -> Any:
        self.started.set()
        try:
            async for delta in super().stream(messages, sampling):
                yield delta
            while not self.go_on.is_set():  # noqa: ASYNC110 - set by the thread of the test
                await asyncio.sleep(0.02)
        finally:
            self.stopped.set()


@pytest.fixture
def held(indexed: Path) -> Iterator[tuple[Serving, HeldGenerator]]:
    generator = HeldGenerator()
    serving = Serving(application(settings_of(indexed), generator))
    yield serving, generator
    generator.go_on.set()
    serving.stop()


def test_sources_come_before_the_answer_and_stop_ends_it(watch: Any, held: tuple[Serving, HeldGenerator]) -> None:
    serving, generator = held
    page = watch(serving.url).open()
    page.locator("#question").fill(ENGLISH)
    page.locator("#question").press("Enter")
    expect(page.locator(".source:visible").first).to_be_visible()
    assert page.locator(".foot").count() == 0
    assert generator.started.wait(15)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn .note")).to_contain_text("Stopped")
    assert generator.stopped.wait(15)  # the service noticed, and freed the generator
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_a_restart_in_mid_stream_is_told_and_the_question_can_be_asked_again(
    watch: Any, held: tuple[Serving, HeldGenerator], indexed: Path
) -> None:
    serving, _ = held
    window = watch(serving.url)
    page = window.open()
    page.locator("#question").fill(ENGLISH)
    page.locator("#question").press("Enter")
    expect(page.locator(".source:visible").first).to_be_visible()
    serving.stop(at_once=True)
    expect(page.locator(".turn .note")).to_contain_text("The connection was lost")
    again = page.locator(".turn").get_by_role("button", name="Try again")
    again.click()
    expect(page.locator(".problem")).to_contain_text("cannot be reached")
    anew = Serving(application(settings_of(indexed), ScriptedGenerator(sensible())), serving.port)
    try:
        again.click()
        expect(page.locator(".foot")).to_be_visible()
        assert page.locator(".part, .verbatim").count() >= 1
    finally:
        anew.stop()
    window.complaints = [one for one in window.complaints if "ERR_" not in one]  # the browser tells of the lost connection


def test_a_full_queue_counts_down_and_then_offers_another_try(watch: Any, indexed: Path) -> None:
    generator = HeldGenerator()
    serving = Serving(application(settings_of(indexed).model_copy(update={"queue": 0}), generator))
    try:
        first = watch(serving.url).open()
        first.locator("#question").fill(CHINESE)
        first.locator("#question").press("Enter")
        expect(first.locator(".source:visible").first).to_be_visible()
        page = watch(serving.url).open()
        page.locator("#question").fill(ENGLISH)
        page.locator("#question").press("Enter")
        expect(page.locator(".problem")).to_contain_text("Many questions are being answered right now.")
        again = page.get_by_role("button", name="Try again")
        expect(page.locator(".countdown")).to_contain_text("You can try again in")
        expect(again).to_be_disabled()
        generator.go_on.set()
        expect(first.locator(".foot")).to_be_visible()
        expect(again).to_be_enabled()
        again.click()
        expect(page.locator(".foot")).to_be_visible()
    finally:
        generator.go_on.set()
        serving.stop()


def test_a_key_is_asked_for_and_kept_for_the_tab_only(watch: Any, indexed: Path) -> None:
    settings = settings_of(indexed).model_copy(update={"require_keys": True})
    store = Store(settings.database)
    key, _ = Keys(store.database).create("a reader", ("ask",))  # and no more: no jobs, no metrics, no questions of others
    store.close()
    serving = Serving(application(settings, ScriptedGenerator(sensible())))
    try:
        window = watch(serving.url)
        page = window.open()
        dialog = page.get_by_role("dialog", name="This service wants a key")
        dialog.get_by_label("API key").fill("wrong")
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_contain_text("This key was not accepted.")
        dialog.get_by_label("API key").fill(key)
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        ask(page, PDF_QUESTION)
        page.locator(".marker").first.click()
        expect(page.locator(".picture img")).to_be_visible()  # pictures too are fetched with the key
        assert key not in page.evaluate("JSON.stringify(localStorage) + document.cookie + location.href")
        assert key in page.evaluate("JSON.stringify(sessionStorage)")
        page.get_by_role("link", name="Documents", exact=True).click()
        expect(page.locator("tbody tr").first).to_be_visible()
        page.get_by_role("link", name="Health").click()
        expect(page.locator(".tiles")).to_be_visible()
        page.get_by_role("button", name="Forget the key").click()
        assert key not in page.evaluate("JSON.stringify(sessionStorage)")
    finally:
        serving.stop()
