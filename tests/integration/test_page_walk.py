"""The first hour of an office worker in the page: a folder dropped, questions of several kinds, the evidence, deletion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.fakes import ScriptedGenerator
from tests.integration.browser import ask, last_answer, settings_of
from tests.integration.test_page_start import drop
from tests.serving import Serving, application, sensible

FILES = {
    "office/rules/travel.md": (
        "# Travel rules\n\nWho travels by train is refunded the second class.\n\n## Steps of a refund\n\n1. Fill in the form.\n"
        "2. Add the tickets.\n3. Send both to the office.\n\n## Refunded items\n\n- Train tickets\n- Hotel rooms\n- Meals\n"
    ),
    "office/prices.csv": "Article,Price in euros,Stock\nLamp,40,7\nDesk,220,3\n",
    "office/会议/纪要.txt": "会议决定新仓库在五月开放。仓库由王明负责。\n",
}
# Question -> the form that it is answered in, and words of the answer.
KINDS: dict[str, tuple[str, str]] = {
    "Hello!": ("social", ""),
    "Which documents are there?": ("about", ""),
    "What are the steps of a refund?": ("procedure", "Add the tickets"),
    "List all refunded items of the travel rules.": ("list", "Hotel rooms"),
    "What is the price in euros of Desk?": ("fact", "220"),
    "Summarise the travel rules.": ("summary", "train"),
    "新仓库什么时候开放？": ("fact", "五月"),
    "Which class is refunded to who travels by train?": ("fact", "second class"),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(application(settings_of(tmp_path / "data"), ScriptedGenerator(sensible())))
    yield serving
    serving.stop()


def test_a_folder_is_dropped_asked_eight_kinds_of_question_looked_into_and_deleted_from(
    watch: Any, empty: Serving, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = watch(empty.url).open()
    expect(page.locator(".intro")).to_contain_text("There is nothing to ask about yet.")
    drop(page, "main", tmp_path / "office")
    expect(page.locator(".added")).to_have_text("3 of 3 files done")
    assert {one["uri"] for one in httpx.get(f"{empty.url}/documents").json()["documents"]} == set(FILES)
    for question, (form, words) in KINDS.items():
        if page.locator(".turn").count():
            page.get_by_role("button", name="New conversation").click()
        ask(page, question)
        answer = last_answer(page)["answer"]
        assert (answer["form"], answer["verdict"]) == (form, "answered"), (question, answer["answer"])
        assert words in answer["answer"], question
    page.locator(".marker").first.click()
    expect(page.locator(".evidence-where")).to_contain_text("office/rules/travel.md")
    expect(page.locator(".evidence-body mark").first).to_be_in_viewport()
    page.get_by_role("link", name="Documents", exact=True).click()
    page.locator("#filter").fill("rules/travel")
    page.get_by_role("button", name="Delete Travel rules").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".told")).to_contain_text("Travel rules is deleted.")
    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, "Which class is refunded to who travels by train?")
    assert "second class" not in last_answer(page)["answer"]["answer"]
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator(".talk")).to_have_count(len(KINDS))
