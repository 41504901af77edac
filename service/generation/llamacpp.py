"""llama.cpp in this process, through xllamacpp: its server with continuous batching and a cache of prompt prefixes.

The server listens on a free loopback port with a random key and is spoken to like any other OpenAI-style server, so that
streaming, errors and cancelling (a closed connection frees the slot, even while the prompt is read) are one code.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import xllamacpp

from service.generation.base import Delta, Message, Sampling
from service.generation.openai_compatible import OpenAICompatible
from youju.errors import GeneratorUnavailable

ADVICE = "Set YOUJU_GENERATOR_MODEL to another GGUF file, or run `youju models prepare`."
READ_AT_ONCE = 128  # tokens of a prompt; a request that was left ends only between two such pieces
LIKELY = 200  # first tokens that `weigh` looks at
QUIET = -1  # llama.cpp's log level for nothing but failures


class LlamaCpp:
    """A `Generator` that runs a GGUF file on the cores (or the GPU, with such a wheel) of this machine."""

    def __init__(self, model: Path, context_tokens: int, threads: int, timeout: float = 120.0, slots: int = 1) -> None:
        """
        Raises:
            GeneratorUnavailable: the file is not a model that llama.cpp can load.
        """
        self.name = model.stem
        self.context_tokens = context_tokens
        key = secrets.token_urlsafe(24)
        parameters = _parameters(model, context_tokens, threads, slots, key)
        try:
            self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise GeneratorUnavailable(f"{model.name} cannot be loaded: {error}.", ADVICE) from error
        self.address = self._server.listening_address
        self._remote = OpenAICompatible(f"{self.address}/v1", self.name, key, timeout, context_tokens, ADVICE, LIKELY)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        return self._remote.stream(messages, sampling)

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        return await self._remote.weigh(messages, words)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Exact, by the model's own tokenizer."""
        return [await self._count(text) for text in texts]  # in turn: each connection holds a thread of its server

    async def check(self) -> None:
        await self._remote.check()

    async def close(self) -> None:
        await self._remote.close()

    async def _count(self, text: str) -> int:
        parts = urlsplit(self.address)
        with self._remote.translated_errors():
            response = await self._remote.client.post(f"{parts.scheme}://{parts.netloc}/tokenize", json={"content": text})
            if response.is_error:
                raise GeneratorUnavailable(f"llama.cpp cannot count tokens ({response.status_code}).", ADVICE)
            return len(response.json()["tokens"])


def has_gpu() -> bool:
    """Whether this wheel of xllamacpp sees a GPU that it can use."""
    return any("GPU" in str(device["type"]) for device in xllamacpp.get_device_info())


def _parameters(model: Path, context_tokens: int, threads: int, slots: int, key: str) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = context_tokens * slots
    parameters.n_parallel = slots
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_batch = parameters.n_ubatch = READ_AT_ONCE
    parameters.cache_ram_mib = 0  # prefixes stay in their slot; copies of other conversations would only cost memory
    # Read, not mapped: the weights are rearranged for the processor anyway, and a mapping would keep a second copy in memory.
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    parameters.verbosity = QUIET
    parameters.n_threads_http = slots + 4  # a kept-alive connection holds one; too few let a request wait five seconds
    parameters.port = 0
    parameters.ui = False
    parameters.api_keys = [key]
    return parameters
