"""How the page sets the parts of an answer, whatever their form: answers that are given to it, over documents of a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from tests.integration.browser import NARROW, ask, settings_of
from tests.serving import Serving, application
from youju.index.sqlite.store import Store

STOCK = """# Stock of loggers

| Model | Place | Pieces |
|---|---|---|
| T3 | Hall A | 24 |
| T3H | Hall B | 7 |

## Sending

1. Pack the logger in its box.
2. Run `youju pack` and wait.

```
youju pack | tee log
```
"""
TERMS = "Contents\n\nWarranty ................ 3\n\nThe warranty lasts 24 months from the day of delivery.\n"


class Shelf:
    """The two documents as a service has them, and citations of their words."""

    def __init__(self, url: str) -> None:
        self.url = url
        listed = httpx.get(f"{url}/documents").json()["documents"]
        self.documents = {Path(one["uri"]).name: one for one in listed}
        self.texts = {name: httpx.get(f"{url}/documents/{one['id']}/text").text for name, one in self.documents.items()}

    def passage(self, name: str, chunk: str, text: str | None = None) -> dict[str, Any]:
        one = self.documents[name]
        text = self.texts[name] if text is None else text
        return {
            "chunk_id": chunk, "document_id": one["id"], "title": one["title"], "uri": one["uri"], "page": None, "text": text,
            "start": 0, "end": len(text), "score": 0.9, "used": True,
        }  # fmt: skip

    def cite(self, marker: int, name: str, quote: str, **more: Any) -> dict[str, Any]:
        one, start = self.documents[name], self.texts[name].index(quote)
        return {
            "marker": marker, "document_id": one["id"], "title": one["title"], "uri": one["uri"], "page": None,
            "last_page": None, "chunk_id": f"c{marker}", "quote": quote, "start": start, "end": start + len(quote),
            "score": 0.9,
        } | more  # fmt: skip


def part(text: str, block: str = "sentence", *citations: dict[str, Any], verbatim: bool = False) -> dict[str, Any]:
    markers = [one["marker"] for one in citations]
    return {"text": text, "block": block, "markers": markers, "support": 1, "verbatim": verbatim, "citations": list(citations)}


def stream(form: str, passages: list[dict[str, Any]], parts: list[dict[str, Any]], **more: Any) -> str:
    """The events of an answer; `more` are fields of it."""
    sentences = [{name: value for name, value in one.items() if name != "citations"} for one in parts]
    answer = {
        "answer": "\n".join(one["text"] for one in parts), "verdict": "answered", "form": form, "standalone_question": None,
        "translated_question": None, "confidence": 0.9, "language": "en", "sentences": sentences, "passages": passages,
        "citations": [cited for one in parts for cited in one["citations"]], "missing": None, "usage": {}, "cached": False,
        "model": {"generator": "g", "embedder": "e"}, "timings_ms": {"total": 12.0}, "request_id": "r",
    } | more  # fmt: skip
    events: list[tuple[str, dict[str, Any]]] = [("passages", {"passages": passages})] if passages else []
    events += [
        ("sentence", {"sentence": one, "citations": whole["citations"]}) for one, whole in zip(sentences, parts, strict=True)
    ]
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in [*events, ("answer", answer)])


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("blocks")
    settings = settings_of(folder / "data")
    store = Store(settings.database)
    ingest_files({"stock.md": STOCK, "terms.txt": TERMS}, folder / "d", settings, store, HashingEmbedder())
    store.close()
    serving = Serving(application(settings, ScriptedGenerator("")))
    yield Shelf(serving.url)
    serving.stop()


def answered(page: Page, events: str) -> None:
    page.route("**/ask", lambda route: route.fulfill(content_type="text/event-stream", body=events))
    ask(page, "What is there?")


def rows(page: Page, table: str) -> list[list[str]]:
    cells = page.locator(table).evaluate("t => [...t.rows].map(r => [...r.cells].map(c => c.innerText.trim()))")
    return [[str(cell).split(" 1")[0] for cell in row] for row in cells]


def test_parts_are_set_by_their_structure(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    row = shelf.cite(1, "stock.md", "Model: T3 | Place: Hall A | Pieces: 24")
    step = shelf.cite(3, "stock.md", "1. Pack the logger in its box.")
    parts = [
        part("Here it is: # not a heading, **not bold**."),
        part("Model: T3 | Place: Hall A | Pieces: 24", "row", row),
        part("Model: T3H | Place: Hall B | Pieces: 7", "row", row),
        part("Sending", "heading"),
        part("Pack the logger.", "step", step),
        part("Wait.", "step", step),
        part("In between.", "sentence"),
        part("Go on.", "step", step),
        part("no batteries", "item", step),
    ]
    answered(page, stream("list", [shelf.passage("stock.md", "c1"), shelf.passage("stock.md", "c3")], parts))
    text = page.locator(".answer-text")
    expect(text.locator(".sentence")).to_have_text(["Here it is: # not a heading, **not bold**.", "In between."])
    assert rows(page, ".answer-table") == [["Model", "Place", "Pieces"], ["T3", "Hall A", "24"], ["T3H", "Hall B", "7"]]
    assert text.get_by_role("columnheader").all_inner_texts() == ["Model", "Place", "Pieces"]
    expect(text.get_by_role("heading", level=3)).to_have_text("Sending")
    assert [one.evaluate("list => list.start") for one in text.locator("ol").all()] == [1, 3]
    assert text.locator("ul > li").count() == 1
    assert text.locator(".marker").count() == sum(len(one["citations"]) for one in parts)


def test_rows_lists_and_code_of_a_document_are_drawn_and_the_cells_marked(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    table = {"title": "Stock", "columns": ["Model", "Pieces"], "rows": [["T3", "24"], ["T3H", "7"]], "marked": [[0, 1]]}
    quote = "Model: T3 | Place: Hall A | Pieces: 24"
    cited = shelf.cite(1, "stock.md", quote, table=table)
    said = [part("There are 24.", "sentence", cited), part(f"Source: “{quote}”", "sentence", cited, verbatim=True)]
    answered(page, stream("table", [shelf.passage("stock.md", "c1")], said))
    assert rows(page, ".verbatim table") == [["Model", "Place", "Pieces"], ["T3", "Hall A", "24"]]
    page.locator(".marker").first.click()
    expect(page.locator(".evidence-body mark")).to_have_text(["T3", "Hall A", "24"])
    assert rows(page, ".document-text table")[1:] == [["T3", "Hall A", "24"], ["T3H", "Hall B", "7"]]
    figure = page.get_by_role("figure", name="Stock")
    expect(figure.locator(".marked")).to_have_text("24 (the cell that was read)")
    expect(figure.get_by_role("rowheader")).to_have_text(["T3", "T3H"])
    expect(page.locator(".document-text pre")).to_have_text("youju pack | tee log")
    expect(page.locator(".document-text li code")).to_have_text("youju pack")
    shown = page.locator(".document-text").inner_text()
    assert not {" | Place", "```", "# Stock"} & {sign for sign in (" | Place", "```", "# Stock") if sign in shown}


def test_a_row_taken_over_as_a_sentence_is_set_as_a_table_and_other_bars_are_not(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    quote = "Model: T3 | Place: Hall A | Pieces: 24"
    said = [part(quote, "sentence", shelf.cite(1, "stock.md", quote)), part("Use pack | tee to keep a log.")]
    answered(page, stream("fact", [shelf.passage("stock.md", "c1")], said))
    assert rows(page, ".answer-table") == [["Model", "Place", "Pieces"], ["T3", "Hall A", "24"]]
    expect(page.locator(".sentence")).to_have_text("Use pack | tee to keep a log.")


def test_an_answer_without_passages_looks_like_no_refusal(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    answered(page, stream("social", [], [part("Hello! Ask me about your 2 documents.")]))
    expect(page.locator(".sentence")).to_have_text("Hello! Ask me about your 2 documents.")
    expect(page.locator(".sources-block, .abstained")).to_have_count(0)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_cards_show_what_is_cited_first_and_fold_the_rest(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url, viewport=NARROW).open()
    contents = shelf.passage("terms.txt", "c9", TERMS)
    passages = [contents, shelf.passage("stock.md", "c8", "Stock of loggers"), contents | {"chunk_id": "c1"}]
    cited = shelf.cite(1, "terms.txt", "The warranty lasts 24 months")
    answered(page, stream("fact", passages, [part("24 months.", "sentence", cited)]))
    cards = page.locator(".source")
    expect(cards.filter(visible=True)).to_have_count(1)
    expect(cards.first).to_contain_text("The warranty lasts 24 months")
    page.get_by_role("button", name="2 more passages found").click()
    expect(cards.filter(visible=True)).to_have_count(3)
    assert "....." not in page.locator(".sources").inner_text()
    assert cards.first.evaluate("node => node.getBoundingClientRect().top") > page.locator(".sentence").evaluate(
        "node => node.getBoundingClientRect().bottom"
    )


def test_what_comes_nearest_stands_first_and_opens_at_its_words(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    near = shelf.cite(2, "terms.txt", "The warranty lasts 24 months")
    passages = [shelf.passage("stock.md", "c1"), shelf.passage("terms.txt", "c2")]
    missing = "Nearest, though it may not answer: “The warranty lasts 24 months”."
    answered(page, stream("fact", passages, [], verdict="abstained", nearest=[near], missing=missing))
    refusal = page.locator(".abstained")
    expect(refusal.locator("h3")).to_have_text("No passage plainly answers this")
    expect(refusal).to_contain_text(missing)
    expect(refusal.locator(".source-button").first).to_contain_text(near["quote"])
    refusal.locator(".source-button").first.click()
    expect(page.locator("mark")).to_have_text(near["quote"])
    page.unroute("**/ask")
    answered(page, stream("fact", passages, [], verdict="abstained", nearest=[], missing="Nothing."))
    expect(page.locator(".abstained h3").last).to_have_text("The documents do not hold the answer")


def test_an_address_opens_the_evidence(watch: Any, shelf: Shelf) -> None:
    window = watch(shelf.url)
    cited = shelf.cite(1, "terms.txt", "The warranty lasts 24 months")
    window.page.goto(f"{shelf.url}/#/open/{cited['document_id']}/{cited['start']}-{cited['end']}")
    expect(window.page.locator("mark")).to_have_text(cited["quote"])
    expect(window.page.locator(".evidence-where")).to_contain_text("terms.txt")


def test_support_and_doubt_are_said_in_words(watch: Any, shelf: Shelf) -> None:
    page = watch(shelf.url).open()
    quote = "The warranty lasts 24 months"
    said = [part("24 months.", "sentence", shelf.cite(1, "terms.txt", quote, score=score)) for score in (0.9, 0.6, 0.3)]
    events = stream("fact", [shelf.passage("terms.txt", "c1")], said)
    answered(page, events)
    labels = [one.get_attribute("aria-label") or "" for one in page.locator(".marker").all()]
    words = ["supports the sentence", "supports most of the sentence", "supports part of the sentence"]
    assert all(label.endswith(f", {word}") for label, word in zip(labels, words, strict=True))
    page.locator(".marker").last.click()
    expect(page.locator(".evidence-where")).to_contain_text("supports part of the sentence")
    expect(page.locator(".left-out")).to_have_count(0)
    page.unroute("**/ask")
    answered(page, events.replace('"confidence": 0.9', '"confidence": 0.5'))
    expect(page.locator(".left-out")).to_contain_text("not sure of this")
    assert "%" not in page.locator(".turns").inner_text()
