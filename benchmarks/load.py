"""Load on the service over loopback, with a scripted generator: how it refuses, lets go, stops, and whether it leaks.

    python -m benchmarks.load                    # all of it; the mixed load takes 20 minutes
    python -m benchmarks.load crowd disconnects  # some of it

`crowd`: 64 questions at once on one slot and a queue of four. `disconnects`: clients that leave, 50 of each kind. `stops`: 20
SIGTERMs under load. `mixed`: searches, questions, uploads and deletions for so many minutes. The service is a process of its
own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.integration import load

SETTINGS: dict[str, Any] = {"generator_slots": 1, "queue": 4, "answer_cache": 0}
WARM_UP = 0.15  # share of the mixed load after which memory is looked at first


def figures(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.99)]
    return f"median {at[0]:.1f}, p99 {at[1]:.1f}, most {ordered[-1] * 1000:.1f} ms of {len(ordered)}"


def crowd(folder: Path, rounds: int) -> None:
    with load.service(folder, **SETTINGS) as running:
        warm = {"question": load.QUESTION}  # the first question after the start loads dictionaries
        httpx.post(f"{running.address}/ask", json=warm, timeout=60, trust_env=False).raise_for_status()
        for _ in range(rounds):
            found = asyncio.run(load.crowd(running))
            statuses = Counter(reply.status for reply in found.admitted)
            waits = sorted({reply.headers["retry-after"] for reply, _ in found.refused})
            print(f"crowd: admitted {dict(statuses)}, refused {len(found.refused)}, Retry-After {waits}")
            print(f"  429 after {figures([seconds for _, seconds in found.refused])}")
            print(f"  /healthz {figures(found.health)}", flush=True)


def disconnects(folder: Path, count: int) -> None:
    async def run(running: load.Service, kind: str) -> list[float]:
        async with running.client() as control:
            return [await load.disconnect(running, control, kind, number) for number in range(count)]

    with load.service(folder, **SETTINGS) as running:
        for kind in load.KINDS:
            print(f"disconnects, {kind}: free after {figures(asyncio.run(run(running, kind)))}", flush=True)


def stops(folder: Path, count: int) -> None:
    lost = orphans = 0
    seconds, connected, outlived = [], Counter[int](), Counter[str]()
    for number in range(count):
        with load.service(folder / str(number), 0.02, **SETTINGS) as running:
            found = asyncio.run(load.stop_under_load(running, after=number * 0.05))
        lost += found.streams.count(False)
        orphans += found.orphans
        outlived.update(found.outlived)
        seconds.append(found.seconds)
        connected.update(status for statuses in found.statuses.values() for status in statuses)
    print(f"stops: {count}, streams lost {lost} of {count * 3}, orphans {orphans}, ended after {figures(seconds)}")
    print(f"  children that ran on at the moment of the end, and ended by themselves: {dict(outlived)}")
    print(f"  statuses seen meanwhile (0: the port was closed already): {dict(connected)}", flush=True)


class Mixed:
    """Clients of every kind for a while."""

    def __init__(self, running: load.Service, minutes: float) -> None:
        self.running = running
        self.until = time.monotonic() + minutes * 60
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.health: list[float] = []
        self.searches: list[float] = []
        self.samples: list[tuple[float, int, int]] = []  # share of the time, bytes, descriptors
        self._seconds = minutes * 60

    async def run(self) -> None:
        async with self.running.client() as client:
            await asyncio.gather(
                *(self._search(client, number) for number in range(4)), *(self._ask(client, number) for number in range(3)),
                self._upload_and_delete(client), self._watch(client), self._measure(),
            )  # fmt: skip

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self.until

    async def _request(self, client: httpx.AsyncClient, method: str, path: str, **given: Any) -> httpx.Response:
        response = await client.request(method, path, **given)
        self.statuses[f"{method} /{path.split('/')[1]}", response.status_code] += 1
        return response

    async def _search(self, client: httpx.AsyncClient, which: int) -> None:
        for number in itertools.count():
            if not self._goes_on:
                return
            began = time.perf_counter()
            await self._request(client, "POST", "/search", json={"query": f"battery {which} {number}"})
            self.searches.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)

    async def _ask(self, client: httpx.AsyncClient, which: int) -> None:
        for number in itertools.count():
            if not self._goes_on:
                return
            await self._request(client, "POST", "/ask", json=load.body(number * 10 + which, stream=number % 2 == 0))
            await asyncio.sleep(0.05)

    async def _upload_and_delete(self, client: httpx.AsyncClient) -> None:
        for number in itertools.count():
            if not self._goes_on:
                return
            text = f"Upload {number} tells of the battery of the T{number}. It lasts {number} months. " * 5
            job = (await self._request(client, "POST", "/documents", json={"title": f"u{number}", "text": text})).json()
            while not job["finished_at"]:
                await asyncio.sleep(0.05)
                job = (await self._request(client, "GET", f"/jobs/{job['id']}")).json()
            document = job["files"][0]["document_id"]
            if document:
                await self._request(client, "DELETE", f"/documents/{document}", params={"verify": number % 50 == 0})

    async def _watch(self, client: httpx.AsyncClient) -> None:
        while self._goes_on:
            began = time.perf_counter()
            await self._request(client, "GET", "/healthz")
            self.health.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    async def _measure(self) -> None:
        process = psutil.Process(self.running.process.pid)
        while self._goes_on:
            await asyncio.sleep(min(1.0, self._seconds / 50))
            share = 1 - (self.until - time.monotonic()) / self._seconds
            self.samples.append((share, process.memory_info().rss, process.num_fds()))


def mixed(folder: Path, minutes: float) -> None:
    with load.service(folder, 0.005, **SETTINGS | {"queue": 8}) as running:
        load_ = Mixed(running, minutes)
        asyncio.run(load_.run())
    warm = [sample for sample in load_.samples if sample[0] >= WARM_UP]
    quarter = max(1, len(warm) // 4)
    first, last = warm[:quarter], warm[-quarter:]
    memory = [sum(sample[1] for sample in part) / len(part) for part in (first, last)]
    files = [max(sample[2] for sample in part) for part in (first, last)]
    print(f"mixed, {minutes:g} minutes: {sum(load_.statuses.values())} requests")
    for (route, status), count in sorted(load_.statuses.items()):
        print(f"  {route} {status}: {count}")
    print(f"  5xx: {sum(count for (_, status), count in load_.statuses.items() if status >= 500)}")
    print(f"  memory {memory[0] / 2**20:.1f} -> {memory[1] / 2**20:.1f} MiB ({memory[1] / memory[0] - 1:+.1%})")
    print(f"  descriptors {files[0]} -> {files[1]}; means of the first and the last quarter after {WARM_UP:.0%} of the time")
    print(f"  /search {figures(load_.searches)}\n  /healthz {figures(load_.health)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["crowd", "disconnects", "stops", "mixed"], help="default: all")
    parser.add_argument("--crowds", type=int, default=5)
    parser.add_argument("--disconnects", type=int, default=50, help="of each kind")
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=20.0, help="of mixed load")
    options = parser.parse_args()
    parts = {
        "crowd": lambda folder: crowd(folder, options.crowds),
        "disconnects": lambda folder: disconnects(folder, options.disconnects),
        "stops": lambda folder: stops(folder, options.stops),
        "mixed": lambda folder: mixed(folder, options.minutes),
    }
    if unknown := set(options.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.parts:
            parts[name](Path(scratch) / name)


if __name__ == "__main__":
    main()
