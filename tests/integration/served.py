"""A service with fakes, as a program: `python -m tests.integration.served DATA_DIR`. Prints its port."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import uvicorn

from service.generation import Delta, Message, Sampling
from service.http.app import create_app
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju import logs
from youju.settings import Settings


def main(data_dir: str) -> None:
    settings = Settings(data_dir=Path(data_dir), reader="similarity", strictness="off")
    logs.configure(settings)
    listener = socket.create_server(("127.0.0.1", 0))  # whoever connects now waits for the start
    print(listener.getsockname()[1], flush=True)
    # A question that holds "forever" is never answered.
    generator = ScriptedGenerator("The battery of the T3 lasts 24 months [1].")
    held = ScriptedGenerator("", gate=asyncio.Event())

    class Sometimes(ScriptedGenerator):
        def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
            return (held if "forever" in messages[-1].content else generator).stream(messages, sampling)

    app = create_app(settings, HashingEmbedder(), Sometimes(""), ThreadWorker)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
