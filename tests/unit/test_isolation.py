"""Two keys, two collections: whatever one may ask for, nothing of the other comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2  # the client of starlette's test client
import pytest
from fastapi.testclient import TestClient

from ingest.pipeline import Pipeline, make_plan
from service.http.app import create_app
from service.resources import make_retriever
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.routes import operations
from youju.index.opening import index_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Language, Scope
from youju.settings import Settings

CANARY = {"red": "canaryred7351", "blue": "canaryblue9482"}
SHARED = "The warranty of the logger covers three years."  # the same document in both collections
QUESTION = "How long does the battery last?"
STREAM = {"accept": "text/event-stream"}


@dataclass
class World:
    """A service with two tenants. `documents` and `jobs` are the ids of each."""

    client: TestClient
    keys: dict[str, str]
    documents: dict[str, list[str]] = field(default_factory=dict)
    jobs: dict[str, list[str]] = field(default_factory=dict)

    def send(self, who: str, method: str, path: str, **rest: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.keys[who]}"} | rest.pop("headers", {})
        return self.client.request(method, path, headers=headers, follow_redirects=False, **rest)


def write_documents(folder: Path, collection: str) -> None:
    canary = CANARY[collection]
    handbook = f"# Handbook {canary}\n\n## Power {canary}\n\nThe battery of the {canary} lasts 24 months.\n"
    files = {
        f"{canary}/manual-{canary}.md": handbook,
        f"{canary}/leave-{canary}.txt": f"{canary} 员工每年有十五天年假。",
        f"{canary}/shared-{canary}.txt": SHARED,
        f"{canary}/again-{canary}.txt": SHARED,  # a second place, in `also_at`
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[World]:
    for name in CANARY:
        write_documents(tmp_path / name, name)
        given = settings.model_copy(update={"collection": name})
        Pipeline(given, store, lambda: embedder).run(make_plan([tmp_path / name], given, store))
    locked = settings.model_copy(update={"require_keys": True, "keep_unanswered": True, "keep_feedback": True})
    keys = {name: index_of(store, settings).keys.create(name, ["admin"], [name])[0] for name in CANARY}
    keys["operator"] = index_of(store, settings).keys.create("operator", ["admin"])[0]
    # It writes down all that it is shown.
    generator = ScriptedGenerator(lambda messages: " ".join(message.content for message in messages))
    with TestClient(create_app(locked, embedder, generator, ThreadWorker)) as client:
        made = World(client, keys)
        for name in CANARY:
            prepare(made, name)
        yield made


def prepare(world: World, name: str) -> None:
    """What a tenant leaves behind before the other one comes: uploads, one of them broken, questions, kept answers."""
    canary = CANARY[name]
    files = [("files", (f"{canary}.txt", f"Uploaded by {canary}.".encode())), ("files", (f"{canary}.docx", b"PK\x03\x04 not"))]
    job = world.send(name, "POST", "/documents", files=files).json()
    assert job["collection"] == name
    world.send(name, "GET", f"/jobs/{job['id']}", headers=STREAM)  # until it is finished
    world.jobs[name] = [job["id"]]
    world.documents[name] = [one["id"] for one in world.send(name, "GET", "/documents").json()["documents"]]
    for body in ({}, {"top_k": 50}, {"history": [{"question": "What is it?", "answer": canary}]}):
        assert world.send(name, "POST", "/ask", json={"question": QUESTION} | body).status_code == 200
    assert world.send(name, "POST", "/feedback", json=judged(canary, None)).json() == {"kept": True}
    world.send(name, "POST", "/ask", json={"question": f"Who is the {canary} emperor of Mars?", "language": "en"})
    for _ in range(500):  # noted behind the answer
        if canary in world.send(name, "GET", "/unanswered").text:
            return
        time.sleep(0.02)
    raise AssertionError("the question was not kept")


# How each route is called: (world, who calls, whose things it is after) -> answers. A new route needs a line here.
Call = Callable[[World, str, str], list[httpx2.Response]]


def plain(method: str, path: str, *variants: dict[str, Any]) -> Call:
    return lambda world, who, whose: [world.send(who, method, path, **variant) for variant in variants or ({},)]


def questions(path: str, name: str) -> Call:
    def call(world: World, who: str, whose: str) -> list[httpx2.Response]:
        bodies: list[dict[str, Any]] = [
            {}, {"top_k": 50}, {"collection": whose}, {"filters": {"document_ids": world.documents[whose]}},
            {"filters": {"uri_prefix": "/"}}, {"filters": {"language": "zh"}},
            {"collection": whose, "filters": {"document_ids": world.documents[whose], "uri_prefix": "/", "language": "en"}},
        ]  # fmt: skip
        if path == "/ask":
            bodies += [{"history": [{"question": "What is it?"}]}, {"generation": {"temperature": 1.0}}]
            bodies += [{**body, "stream": True, "draft": True} for body in bodies]
        asked = (QUESTION, "年假有几天？", "What does the warranty cover?", "Who is the emperor?")
        return [world.send(who, "POST", path, json={name: text} | body) for text in asked for body in bodies]

    return call


def judged(question: str, collection: str | None) -> dict[str, Any]:
    return {"question": f"Who is the {question}?", "answer": question, "right": True, "collection": collection}


def each(method: str, path: str, things: str, *variants: dict[str, Any]) -> Call:
    def call(world: World, who: str, whose: str) -> list[httpx2.Response]:
        ids = getattr(world, things)[whose]
        return [world.send(who, method, path.format(one), **variant) for one in ids for variant in variants or ({},)]

    return call


def uploads(world: World, who: str, whose: str) -> list[httpx2.Response]:
    text = {"title": "Note", "text": "Nothing."}
    answers = [world.send(who, "POST", "/documents", json=text | extra) for extra in ({}, {"collection": whose})]
    files = [("files", ("note.txt", SHARED.encode()))]
    answers += [world.send(who, "POST", "/documents", files=files, data=data) for data in ({}, {"collection": whose})]
    for answer in list(answers):
        if answer.status_code == 202:
            answers.append(world.send(who, "GET", answer.headers["location"], headers=STREAM))
    return answers


def chats(world: World, who: str, whose: str) -> list[httpx2.Response]:
    messages = [{"role": "user", "content": QUESTION}]
    bodies: list[dict[str, Any]] = [
        {"model": model, "stream": stream} for model in ("youju", f"youju/{whose}") for stream in (False, True)
    ]
    bodies.append({"model": "youju", "filters": {"document_ids": world.documents[whose]}})
    return [world.send(who, "POST", "/v1/chat/completions", json={"messages": messages} | body) for body in bodies]


def tools(world: World, who: str, whose: str) -> list[httpx2.Response]:
    def call(method: str, **params: Any) -> httpx2.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return world.send(who, "POST", "/mcp", json=body, headers={"accept": "application/json, text/event-stream"})

    asked: list[dict[str, Any]] = [{"collection": whose}, {}, {"filters": {"document_ids": world.documents[whose]}}]
    answers = [call("tools/call", name="search", arguments={"query": QUESTION} | more) for more in asked]
    answers += [call("tools/call", name="ask", arguments={"question": QUESTION} | more) for more in asked]
    answers += [call("tools/call", name="list_documents", arguments=more) for more in asked[:2]]
    answers += [call("resources/read", uri=f"youju://documents/{one}") for one in world.documents[whose]]
    return [*answers, call("resources/list"), call("tools/list")]


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/"): plain("GET", "/"),
    ("GET", "/ui/{path}"): plain("GET", "/ui/boot.js"),
    ("GET", "/docs"): plain("GET", "/docs"),
    ("GET", "/docs/assets/{path}"): plain("GET", "/docs/assets/swagger-ui.css"),
    ("GET", "/openapi.json"): plain("GET", "/openapi.json"),
    ("GET", "/healthz"): plain("GET", "/healthz"),
    ("GET", "/readyz"): plain("GET", "/readyz"),
    ("GET", "/metrics"): plain("GET", "/metrics"),
    ("POST", "/ask"): questions("/ask", "question"),
    ("POST", "/search"): questions("/search", "query"),
    ("GET", "/v1/models"): plain("GET", "/v1/models"),
    ("GET", "/v1/models/{model}"): lambda world, who, whose: plain("GET", f"/v1/models/youju/{whose}")(world, who, whose),
    ("POST", "/v1/chat/completions"): chats,
    ("POST", "/mcp"): tools,
    ("GET", "/overview"): lambda world, who, whose: [
        *plain("GET", "/overview")(world, who, whose),
        world.send(who, "GET", "/overview", params={"collection": whose}),
    ],
    ("GET", "/documents"): lambda world, who, whose: plain("GET", "/documents", {}, {"params": {"collection": whose}})(
        world, who, whose
    ),
    ("POST", "/documents"): uploads,
    ("GET", "/documents/{document_id}"): each("GET", "/documents/{}", "documents"),
    ("GET", "/documents/{document_id}/text"): each("GET", "/documents/{}/text", "documents"),
    ("GET", "/documents/{document_id}/boxes"): each("GET", "/documents/{}/boxes", "documents"),
    ("GET", "/documents/{document_id}/contents"): each("GET", "/documents/{}/contents", "documents"),
    ("GET", "/documents/{document_id}/chunks"): each("GET", "/documents/{}/chunks", "documents"),
    ("GET", "/documents/{document_id}/original"): each("GET", "/documents/{}/original", "documents"),
    ("GET", "/documents/{document_id}/pages/{page}"): each("GET", "/documents/{}/pages/1", "documents"),
    ("GET", "/jobs"): plain("GET", "/jobs", {}, {"params": {"limit": 1000}}),
    ("GET", "/jobs/{job_id}"): each("GET", "/jobs/{}", "jobs", {}, {"headers": STREAM}),
    ("GET", "/unanswered"): lambda world, who, whose: plain("GET", "/unanswered", {}, {"params": {"collection": whose}})(
        world, who, whose
    ),
    ("DELETE", "/unanswered"): lambda world, who, whose: plain("DELETE", "/unanswered", {"params": {"collection": whose}})(
        world, who, whose
    ),
    ("POST", "/feedback"): lambda world, who, whose: [
        world.send(who, "POST", "/feedback", json=judged(CANARY[who], None)),
        world.send(who, "POST", "/feedback", json=judged(CANARY[who], whose)),
    ],
    ("GET", "/feedback"): lambda world, who, whose: plain("GET", "/feedback", {}, {"params": {"collection": whose}})(
        world, who, whose
    ),
    ("DELETE", "/feedback"): lambda world, who, whose: plain("DELETE", "/feedback", {"params": {"collection": whose}})(
        world, who, whose
    ),
    ("DELETE", "/documents/{document_id}"): each("DELETE", "/documents/{}", "documents", {"params": {"verify": True}}, {}),
}
# The routes by which a tenant sees its own canary: that these calls would show it.
SHOWN_TO_ITS_OWNER = {
    ("GET", "/overview"),
    ("POST", "/ask"), ("POST", "/search"), ("GET", "/documents"), ("GET", "/documents/{document_id}"),
    ("GET", "/documents/{document_id}/contents"), ("GET", "/documents/{document_id}/chunks"),
    ("GET", "/documents/{document_id}/text"), ("GET", "/jobs"), ("GET", "/jobs/{job_id}"), ("GET", "/unanswered"),
    ("GET", "/feedback"),
    ("POST", "/v1/chat/completions"), ("POST", "/mcp"),
}  # fmt: skip


def shown(answer: httpx2.Response) -> str:
    """All of an answer, with Unicode as it is."""
    body = json.dumps(answer.json(), ensure_ascii=False) if "json" in answer.headers.get("content-type", "") else ""
    return f"{answer.status_code} {answer.reason_phrase}\n{answer.headers.multi_items()}\n{answer.text}\n{body}"


def test_every_route_is_called(world: World) -> None:
    assert operations(world.client.app) == CALLS.keys()


@pytest.mark.parametrize(("who", "whose"), [("red", "blue"), ("blue", "red")])
def test_nothing_of_the_other_comes_back(world: World, who: str, whose: str) -> None:
    for operation, call in CALLS.items():
        answers = call(world, who, whose)
        assert answers
        for answer in answers:
            assert answer.status_code < 500, (operation, answer.text)
            assert CANARY[whose] not in shown(answer), (operation, answer.request.url)
    for operation in (one for one in CALLS if "{document_id}" in one[1] or "{job_id}" in one[1]):
        statuses = {answer.status_code for answer in CALLS[operation](world, who, whose)}
        assert statuses == ({403, 404} if operation[0] == "DELETE" else {404}), operation
    left = [one["id"] for one in world.send(whose, "GET", "/documents").json()["documents"]]
    assert left == world.documents[whose]
    for path in ("/unanswered", "/feedback"):
        assert world.send(whose, "GET", path).json()["total"] > 0


def test_the_same_calls_show_its_owner_what_is_there(world: World) -> None:
    """Else the test above would prove nothing."""
    for operation, call in CALLS.items():
        found = any(CANARY["red"] in shown(answer) for answer in call(world, "red", "red"))
        assert found == (operation in SHOWN_TO_ITS_OWNER), operation


def test_the_same_content_in_both_is_two_documents(world: World) -> None:
    for who in CANARY:
        listed = world.send(who, "GET", "/documents").json()["documents"]
        (shared,) = [one for one in listed if "shared" in one["uri"] or "again" in one["uri"]]
        assert shared["collection"] == who
        assert len(shared["also_at"]) == 1
        passages = world.send(who, "POST", "/search", json={"query": SHARED}).json()["passages"]
        assert CANARY[who] in passages[0]["uri"]


REFUSED_COLLECTIONS: list[Callable[[World, str], httpx2.Response]] = [
    lambda world, name: world.send("red", "POST", "/ask", json={"question": QUESTION, "collection": name}),
    lambda world, name: world.send("red", "POST", "/ask", json={"question": QUESTION, "collection": name, "stream": True}),
    lambda world, name: world.send("red", "POST", "/search", json={"query": QUESTION, "collection": name}),
    lambda world, name: world.send("red", "GET", "/documents", params={"collection": name}),
    lambda world, name: world.send("red", "GET", "/unanswered", params={"collection": name}),
    lambda world, name: world.send("red", "DELETE", "/unanswered", params={"collection": name}),
    lambda world, name: world.send("red", "POST", "/feedback", json=judged("x", name)),
    lambda world, name: world.send("red", "GET", "/feedback", params={"collection": name}),
    lambda world, name: world.send("red", "DELETE", "/feedback", params={"collection": name}),
    lambda world, name: world.send("red", "POST", "/documents", json={"title": "t", "text": "t", "collection": name}),
]


def test_a_forbidden_collection_looks_like_an_unknown_one(world: World) -> None:
    for number, call in enumerate(REFUSED_COLLECTIONS):
        answers = [call(world, name) for name in ("blue", "grey")]
        bodies = [
            answer.text.replace(answer.headers["x-request-id"], "").replace(name, "?")
            for answer, name in zip(answers, ("blue", "grey"), strict=True)
        ]
        assert answers[0].status_code == answers[1].status_code, number
        assert bodies[0] == bodies[1], number
        assert answers[0].status_code in (200, 403, 404), number
        assert "blue" not in bodies[1], number


def test_things_that_there_are_not_look_the_same(world: World) -> None:
    known, unknown = world.documents["blue"][0], "0123456789abcdef"
    for path in ("/documents/{}", "/documents/{}/text", "/documents/{}/boxes"):
        answers = [world.send("red", "GET", path.format(one)) for one in (known, unknown)]
        assert (
            len(
                {
                    answer.text.replace(answer.headers["x-request-id"], "").replace(one, "?")
                    for answer, one in zip(answers, (known, unknown), strict=True)
                }
            )
            == 1
        )


def test_counts_are_of_what_is_seen(world: World) -> None:
    red, whole = (world.send(who, "GET", "/readyz").json()["chunks"] for who in ("red", "operator"))
    assert 0 < red < whole
    assert world.send("red", "GET", "/documents").json()["total"] == len(world.documents["red"])


def test_a_key_for_both_sees_both_and_shares_no_kept_answer(world: World, settings: Settings, store: Store) -> None:
    world.keys["both"] = index_of(store, settings).keys.create("both", ["ask", "ingest"], ["red", "blue"])[0]
    world.send("red", "POST", "/ask", json={"question": QUESTION})  # the uploads of blue made it forget the first one
    answer = world.send("both", "POST", "/ask", json={"question": QUESTION}).json()
    assert not answer["cached"]
    assert all(canary in json.dumps(answer) for canary in CANARY.values())
    again = world.send("red", "POST", "/ask", json={"question": QUESTION}).json()
    assert again["cached"]
    assert CANARY["blue"] not in json.dumps(again)
    refused = world.send("both", "POST", "/documents", json={"title": "t", "text": "t"})
    assert (refused.status_code, refused.json()["advice"]) == (403, "It allows: blue, red.")


def test_a_key_for_a_collection_without_documents(world: World, settings: Settings, store: Store) -> None:
    world.keys["new"] = index_of(store, settings).keys.create("new", ["admin"], ["new"])[0]
    assert world.send("new", "GET", "/documents").json() == {"documents": [], "total": 0}
    refused = world.send("new", "POST", "/search", json={"query": QUESTION})
    assert refused.status_code == 409
    assert "youju.db" not in refused.text


# Scores tell nothing either


def scores(settings: Settings, store: Store, embedder: HashingEmbedder, scope: Scope) -> dict[str, tuple[float, ...]]:
    found = make_retriever(settings, store, embedder).retrieve("the rare turtle of the battery", 50, scope)
    return {one.text: (one.scores.dense, one.scores.lexical, one.scores.fused) for one in found}


def put(settings: Settings, store: Store, embedder: HashingEmbedder, folder: Path, collection: str, *texts: str) -> None:
    for number, text in enumerate(texts):
        path = folder / collection / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    given = settings.model_copy(update={"collection": collection})
    Pipeline(given, store, lambda: embedder).run(make_plan([folder / collection], given, store))


def test_what_others_ingest_does_not_change_scores(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """A word that is rare among the own documents and frequent elsewhere would else weigh less, and so tell of the others."""
    put(
        settings,
        store,
        embedder,
        tmp_path,
        "red",
        "battery of one rare cell",
        "winter holds many cold days",
        "a turtle walks home today",
    )
    limited, named = Scope(allowed=("red",)), Scope("red")
    before = scores(settings, store, embedder, limited)
    open_before = scores(settings, store, embedder, named)
    assert len(before) == 3
    foreign = [f"rare turtle number {n} swims" for n in range(30)]  # of the same length: see docs/decisions/0011
    put(settings, store, embedder, tmp_path, "blue", *foreign)
    after = scores(settings, store, embedder, limited)
    assert after.keys() == before.keys()
    for text, values in before.items():
        assert after[text] == pytest.approx(values, abs=1e-6)
    open_after = scores(settings, store, embedder, named)  # where nothing is forbidden
    assert any(open_after[text] != pytest.approx(values, abs=1e-6) for text, values in open_before.items())


def test_what_others_ingest_does_not_change_what_is_usual(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    def usual(scope: Scope) -> dict[Language, float]:
        index = VectorIndex(store, settings.vector_file, embedder.dimension)
        return index.search(embedder.embed_queries(["rare turtle"])[0], 10, scope)[1]

    put(settings, store, embedder, tmp_path, "red", "a rare cell", "cold days", "员工每年有十五天年假")
    before, whole = usual(Scope(allowed=("red",))), usual(Scope())
    assert before == whole
    put(settings, store, embedder, tmp_path, "blue", "rare turtle", "the turtle")
    assert usual(Scope(allowed=("red",))) == before
    assert usual(Scope()) != whole


def test_one_who_may_see_all_gets_the_scores_of_the_whole(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    put(settings, store, embedder, tmp_path, "red", "the battery is rare", "a turtle", "many other words stand here")
    put(
        settings,
        store,
        embedder,
        tmp_path,
        "blue",
        "the turtle and the turtle and the battery",
        "another rare one",
        "员工每年有年假",
    )
    whole = scores(settings, store, embedder, Scope())
    assert len(whole) == 6
    limited = scores(settings, store, embedder, Scope(allowed=("blue", "red")))
    assert limited.keys() == whole.keys()
    for text, values in whole.items():
        assert limited[text] == pytest.approx(values, abs=1e-6)
    words = ["battery", "rare", "turtle", "turtle", "absent"]
    assert store.limited_to(("blue", "red")).search_words(words, 3) == pytest.approx(store.search_words(words, 3))


def test_a_limited_store_is_only_ever_limited_further(store: Store) -> None:
    assert store.limited_to(None).allowed is None
    red = store.limited_to(("red", "grey"))
    assert red.limited_to(None).allowed == ("red", "grey")
    assert red.limited_to(("blue", "red")).allowed == ("red",)
    assert Scope(allowed=("red",)).within(("blue",)).allowed == ()
    assert store.limited_to(()).count_chunks() == 0
