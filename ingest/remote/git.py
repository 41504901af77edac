"""A Git repository: the files of its newest commit, by the git program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ingest.loaders import is_supported
from ingest.remote.mirror import ADVICE, Entry, Unavailable
from ingest.remote.network import public_address
from youju.errors import InvalidRequest

SECONDS = 900  # for one command of git
# No other protocols, no programs that a repository or its server names, no redirect to a host that was not looked at.
SAFE = (
    "protocol.allow=never", "protocol.https.allow=always", "http.followRedirects=false", "core.hooksPath=/dev/null",
    "core.symlinks=false", "core.fsmonitor=false", "credential.helper=",
)  # fmt: skip


class GitRepository:
    """`git+https://host/path.git`, of another branch or tag than the default one with `#name` behind it. What an address with
    a name and a password before `@` may read is read.
    """

    def __init__(self, address: str, folder: Path, allow_private: bool) -> None:
        """
        Args:
            folder: for the copy of the repository.
        """
        self._url, _, self._reference = address.removeprefix("git+").partition("#")
        parts = urlsplit(self._url)
        self.shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._own: tuple[str, ...] = ()
        if parts.scheme == "file" and allow_private:  # of this machine
            self._own = ("protocol.file.allow=always",)
        elif parts.scheme != "https" or not parts.hostname:
            raise InvalidRequest(f"{self.shown} is no repository that is read.", "Give git+https://host/path.git.")
        else:
            public_address(parts.hostname, parts.port or 443, allow_private)
        if self._reference.startswith("-"):
            raise InvalidRequest("a branch does not begin with a hyphen.", ADVICE)
        self._program = shutil.which("git") or ""
        if not self._program:
            raise InvalidRequest("there is no git on this machine.", "Install it (`apt install git`), then run this again.")
        self._folder = folder

    def entries(self) -> Iterator[Entry]:
        if not (self._folder / "HEAD").exists():
            self._git("init", "--bare", "--quiet", str(self._folder), inside=False)
        self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--force", self._url, f"{self._reference or 'HEAD'}:refs/youju")
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", "refs/youju").split(b"\0")
        for line in filter(None, listed):
            about, _, path = line.partition(b"\t")
            mode, kind, blob = about.decode().split()
            name = path.decode("utf-8", "replace")
            if kind == "blob" and mode != "120000" and is_supported(name) and "/." not in f"/{name}":
                yield Entry(f"{self.shown}/{name}", blob)

    def fetch(self, entry: Entry, known: str, target: Path, most: int) -> tuple[str, str]:
        if int(self._git("cat-file", "-s", entry.tag)) > most:
            raise Unavailable(f"larger than {most >> 20} MiB (YOUJU_MAX_FILE_MB)")
        target.write_bytes(self._git("cat-file", "blob", entry.tag))
        return entry.tag, Path(entry.address).suffix.lower()

    def _git(self, *arguments: str, inside: bool = True) -> bytes:
        options = [part for option in (*SAFE, *self._own) for part in ("-c", option)]
        where = [f"--git-dir={self._folder}"] if inside else []
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
        try:
            # What the address holds comes behind the options, and begins with no hyphen.
            done = subprocess.run(  # noqa: S603
                [self._program, *options, *where, *arguments], env=os.environ | quiet, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise InvalidRequest(f"{self.shown} did not answer in {SECONDS} s.", ADVICE) from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").replace(self._url, self.shown).strip().splitlines() or ["no reason"]
            raise InvalidRequest(f"{self.shown} cannot be read ({said[-1]}).", ADVICE)
        return done.stdout
