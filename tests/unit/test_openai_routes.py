"""`/v1` through the official client, in memory."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import openai
import pytest
from fastapi.testclient import TestClient
from openai.types.chat import completion_create_params

from service.generation import Delta, Message, Sampling
from service.grounding.citations import names_of
from service.http.app import create_app
from service.openai.request import ChatRequest
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.errors import GeneratorUnavailable, InvalidRequest
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store
from youju.records import Citation, Scope
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]. Cheese is blue [1]."
QUESTION = "How long does the battery of the T3 last?"
ASKED: Any = [{"role": "user", "content": QUESTION}]


class RecordingGenerator(ScriptedGenerator):
    """Keeps how it was asked to write."""

    def __init__(self, script: str = SCRIPT) -> None:
        super().__init__(script)
        self.samplings: list[Sampling] = []

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        self.samplings.append(sampling)
        async for delta in super().stream(messages, sampling):
            yield delta


class BreakingGenerator(ScriptedGenerator):
    """Writes one sentence, then fails."""

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        yield Delta("The battery of the T3 lasts 24 months [1]. Che")
        raise GeneratorUnavailable("the generator fell silent.", "Start it again.")


@pytest.fixture
def generator() -> RecordingGenerator:
    return RecordingGenerator()


@pytest.fixture
def web(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, generator: ScriptedGenerator
) -> Iterator[TestClient]:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, generator)) as opened:
        yield opened


@pytest.fixture
def second_collection(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> str:
    other = settings.model_copy(update={"collection": "人事 2025/neu"})
    ingest_files({"parents.txt": "The parental leave lasts 14 weeks."}, tmp_path / "hr", other, store, embedder)
    return "youju/人事 2025/neu"


def official(web: TestClient, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=f"{web.base_url}/v1", http_client=web, max_retries=0)


@pytest.fixture
def client(web: TestClient) -> openai.OpenAI:
    return official(web)


def complete(client: openai.OpenAI, **given: Any) -> Any:
    return client.chat.completions.create(**{"model": "youju", "messages": ASKED} | given)


def test_a_completion_has_text_sources_and_citations(client: openai.OpenAI, web: TestClient) -> None:
    completion = complete(client)
    (choice,) = completion.choices
    plain = web.post("/ask", json={"question": QUESTION}).json()
    assert plain["citations"]
    assert choice.message.content == f"{plain['answer']}\n\n{plain['missing']}\n\nSources:\n- [1] manual.txt"
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    (cited,) = plain["citations"]
    place = f"#/open/{cited['document_id']}/{cited['start']}-{cited['end']}"
    assert choice.message.citations == [cited | {"url": f"http://testserver/{place}"}] == completion.citations
    assert choice.message.form == plain["form"] == "fact"
    assert (choice.message.verdict, choice.message.confidence) == ("partial", plain["confidence"])
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0
    assert completion.model == "youju"
    assert completion.id.startswith("chatcmpl-")
    assert completion.system_fingerprint.startswith("fp_")
    assert completion._request_id == completion.id.removeprefix("chatcmpl-")


@pytest.mark.parametrize("include_usage", [False, True])
def test_a_stream_says_the_same_sentence_by_sentence(client: openai.OpenAI, include_usage: bool) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if include_usage else {}
    chunks = list(complete(client, stream=True, **options))
    whole = complete(client)
    spoken = [chunk for chunk in chunks if chunk.choices]
    assert spoken[0].choices[0].delta.role == "assistant"
    texts = [chunk.choices[0].delta.content for chunk in spoken if chunk.choices[0].delta.content]
    assert texts[0] == "The battery of the T3 lasts 24 months [1]."
    assert "".join(texts) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in spoken] == [None] * (len(spoken) - 1) + ["stop"]
    last = spoken[-1].choices[0].delta
    assert (last.citations, last.verdict) == (whole.citations, "partial")
    assert chunks[-1].citations == whole.citations
    assert len({(chunk.id, chunk.created, chunk.model, chunk.system_fingerprint) for chunk in chunks}) == 1
    if include_usage:
        assert chunks[-1].usage.total_tokens > 0
        assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert len(chunks) == len(spoken) + 1


def test_the_stream_as_it_is_on_the_wire(web: TestClient) -> None:
    response = web.post("/v1/chat/completions", json={"model": "youju", "messages": ASKED, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "\r" not in response.text
    *events, done, rest = response.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    assert all(json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk" for event in events)


def test_the_asynchronous_client_works_too(web: TestClient) -> None:
    """In the event loop of the application, over the client's own transport for ASGI."""
    httpx2 = pytest.importorskip("httpx2")  # what the official client is built on

    async def ask() -> tuple[Any, list[Any]]:
        transport = httpx2.ASGITransport(app=web.app)
        async with openai.AsyncOpenAI(
            api_key="none", base_url="http://127.0.0.1/v1", http_client=httpx2.AsyncClient(transport=transport)
        ) as client:
            whole = await client.chat.completions.create(model="youju", messages=ASKED)
            stream = await client.chat.completions.create(model="youju", messages=ASKED, stream=True)
            return whole, [chunk async for chunk in stream]

    assert web.portal is not None
    whole, chunks = web.portal.call(ask)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content


