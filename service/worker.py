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

from youju.jobs import Jobs
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


class ProcessWorker:
    """`python -m ingest.worker` in a process of its own, which ends by itself when idle. Safe to call from several threads."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._settings = settings
        self._jobs = jobs
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def wake(self) -> None:
        with self._lock:
            if self._closed:
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
            self._closed = True
            process = self._process
        if process is None:
            return
        process.terminate()  # every document is a transaction: nothing is half done
        try:
            process.wait(LET_GO_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self, restarts: int) -> None:
        # A session of its own, so that Ctrl-C reaches the service only, which then ends its worker in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.worker"],
            stdin=subprocess.PIPE, env=os.environ | self._settings.environment(), start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._watch, args=(self._process, restarts), daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes], restarts: int) -> None:
        """Start it again when it ended though something is queued: it died, or was woken while it was ending."""
        code = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        with self._lock:
            if self._closed or self._process is not process or self._jobs.next() is None:
                return
            if restarts == MAX_RESTARTS:
                log.error("the ingest worker ended with code %s again and again; jobs wait until the next upload", code)
                return
            self._start(restarts + 1)
