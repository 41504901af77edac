"""The official clients over real HTTP on loopback, with a scripted generator."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import openai
import uvicorn
from mcp import Client

from service.generation import Delta
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.index.sqlite.store import Store
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]."
QUESTION = "How long does the battery of the T3 last?"
ASKED: Any = {"model": "youju", "messages": [{"role": "user", "content": QUESTION}]}


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The address of the application, served by uvicorn."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def test_the_official_clients(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)

    async def run() -> None:
        async with serving(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as url:
            async with openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1") as client:
                whole = await client.chat.completions.create(**ASKED)
                stream = await client.chat.completions.create(**ASKED, stream=True)
                chunks = [chunk async for chunk in stream]
                assert [model.id async for model in client.models.list()] == ["youju", "youju/default"]
            text = whole.choices[0].message.content
            assert text == f"{SCRIPT}\n\nSources:\n- [1] manual.txt"
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
            for mode in ("auto", "legacy"):
                async with Client(f"{url}/mcp", mode=mode) as assistant:
                    result = await assistant.call_tool("ask", {"question": QUESTION})
                    assert result.structured_content["answer"] == SCRIPT

    asyncio.run(run())


def test_a_sentence_arrives_before_the_rest_is_written(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """And the generator is stopped when the reader leaves."""
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)

    class Pausing(ScriptedGenerator):
        """Writes a sentence and the beginning of another, then waits for ever."""

        def __init__(self) -> None:
            super().__init__("")
            self.stopped = asyncio.Event()

        async def stream(self, messages: Any, sampling: Any) -> Any:
            try:
                yield Delta(f"{SCRIPT} It can be replaced by hand. And")
                await asyncio.Event().wait()
            finally:
                self.stopped.set()

    async def run() -> None:
        generator = Pausing()
        async with asyncio.timeout(60), serving(create_app(settings, embedder, generator)) as url:
            async with openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1") as client:
                stream = await client.chat.completions.create(**ASKED, stream=True)
                async for chunk in stream:
                    if chunk.choices[0].delta.content:
                        assert chunk.choices[0].delta.content == SCRIPT
                        break
                assert not generator.stopped.is_set()
                await stream.close()
            await asyncio.wait_for(generator.stopped.wait(), 10)

    asyncio.run(run())


def test_a_front_end_asks_for_a_title_tags_and_follow_ups_beside_questions(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """The order in which Open WebUI asks: models, question, title, tags, follow-ups, then the next question."""
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    generator = ScriptedGenerator(SCRIPT)

    def prompt(task: str, shape: str, answer: str) -> str:
        history = f"<chat_history>\nUSER: {QUESTION}\nASSISTANT: {answer}\n</chat_history>"
        return f"### Task:\n{task}\n### Output:\nJSON format: {shape}\n### Chat History:\n{history}"

    async def run() -> None:
        async with serving(create_app(settings, embedder, generator)) as url:
            async with openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1") as client:

                async def said(*messages: tuple[str, str]) -> Any:
                    chat: Any = [{"role": role, "content": content} for role, content in messages]
                    answer = await client.chat.completions.create(model=model, messages=chat)
                    return answer.choices[0].message

                model = (await client.models.list()).data[0].id
                first = (await said(("user", QUESTION))).content
                assert first.startswith(SCRIPT)
                asked = len(generator.prompts)
                title = prompt("Generate a concise, 3-5 word title with an emoji.", '{ "title": "your title" }', first)
                assert json.loads((await said(("user", title))).content) == {"title": "Battery of the T3 Last"}
                tags = prompt("Generate 1-3 broad tags categorizing the main themes.", '{ "tags": ["tag1", "tag2"] }', first)
                assert json.loads((await said(("user", tags))).content) == {"tags": ["Battery", "T3", "Last"]}
                more = prompt("Suggest 3-5 relevant follow-up questions.", '{ "follow_ups": ["Question 1?"] }', first)
                follow_ups = json.loads((await said(("user", more))).content)["follow_ups"]
                assert (len(generator.prompts), generator.weighed) == (asked, [])

                located = await said(("user", follow_ups[0]))
                assert (located.form, located.verdict) == ("locate", "answered")
                assert located.citations[0]["quote"] == "The battery of the T3 lasts 24 months."
                thanks = await said(("user", QUESTION), ("assistant", first), ("user", "Thanks!"))
                assert (thanks.form, thanks.verdict, thanks.citations) == ("social", "answered", [])
                about = await said(("user", QUESTION), ("assistant", first), ("user", "How many documents are there?"))
                assert (about.form, about.verdict, about.citations) == ("about", "answered", [])
                assert (len(generator.prompts), generator.weighed) == (asked, [])
                again = await said(("user", QUESTION), ("assistant", first), ("user", "And how long does it last in winter?"))
                assert again.content.startswith(SCRIPT)
            async with httpx.AsyncClient(base_url=url) as http:
                assert (await http.get("/unanswered")).json()["questions"] == []

    asyncio.run(run())
