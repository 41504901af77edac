"""Conversations in the page: the list that the browser keeps, asking again, changing a question, where it is looked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, Request, expect

from tests.fakes import ScriptedGenerator
from tests.integration.browser import CHINESE, ENGLISH, NARROW, PDF_QUESTION, ask, kept_turns, last_answer, path_of, settings_of
from tests.serving import Serving, application, sensible

LATER = "And what does it look like?"


def asked(requests: list[Request]) -> list[dict[str, Any]]:
    return [dict(one.post_data_json or {}) for one in requests if path_of(one) == "/ask"]


def questions(page: Page) -> list[str]:
    return page.locator(".turn .question").all_inner_texts()


def begin_another(page: Page) -> None:
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_conversations_are_listed_searched_renamed_opened_and_deleted(watch: Any, service: Serving) -> None:
    page = watch(service.url).open()
    expect(page.get_by_role("button", name="Conversations")).to_be_hidden()
    ask(page, ENGLISH)
    begin_another(page)
    ask(page, PDF_QUESTION)
    page.get_by_role("button", name="Conversations").click()
    dialog = page.get_by_role("dialog", name="Conversations")
    talks = dialog.locator(".talk .link")
    expect(talks).to_have_text([PDF_QUESTION, ENGLISH])
    expect(talks.first).to_have_attribute("aria-current", "true")

    dialog.get_by_role("searchbox").fill("rma number")
    expect(talks).to_have_text([ENGLISH])
    dialog.get_by_role("button", name=f"Rename {ENGLISH}").click()
    dialog.get_by_label("Name of the conversation").fill("Returns")
    page.keyboard.press("Enter")
    expect(talks).to_have_text(["Returns"])
    talks.click()
    expect(dialog).to_have_count(0)
    assert questions(page) == [ENGLISH]
    ask(page, LATER)  # goes on where it was, and keeps its name

    page.get_by_role("button", name="Conversations").click()
    expect(talks).to_have_text(["Returns", PDF_QUESTION])
    expect(dialog.locator(".talk").first).to_contain_text("2 questions")
    dialog.get_by_role("button", name="Delete Returns").click()
    page.get_by_role("dialog", name="Delete this conversation?").get_by_role("button", name="Delete", exact=True).click()
    expect(talks).to_have_text([PDF_QUESTION])
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(".intro")).to_be_visible()  # the one that was shown is gone
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_role("button", name="Conversations").click()
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Documents")).to_be_visible()
    expect(dialog).to_have_count(0)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert ENGLISH not in kept
    assert PDF_QUESTION in kept


def test_a_conversation_is_saved_as_markdown_with_its_sources(watch: Any, service: Serving, tmp_path: Path) -> None:
    page = watch(service.url).open()
    ask(page, ENGLISH)
    citation = last_answer(page)["sentences"][0]["citations"][0]
    page.get_by_role("button", name="Conversations").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save {ENGLISH} as a file").click()
    assert download.value.suggested_filename.endswith(".md")
    download.value.save_as(tmp_path / "saved.md")
    text = (tmp_path / "saved.md").read_text(encoding="utf-8")
    for part in (f"# {ENGLISH}", f"**{ENGLISH}**", last_answer(page)["answer"]["answer"], citation["uri"]):
        assert part in text


def test_asking_again_wants_another_answer_and_keeps_the_former_where_none_comes(watch: Any, service: Serving) -> None:
    window = watch(service.url)
    page = window.open()
    ask(page, ENGLISH)
    first = last_answer(page)
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    sent = asked(window.requests)
    assert "generation" not in sent[0]
    assert sent[1] == sent[0] | {"generation": sent[1]["generation"]}
    assert sent[1]["generation"]["temperature"] > 0
    assert not last_answer(page)["answer"]["cached"]
    problem = {"type": "urn:youju:problem:busy", "status": 429, "detail": "all places for questions are taken."}
    page.route("**/ask", lambda route: route.fulfill(status=429, json=problem))
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".problem")).to_contain_text("Many questions are being answered right now.")
    expect(page.locator(".part, .verbatim").first).to_be_visible()
    assert last_answer(page)["answer"]["answer"] == first["answer"]["answer"]


def test_a_question_is_changed_and_those_behind_it_go(watch: Any, service: Serving) -> None:
    window = watch(service.url)
    page = window.open()
    ask(page, ENGLISH)
    ask(page, LATER)
    edit = page.get_by_role("button", name="Edit the question").first
    edit.click()
    expect(page.locator(".edit textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    edit.click()
    expect(page.locator(".edit")).to_contain_text("The question after it will be removed.")
    page.locator(".edit textarea").fill(PDF_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".foot")).to_be_visible()
    assert questions(page) == [PDF_QUESTION]
    assert asked(window.requests)[-1]["question"] == PDF_QUESTION
    assert asked(window.requests)[-1]["history"] == []
    assert [turn["question"] for turn in kept_turns(page)] == [PDF_QUESTION]


def test_a_question_is_asked_of_chosen_documents(watch: Any, service: Serving) -> None:
    window = watch(service.url, viewport=NARROW)
    page = window.open()
    page.get_by_role("button", name="Choose documents").click()
    dialog = page.get_by_role("dialog", name="Choose documents")
    dialog.get_by_role("searchbox").fill("warranty")
    box = dialog.get_by_role("checkbox").first
    title = dialog.locator(".picks li bdi").first.inner_text()
    box.check()
    dialog.get_by_role("button", name="Ask 1 document").click()
    expect(page.locator(".scope")).to_contain_text(f"Only in {title}")
    ask(page, ENGLISH)
    turn = last_answer(page)
    assert asked(window.requests)[-1]["filters"] == {"document_ids": [turn["documents"][0]["id"]]}
    assert {one["document_id"] for one in turn["passages"]} == {turn["documents"][0]["id"]}
    expect(page.locator(".turn .asked")).to_contain_text(title)
    page.reload()
    page.get_by_role("button", name="Search everywhere").click()
    ask(page, CHINESE)
    assert "filters" not in asked(window.requests)[-1]
    page.evaluate("localStorage.setItem('youju.chosen', JSON.stringify([{id: 'gone', title: 'Gone'}]))")
    page.reload()
    expect(page.get_by_role("button", name="Choose documents")).to_be_visible()  # what is gone is no longer chosen


def test_what_an_earlier_page_kept_is_taken_over_and_the_oldest_go_where_there_is_no_room(watch: Any, service: Serving) -> None:
    page = watch(service.url).open()
    turn = {"id": "1-1", "question": "An old question?", "collection": "", "state": "stopped", "passages": None}
    old: list[dict[str, Any]] = [turn | {"sentences": []}]
    page.evaluate("text => localStorage.setItem('youju.conversation', text)", json.dumps(old))
    page.reload()
    page.get_by_role("button", name="Conversations").click()
    talks = page.locator(".talk .link")
    expect(talks).to_have_text(["An old question?"])
    page.keyboard.press("Escape")
    page.evaluate(
        """() => { const turns = JSON.parse(localStorage.getItem("youju.turns.first"));
        for (let step = 1 << 23, more = ""; step > 500; ) try {
            localStorage.setItem("youju.turns.first", JSON.stringify([{ ...turns[0], more: more + "x".repeat(step) }]));
            more += "x".repeat(step); } catch { step /= 2; } }"""
    )
    ask(page, ENGLISH)
    page.get_by_role("button", name="Conversations").click()
    expect(talks).to_have_text([ENGLISH])
    assert kept_turns(page)[0]["state"] == "done"


def test_where_the_operator_wants_it_people_say_whether_it_was_right(watch: Any, indexed: Path, tmp_path: Path) -> None:
    shutil.copytree(indexed, tmp_path / "data")
    settings = settings_of(tmp_path / "data").model_copy(update={"keep_feedback": True})
    serving = Serving(application(settings, ScriptedGenerator(sensible())))
    try:
        page = watch(serving.url).open()
        ask(page, ENGLISH)
        judge = page.get_by_role("group", name="Was this right?")
        judge.get_by_role("button", name="Yes").click()
        expect(judge).to_have_text("Noted, thank you.")
        ask(page, PDF_QUESTION)
        judge.last.get_by_role("button", name="No").click()
        page.get_by_label("What would be right").fill("12 hours")
        page.keyboard.press("Enter")
        expect(judge.last).to_have_text("Noted, thank you.")
        page.reload()
        expect(judge).to_have_text(["Noted, thank you.", "Noted, thank you."])
        wrong, right = httpx.get(f"{serving.url}/feedback").json()["judgements"]
        assert (wrong["question"], wrong["is_right"], wrong["answers"]) == (PDF_QUESTION, False, ["12 hours"])
        assert (right["question"], right["is_right"]) == (ENGLISH, True)
        assert right["documents"] == [kept_turns(page)[0]["sentences"][0]["citations"][0]["uri"]]
    finally:
        serving.stop()


def test_nothing_is_asked_where_nothing_is_kept(watch: Any, service: Serving) -> None:
    page = watch(service.url).open()
    ask(page, ENGLISH)
    expect(page.locator(".foot")).to_be_visible()
    expect(page.get_by_role("group", name="Was this right?")).to_have_count(0)
