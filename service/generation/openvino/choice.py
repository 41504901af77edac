"""Whether OpenVINO GenAI or llama.cpp answers sooner with this model on this processor: a short test, done once.

Both read a prompt of some 900 tokens and write 40, as a usual answer takes; the better of two rounds counts, as with other work
on the machine the worse tells of that. The outcome lies in the cache folder with what was measured; another processor, version
or number of threads tests anew. Elsewhere than on an x86 processor under Linux, with a GPU that llama.cpp can use, or with a
model that OpenVINO cannot read, it is llama.cpp without a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import platform
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

from service.generation.base import Engine, Generator, Message, Sampling, written
from service.generation.llamacpp import has_gpu
from service.generation.openvino.conversion import place, version
from youju.errors import GeneratorUnavailable, StorageFull
from youju.files import atomic_write, process_lock
from youju.model_files.locate import Progress, no_progress

log = logging.getLogger("youju")
Makes = dict[Engine, Callable[[], Generator]]
WRITTEN = 40  # tokens
ROUNDS = 2
WORTH = 1.1  # so much sooner OpenVINO must be: it takes more memory and disk
FACT = "The pump of type {number} was built in {number} and carries {number} litres an hour; its seal lasts {number} days. "
TASK = "Tell from the text below, in a sentence for each pump, how long its seal lasts.\n\n"
NUMBERS = (range(101, 134), range(211, 244), range(321, 354))  # one to warm up, then one a round: no prompt comes twice


@dataclass(frozen=True)
class Outcome:
    """What the test found. `seconds` of the better round, by engine; an engine that failed or wrote nonsense has none."""

    engine: Engine
    machine: str
    seconds: dict[str, float]


def outcome(
    model: Path, cache_dir: Path, threads: int, makes: Makes, progress: Progress = no_progress,
    clock: Callable[[], float] = time.perf_counter,
) -> Outcome:  # fmt: skip
    """The outcome of the test for this model on this machine; tests if that was not done yet.

    Where the cache cannot be written (a container, say), what was found elsewhere serves: it may not be the best here.
    """
    here = machine(threads)
    if not (is_possible() and model.suffix == ".gguf"):
        return Outcome("llamacpp", here, {})
    file = place(model, cache_dir) / "choice.json"
    known = _read(file)
    if known is not None and known.machine == here:
        return known
    try:
        with process_lock(file):
            again = _read(file)  # another process may have tested meanwhile
            if again is not None and again.machine == here:
                return again
            found = compared(makes, here, progress, clock)
            with atomic_write(file) as draft:
                draft.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
            if found.engine == "llamacpp":
                shutil.rmtree(place(model, cache_dir) / version(), ignore_errors=True)  # what was made for the test
            return found
    except OSError as error:
        log.warning("the test of the generator was not done, the cache cannot be written: %s", error)
        return known or Outcome("llamacpp", here, {})


def compared(
    makes: Makes, here: str, progress: Progress = no_progress, clock: Callable[[], float] = time.perf_counter
) -> Outcome:
    """Load one after the other and measure."""
    seconds: dict[str, float] = {}
    for done, (name, make) in enumerate(makes.items()):
        progress("choosing what runs the generator", done, len(makes))
        try:
            seconds[name] = _in_a_loop_of_its_own(make, clock)
        except (GeneratorUnavailable, StorageFull) as error:
            log.info("the generator does not run on %s: %s", name, error)
    progress("choosing what runs the generator", len(makes), len(makes))
    sooner = seconds.get("openvino", float("inf")) * WORTH < seconds.get("llamacpp", float("inf"))
    return Outcome("openvino" if sooner else "llamacpp", here, seconds)


def is_possible() -> bool:
    """Whether OpenVINO GenAI can run here, and no GPU would be left idle."""
    fits = platform.system() == "Linux" and platform.machine() == "x86_64"
    return fits and util.find_spec("openvino_genai") is not None and not has_gpu()


def machine(threads: int) -> str:
    """What the outcome depends on: the processor, the threads and the versions."""
    name, flags = platform.processor() or platform.machine(), ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                flags = value
    kinds = [kind for kind in ("amx_int8", "amx_bf16", "avx512_vnni", "avx_vnni", "avx512f", "avx2") if f" {kind}" in flags]
    versions = f"OpenVINO GenAI {version() if util.find_spec('openvino_genai') else 'missing'}"
    return f"{name} with {' '.join(kinds)}, {threads} threads, {versions}, xllamacpp {metadata.version('xllamacpp')}"


def _in_a_loop_of_its_own(make: Callable[[], Generator], clock: Callable[[], float]) -> float:
    """The better round, in seconds. In a thread: the caller may stand in an event loop.

    Raises:
        GeneratorUnavailable: it cannot be loaded, failed, or does not write what it was told to.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_measured(make(), clock))).result()


async def _measured(generator: Generator, clock: Callable[[], float]) -> float:
    try:
        await _round(generator, NUMBERS[0], 1, clock)
        return round(min([await _round(generator, numbers, WRITTEN, clock) for numbers in NUMBERS[1:]]), 3)
    finally:
        await generator.close()


async def _round(generator: Generator, numbers: range, tokens: int, clock: Callable[[], float]) -> float:
    text = "".join(FACT.format(number=number) for number in numbers)
    began = clock()
    told = await written(generator, [Message("user", TASK + text)], Sampling(tokens))
    if tokens == WRITTEN and str(numbers[0]) not in told:
        raise GeneratorUnavailable(f"it wrote {told[:60]!r} when it was to tell of {numbers[0]}.", "Use another model.")
    return clock() - began


def _read(file: Path) -> Outcome | None:
    """What a former test found, wherever."""
    try:
        return Outcome(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
