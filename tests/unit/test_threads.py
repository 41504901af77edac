from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from service.background.threads import LONG_WORK, Threads
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.embedding.base import Vectors
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.store import Store
from youju.settings import Settings


def test_searches_do_not_wait_for_writers(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    """More deletions and uploads than there are threads of any kind, all behind a writer that does not end."""
    ingest_files({f"{n}.txt": f"Battery {n}." for n in range(40)}, tmp_path / "d", settings, store, embedder)
    document = store.documents()[0].id

    async def run() -> None:
        app = create_app(settings, embedder, ScriptedGenerator("Battery 1 [1]."), ThreadWorker)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
        ):
            with store.database.transaction():
                blocked = [asyncio.create_task(client.delete(f"/documents/{document}")) for _ in range(40)]
                blocked += [asyncio.create_task(client.post("/documents", json={"title": "t", "text": "x"})) for _ in range(10)]
                async with asyncio.timeout(20):
                    assert (await client.post("/search", json={"query": "battery"})).status_code == 200
                    assert (await client.post("/ask", json={"question": "battery?"})).status_code == 200
                    assert (await client.get("/documents")).status_code == 200
                    assert (await client.get("/readyz")).status_code == 200
                assert not any(task.done() for task in blocked)
            assert {(await task).status_code for task in blocked} == {200, 202, 404}

    asyncio.run(run())


class HeldEmbedder(HashingEmbedder):
    """Embeds queries once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.held, self.may = threading.Event(), threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.held.set()
        assert self.may.wait(30)
        return super().embed_queries(texts)


def test_keys_are_looked_up_and_chunks_counted_while_searches_hold_all_threads(
    tmp_path: Path, settings: Settings, store: Store
) -> None:
    ingest_files({"a.txt": "Battery."}, tmp_path / "d", settings, store, HashingEmbedder())
    key, _ = Keys(store.database).create("operator", ("ask", "admin"), ("default",))
    embedder = HeldEmbedder()

    async def run() -> None:
        app = create_app(settings.model_copy(update={"require_keys": True}), embedder, ScriptedGenerator("."), ThreadWorker)
        transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {key}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client,
        ):
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
            search = asyncio.create_task(client.post("/search", json={"query": "battery"}))
            try:
                async with asyncio.timeout(20):
                    assert await Threads(1, "waits").run(embedder.held.wait, 20)
                    ready = await client.get("/readyz")
                assert (ready.status_code, ready.json()["chunks"]) == (200, 1)
                assert not search.done()
            finally:
                embedder.may.set()
            assert (await search).status_code == 200

    asyncio.run(run())


def test_long_work_runs_beside_with_its_context() -> None:
    name = contextvars.ContextVar("name", default="")

    async def run() -> None:
        work = Threads(LONG_WORK, "long-work")
        name.set("caller")
        go_on = threading.Event()
        held = [asyncio.create_task(work.run(go_on.wait)) for _ in range(LONG_WORK)]
        assert await asyncio.to_thread(name.get) == "caller"  # not behind them
        go_on.set()
        await asyncio.gather(*held)
        assert await work.run(name.get) == "caller"
        await work.close()

    asyncio.run(run())
