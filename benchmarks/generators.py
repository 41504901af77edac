"""Compares what can run a GGUF file on this machine: llama.cpp and OpenVINO GenAI, one after the other, repeated.

    python benchmarks/generators.py [--model NAME] [--rounds 2] [--first] [--out generators.json]

Each engine runs in a process of its own, with an index of examples/documents. Reported, of the rounds the best and all: load,
prompt tokens a second, output tokens a second, seconds until the next answer begins after somebody left while a long prompt was
read, memory, and five whole answers. Figures of a machine that has other work are good for ratios only. `--first` also measures
a first start, which converts the model in an empty cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from ingest.pipeline import Pipeline, make_plan
from service.events import Ask
from service.generation import Generator, Message, Sampling, make_generator, prepare_generator, written
from service.resources import make_resources
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.model_files.locate import locate
from youju.settings import Settings, load_settings

ENGINES = ("llamacpp", "openvino")
EXAMPLES = Path(__file__).parent.parent / "examples"
QUESTIONS = (
    "How many measurements fit into the memory of the humidity model?",
    "My logger is showing E03. What is it trying to tell me?",
    "What may I use to wipe down the casing of the logger?",
    "员工每年有多少天年假？",
    "What does the T3 cost in 2025?",
)
WORDS = "The warranty of the pump lasts three years and covers all of its parts except seals filters and hoses".split()


def chat(words: int) -> list[Message]:
    """A prompt that was never read before."""
    return [Message("user", " ".join(random.choice(WORDS) for _ in range(words)) + ". Go on with this text.")]


async def reading(generator: Generator) -> float:
    """Prompt tokens a second."""
    began = time.perf_counter()
    last = [piece async for piece in generator.stream(chat(300), Sampling(1))][-1]
    return (last.prompt_tokens or 0) / (time.perf_counter() - began)


async def writing(generator: Generator) -> float:
    """Output tokens a second."""
    times, count = [], 0
    async for piece in generator.stream([Message("user", "Count from one to one hundred in words.")], Sampling(48)):
        times.append(time.perf_counter())
        count = piece.completion_tokens or count
    return (count - 1) / (times[-1] - times[0])


async def leaving(generator: Generator) -> tuple[float, float]:
    """Seconds until a short answer begins, undisturbed and right after a long prompt was left."""

    async def short() -> float:
        began = time.perf_counter()
        await written(generator, chat(1), Sampling(1))
        return time.perf_counter() - began

    usual = await short()
    left = asyncio.create_task(written(generator, chat(1000), Sampling(1)))
    await asyncio.wait([left], timeout=1.0)
    left.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await left
    return usual, await short()


def memory(kind: str) -> float:
    """MB of this process and its children: all that is resident, what they share counted once, or what is each one's own."""
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a short-lived one
            full = process.memory_full_info()
            total += full.pss if kind == "all" else full.uss
    return total / 1e6


async def measured(settings: Settings) -> dict[str, Any]:
    """All about the engine that the settings name, in this process."""
    before = memory("all")
    began = time.perf_counter()
    generator = make_generator(settings)
    await written(generator, chat(1), Sampling(1))
    found: dict[str, Any] = {"load_s": time.perf_counter() - began}
    found["prompt_tokens_a_second"] = max([await reading(generator) for _ in range(2)])
    found["output_tokens_a_second"] = await writing(generator)
    found["short_s"], found["leaving_s"] = await leaving(generator)
    found["memory_mb"], found["memory_of_its_own_mb"] = memory("all") - before, memory("own")
    resources = make_resources(settings, generator=generator)
    try:
        found["answers"] = []
        seconds = []
        for question in QUESTIONS:
            began = time.perf_counter()
            answer = await resources.answerer.answer(Ask(question))
            seconds.append(time.perf_counter() - began)
            found["answers"].append(f"{seconds[-1]:.1f} s {answer.verdict}: {answer.answer}")
        found["answers_s"] = sum(seconds)
        found["service_memory_mb"] = memory("all")
    finally:
        await resources.close()
    return found


def ingest(settings: Settings) -> None:
    store = Store(settings.database)
    Pipeline(settings, store, lambda: make_embedder(settings)).run(make_plan([EXAMPLES / "documents"], settings, store))
    store.close()


def first_start(settings: Settings) -> float:
    """Seconds of a conversion into an empty cache folder."""
    model = locate(settings.generator_model, "generator", settings.cache_dir)
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        prepare_generator(model, settings.model_copy(update={"cache_dir": Path(empty), "generator": "openvino"}))
        return time.perf_counter() - began


def run(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    rounds: dict[str, list[dict[str, Any]]] = {engine: [] for engine in ENGINES}
    with tempfile.TemporaryDirectory() as data:
        ingest(settings.model_copy(update={"data_dir": Path(data)}))
        for _ in range(options.rounds):
            for engine in ENGINES:
                command = [sys.executable, __file__, "--one", engine, "--data", data, "--model", settings.generator_model]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                rounds[engine].append(json.loads(done.stdout.splitlines()[-1]))
                print(engine, json.dumps(rounds[engine][-1], ensure_ascii=False), flush=True)
    report: dict[str, Any] = {"load_average": psutil.getloadavg()}
    for name in rounds["llamacpp"][0]:
        if name != "answers":
            best = min if name.endswith(("_s", "_mb")) else max
            values = {engine: best(one[name] for one in rounds[engine]) for engine in ENGINES}
            report[name] = values | {"ratio": values["openvino"] / values["llamacpp"]}
    if options.first:
        report["conversion_s"] = first_start(settings)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    settings = load_settings(
        generator_model=options.model, data_dir=options.data, generator=options.one, answer_cache=0,
        answer_seconds=3000.0, generator_timeout=1000.0,
    )  # fmt: skip
    if options.one:
        print(json.dumps(asyncio.run(measured(settings)), ensure_ascii=False))
        return
    report = run(options, settings)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    for name, value in report.items():
        print(name, value if not isinstance(value, dict) else {key: round(number, 2) for key, number in value.items()})


if __name__ == "__main__":
    main()
