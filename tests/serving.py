"""The service on a loopback port, in a thread, over the example documents, with generators that need no model."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from ingest.pipeline import Pipeline, make_plan
from service.generation import Generator, Message
from service.generation.prompting import NOT_FOUND
from service.http.app import create_app
from tests.fakes import HashingEmbedder, ThreadWorker
from youju.index.sqlite.store import Store
from youju.settings import Settings
from youju.text.language import query_words, sentences, words

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "documents"
UNANSWERABLE = ("FL-D1", "丧假")  # what questions without an answer in the examples ask about


class Signalling(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


class Serving:
    """A running service. `port` 0 takes a free one."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        config = uvicorn.Config(app, port=port, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=1)
        self._server = Signalling(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        assert self._server.listens.wait(30), "the service did not start"
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self, at_once: bool = False) -> None:
        """`at_once`: open answers are cut off, as by the end of the process."""
        self._server.force_exit = at_once
        self._server.should_exit = True
        self._thread.join()


def ingest_examples(settings: Settings, folder: Path = EXAMPLES) -> None:
    """Ingest with uris as `make run` makes them."""
    store = Store(settings.database)
    try:
        place = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        Pipeline(settings, store, HashingEmbedder).run(make_plan([place], settings, store))
    finally:
        store.close()


def application(settings: Settings, generator: Generator) -> ASGIApp:
    return create_app(settings, HashingEmbedder(), generator, ThreadWorker)


def sensible(answers: dict[str, str] | None = None) -> Callable[[Sequence[Message]], str]:
    """A script: the given draft for a question, or the sentence of the passages that has most words of the question."""

    def write(messages: Sequence[Message]) -> str:
        *blocks, asked = messages[-1].content.split("\n\n")
        question = asked.partition(":" if asked.isascii() else "：")[2].strip() or asked
        for known, draft in (answers or {}).items():
            if known in messages[-1].content:
                return draft
        if any(word in asked for word in UNANSWERABLE):
            return NOT_FOUND["en"]
        text = "\n".join(block.partition("\n")[2] or block for block in blocks)
        wanted = set(query_words(question))
        found = [one for start, end in sentences(text) if len(one := " ".join(text[start:end].split())) > 12] or [text]
        return max(found, key=lambda one: len(wanted & set(words(one))))

    return write