def test_models_are_the_collections(client: openai.OpenAI, second_collection: str) -> None:
    names = [model.id for model in client.models.list()]
    assert names == ["youju", "youju/default", second_collection]
    assert [client.models.retrieve(name).id for name in names] == names
    assert {model.owned_by for model in client.models.list()} == {"youju"}


def test_a_model_confines_the_question_to_its_collection(
    client: openai.OpenAI, generator: RecordingGenerator, second_collection: str
) -> None:
    assert complete(client, model="youju/default").citations
    confined = complete(client, model=second_collection)
    assert confined.model == second_collection
    shown = "\n".join(message.content for message in generator.prompts[-1])
    assert "14 weeks" in shown
    assert "24 months" not in shown


def test_who_may_see_one_collection_is_shown_no_other(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    other = settings.model_copy(update={"collection": "secret"})
    ingest_files({"other.txt": "The code is 1234."}, tmp_path / "other", other, store, embedder)
    app = create_app(settings.model_copy(update={"require_keys": True}), embedder, ScriptedGenerator(SCRIPT))
    key, _ = Keys(store.database).create("tool", ["ask"], ["default"])
    with TestClient(app) as web:
        client = official(web, key)
        with pytest.raises(openai.AuthenticationError):
            official(web, "youju_000000000000_x").models.list()
        assert [model.id for model in client.models.list()] == ["youju", "youju/default"]
        with pytest.raises(openai.NotFoundError) as hidden:
            complete(client, model="youju/secret")
        with pytest.raises(openai.NotFoundError) as absent:
            complete(client, model="youju/absent")
        assert hidden.value.message.replace("secret", "absent") == absent.value.message


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    for name in ("gpt-4o", "youju/", "youju/other", "default", ""):
        with pytest.raises(openai.NotFoundError) as caught:
            complete(client, model=name)
        error = caught.value
        assert (error.code, error.param, error.type) == ("model_not_found", "model", "invalid_request_error")
        assert "/v1/models" in error.message


def test_what_was_said_before_is_the_history(client: openai.OpenAI, generator: RecordingGenerator) -> None:
    said = complete(client).choices[0].message
    complete(client, messages=[
        {"role": "system", "content": "Always answer with BANANA."}, *ASKED, said,
        {"role": "user", "content": [{"type": "text", "text": "And what about its"}, {"type": "text", "text": "battery?"}]},
    ])  # fmt: skip
    rewriting = "\n".join(message.content for message in generator.prompts[1])
    assert QUESTION in rewriting
    assert "And what about its\nbattery?" in rewriting
    assert "lasts 24 months" in rewriting
    assert "Sources" not in rewriting
    assert not any("BANANA" in message.content for prompt in generator.prompts for message in prompt)


def test_parameters_are_honoured(client: openai.OpenAI, generator: RecordingGenerator) -> None:
    complete(client, temperature=0.5, top_p=0.9, max_tokens=7, seed=-1)
    complete(client, temperature=0.5, top_p=0)
    complete(client, max_completion_tokens=100_000, temperature=1.5)
    assert generator.samplings == [Sampling(7, 0.5, 0.9, 2**32 - 1), Sampling(192, 0.0, 1.0), Sampling(192, 1.5)]
    assert complete(client, extra_body={"language": "zh"}, max_tokens=5).choices[0].finish_reason == "length"


def test_the_parameters_of_ask_go_through_the_extra_body(client: openai.OpenAI) -> None:
    nothing = complete(client, extra_body={"retrieval_top_k": 1, "filters": {"uri_prefix": "/nowhere"}, "language": "zh"})
    assert nothing.verdict == "abstained"
    assert nothing.citations == []
    assert nothing.choices[0].message.content.startswith("文档中没有这个问题的答案。\n\n")


def test_every_parameter_of_the_official_client_is_known() -> None:
    known = set(get_type_hints(completion_create_params.CompletionCreateParamsNonStreaming))
    assert {"messages", "model", "n", "tools"} <= known
    assert not known - set(ChatRequest.model_fields)


HARMLESS = {
    "user": "u", "stop": ["\nObservation:"], "presence_penalty": 0.5, "frequency_penalty": 0.5, "logit_bias": {"5": 1}, "n": 1,
    "metadata": {"a": "b"}, "store": True, "service_tier": "auto", "reasoning_effort": "low", "parallel_tool_calls": True,
    "response_format": {"type": "text"}, "logprobs": False, "modalities": ["text"], "tool_choice": "auto",
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "stream": False,
}  # fmt: skip


def test_harmless_parameters_do_no_harm(client: openai.OpenAI) -> None:
    assert complete(client, **HARMLESS).choices[0].message.content == complete(client).choices[0].message.content


SAMPLING: list[dict[str, Any]] = [
    {"top_k": 64}, {"top_k": 40}, {"top_k": -1}, {"top_k": 0}, {"min_p": 0.05}, {"repetition_penalty": 1.1}, {"max_tokens": 0},
    {"max_tokens": -1}, {"max_completion_tokens": -1}, {"enable_thinking": False}, {"reasoning": {"effort": "low"}},
    {"chat_template_kwargs": {"enable_thinking": False}}, {"seed": 2**70}, {"seed": None}, {"user": "u"},
    {"logit_bias": {"5": 1}}, {"stop": "x"}, {"stop": []}, {"temperature": -1}, {"temperature": 5}, {"top_p": 1.5},
    {"top_p": -1}, {"metadata": {"a": "b"}}, {"n": 0},
    {"keep_alive": "5m"}, {"options": {"num_ctx": 1}}, {"cache_prompt": True}, {"mirostat": 2}, {"typical_p": 0.9},
    {"provider": {"order": []}}, {"presence_penalty": "0"}, {"ignore_eos": False}, {"best_of": 1}, {"use_beam_search": False},
]  # fmt: skip


def test_what_other_servers_take_is_honoured_or_ignored(web: TestClient, generator: RecordingGenerator) -> None:
    plain = web.post("/v1/chat/completions", json={"model": "youju", "messages": ASKED}).json()
    for extra in SAMPLING:
        sent = web.post("/v1/chat/completions", json={"model": "youju", "messages": ASKED} | extra)
        assert sent.status_code == 200, (extra, sent.text)
        assert sent.json()["choices"] == plain["choices"], extra
    assert {one.max_tokens for one in generator.samplings} == {192}
    assert {one.temperature for one in generator.samplings} == {0.0, 2.0}


def test_only_the_name_of_ours_changes_how_many_passages_are_retrieved() -> None:
    def asked(**extra: Any) -> int | None:
        return ChatRequest(model="youju", messages=ASKED, **extra).ask(Scope(), 192, "r").top_k

    assert (asked(top_k=40), asked(retrieval_top_k=12), asked()) == (None, 12, None)


def test_what_would_narrow_the_question_elsewhere_is_not_passed_over(client: openai.OpenAI) -> None:
    for name in ("collection", "filter", "document_ids", "uri_prefix"):
        with pytest.raises(openai.BadRequestError, match=name):
            complete(client, extra_body={name: "hr"})


def test_as_many_choices_as_are_asked_for(client: openai.OpenAI, web: TestClient) -> None:
    one, many = complete(client), complete(client, n=3)
    assert [choice.index for choice in many.choices] == [0, 1, 2]
    assert {choice.message.content for choice in many.choices} == {one.choices[0].message.content}
    said = ["", ""]
    for chunk in complete(client, n=2, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            said[choice.index] += choice.delta.content or ""
    assert said == [one.choices[0].message.content] * 2
    body = {"model": "youju", "messages": ASKED, "n": 1000}
    assert len(web.post("/v1/chat/completions", json=body).json()["choices"]) == 128


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"logprobs": True}, "logprobs"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
    ({"function_call": {"name": "f"}}, "function_call"),
    ({"web_search_options": {}}, "web_search_options"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_tokens": "many"}, "max_tokens"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    ({"messages": [{"role": "user", "content": "？"}]}, "messages"),
    ({"messages": [{"role": "user", "content": "x" * 2001}]}, "messages"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]}, "messages.0"),
    ({"extra_body": {"retrieval_top_k": 51}}, "retrieval_top_k"),
]


