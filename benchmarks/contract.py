"""Does the service keep to its OpenAPI? Tries it with schemathesis, all checks, for some time; ends with 1 where it does not.

    python -m benchmarks.contract --seconds 1200

The service is a real one on loopback; the embedder, the generator and the ingest worker are those of the tests, since the
contract does not depend on what they say. `schemathesis.toml` tells how requests are made; with another seed others are.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn

from service.http.app import create_app
from tests.conftest import ROOT, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]."


class Counting:
    """Counts the statuses that leave an application, also those that schemathesis does not look at. Plain ASGI."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.statuses: Counter[int] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.statuses[message["status"]] += 1
            await send(message)

        await self._app(scope, receive, counted)


class FewUploads(ThreadWorker):
    """Carries out the first uploads only: thousands would outlast the trial."""

    left = 50

    def wake(self) -> None:
        self.left -= 1
        if self.left >= 0:
            super().wake()


def make_app(folder: Path) -> Any:
    """The application over a small index, with the parts of the tests."""
    settings = Settings(
        data_dir=folder / "data", reader="similarity", strictness="off", keep_unanswered=True, allowed_hosts="testserver"
    )
    store = Store(settings.database)
    ingest_files(FILES, folder / "documents", settings, store, HashingEmbedder())
    store.close()
    return create_app(settings, HashingEmbedder(), ScriptedGenerator(SCRIPT), FewUploads)


@contextlib.asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def tried(app: Any, given: argparse.Namespace) -> int:
    """The exit code of schemathesis."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/openapi.json"
        limit = ["--max-time", str(given.seconds)] if given.seconds else []
        # One worker: ast.parse of Python 3.11, which hypothesis uses, breaks under several threads (gh-106905).
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", url, "--checks", "all", "--workers", "1",
            "--max-examples", str(given.examples), "--continue-on-failure", *limit, *given.more,
        ]  # fmt: skip
        if given.seed is not None:
            command += ["--seed", str(given.seed)]
        async with serving(app, listener):
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
            return await process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=1200, help="0: until all examples are tried once")
    parser.add_argument("--examples", type=int, default=100, help="for each operation and phase")
    parser.add_argument("--seed", type=int)
    parser.add_argument("more", nargs="*", help="what else schemathesis is told, after --")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counting = Counting(make_app(Path(folder)))
        code = asyncio.run(tried(counting, given))
    print("statuses:", ", ".join(f"{status}: {count}" for status, count in sorted(counting.statuses.items())))
    wrong = {status for status in counting.statuses if status >= 500 and status != 504}
    return 1 if wrong else code


if __name__ == "__main__":
    sys.exit(main())
