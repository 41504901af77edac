"""Documents in the page, one by one and several at once: what each holds, sorting, selecting, narrow columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.integration.browser import PDF_QUESTION, WIDE, ask, last_answer, path_of
from tests.serving import EXAMPLES, Serving


def test_each_document_tells_what_it_holds_and_can_be_saved(watch: Any, service: Serving, tmp_path: Path) -> None:
    window = watch(service.url)
    page = window.open("documents")
    handbook = next(
        one for one in httpx.get(f"{service.url}/documents").json()["documents"] if one["uri"].endswith("release-notes.md")
    )
    page.get_by_role("button", name=f"Open {handbook['title']}").click()
    page.locator(".tabs [data-view=about]").click()
    about = page.locator(".about")
    told = httpx.get(f"{service.url}/documents/{handbook['id']}/contents").json()
    expect(about.locator(".about-list").last.locator(".link")).to_have_text([one["text"] for one in told["headings"]])
    about.get_by_role("button", name="Show its").click()
    expect(about.locator(".about-passages > li")).to_have_count(min(20, handbook["chunks"]))
    with page.expect_download() as download:
        about.get_by_role("button", name="Save its text").click()
    download.value.save_as(tmp_path / "text.txt")
    assert (tmp_path / "text.txt").read_text(encoding="utf-8") == httpx.get(
        f"{service.url}/documents/{handbook['id']}/text"
    ).text
    heading = told["headings"][1]
    about.get_by_role("button", name=heading["text"], exact=True).first.click()
    expect(page.locator("mark").first).to_have_text(heading["text"])
    page.locator(".tabs [data-view=about]").click()
    question = about.locator(".example").first.inner_text()
    about.locator(".example").first.click()
    expect(page.locator(".turn .question")).to_have_text(question)
    expect(page.locator(".foot")).to_be_visible()
    assert [one["id"] for one in last_answer(page)["documents"]] == [handbook["id"]]


def test_the_file_itself_is_saved_as_it_was(watch: Any, service: Serving, tmp_path: Path) -> None:
    page = watch(service.url).open()
    ask(page, PDF_QUESTION)
    page.locator(".marker").first.click()
    page.locator(".tabs [data-view=about]").click()
    uri = last_answer(page)["sentences"][0]["citations"][0]["uri"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file").click()
    assert download.value.suggested_filename == Path(uri).name
    download.value.save_as(tmp_path / "saved.pdf")
    assert (tmp_path / "saved.pdf").read_bytes() == (EXAMPLES / Path(uri).name).read_bytes()


def test_the_list_is_sorted_and_several_are_asked_or_deleted(watch: Any, changing: Serving) -> None:
    window = watch(changing.url)
    page = window.open("documents")
    rows = page.locator("tbody tr")
    known = httpx.get(f"{changing.url}/documents").json()["documents"]
    expect(rows).to_have_count(len(known))
    page.get_by_role("button", name="Extent").click()
    expect(page.get_by_role("columnheader", name="Extent")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Extent").click()
    longest = max(known, key=lambda one: (len(one["page_starts"]), one["characters"]))
    expect(rows.first).to_contain_text(longest["title"])
    page.locator("#filter").fill("price")
    two = [one for one in known if "price" in one["uri"]]
    expect(rows).to_have_count(len(two))
    page.get_by_role("checkbox", name="Select all that match").check()
    page.get_by_role("button", name="Ask these").click()
    ask(page, "What does the T3 cost?")
    assert {one["document_id"] for one in last_answer(page)["passages"]} <= {one["id"] for one in two}
    page.get_by_role("link", name="Documents", exact=True).click()
    page.locator("#filter").fill("price")
    page.get_by_role("checkbox", name="Select all that match").check()
    page.get_by_role("button", name="Delete these").click()
    page.get_by_role("dialog", name="Delete these documents?").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".told")).to_contain_text(f"{len(two)} documents are deleted.")
    assert sum(path_of(one).startswith("/documents/") and one.method == "DELETE" for one in window.requests) == len(two)
    left = httpx.get(f"{changing.url}/documents").json()["documents"]
    assert {one["id"] for one in left} == {one["id"] for one in known} - {one["id"] for one in two}
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.get_by_role("button", name="Choose documents")).to_be_visible()  # none of those that are gone is chosen


def test_beside_an_open_document_no_column_breaks_words_apart(watch: Any, service: Serving) -> None:
    page = watch(service.url, viewport=WIDE).open("documents")
    page.locator("tbody .link").first.click()
    expect(page.locator(".evidence")).to_be_visible()
    narrow = page.locator("tbody th.title").first
    assert narrow.evaluate("node => node.getBoundingClientRect().width") > 250
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
