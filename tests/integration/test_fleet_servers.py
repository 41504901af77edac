"""Two real servers of llama.cpp that are one generator, each a process of its own, and one is killed while it writes."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.generation import Message, Sampling, make_generator, written
from service.generation.fleet import Fleet
from youju.errors import GeneratorUnavailable
from youju.settings import Settings

pytestmark = pytest.mark.models

SERVER = """
import sys, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.n_ctx, parameters.n_parallel, parameters.verbosity = 2048, 2, -1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
parameters.port, parameters.ui, parameters.api_keys = 0, False, ["secret"]
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
COUNT, ASK = [Message("user", "Count from one to one thousand.")], [Message("user", "What is the capital of France?")]


@pytest.fixture
def servers(small_gguf: Path) -> Iterator[list[tuple[str, subprocess.Popen[str]]]]:
    """Their addresses and processes."""
    with contextlib.ExitStack() as running:
        started = []
        for _ in range(2):
            command = [sys.executable, "-c", SERVER, str(small_gguf)]
            process = running.enter_context(subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-3, text=True))
            running.callback(process.kill)
            started.append(process)
        yield [(f"{process.stdout.readline().strip()}/v1", process) for process in started if process.stdout]


def test_a_server_that_is_killed_while_it_writes_is_replaced_by_the_other(
    servers: list[tuple[str, subprocess.Popen[str]]],
) -> None:
    settings = Settings(
        generator="openai_compatible", generator_model="any", generator_api_key=SecretStr("secret"),
        generator_url=" ".join(address for address, _ in servers),
    )  # fmt: skip

    async def work() -> None:
        fleet = make_generator(settings)
        assert isinstance(fleet, Fleet)
        both = await asyncio.gather(*(written(fleet, ASK, Sampling(4)) for _ in range(2)))
        assert both[0] == both[1] != ""
        stream = fleet.stream(COUNT, Sampling(1500))
        assert (await anext(stream)).text
        servers[0][1].kill()  # its turn was longest ago
        with pytest.raises(GeneratorUnavailable, match=servers[0][0]):
            async for _ in stream:
                pass
        assert [await written(fleet, ASK, Sampling(4)) for _ in range(3)] == [both[0]] * 3
        await fleet.check()
        servers[1][1].kill()
        with pytest.raises(GeneratorUnavailable):
            await written(fleet, ASK, Sampling(4))
        with pytest.raises(GeneratorUnavailable):
            await fleet.check()
        await fleet.close()

    asyncio.run(work())
