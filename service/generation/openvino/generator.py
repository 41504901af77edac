"""The `Generator` over OpenVINO GenAI: chats become tokens here, the engine's process computes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from service.generation.base import Delta, Message, Sampling
from service.generation.openvino.channel import Answer, Engine
from service.generation.openvino.conversion import converted, special_tokens
from service.generation.openvino.tokens import Tokens, Writing
from youju.errors import GeneratorUnavailable
from youju.model_files.locate import Progress, no_progress

ADVICE = "Set YOUJU_GENERATOR to llamacpp, or YOUJU_GENERATOR_MODEL to another GGUF file."


class OpenVino:
    """A `Generator` that runs a GGUF file on the cores of this machine. The prefix that prompts share is read once."""

    def __init__(
        self, model: Path, cache_dir: Path, context_tokens: int, threads: int, timeout: float = 120.0, slots: int = 1,
        progress: Progress = no_progress,
    ) -> None:  # fmt: skip
        """
        Raises:
            GeneratorUnavailable: the file is not a model that OpenVINO GenAI can run.
        """
        self.name = model.stem  # as with llama.cpp: it is the same model
        self.context_tokens = context_tokens
        self._timeout = timeout
        try:
            folder = converted(model, cache_dir, progress)
            self._tokens = Tokens(folder, special_tokens(folder))
            ends = json.dumps(self._tokens.ends)
            self._arguments = [str(folder), str(context_tokens), str(slots), str(threads), ends]
            self._engine = Engine(self._arguments)
        except (OSError, ValueError, RuntimeError) as error:
            raise GeneratorUnavailable(f"{model.name} cannot be loaded: {error}.", ADVICE) from error
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int:
        """The process that holds the model."""
        return self._engine.pid

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        prompt = await self._prompt(messages)
        request = {
            "do": "write", "prompt": prompt, "most": min(sampling.max_tokens, self.context_tokens - len(prompt)),
            "temperature": sampling.temperature, "top_p": sampling.top_p,
            "seed": secrets.randbits(32) if sampling.seed is None else sampling.seed % (1 << 32),
        }  # fmt: skip
        writing = Writing(self._tokens)
        async with contextlib.aclosing(self._answers(request)) as answers:
            async for answer in answers:
                text = writing.add(answer["tokens"]) if "tokens" in answer else writing.rest()
                if text:
                    yield Delta(text)
        yield Delta("", len(prompt), writing.count)

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        """Exact. The prompt is read for the first word; the others find it read."""
        request = {"do": "weigh", "prompt": await self._prompt(messages), "words": list(words)}
        async with contextlib.aclosing(self._answers(request)) as answers:
            async for answer in answers:
                return [float(weight) for weight in answer["weights"]]
        return None

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Exact, by the model's own tokenizer."""
        return await asyncio.to_thread(lambda: [len(self._tokens.of_text(text)) for text in texts])

    async def check(self) -> None:
        if not self._engine.is_alive:
            raise GeneratorUnavailable(f"the generator's process ended: {self._engine.last_words}.", ADVICE)

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.close)

    async def _prompt(self, messages: Sequence[Message]) -> list[int]:
        prompt = await asyncio.to_thread(self._tokens.of_chat, messages)
        if len(prompt) >= self.context_tokens:
            raise GeneratorUnavailable(
                f"the prompt has {len(prompt)} tokens; the generator has room for {self.context_tokens}.",
                "Shorten it, or raise YOUJU_GENERATOR_CONTEXT.",
            )
        return prompt

    async def _answers(self, request: Answer) -> AsyncGenerator[Answer]:
        """
        Raises:
            GeneratorUnavailable: it failed, or gave no sign of life in time.
        """
        engine = await self._running()
        try:
            async with contextlib.aclosing(engine.ask(request, self._timeout)) as answers:
                async for answer in answers:
                    if error := answer.get("error"):
                        raise GeneratorUnavailable(f"the generator failed: {error}.", ADVICE)
                    yield answer
        except TimeoutError as error:
            raise GeneratorUnavailable(f"the generator has written nothing for {self._timeout:g} s.", ADVICE) from error

    async def _running(self) -> Engine:
        """The engine; started anew if its process ended, by want of memory say."""
        if not self._engine.is_alive:
            async with self._starting:
                if not self._engine.is_alive:
                    try:
                        self._engine = await asyncio.to_thread(Engine, self._arguments)
                    except (ChildProcessError, OSError) as error:
                        raise GeneratorUnavailable(f"the generator's process ended: {error}.", ADVICE) from error
        return self._engine
