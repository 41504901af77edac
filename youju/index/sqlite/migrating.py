"""Takes over files that earlier versions wrote, and says how it goes: whoever waits must see that something is at work."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator

import apsw

from youju.files import mib
from youju.index.sqlite.schema import FUNCTIONS, MIGRATIONS, SCHEMA_VERSION

log = logging.getLogger("youju")  # a command, where nobody sets logging up, has its warnings on standard error as they are
EVERY = 10.0  # seconds between two lines
STEPS = 10_000  # of SQLite's machine between two looks at the clock
# Seconds for each MiB, on a core of a small server: before schema 8 all passages are split into words again.
WORDS_ANEW, AS_THEY_ARE = 0.4, 0.05
FIRST_WITH_WORDS = 8


def migrate(connection: apsw.Connection, version: int) -> None:
    """Carry out every step from `version` on, in the transaction that is open."""
    for name, function in FUNCTIONS.items():
        connection.create_scalar_function(name, function)
    while version in MIGRATIONS:
        connection.execute(MIGRATIONS[version])
        version += 1
        connection.execute(f"PRAGMA user_version = {version}")


@contextlib.contextmanager
def told(
    connection: apsw.Connection, version: int, size: int, every: float = EVERY, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Say what is done to the file inside, how long it may take, and every few seconds how long it has been at work.

    Args:
        version: of its schema.
        size: of the file, in bytes.
    """
    expected = expected_seconds(version, size)
    log.warning(
        f"The index is taken over from an earlier version (schema {version}, now {SCHEMA_VERSION}; {mib(size)}): "
        f"about {expected} s. What is there stays until it is done; let it finish."
    )
    began = said = clock()

    def look() -> bool:
        nonlocal said
        if clock() - said >= every:
            said = clock()
            log.warning(f"The index is being taken over: {said - began:.0f} s so far, about {expected} s expected.")
        return False  # go on

    connection.set_progress_handler(look, STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None)
    log.warning(f"The index is taken over, in {clock() - began:.0f} s.")


def expected_seconds(version: int, size: int) -> int:
    """How long it may take, at least 1.

    Args:
        size: of the file, in bytes.
    """
    each = WORDS_ANEW if version < FIRST_WITH_WORDS else AS_THEY_ARE
    return max(1, round(each * size / (1 << 20)))
