"""A service or a worker as `benchmarks.several_machines` starts it, with the hashing embedder and a scripted generator.

python -m benchmarks.several_machines_node serve|work     # a service prints its port
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import time

import uvicorn

from ingest.worker import stay
from service.http.app import create_app
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.errors import StoreUnusable
from youju.index.opening import open_index
from youju.index.protocols import Jobs
from youju.settings import Settings, load_settings

EMBEDDER = HashingEmbedder()


class Elsewhere:
    """No worker of the service's own."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...

    def trouble(self) -> str | None:
        return None


def main(what: str) -> None:
    settings = load_settings(reader="similarity", strictness="off", require_keys=True)
    logging.basicConfig(level=logging.ERROR)
    while what == "work":
        with contextlib.suppress(StoreUnusable):  # the server is away as it starts: whoever started it does so again
            stay(settings, open_index(settings).store, lambda: EMBEDDER)
        time.sleep(1.0)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    app = create_app(settings, EMBEDDER, ScriptedGenerator("It is so [1]."), Elsewhere)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