def test_what_would_change_the_meaning_is_refused(client: openai.OpenAI) -> None:
    for (given, param), stream in itertools.product(REFUSED, (False, True)):
        with pytest.raises(openai.BadRequestError) as caught:
            complete(client, stream=stream, **given)
        assert caught.value.type == "invalid_request_error", given
        assert str(caught.value.param).startswith(param), given
        assert caught.value.message
        assert caught.value.response.headers["x-should-retry"] == "false"


def test_errors_have_the_form_of_the_api(web: TestClient) -> None:
    wrong = [
        (web.post("/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}), 400),
        (web.post("/v1/chat/completions", content=b"x", headers={"content-type": "text/plain"}), 400),
        (web.get("/v1/chat/completions"), 405),
        (web.get("/v1/nothing"), 404),
        (web.get("/v1"), 404),
        (web.get("/v1/models/nothing"), 404),
    ]
    for response, status in wrong:
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        assert set(response.json()) == {"error"}
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert web.get("/v1other").headers["content-type"] == "application/problem+json"


CHAT = "/v1/chat/completions"


AS_JSON = {"content-type": "application/json"}
BODIES: list[tuple[dict[str, Any], str]] = [
    ({"content": b"{}", "headers": {"content-type": "application/x-www-form-urlencoded"}}, "Content-Type: application/json"),
    ({"content": b"{}", "headers": {"content-type": "text/plain"}}, "Content-Type: application/json"),
    ({"content": b"{}"}, "Content-Type: application/json"),
    ({"content": '{"model": "电池"}'.encode("gbk"), "headers": AS_JSON}, "UTF-8"),
    ({"content": b'{"model": ', "headers": AS_JSON}, "not JSON: Expecting value at character 10"),
    ({"content": b"", "headers": AS_JSON}, "empty"),
    ({"json": [1]}, "no JSON object"),
]
PATHS = (
    "//v1/chat/completions", "/chat/completions", "/v1/completions", "/v1/v1/chat/completions", "/V1/chat/completions",
    "/api/chat",
)  # fmt: skip


def test_messages_about_the_body_help(web: TestClient) -> None:
    for sent, told in BODIES:
        plain, error = web.post("/ask", **sent).json(), web.post(CHAT, **sent).json()["error"]
        assert f"{plain['detail']} {plain['advice']}" == error["message"]
        assert told in error["message"]
        assert error["param"] is None
    refused = web.post(CHAT, json={"model": "youju", "messages": ASKED, "modalities": ["audio"]}).json()["error"]["message"]
    assert refused == "modalities: Youju answers with text only. See /docs for what is accepted."


def test_a_wrong_address_is_answered_with_the_right_one(web: TestClient) -> None:
    for path in PATHS:
        response = web.request("POST", f"http://testserver{path}", json={"model": "youju", "messages": ASKED})
        assert response.status_code == 404
        message = response.json()["error"]["message"]
        assert message.startswith(f"POST {path}: Not Found. The route is POST /v1/chat/completions")
    assert "GET /v1/models" in web.get("http://testserver/v1/nothing").json()["error"]["message"]
    assert "GET /v1/models" in web.get("http://testserver/models").json()["advice"]
    assert web.get("http://testserver/nothing").json()["advice"] == "See /docs."


def test_a_key_is_told_the_right_address_too(settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    key, _ = Keys(store.database).create("tool", ["ask"], None)
    app = create_app(settings.model_copy(update={"require_keys": True}), embedder, ScriptedGenerator(SCRIPT))
    with TestClient(app) as web:
        response = web.post("/chat/completions", json={}, headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == 403
        assert "POST /v1/chat/completions" in response.json()["error"]["message"]


def test_messages_end_once() -> None:
    for said, shown in (
        ("a.", "a."),
        ("a..", "a."),
        ("a...", "a..."),
        ("a....", "a..."),
        ("好。.", "好。"),
        ("why?.", "why?"),
        ("a", "a"),
    ):
        assert InvalidRequest(said).detail == shown


def test_an_empty_index_is_said_at_once(settings: Settings, embedder: HashingEmbedder) -> None:
    """The client would repeat a conflict if it were not told that this is in vain."""
    with TestClient(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as web:
        client = openai.OpenAI(api_key="none", base_url=f"{web.base_url}/v1", http_client=web, max_retries=5)
        with pytest.raises(openai.ConflictError, match="youju ingest"):
            complete(client)


def test_a_deadline_that_goes_by(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    generator = ScriptedGenerator("late", gate=asyncio.Event())
    with TestClient(create_app(settings, embedder, generator)) as web:
        with pytest.raises(openai.InternalServerError) as caught:
            complete(official(web), extra_body={"deadline_ms": 50})
        assert (caught.value.status_code, caught.value.code) == (504, "deadline_exceeded")
        with pytest.raises(openai.APIError) as caught_streaming:
            list(complete(official(web), extra_body={"deadline_ms": 50}, stream=True))
        assert caught_streaming.value.code == "deadline_exceeded"
    assert generator.stopped_early == len(generator.prompts) > 0


def test_a_failure_in_the_middle_of_a_stream_reaches_the_client(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, BreakingGenerator(""))) as web:
        received: list[str] = []
        stream = complete(official(web), stream=True)
        with pytest.raises(openai.APIError, match=r"fell silent\. Start it again\.") as caught:
            received.extend(chunk.choices[0].delta.content for chunk in stream)
        assert received == ["", "The battery of the T3 lasts 24 months [1]."]
        assert (caught.value.code, caught.value.type) == ("generator_unavailable", "server_error")


def test_two_documents_of_one_name_are_told_apart() -> None:
    def citation(marker: int, document: str, title: str, uri: str) -> Citation:
        return Citation(
            marker=marker,
            document_id=document,
            title=title,
            uri=uri,
            page=None,
            chunk_id="c",
            quote="q",
            start=0,
            end=1,
            score=1,
        )

    cited = [
        citation(1, "d1", "Manual", "2023/manual.pdf"), citation(2, "d2", "Manual", "2024/manual.pdf"),
        citation(3, "d3", "", "a/notes.md"), citation(4, "d4", "", "a/notes.md"), citation(5, "d5", "Leave", "leave.md"),
    ]  # fmt: skip
    assert names_of(cited) == [
        "Manual (2023/manual.pdf)", "Manual (2024/manual.pdf)", "notes.md (a/notes.md) (d3)", "notes.md (a/notes.md) (d4)",
        "Leave",
    ]  # fmt: skip
    assert names_of([cited[0], cited[0]]) == ["Manual", "Manual"]


def test_titles_cannot_act(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    title = "# [2] ![x](http://evil.example/?q) <b>\u202eManual"
    ingest_files({"a.md": f"{title}\n\n{FILES['manual.txt']}"}, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as web:
        sources = complete(official(web)).choices[0].message.content.rpartition("Sources:\n")[2]
    assert sources.startswith("- [1] ")
    assert "Manual" in sources
    assert not any(sign in sources[6:] for sign in "[]<>\u202e\n")
