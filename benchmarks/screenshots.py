"""Pictures of every view of the page, in both languages, wide and narrow: `docs/screenshots/*.png`.

    python -m benchmarks.screenshots               # with generators that need no model: the drafts are given below
    python -m benchmarks.screenshots --models      # with the embedder, the reader and the generator of the settings

The documents are those of `examples/documents`. Needs Debian's chromium and fonts for Chinese (fonts-noto-cjk).
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from ingest.pipeline import Pipeline, make_plan
from service.http.app import create_app
from tests.fakes import ScriptedGenerator
from tests.integration.browser import ask, chromium
from tests.serving import Serving, application, ingest_examples, sensible
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.settings import Settings, load_settings

TARGET = Path(__file__).parent.parent / "docs" / "screenshots"
SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
COLOURS = 96  # of a picture; few are needed for type on paper
Scheme = Literal["light", "dark"]
UNWANTED: FilePayload = {"name": "sensor-scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nbroken off"}
WANTED: FilePayload = {
    "name": "canteen.txt",
    "mimeType": "text/plain",
    "buffer": b"The canteen opens at 11:30 on working days.",
}

# For each language: a question that a PDF answers, and one without an answer.
QUESTIONS = {
    "en": ("What may I use to wipe down the casing of the logger?", "How long is the warranty on the FL-D1 dry-ice logger?"),
    "zh": ("出差结束后多少天内要提交报销单？", "直系亲属去世，丧假可以请几天？"),
}
DRAFTS = {
    QUESTIONS["en"][0]: "You may wipe the housing with a soft cloth moistened with 70 % isopropyl alcohol.",
    QUESTIONS["zh"][0]: "出差结束后 45 天内提交报销单。",
}


@contextmanager
def service(models: bool) -> Iterator[Serving]:
    with tempfile.TemporaryDirectory() as folder:
        if models:
            settings = load_settings(data_dir=Path(folder), keep_unanswered=True)
            store, embedder = Store(settings.database), make_embedder(settings)
            Pipeline(settings, store, lambda: embedder).run(make_plan([Path("examples/documents")], settings, store))
            store.close()
            serving = Serving(create_app(settings, embedder))
        else:
            settings = Settings(data_dir=Path(folder), reader="similarity", strictness="off", keep_unanswered=True)
            ingest_examples(settings)
            serving = Serving(application(settings, ScriptedGenerator(sensible(DRAFTS))))
        try:
            yield serving
        finally:
            serving.stop()


class Camera:
    """Takes pictures of one window. Names: view-language-size[-dark].png."""

    def __init__(self, browser: Browser, url: str, language: str, size: str, scheme: Scheme) -> None:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=LOCALES[language], color_scheme=scheme, reduced_motion="reduce"
        )  # fmt: skip
        self.page: Page = context.new_page()
        self.url, self.language = url, language
        self._suffix = f"{language}-{size}{'-dark' if scheme == 'dark' else ''}"

    def open(self, view: str) -> Page:
        self.page.goto(f"{self.url}/#/{view}")
        self.page.locator(f"html[data-ready={view or 'ask'}]").wait_for(state="attached")
        return self.page

    def take(self, name: str, whole: bool = False) -> None:
        picture = Image.open(io.BytesIO(self.page.screenshot(full_page=whole)))
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(TARGET / f"{name}-{self._suffix}.png", optimize=True)

    def ask_and_look(self) -> None:
        page = self.open("")
        expect(page.locator(".example").first).to_be_visible()
        self.take("start")
        answered, abstained = QUESTIONS[self.language]
        ask(page, answered)
        self.take("answer")
        page.locator(".marker").first.click()
        page.locator(".evidence-body :is(mark, .picture img)").first.wait_for()
        if page.locator(".tabs [data-view=page]").count():
            self.take("evidence-page")
            page.locator(".tabs [data-view=text]").click()
            expect(page.locator("mark").first).to_be_visible()
        self.take("evidence-text")
        page.locator(".tabs [data-view=about]").click()
        expect(page.locator(".about-list").first).to_be_visible()
        self.take("about")
        page.keyboard.press("Escape")
        ask(page, abstained)
        page.locator(".turn").last.evaluate("node => node.scrollIntoView()")
        self.take("abstention")
        page.locator(".composer-foot button[aria-haspopup]:not(.pick)").click()
        expect(page.locator(".talk").first).to_be_visible()
        self.take("conversations")
        page.keyboard.press("Escape")

    def documents(self, upload: bool) -> None:
        page = self.open("documents")
        expect(page.locator("tbody tr").first).to_be_visible()
        if upload:
            page.locator("input[type=file]:not([webkitdirectory])").set_input_files([WANTED, UNWANTED])
            expect(page.locator(".upload:is([data-state=done], [data-state=failed])")).to_have_count(2, timeout=120_000)
            expect(page.locator("tr.failure")).to_be_visible()
        self.take("documents")

    def health(self) -> None:
        page = self.open("health")
        expect(page.locator(".tiles")).to_be_visible()
        self.take("health", whole=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", action="store_true", help="with real models instead of given drafts")
    with_models = parser.parse_args().models
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with service(with_models) as serving, chromium() as browser:
        for language in LOCALES:
            for size in SIZES:
                camera = Camera(browser, serving.url, language, size, "light")
                if with_models:
                    camera.page.set_default_timeout(180_000)
                    expect.set_options(timeout=180_000)
                camera.ask_and_look()
                camera.documents(upload=size == "wide")
                camera.health()
        for language, size in (("en", "wide"), ("zh", "narrow")):
            Camera(browser, serving.url, language, size, "dark").ask_and_look()
    for picture in sorted(TARGET.glob("*-dark.png")):
        if not picture.name.startswith("evidence-text"):
            picture.unlink()
    print(*sorted(f"{path.stat().st_size // 1000:4} kB  {path.name}" for path in TARGET.glob("*.png")), sep="\n")


if __name__ == "__main__":
    main()
