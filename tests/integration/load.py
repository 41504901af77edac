"""What the tests of load and `benchmarks/load.py` share: a service in a process of its own, and clients that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.conftest import ROOT

QUESTION = "How long does the battery of the T3 last?"
KINDS = ("queued", "before the first token", "streaming", "not streaming")
State = dict[str, int]


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.address, timeout=60, trust_env=False, limits=httpx.Limits(max_connections=None, keepalive_expiry=2)
        )

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextlib.contextmanager
def service(data_dir: Path, pause: float = 0.0, **settings: Any) -> Iterator[Service]:
    """A running service; it is killed if it still runs in the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    command = [
        sys.executable,
        "-m",
        "tests.integration.load_server",
        json.dumps(settings | {"data_dir": str(data_dir)}),
        str(pause),
    ]
    log = data_dir / "service.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, log.read_text()
        running = Service(process, address)
        httpx.get(f"{address}/healthz", timeout=60, trust_env=False)  # the port is open: this waits for the start
        yield running
    finally:
        process.kill()
        process.communicate()


async def until(client: httpx.AsyncClient, holds: Callable[[State], bool], seconds: float = 30) -> float:
    """Seconds until the state of the queue is so. Another process: it has to be asked again and again."""
    began = time.perf_counter()
    async with asyncio.timeout(seconds):
        while not holds((await client.get("/control")).json()):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    return time.perf_counter() - began


def body(number: int, **fields: Any) -> dict[str, Any]:
    """Each a little different, so that none is in the cache."""
    return {"question": f"{QUESTION} ({number})"} | fields


@dataclass
class Crowd:
    """What so many clients at once were answered."""

    admitted: list[Reply] = field(default_factory=list)
    refused: list[tuple[Reply, float]] = field(default_factory=list)  # with the seconds it took
    health: list[float] = field(default_factory=list)  # seconds


async def crowd(running: Service, count: int = 64) -> Crowd:
    """So many questions at once while the generator is held; it goes on when all but those admitted have their answer.

    Over bare connections that are open before: a client library would take longer for so many than the service does.
    """
    found = Crowd()
    async with running.client() as control:
        await control.put("/control", params={"begin": False})
        watching = asyncio.create_task(_watch_health(running, found))
        connections = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(count)]

        async def ask(number: int) -> None:
            reader, writer = connections[number]
            began = time.perf_counter()
            writer.write(request("/ask", body(number)))
            answer = Reply.of(await reader.read())
            if answer.status == 429:
                found.refused.append((answer, time.perf_counter() - began))
            else:
                found.admitted.append(answer)
            writer.close()

        asks = [asyncio.create_task(ask(number)) for number in range(count)]
        await until(control, lambda state: state["admitted"] + len(found.refused) == count)
        await asyncio.sleep(0.5)  # some more looks at /healthz, while one answer is held and four wait
        await control.put("/control")
        await asyncio.gather(*asks)
        watching.cancel()
        await asyncio.wait([watching])
    return found


async def _watch_health(running: Service, found: Crowd) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        while True:
            began = time.perf_counter()
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.readuntil(b'{"status":"ok"}')
            found.health.append(time.perf_counter() - began)
            await asyncio.sleep(0.002)
    finally:
        writer.close()


@dataclass(frozen=True)
class Reply:
    """A response, read to the end of its connection."""

    status: int
    headers: dict[str, str]
    content: bytes

    @classmethod
    def of(cls, received: bytes) -> Reply:
        head, _, content = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        return cls(int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), content)

    def json(self) -> Any:
        return json.loads(self.content)


def request(path: str, content: dict[str, Any], *headers: str) -> bytes:
    """A request on a connection that is closed behind its answer."""
    sent = json.dumps(content).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(sent)}", "", ""]).encode() + sent


