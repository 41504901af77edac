"""Any server with an OpenAI-style chat endpoint: vLLM, Ollama, llama-server and others, over httpx."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any

import httpx

from service.generation.base import Delta, Message, Sampling
from youju.errors import GeneratorUnavailable
from youju.language import HAN_CHARACTER

ADVICE = "Check that the server runs and that YOUJU_GENERATOR_URL and YOUJU_GENERATOR_MODEL are right."


class OpenAICompatible:
    """A `Generator` over `POST {base}/chat/completions`."""

    def __init__(
        self, base_url: str, model: str, api_key: str = "", timeout: float = 120.0, context_tokens: int = 4096,
        advice: str = ADVICE,
    ) -> None:  # fmt: skip
        """
        Args:
            base_url: with the version, as in `http://127.0.0.1:8080/v1`.
            timeout: seconds without a sign of life after which the server counts as down.

        Raises:
            GeneratorUnavailable: the address is none.
        """
        self.name = model
        self.context_tokens = context_tokens
        self._advice = advice
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            self.client = httpx.AsyncClient(
                base_url=base_url.rstrip("/"), headers=headers, timeout=httpx.Timeout(timeout, connect=5.0), trust_env=False
            )
        except httpx.InvalidURL as error:
            raise GeneratorUnavailable(f"{base_url!r} is no address ({error}).", advice) from error

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        usage: dict[str, Any] = {}
        with self.translated_errors():
            async with self.client.stream("POST", "/chat/completions", json=body) as response:
                if response.is_error:
                    await response.aread()
                    raise GeneratorUnavailable(self._complaint(response), self._advice)
                async for event in _events(response):
                    usage = event.get("usage") or usage
                    if "error" in event:
                        raise GeneratorUnavailable(f"the generator failed: {event['error']}.", self._advice)
                    for choice in event.get("choices", []):
                        if text := (choice.get("delta") or {}).get("content"):
                            yield Delta(text)
        yield Delta("", usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0))

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An upper estimate, for servers that do not count: no tokenizer in use needs more for Chinese or English."""
        return [_estimate(text) for text in texts]

    async def check(self) -> None:
        with self.translated_errors():
            response = await self.client.get("/models")
            if response.is_error:
                raise GeneratorUnavailable(self._complaint(response), self._advice)

    async def close(self) -> None:
        await self.client.aclose()

    def _complaint(self, response: httpx.Response) -> str:
        text = " ".join(response.text.split())[:200]
        return f"the generator at {self.client.base_url} answered {response.status_code}: {text}"

    @contextlib.contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn what httpx raises into GeneratorUnavailable."""
        try:
            yield
        except (httpx.HTTPError, ValueError) as error:
            what = str(error) or type(error).__name__
            raise GeneratorUnavailable(
                f"the generator at {self.client.base_url} does not answer: {what}.", self._advice
            ) from error


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of an event stream, up to `[DONE]`.

    Raises:
        ValueError: an event is no JSON object, or the stream ends before `[DONE]`.
    """
    async for line in _lines(response):
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        event = json.loads(data)
        if not isinstance(event, dict):
            raise ValueError("it sent an event that is no object")
        yield event
    raise ValueError("the stream broke off")


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """Lines as event streams have them. httpx's own also end at U+2028 and its like, which stand unescaped in JSON."""
    rest = ""
    try:
        async for piece in response.aiter_text():
            *lines, rest = (rest + piece).split("\n")
            for line in lines:
                yield line.removesuffix("\r")
    except (httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise ValueError("the stream broke off") from error
    if rest:
        yield rest


def _estimate(text: str) -> int:
    han = len(HAN_CHARACTER.findall(text))
    return han + (len(text) - han + 2) // 3
