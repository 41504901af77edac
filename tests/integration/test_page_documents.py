"""The documents and the health of the service in the web page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.integration.browser import (
    ENGLISH,
    NARROW,
    UNANSWERABLE,
    ask,
    last_answer,
)
from tests.serving import EXAMPLES, Serving


def test_upload_of_a_good_and_a_broken_file_then_ask_then_delete_and_ask_again(watch: Any, changing: Serving) -> None:
    page = watch(changing.url).open("documents")
    good = {"name": "canteen.txt", "mimeType": "text/plain", "buffer": b"The canteen serves zebrafish curry on Thursday."}
    broken = {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nnothing of the kind"}
    page.locator("input[type=file]:not([webkitdirectory])").set_input_files([good, broken])
    lines = page.locator(".upload")
    expect(lines.filter(has_text="canteen.txt")).to_have_attribute("data-state", "done")
    failed = lines.filter(has_text="broken.pdf")
    expect(failed).to_have_attribute("data-state", "failed")
    expect(failed.locator(".reason")).not_to_be_empty()
    row = page.locator("tbody tr").filter(has_text="canteen")
    expect(row).to_contain_text("ready")
    failure = page.locator("tr.failure")
    expect(failure).to_contain_text("broken.pdf")
    expect(failure.locator(".reason")).not_to_be_empty()

    question = "On which day does the canteen serve zebrafish curry?"
    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, question)
    expect(page.locator(".sentence").first).to_contain_text("Thursday")

    page.get_by_role("link", name="Documents", exact=True).click()
    remove = page.get_by_role("button", name="Delete canteen")
    remove.click()
    dialog = page.get_by_role("dialog", name="Delete this document?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    remove.click()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".told")).to_contain_text("nothing of it is left")
    expect(row).to_have_count(0)

    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, question)
    assert "Thursday" not in (page.locator(".turn").last.text_content() or "")
    page.locator(".turn").first.locator(".marker").first.click()
    expect(page.locator(".evidence")).to_contain_text("not in the index any more")


def test_offsets_count_code_points_and_of_long_texts_only_a_window_is_drawn(watch: Any, changing: Serving) -> None:
    filler = "".join(f"\U0001f600 Line {n} of \U0001d518 filler.\n" for n in range(2000))
    text = f"\ufeff\ufeff{filler}\nThe zebra door \U0001f993 opens with the code 4711.\n\n{filler}"
    page = watch(changing.url).open("documents")
    upload = {"name": "long.txt", "mimeType": "text/plain", "buffer": text.encode()}
    page.locator("#into").fill("long")
    page.locator("input[type=file]:not([webkitdirectory])").set_input_files(upload)
    expect(page.locator(".upload")).to_have_attribute("data-state", "done")
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_label("Search in").select_option("long")
    ask(page, "With which code opens the zebra door?")
    citation = last_answer(page)["sentences"][0]["citations"][0]
    assert "4711" in citation["quote"]
    page.locator(".marker").first.click()
    mark = page.locator("mark")
    expect(mark).to_be_in_viewport()
    assert mark.text_content() == citation["quote"]
    drawn = page.locator(".document-text")
    before = len(drawn.text_content() or "")
    assert before < 40_000
    page.get_by_role("button", name="More above").click()
    page.get_by_role("button", name="More below").click()
    assert before < len(drawn.text_content() or "") < len(text)
    assert mark.text_content() == citation["quote"]


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders of this machine on the page, as the browser itself does it."""
    area = page.locator(".drop").bounding_box()
    assert area
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": area["x"] + area["width"] / 2, "y": area["y"] + area["height"] / 2}
        browser.send("Input.dispatchDragEvent", {"type": kind, "data": data} | place)


def test_files_and_folders_dropped_together_are_uploaded(watch: Any, changing: Serving, tmp_path: Path) -> None:
    deep = tmp_path / "folder" / "inner" / "deep.txt"
    deep.parent.mkdir(parents=True)
    deep.write_text("Gamma team meets on Sunday.")
    single = tmp_path / "single.txt"
    single.write_text("Delta team meets on Tuesday.")
    page = watch(changing.url).open("documents")
    drop(page, deep.parent.parent, single)
    expect(page.locator('.upload[data-state="done"]')).to_have_count(2)
    for name in ("deep", "single"):
        expect(page.locator("tbody tr").filter(has_text=name)).to_contain_text("ready")


def test_a_chosen_folder_keeps_files_of_the_same_name_apart(watch: Any, changing: Serving, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name, text in {"a/notes.txt": "Alpha team meets on Monday.", "b/notes.txt": "Beta team meets on Friday."}.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    page = watch(changing.url).open("documents")
    page.locator("#into").fill("teams")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.locator(".upload[data-state=done]")).to_have_count(2)
    expect(page.locator("tbody tr").filter(has_text="teams")).to_have_count(2)
    expect(page.locator("tbody .uri")).to_contain_text(["folder/a/notes.txt", "folder/b/notes.txt"])
    page.locator("#filter").fill("folder/a/")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_list_is_filtered_by_words_collection_and_state(watch: Any, service: Serving) -> None:
    page = watch(service.url).open("documents")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(list(EXAMPLES.iterdir())))
    page.get_by_role("searchbox").fill("price 2025")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.locator(".none")).to_have_text("No document matches the filter.")
    page.get_by_role("searchbox").fill("")
    page.get_by_label("State").select_option("failed")
    expect(page.locator(".none")).to_be_visible()


METRICS = """\
# HELP youju_build_info What runs.
youju_build_info{embedder="hash\\"ing",generator="scripted",version="0.1.0"} 1.0
youju_generator_running 1.0
youju_generator_waiting 3.0
youju_index_database_bytes 2.5e+06
youju_index_last_change_timestamp_seconds 1.0e+09
youju_answers_total{language="en",verdict="answered"} 12.0
youju_answers_total{language="zh",verdict="abstained"} 4.0
youju_stage_duration_seconds_count{stage="retrieve"} 4.0
youju_stage_duration_seconds_sum{stage="retrieve"} 1.0
"""


def test_health_draws_what_the_service_tells(watch: Any, service: Serving) -> None:
    window = watch(service.url)
    window.page.route("**/metrics", lambda route: route.fulfill(body=METRICS, content_type="text/plain"))
    page = window.open()
    ask(page, ENGLISH)
    ask(page, UNANSWERABLE["en"])
    page.get_by_role("link", name="Health").click()
    expect(page.locator(".readiness")).to_contain_text("Ready to answer")
    tiles = page.locator(".tiles")
    for told in ('hash"ing', "2.5 MB", "Questions waiting3"):
        expect(tiles).to_contain_text(told)
    expect(page.locator(".chart")).to_have_count(3)
    expect(page.locator(".chart").nth(1).locator("tbody td").first).to_have_text("250 ms")
    expect(page.locator(".bars rect").first).to_be_visible()
    expect(page.locator(".unanswered-question").first).to_have_text(UNANSWERABLE["en"])


def test_health_without_metrics_says_so(watch: Any, service: Serving) -> None:
    window = watch(service.url)
    window.page.route("**/metrics", lambda route: route.fulfill(status=404, body="{}"))
    page = window.open("health")
    expect(page.locator(".tiles")).to_contain_text("not available")


def test_on_a_phone_the_words_of_a_drawing_can_be_read(watch: Any, service: Serving) -> None:
    page = watch(service.url, viewport=NARROW).open("health")
    label = page.locator(".bar-value").first
    label.wait_for()
    assert label.bounding_box()["height"] >= 12
    assert page.locator(".bar svg").first.evaluate("node => node.getBoundingClientRect().width") > 300
