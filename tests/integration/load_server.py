"""The service as `youju serve` runs it, in a process of its own, with the embedder and the generator of the fakes.

    python -m tests.integration.load_server '{"data_dir": "/tmp/x", "queue": 4}' 0.01

Settings as JSON, then the seconds between two pieces of an answer. It prints its address once it listens. `/control` tells of
the queue, and holds the generator: `PUT /control?begin=false` before the first piece, `go_on=false` after the first sentence.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence

from fastapi import FastAPI

from ingest.pipeline import Pipeline, make_plan
from service.background.worker import ProcessWorker
from service.generation import Delta, Message, Sampling
from service.http.app import create_app
from service.http.server import Server
from service.resources import Resources
from tests.conftest import EXAMPLES
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.cli.serve import listen
from youju.index.protocols import Jobs
from youju.index.sqlite.store import Store
from youju.settings import Settings

FIRST = "The battery of the T3 lasts 24 months [1]."
TEXT = "The battery of the T3 lasts 24 months. The logger is made of steel."


class PacedGenerator(ScriptedGenerator):
    def __init__(self, pause: float) -> None:
        super().__init__(f"{FIRST} The logger is made of steel [1].")
        self.pause = pause
        self.begin, self.go_on = asyncio.Event(), asyncio.Event()
        self.begin.set()
        self.go_on.set()

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        await self.begin.wait()
        written = 0
        async for piece in super().stream(messages, sampling):
            yield piece
            written += len(piece.text)
            await asyncio.sleep(self.pause)
            if written > len(FIRST) + 2:  # the sentence is seen to be whole when the next one begins
                await self.go_on.wait()


def add_control(app: FastAPI, generator: PacedGenerator) -> None:
    def state() -> dict[str, int]:
        resources: Resources = app.state.resources
        turns = resources.admission
        # Without this request itself.
        return {
            "running": turns.running,
            "waiting": turns.waiting,
            "admitted": turns.admitted,
            "open": app.state.traffic.in_progress - 1,
        }

    @app.get("/control")
    async def tell() -> dict[str, int]:
        return state()

    @app.put("/control")
    async def hold(begin: bool = True, go_on: bool = True) -> dict[str, int]:
        for event, is_free in ((generator.begin, begin), (generator.go_on, go_on)):
            event.set() if is_free else event.clear()
        return state()


class IdleWorker(ProcessWorker):
    """The real worker process, started without anything to do, beside the one in a thread that does the uploads."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        super().__init__(settings, jobs)
        super().wake()
        self._uploads = ThreadWorker(settings, jobs)

    def wake(self) -> None:
        self._uploads.wake()

    def close(self) -> None:
        self._uploads.close()
        super().close()


def main() -> None:
    settings = Settings(**{"reader": "similarity", "strictness": "off", "log_level": "warning"} | json.loads(sys.argv[1]))
    store, embedder, generator = Store(settings.database), HashingEmbedder(), PacedGenerator(float(sys.argv[2]))
    (settings.data_dir / "manual.txt").write_text(TEXT)
    paths = [settings.data_dir / "manual.txt", *sorted(EXAMPLES.glob("*.md"))]
    Pipeline(settings, store, lambda: embedder).run(make_plan(paths, settings, store))
    store.close()
    app = create_app(settings, embedder, generator, IdleWorker)
    add_control(app, generator)
    listener = listen(settings.model_copy(update={"port": 0}))
    listener.listen()  # whoever has read the address may connect, and waits for the start
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    Server(app, app.state.traffic, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
