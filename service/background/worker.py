"""The ingest worker as the service sees it: a process that is started when there is something to do.

The service never parses or embeds documents itself, so that no file can hurt it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from typing import Protocol

from youju.errors import YoujuError
from youju.index.base.uploads import ANOTHER_WORKS
from youju.index.protocols import Jobs
from youju.settings import Settings

log = logging.getLogger("youju")
MAX_RESTARTS = 3  # in a row: a worker that dies again and again would only burn time
LET_GO_SECONDS = 5.0


class Worker(Protocol):
    """Carries out queued jobs, somewhere else."""

    def wake(self) -> None:
        """There is, or may be, something to do. Returns at once."""

    def close(self) -> None:
        """Stop. What is not done stays queued."""

    def trouble(self) -> str | None:
        """What keeps it from its work and what mends that, in one line; None if nothing does."""


class ProcessWorker:
    """`python -m ingest.worker` in a process of its own, which ends by itself when idle, and is not started where a
    `youju worker` is at work. Safe to call from several threads."""

    def __init__(self, settings: Settings, jobs: Jobs, patience: float = 5.0) -> None:
        """`patience`: seconds after which to look again when another worker is at it, of another service on the same index."""
        self._patience = patience
        self._settings = settings
        self._jobs = jobs
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._trouble: str | None = None

    def wake(self) -> None:
        with self._lock:
            if self._closed.is_set() or self._jobs.is_attended():
                return
            if self._process is not None and self._process.poll() is None:
                try:
                    assert self._process.stdin is not None
                    self._process.stdin.write(b"\n")
                    self._process.stdin.flush()
                    return
                except OSError:  # it is just ending
                    self._process.wait()
            self._start(0)

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            process = self._process
        if process is None:
            return
        process.terminate()  # every document is a transaction: nothing is half done
        try:
            process.wait(LET_GO_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def trouble(self) -> str | None:
        return self._trouble

    def _start(self, restarts: int) -> None:
        self._trouble = None if restarts == 0 else self._trouble
        # A session of its own, so that Ctrl-C reaches the service only, which then ends its worker in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.worker"],
            stdin=subprocess.PIPE, env=os.environ | self._settings.environment(), start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._watch, args=(self._process, restarts), daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes], restarts: int) -> None:
        """Start it again when it ended though something is queued: it died, was woken while it was ending, or found another
        one at work, which may end before all is done."""
        code = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        others = code == ANOTHER_WORKS
        if others:
            self._closed.wait(self._patience)
        with self._lock:
            if self._closed.is_set() or self._process is not process:
                return
            try:
                if not self._jobs.has_work():
                    return
                if restarts < MAX_RESTARTS:
                    self._start(restarts if others else restarts + 1)
                    return
                reason = f"the ingest worker ended with code {code} again and again. See the log;"
            except (YoujuError, OSError) as error:
                reason = f"the ingest worker cannot be started again ({error});"
            self._trouble = f"{reason} jobs wait until the next upload."
            log.error("%s", self._trouble)
