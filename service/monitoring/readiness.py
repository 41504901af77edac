"""Can the service answer, and what will soon keep it from its work? No part is waited for long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service.monitoring.inspection import PATIENCE, IndexState, Inspector
from service.resources import Resources
from youju.errors import EmbedderMismatch, EmptyIndex, YoujuError
from youju.maintenance.environment import disk_trouble

OK, EMPTY = "ok", "empty"  # an empty index takes uploads and says to each question what is lacking
NEEDED = ("index", "embedder", "generator", "service")  # without these no question is answered


@dataclass(frozen=True)
class Readiness:
    """`parts`: for each part `ok` (of the index also `empty`), or one line with what is wrong and what mends it. `chunks` is 0
    where it is not known."""

    parts: dict[str, str]
    chunks: int

    @property
    def ready(self) -> bool:
        return all(self.parts[name] in (OK, EMPTY) for name in NEEDED)


async def readiness(resources: Resources, inspector: Inspector) -> Readiness:
    """Ask all parts; takes at most a second and a little."""
    state, found, generator, writable = await asyncio.gather(
        _state(inspector), _found(resources, inspector), _generator(resources), _writable(inspector)
    )
    looked = isinstance(state, IndexState)
    mismatch = isinstance(found, EmbedderMismatch)
    worker = resources.worker.trouble()
    is_empty = looked and isinstance(found, EmptyIndex)
    parts = {
        "index": EMPTY if is_empty else OK if looked and (found is None or mismatch) else str(found or state),
        "embedder": str(found) if mismatch else OK,
        "generator": generator,
        "service": "it is stopping. Ask another one, or this one again when it is back." if _is_stopping(resources) else OK,
        "disk": (disk_trouble(state.free_bytes, resources.settings) or OK) if isinstance(state, IndexState) else str(state),
        "database": writable,
        "worker": worker or OK,
    }
    return Readiness(parts, state.counts.chunks if isinstance(state, IndexState) else 0)


async def _state(inspector: Inspector) -> IndexState | YoujuError:
    try:
        return await inspector.look()
    except YoujuError as error:
        return error


async def _found(resources: Resources, inspector: Inspector) -> YoujuError | None:
    try:
        await inspector.run(resources.retriever.require_ready)
    except YoujuError as error:
        return error
    return None


async def _generator(resources: Resources) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await resources.generator.check()
    except YoujuError as error:
        return str(error)
    except TimeoutError:
        return f"the generator did not answer within {PATIENCE:g} s. It hangs or is overloaded: look at it, or start it anew."
    return OK


def _is_stopping(resources: Resources) -> bool:
    return resources.admission.stopping


async def _writable(inspector: Inspector) -> str:
    try:
        return await inspector.run(inspector.write_trouble) or OK
    except YoujuError as error:
        return str(error)
