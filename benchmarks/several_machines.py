"""Services and workers over one PostgreSQL, on loopback: how workers share files, and a mixed load with kills.

    python -m benchmarks.several_machines share --files 400
    python -m benchmarks.several_machines load --minutes 10 --kills 20 --crashes 2

`share`: one upload of so many files for 1, 2 and 4 workers. `load`: two services and two workers; clients with keys for one
collection each search, ask, upload, look for it on the other service and delete it again, while workers are killed and the
server is crashed. Wrong is: another answer than the right one or 503, 503 when no server was away, a passage of another's
collection, a document that is not found once its job is done or found once it is deleted, a file that is not done once.
Embedder and generator are fakes: what is measured is what lies between the machines.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from benchmarks.several_machines_node import EMBEDDER
from tests.postgres import Server, serving
from youju.index.base.records import Source
from youju.index.base.uploads import path_of
from youju.index.opening import Index, open_index
from youju.maintenance.doctor import examine
from youju.records import Chunk, Extracted
from youju.settings import Settings

COLLECTIONS = ("north", "south")
PASSAGE = "The {word} pump of building {number} was looked after on day {number} by the crew of the {collection}."
RECOVERY = 3.0  # seconds after the server is back in which 503 is still right
AWAY, RIGHT = 503, (200, 202)


class Nodes:
    """Services and workers as processes, each with a folder of its own."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address
        self._started = 0
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, what: str) -> subprocess.Popen[str]:
        self._started += 1
        environment = {
            "YOUJU_DATABASE_URL": self._address, "YOUJU_DATA_DIR": str(self._folder / str(self._started)),
            "PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin",
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.several_machines_node", what]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        return process

    def service(self) -> str:
        process = self.start("serve")
        assert process.stdout is not None
        return f"http://127.0.0.1:{int(process.stdout.readline())}"

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextlib.contextmanager
def machines(options: tuple[str, ...] = ()) -> Iterator[tuple[Server, Index, Nodes]]:
    with serving(options) as server, tempfile.TemporaryDirectory() as name:
        address = server.create("machines")
        index = open_index(Settings(data_dir=Path(name) / "0", database_url=SecretStr(address)))
        nodes = Nodes(Path(name), address)
        try:
            yield server, index, nodes
        finally:
            nodes.stop()
            index.close()


# Sharing


def share(files: int, lines: int) -> None:
    for count in (1, 2, 4):
        with machines() as (_, index, nodes):
            workers = [nodes.start("work") for _ in range(count)]
            wait_for(index.jobs.is_attended)
            time.sleep(3.0)  # until all have started
            folder = index.jobs.new_folder()
            names = [f"{number}.txt" for number in range(files)]
            for number, name in enumerate(names):
                text = "\n\n".join(
                    " ".join(f"word{n}" for n in range(number + line, number + line + 80)) for line in range(lines)
                )
                path_of(folder, number, name).write_text(text)
            began = time.monotonic()
            job = index.jobs.submit(folder, "default", names)
            while index.jobs.get(job.id).finished_at is None:
                time.sleep(0.1)
            seconds = time.monotonic() - began
            states = Counter(file.state for file in index.jobs.get(job.id).files)
            chunks = index.store.count_chunks()
            print(f"{count} workers: {files} files, {chunks} chunks in {seconds:.1f} s, {dict(states)}", flush=True)
            assert len(workers) == count


def wait_for(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.1)


# Load


class Load:
    """Clients of two services for a while, and what they found wrong."""

    def __init__(self, index: Index, services: list[str], minutes: float) -> None:
        self.services, self._until = services, time.monotonic() + minutes * 60
        self.keys = {name: index.keys.create(name, ["ask", "ingest"], [name])[0] for name in COLLECTIONS}
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.seconds: dict[str, list[float]] = {"search": [], "ask": [], "taken in": []}
        self.wrong: list[str] = []
        self.taken_in = self.deleted = 0
        self.away: list[tuple[float, float]] = []  # since and until when the server was away
        self._guard = threading.Lock()

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self._until

    def fill(self, index: Index) -> None:
        """Fifty documents in each collection, so that there is something to ask for."""
        for collection in COLLECTIONS:
            for number in range(50):
                text = PASSAGE.format(word="first", number=number, collection=collection)
                place = Source(collection, f"/{collection}/{number}", f"{number}.txt", text, len(text), 1)
                chunks = [Chunk(0, len(text), text, "", "en", None)]
                vectors = EMBEDDER.embed_documents([text])
                index.store.put(place, Extracted(text, "text/plain"), "en", chunks, vectors, EMBEDDER.fingerprint)
        self.taken_in = index.store.count_documents()

    def run(self) -> None:
        jobs = [(self._search, one) for one in COLLECTIONS] + [(self._ask, one) for one in COLLECTIONS]
        jobs += [(self._upload, one) for one in COLLECTIONS]
        threads = [threading.Thread(target=what, args=(one,)) for what, one in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def request(self, collection: str, number: int, method: str, path: str, **given: Any) -> httpx.Response | None:
        """The answer, or None of one that said that the server is away."""
        headers, began = {"Authorization": f"Bearer {self.keys[collection]}"}, time.monotonic()
        response = httpx.request(
            method, self.services[number % len(self.services)] + path, headers=headers, timeout=120, trust_env=False, **given
        )
        with self._guard:
            self.statuses[f"{method} /{path.split('/')[1]}", response.status_code] += 1
            was_away = any(began < until + RECOVERY and time.monotonic() > since for since, until in self.away)
            if response.status_code not in (*RIGHT, 404) and not (response.status_code == AWAY and was_away):
                self.wrong.append(f"{method} {path}: {response.status_code} {response.text[:200]}")
        if response.status_code == AWAY:
            time.sleep(0.3)
            return None
        return response

    def _found(self, collection: str, number: int, query: str) -> list[str] | None:
        began = time.monotonic()
        response = self.request(collection, number, "POST", "/search", json={"query": query, "top_k": 20})
        if response is None or response.status_code != 200:
            return None
        self.seconds["search"].append(time.monotonic() - began)
        passages = response.json()["passages"]
        foreign = [one["uri"] for one in passages if f"the crew of the {collection}" not in one["text"]]
        if foreign:
            self.wrong.append(f"a key of {collection} found {foreign}")
        return [one["text"] for one in passages]

    def _search(self, collection: str) -> None:
        rng = random.Random(collection)
        while self.goes_on:
            self._found(collection, rng.randrange(2), f"pump of building {rng.randrange(50)}")
            time.sleep(0.05)

    def _ask(self, collection: str) -> None:
        for number in range(1 << 30):
            if not self.goes_on:
                return
            began = time.monotonic()
            body = {"question": f"Who looked after the pump of building {number % 50}?"}
            if self.request(collection, number, "POST", "/ask", json=body) is not None:
                self.seconds["ask"].append(time.monotonic() - began)
            time.sleep(0.1)

    def _upload(self, collection: str) -> None:
        for number in range(1 << 30):
            if not self.goes_on:
                return
            word = f"{collection}{number}x"
            text = PASSAGE.format(word=word, number=number, collection=collection)
            began = time.monotonic()
            sent = {"title": word, "text": text, "collection": collection}
            response = self.request(collection, number, "POST", "/documents", json=sent)
            if response is None:
                continue
            document_id = self._done(collection, number, response.json()["id"])
            self.seconds["taken in"].append(time.monotonic() - began)
            with self._guard:
                self.taken_in += 1
            found = self._found(collection, number + 1, f"{word} pump")
            if found is not None and not any(word in text for text in found):
                self.wrong.append(f"{word} is not found though its job is done")
            if number % 2:
                self._delete(collection, number, document_id, word)

    def _done(self, collection: str, number: int, job: str) -> str:
        while True:
            response = self.request(collection, number, "GET", f"/jobs/{job}")
            if response is not None and response.json()["finished_at"]:
                (file,) = response.json()["files"]
                if file["state"] != "done":
                    self.wrong.append(f"{file}")
                return str(file["document_id"])
            time.sleep(0.1)

    def _delete(self, collection: str, number: int, document_id: str, word: str) -> None:
        while self.request(collection, number, "DELETE", f"/documents/{document_id}") is None:
            pass
        with self._guard:
            self.deleted += 1
        found = self._found(collection, number + 1, f"{word} pump")
        if found is not None and any(word in text for text in found):
            self.wrong.append(f"{word} is found though it was deleted")


def disturb(server: Server, nodes: Nodes, load: Load, minutes: float, kills: int, crashes: int) -> None:
    """Kills of one of two workers, and crashes of the server, at random moments."""
    rng, workers = random.Random(1), [nodes.start("work"), nodes.start("work")]
    events = ["kill"] * kills + ["crash"] * crashes
    rng.shuffle(events)
    for event in events:
        time.sleep(minutes * 60 * 0.8 / max(1, len(events)))
        if event == "kill":
            workers.pop(rng.randrange(2)).kill()
            workers.append(nodes.start("work"))
        else:
            since = time.monotonic()
            load.away.append((since, since + 600))
            server.stop("immediate")
            time.sleep(1.0)
            server.start()
            load.away[-1] = (since, time.monotonic())


def mixed(minutes: float, kills: int, crashes: int) -> int:
    with machines() as (server, index, nodes):
        services = [nodes.service(), nodes.service()]
        for one in services:
            wait_for(partial(is_ready, one))
        load = Load(index, services, minutes)
        load.fill(index)
        disturbing = threading.Thread(target=disturb, args=(server, nodes, load, minutes, kills, crashes))
        disturbing.start()
        load.run()
        disturbing.join()
        jobs = index.jobs.latest(10_000)
        states = Counter(file.state for job in jobs for file in job.files)
        if index.store.count_documents() != load.taken_in - load.deleted:
            load.wrong.append(f"{index.store.count_documents()} documents of {load.taken_in} less {load.deleted}")
        load.wrong += [f"{one.check}: {one.problem}" for one in examine(index.store, index.settings)]
        print(f"{minutes:g} minutes, {kills} kills of workers, {crashes} crashes of the server")
        print(f"statuses: { {f'{what} {status}': count for (what, status), count in sorted(load.statuses.items())} }")
        for what, seconds in load.seconds.items():
            middle, most = np.percentile(seconds or [0.0], [50, 95]) * 1000
            print(f"{what}: median {middle:.0f} ms, 95 % {most:.0f} ms of {len(seconds)}")
        print(f"taken in {load.taken_in}, deleted {load.deleted}, files {dict(states)}")
        print(f"server away for {sum(until - since for since, until in load.away):.1f} s; wrong: {load.wrong[:10]}")
        return bool(load.wrong)


def is_ready(service: str) -> bool:
    try:
        return httpx.get(f"{service}/healthz", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("share", "load"))
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--crashes", type=int, default=2)
    options = parser.parse_args()
    if options.what == "load":
        return mixed(options.minutes, options.kills, options.crashes)
    share(options.files, options.lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