@contextlib.asynccontextmanager
async def leaving(
    running: Service, number: int, streaming: bool, rudely: bool
) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """Ask over a bare connection; close it in the end, or reset it `rudely`. Yields what waits for an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(request("/ask", body(number, stream=streaming)))

    async def read_until(part: bytes) -> None:
        seen = b""
        while part not in seen:
            piece = await reader.read(4096)
            assert piece, seen
            seen += piece

    try:
        yield read_until
    finally:
        if rudely:
            writer.transport.abort()
        else:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def disconnect(running: Service, control: httpx.AsyncClient, kind: str, number: int) -> float:
    """Seconds from the moment in which a client leaves until what it held is free."""
    rudely, streaming = number % 2 == 1, kind != "not streaming" and not (kind == "queued" and number % 4 >= 2)
    await control.put("/control", params={"begin": kind == "streaming", "go_on": kind != "streaming"})
    if kind == "queued":
        async with leaving(running, -1, True, False):
            await until(control, lambda state: state["running"] == 1)
            async with leaving(running, number, streaming, rudely):
                await until(control, lambda state: state["waiting"] == 1)
            seconds = await until(control, lambda state: state["admitted"] == 1)
    else:
        async with leaving(running, number, streaming, rudely) as read_until:
            if streaming:
                await read_until(b"event: sentence" if kind == "streaming" else b"event: passages")
            await until(control, lambda state: state["running"] == 1)
        seconds = await until(control, lambda state: state["running"] == 0)
    await until(control, lambda state: state["open"] == state["admitted"] == 0)
    return seconds


@dataclass
class Stop:
    """What became of a service that was told to stop under load."""

    streams: list[bool] = field(default_factory=list)  # whether each came whole to its end
    statuses: dict[str, set[int]] = field(default_factory=dict)  # of requests that came meanwhile; 0: not connected
    seconds: float = 0.0
    code: int | None = None
    outlived: list[str] = field(default_factory=list)  # children that ran on at the moment of its end
    orphans: int = 0  # that still run seconds later


async def stop_under_load(running: Service, streams: int = 3, after: float = 0.0) -> Stop:
    """SIGTERM while so many answers stream and others ask and search; `after`: seconds that it comes later than their begin."""
    found = Stop(statuses={"/ask": set(), "/search": set(), "/readyz": set()})
    children = running.children()
    names = {child.pid: " ".join(child.cmdline()[1:])[:60] for child in children}
    async with running.client() as client:
        begun = [asyncio.Event() for _ in range(streams)]

        async def stream(number: int) -> None:
            try:
                async with client.stream("POST", "/ask", json=body(number, stream=True)) as response:
                    lines = []
                    async for line in response.aiter_lines():
                        begun[number].set()
                        lines.append(line)
                found.streams.append("event: answer" in lines)
            except httpx.HTTPError:
                found.streams.append(False)

        async def meanwhile(path: str, content: dict[str, Any] | None) -> None:
            while running.process.poll() is None:
                async with running.client() as fresh:  # a connection of its own, as a new client has
                    try:
                        request = fresh.post(path, json=content) if content else fresh.get(path)
                        found.statuses[path].add((await request).status_code)
                    except httpx.TransportError:
                        found.statuses[path].add(0)
                await asyncio.sleep(0.02)

        streaming = [asyncio.create_task(stream(number)) for number in range(streams)]
        await asyncio.gather(*(event.wait() for event in begun))
        await asyncio.sleep(after)
        began = time.perf_counter()
        running.process.send_signal(signal.SIGTERM)
        await until_stopping(client)
        others = [meanwhile("/ask", body(99)), meanwhile("/search", {"query": QUESTION}), meanwhile("/readyz", None)]
        await asyncio.gather(*streaming, *others)
        found.code, found.seconds = running.process.wait(), time.perf_counter() - began
    found.outlived = [names[child.pid] for child in children if living([child])]
    psutil.wait_procs([child for child in children if living([child])], timeout=2)
    found.orphans = living(children)
    return found


def living(processes: list[psutil.Process]) -> int:
    """How many still run. Ended ones may wait for their new parent to take note."""
    return sum(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


async def until_stopping(client: httpx.AsyncClient) -> None:
    """Until the signal has arrived."""
    async with asyncio.timeout(30):
        while (await client.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.002)
