"""Kills of writers and of the server while documents are stored and deleted in PostgreSQL; nothing acknowledged may be lost.

    python -m benchmarks.faults.postgres --kills 30 --crashes 5

Writers store and delete documents at places of their own and say so on their standard output once it is committed. At random
moments one of them is killed and started again, or the server is crashed (`immediate`) and started again. In the end what is
there is compared with what was said last of each place: a place whose last change was not acknowledged may be in either state,
whole; nothing that was replaced or deleted may be found.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pydantic import SecretStr

from benchmarks.faults.postgres_writer import PLACES
from tests.postgres import Server, serving
from youju.index.opening import Index, open_index
from youju.maintenance.doctor import examine
from youju.settings import Settings

WRITERS = 3


class Writer:
    """A process that is killed and started again, and what it has said of each place: what may be there."""

    def __init__(self, number: int, environment: dict[str, str]) -> None:
        self.number, self._environment = number, environment
        self.possible: dict[str, set[str]] = {f"{number}-{place}.txt": {"-"} for place in range(PLACES)}
        self.said: set[str] = set()
        self.acknowledged = 0
        self.start(number)

    def start(self, seed: int) -> None:
        command = [sys.executable, "-m", "benchmarks.faults.postgres_writer", str(self.number), str(seed)]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._follow, args=(self._process,))
        self._reader.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                what, place, word = line.split()
                self.said.add(word)
                self.possible[place] = {word} if what == "done" else self.possible[place] | {word}
                self.acknowledged += what == "done"


def disturb(server: Server, writers: list[Writer], kills: int, crashes: int, rng: random.Random) -> None:
    events = ["kill"] * kills + ["crash"] * crashes
    rng.shuffle(events)
    for number, event in enumerate(events):
        wait_for(writers, rng.randint(1, 10))
        time.sleep(rng.uniform(0.0, 0.05))  # anywhere within what comes next
        if event == "kill":
            writer = rng.choice(writers)
            writer.kill()
            writer.start(1000 + number)
        else:
            server.stop("immediate")
            server.start()
    wait_for(writers, 5)
    for writer in writers:
        writer.kill()


def wait_for(writers: list[Writer], more: int) -> None:
    """Until so many more changes were acknowledged."""
    goal = sum(writer.acknowledged for writer in writers) + more
    while sum(writer.acknowledged for writer in writers) < goal:
        time.sleep(0.01)


def wrong(index: Index, writers: list[Writer]) -> list[str]:
    """What is not as it was said."""
    found = [f"{one.check}: {one.problem}" for one in examine(index.store, index.settings)]
    for writer in writers:
        for place, possible in writer.possible.items():
            held = index.store.location("default", f"/folder/{place}")
            word = "-" if held is None else index.store.text(held.document_id).split()[0]
            if word not in possible:
                found.append(f"{place} holds {word}, not one of {sorted(possible)}")
            writer.said.discard(word)
        gone = [word for word in writer.said if word != "-"]
        found += [f"{one} is still found" for one in index.store.holding(gone)]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--crashes", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with serving(options=()) as server, tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=SecretStr(server.create("faults")))
        index = open_index(settings)
        environment = {"YOUJU_DATABASE_URL": server.url("faults"), "YOUJU_DATA_DIR": folder, "PATH": "/usr/bin:/bin"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        writers = [Writer(number, environment) for number in range(WRITERS)]
        disturb(server, writers, options.kills, options.crashes, rng)
        time.sleep(1.0)  # what the killed ones were committing
        problems = wrong(index, writers)
        acknowledged, documents = sum(writer.acknowledged for writer in writers), index.store.count_documents()
        index.close()
    print(f"{options.kills} kills, {options.crashes} crashes, {acknowledged} changes, {documents} documents, wrong: {problems}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
