"""Any server with an OpenAI-style chat endpoint: vLLM, Ollama, llama-server and others, over httpx.

Nothing that it sends is trusted: how its stream is read, and what bounds it, is in `streaming.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

import httpx

from service.generation.base import Delta, Message, Sampling, log_chances
from service.generation.streaming import Bounds, events, head, likely_tokens, text_of, tokens
from youju.errors import GeneratorUnavailable
from youju.text.language import HAN_CHARACTER

LIKELY_TOKENS = 20  # more are refused by OpenAI and by vLLM
CHECK_SECONDS = 5.0  # for saying whether it would answer
ADVICE = "Check that the server runs and that YOUJU_GENERATOR_URL and YOUJU_GENERATOR_MODEL are right."


class OpenAICompatible:
    """A `Generator` over `POST {base}/chat/completions`."""

    def __init__(
        self, base_url: str, model: str, api_key: str = "", timeout: float = 120.0, context_tokens: int = 4096,
        advice: str = ADVICE, likely: int = LIKELY_TOKENS,
    ) -> None:  # fmt: skip
        """
        Args:
            base_url: with the version, as in `http://127.0.0.1:8080/v1`.
            timeout: seconds without a sign of life after which the server counts as down.
            likely: of how many first tokens `weigh` asks for the probability.

        Raises:
            GeneratorUnavailable: the address is none, or the key cannot stand in a header.
        """
        if not (api_key.isascii() and api_key.isprintable()):  # a header; httpx would show the key in its message
            raise GeneratorUnavailable("YOUJU_GENERATOR_API_KEY holds letters that no key has.", "Set it anew, in one line.")
        self.name = model
        self.context_tokens = context_tokens
        self._advice = advice
        self._likely = likely
        self._timeout = timeout
        # As it is: what is compressed may be a thousand times as long.
        plain = {"Accept-Encoding": "identity"}
        headers = plain | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
        try:
            self.client = httpx.AsyncClient(
                base_url=base_url.rstrip("/"), headers=headers, timeout=httpx.Timeout(timeout, connect=5.0), trust_env=False
            )
        except httpx.InvalidURL as error:
            raise GeneratorUnavailable(f"{base_url!r} is no address ({error}).", advice) from error

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        usage: Any = None
        async with contextlib.aclosing(self._chat(messages, sampling)) as stream:
            async for event in stream:
                usage = event.get("usage") or usage
                if text := text_of(event):
                    yield Delta(text)
        yield Delta("", tokens(usage, "prompt_tokens"), tokens(usage, "completion_tokens"))

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        """From the most probable tokens that the server tells. A word that is not among them counts as the least of them."""
        likely: dict[str, float] = {}
        more = {"logprobs": True, "top_logprobs": self._likely}
        async with contextlib.aclosing(self._chat(messages, Sampling(1), more)) as stream:
            async for event in stream:
                likely = likely or likely_tokens(event)
        return log_chances(likely, words)

    async def _chat(
        self, messages: Sequence[Message], sampling: Sampling, more: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[dict[str, Any]]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
            **(more or {}),
        }
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        request = self.client.build_request("POST", "/chat/completions", json=body)
        with self.translated_errors():
            async with contextlib.aclosing(self._events(request, sampling.max_tokens)) as stream:
                async for event in stream:
                    if error := event.get("error"):
                        raise GeneratorUnavailable(f"the generator failed: {str(error)[:200]}.", self._advice)
                    yield event

    async def _events(self, request: httpx.Request, max_tokens: int) -> AsyncGenerator[dict[str, Any]]:
        async with asyncio.timeout(self._timeout):
            response = await self.client.send(request, stream=True)
        try:
            if response.is_error:
                raise GeneratorUnavailable(await self._complaint(response), self._advice)
            async with contextlib.aclosing(events(response, Bounds(self._timeout, max_tokens))) as stream:
                async for event in stream:
                    yield event
        finally:
            await response.aclose()

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An upper estimate, for servers that do not count: no tokenizer in use needs more for Chinese or English."""
        return [_estimate(text) for text in texts]

    async def check(self) -> None:
        request = self.client.build_request("GET", "/models")
        with self.translated_errors():
            async with asyncio.timeout(min(CHECK_SECONDS, self._timeout)):
                response = await self.client.send(request, stream=True)
                try:
                    if response.is_error:
                        raise GeneratorUnavailable(await self._complaint(response), self._advice)
                finally:
                    await response.aclose()

    async def close(self) -> None:
        await self.client.aclose()

    async def _complaint(self, response: httpx.Response) -> str:
        async with asyncio.timeout(self._timeout):
            text = " ".join((await head(response)).split())[:200]
        return f"the generator at {self.client.base_url} answered {response.status_code}: {text}"

    @contextlib.contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn what httpx and the reading of a stream raise into GeneratorUnavailable."""
        try:
            yield
        except (httpx.HTTPError, ValueError, TimeoutError) as error:
            what = str(error) or type(error).__name__
            raise GeneratorUnavailable(
                f"the generator at {self.client.base_url} does not answer: {what}.", self._advice
            ) from error


def _estimate(text: str) -> int:
    han = len(HAN_CHARACTER.findall(text))
    return han + (len(text) - han + 2) // 3
