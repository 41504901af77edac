"""Markdown on the page: its signs are drawn, not shown, in evidence, cards and answers; what is marked stays exact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from tests.integration.browser import ask, settings_of
from tests.serving import Serving, application, sensible
from youju.index.sqlite.store import Store

CASES: dict[str, str] = json.loads((Path(__file__).parent.parent / "markdown.json").read_text(encoding="utf-8"))
NOTES = """# Garden **notebook**

The `drip` valve needs _two_ turns, see the [manual](https://example.org/valve) and
the [plan](plan.md); 2 * 3 * 4 is 24.

> Never water *at noon*.

| Plant | Sow |
|---|---|
| **Beans** | May |
| [Kale](kale.md) | June |

## What to bring

- [x] **Gloves**, from
  the *shed*
- [ ] `twine`
- a [bag](bag.md)[^1]

```sh
echo `date` **now**
```
"""
DRAFTS = {"What does the drip": "The `drip` valve needs **two** turns, see the [manual](https://example.org/valve)."}


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("markdown")
    settings = settings_of(folder / "data")
    store = Store(settings.database)
    ingest_files({"garden.md": NOTES}, folder / "d", settings, store, HashingEmbedder())
    store.close()
    serving = Serving(application(settings, ScriptedGenerator(sensible(DRAFTS))))
    yield serving
    serving.stop()


def test_the_page_reads_markdown_as_the_service_does(watch: Any, garden: Serving) -> None:
    page = watch(garden.url).open()
    script = "async (cases) => (await import('/ui/js/markdown.js').then(({ asRead }) => cases.map(asRead)))"
    assert dict(zip(CASES, page.evaluate(script, list(CASES)), strict=True)) == CASES


def test_signs_are_drawn_and_the_span_is_marked(watch: Any, garden: Serving) -> None:
    page = watch(garden.url).open()
    ask(page, "What does the drip valve need?")
    said = "The drip valve needs two turns, see the manual (https://example.org/valve). 1"
    expect(page.locator(".sentence")).to_have_text(said)
    expect(page.locator(".source-text").first).to_contain_text("The drip valve needs two turns, see the manual")
    expect(page.locator(".source-title").first).to_contain_text("Garden notebook")
    page.locator(".marker").first.click()
    page.locator(".document-text mark").first.wait_for()
    marked = "".join(page.locator(".document-text mark").all_text_contents())
    assert marked.startswith("The drip valve needs two turns, see the manual and the plan")
    shown = page.locator(".document-text")
    expect(shown.locator("code").first).to_have_text("drip")
    expect(shown.locator("em").first).to_have_text("two")
    expect(shown.locator("blockquote")).to_have_text("Never water at noon.")
    expect(shown.locator("td, tbody th")).to_have_text(["Beans", "May", "Kale", "June"])
    expect(shown.locator("li")).to_have_text(["☑ Gloves, from the shed", "☐ twine", "• a bag1"])
    expect(shown.locator("pre")).to_have_text("echo `date` **now**")
    expect(shown).to_contain_text("and the plan; 2 * 3 * 4 is 24.")
    expect(shown.locator(".address")).to_have_text("(https://example.org/valve)")
