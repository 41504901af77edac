"""Speaks with the engine's process: starts it, sends requests, gives each its answers, and ends it. Knows no tokens.

Two threads of its own move the lines, so that no event loop waits for a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import queue
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO, Any

ENGINE = Path(__file__).with_name("engine.py")
Answer = dict[str, Any]
GONE: Answer = {"error": "its process ended"}


class Engine:
    """A running process. Requests may come from any event loop."""

    def __init__(self, arguments: list[str], log: IO[bytes] | None = None) -> None:
        """
        Args:
            arguments: of `engine.serve`.
            log: where the process writes what its libraries say; nowhere if not given.

        Raises:
            ChildProcessError: it ended before it was ready; the message is its last line.
        """
        self._process = subprocess.Popen(  # noqa: S603 - this Python and our own script
            command("serve", *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if log is None else log, start_new_session=True,
        )  # fmt: skip
        self._said: list[bytes] = []
        self._asked: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Queue[Answer]]] = {}
        self._numbers = itertools.count(1)
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._write, self._read, self._listen)]
        for thread in self._threads:
            thread.start()
        self._ready.wait()
        if not self.is_alive:
            self.close()
            raise ChildProcessError(self.last_words)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The last line that it said, for a message."""
        lines = b"".join(self._said).decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"its process ended with code {self._process.returncode}"

    async def ask(self, request: dict[str, Any], seconds: float) -> AsyncGenerator[Answer]:
        """The answers to a request, up to the caller's leaving, which stops the work.

        Raises:
            TimeoutError: nothing came for so long.
        """
        number = next(self._numbers)
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        with self._lock:
            self._asked[number] = asyncio.get_running_loop(), answers
        if not self.is_alive:
            answers.put_nowait(GONE)
        self._send({"id": number, **request})
        ended = False
        try:
            while not ended:
                async with asyncio.timeout(seconds):
                    answer = await answers.get()
                ended = "tokens" not in answer  # all others are the last
                yield answer
        finally:
            with self._lock:
                self._asked.pop(number, None)
            if not ended:
                self._send({"id": number, "do": "stop"})

    def close(self) -> None:
        """End the process."""
        self._out.put(None)
        self._process.kill()  # it holds nothing that would have to be put away
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, message: dict[str, Any]) -> None:
        self._out.put(json.dumps(message).encode() + b"\n")

    def _write(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone: the reader notices
            while (line := self._out.get()) is not None:
                self._process.stdin.write(line)
                self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer["id"] == 0:
                self._ready.set()
            else:
                self._give(answer["id"], answer)
        self._process.wait()
        with self._lock:
            left = list(self._asked)
        for number in left:
            self._give(number, GONE)
        self._ready.set()

    def _give(self, number: int, answer: Answer) -> None:
        with self._lock:
            loop, answers = self._asked.get(number, (None, None))
        if loop is not None and answers is not None:
            with contextlib.suppress(RuntimeError):  # the loop may be gone already
                loop.call_soon_threadsafe(answers.put_nowait, answer)

    def _listen(self) -> None:
        """Keep the end of what it says."""
        for line in self._process.stderr or ():
            self._said = [*self._said[-20:], line]


def command(*arguments: str) -> list[str]:
    """Runs the engine's script, which finds no module beside itself."""
    return [sys.executable, "-P", "-W", "ignore", str(ENGINE), *arguments]
