"""Reads the event stream of a server that may send anything: bounded in time, length and memory.

Knows nothing of prompts; every complaint is a ValueError or a TimeoutError, which the generator translates.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import math
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

LINE_CHARACTERS = 1 << 20  # longest line of a stream; an event is one line of some hundred
COMPLAINT_BYTES = 4096  # read of the body of an error
MOST_TOKENS = 1 << 31  # that a server can have counted
ENDLESS = "it goes on beyond the number of tokens that was asked for"
T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """What a stream may take. `seconds` without an event that carries a choice: comments that keep a connection open are no
    sign that a model writes.
    """

    seconds: float
    max_tokens: int

    @property
    def events(self) -> int:
        """Servers send an event for each token or few characters, and some around them."""
        return 16 * self.max_tokens + 256

    @property
    def characters(self) -> int:
        """A token has about 4 in English and fewer in Chinese; no text has four times as many on average."""
        return 16 * self.max_tokens + 1024

    @property
    def received(self) -> int:
        """Characters of the stream itself, with all that stands around the text."""
        return 8192 * self.max_tokens + 2 * LINE_CHARACTERS


async def events(response: httpx.Response, bounds: Bounds) -> AsyncGenerator[dict[str, Any]]:
    """The JSON objects of an event stream, up to `[DONE]`.

    Raises:
        ValueError: it is no event stream, an event is no JSON object, it ends before `[DONE]` or goes beyond its bounds.
        TimeoutError: nothing was written for too long.
    """
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/event-stream":
        raise ValueError(f"it sent {media_type[:80] or 'something'} in place of an event stream")
    watch = _Watch(bounds)
    async with contextlib.aclosing(_pieces(response)) as pieces:
        while True:
            piece = await watch.keep(anext(pieces, None))
            if piece is None:
                raise ValueError("the stream broke off")
            for line in watch.lines(piece):
                if not line.startswith("data:"):
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    return
                event = _parsed(data)
                watch.note(event)
                yield event


def text_of(event: dict[str, Any]) -> str:
    """What an event adds to the text.

    Raises:
        ValueError: it is not made as such events are.
    """
    choices = event.get("choices") or []
    try:
        texts = [(choice.get("delta") or {}).get("content") or "" for choice in choices]
        joined = "".join(texts)
    except (AttributeError, TypeError) as error:
        raise ValueError("it sent an event that is not made as they are") from error
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half of a pair is no character


def likely_tokens(event: dict[str, Any]) -> dict[str, float]:
    """The most probable tokens at the first place that an event tells of, with their log probabilities; none if it does not.

    Raises:
        ValueError: it is not made as such events are.
    """
    try:
        told = [(choice.get("logprobs") or {}).get("content") or [] for choice in event.get("choices") or []]
        found = [one for places in told for one in (places[0].get("top_logprobs") or [] if places else [])]
        likely: dict[str, float] = {}
        for one in found:  # two tokens may have the same text: bytes that are no whole character
            likely[str(one["token"])] = max(float(one["logprob"]), likely.get(str(one["token"]), -math.inf))
    except (AttributeError, TypeError, KeyError, IndexError) as error:
        raise ValueError("it sent probabilities that are not made as they are") from error
    return {token: chance for token, chance in likely.items() if math.isfinite(chance)}


def tokens(usage: Any, name: str) -> int:
    """A count of tokens as the server tells it; 0 where it tells none that could be."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < MOST_TOKENS else 0


async def head(response: httpx.Response) -> str:
    """The beginning of a body."""
    taken = b""
    async for piece in response.aiter_raw():
        taken += piece[:COMPLAINT_BYTES]
        if len(taken) >= COMPLAINT_BYTES:
            break
    return taken[:COMPLAINT_BYTES].decode("utf-8", "replace")


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it sent an event that is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it sent an event that is no JSON ({error})") from error
    if not isinstance(event, dict):
        raise ValueError("it sent an event that is no object")
    return event


def _no_constant(name: str) -> None:
    raise ValueError(f"it sent {name}, which is no JSON")


async def _pieces(response: httpx.Response) -> AsyncGenerator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        async for piece in response.aiter_raw():
            yield decoder.decode(piece)
    except (httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise ValueError("the stream broke off") from error
    except UnicodeDecodeError as error:
        raise ValueError("it sent what is not UTF-8") from error


class _Watch:
    """Keeps a stream within its bounds, and cuts it into lines: httpx's own also end at U+2028 and its like, which stand
    unescaped in JSON.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._clock = asyncio.get_running_loop().time
        self._alive = self._clock()
        self._received = self._events = self._characters = 0
        self._begun: list[str] = []  # the parts of a line that has not ended
        self._length = 0

    async def keep(self, work: Awaitable[T]) -> T:
        """Wait for what comes next.

        Raises:
            TimeoutError: nothing was written for too long.
        """
        try:
            async with asyncio.timeout_at(self._alive + self._bounds.seconds):
                return await work
        except TimeoutError:
            raise TimeoutError(f"it has written nothing for {self._bounds.seconds:g} s") from None

    def note(self, event: dict[str, Any]) -> None:
        """Count an event.

        Raises:
            ValueError: there are too many.
        """
        if event.get("choices"):
            self._alive = self._clock()
        self._events += 1
        self._characters += len(text_of(event))
        if self._events > self._bounds.events or self._characters > self._bounds.characters:
            raise ValueError(ENDLESS)

    def lines(self, piece: str) -> list[str]:
        """The lines that end in this piece.

        Raises:
            ValueError: one is too long, or there is too much in all.
        """
        self._received += len(piece)
        if self._received > self._bounds.received:
            raise ValueError(ENDLESS)
        first, *others = piece.split("\n")
        self._length += len(first)
        if self._length > LINE_CHARACTERS:
            raise ValueError("it sent a line that does not end")
        self._begun.append(first)
        if not others:
            return []
        ended = ["".join(self._begun), *others[:-1]]
        self._begun, self._length = [others[-1]], len(others[-1])
        return [line.removesuffix("\r") for line in ended]
