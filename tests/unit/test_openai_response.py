"""An answer that needs no passages as the chunks of a completion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from service.events import Event, Finished, SentenceReady
from service.openai.response import Head, chunks
from youju.records import Answer, ModelNames, Sentence, Timings, Usage

SAID = Sentence(text="Hello, ask me about your documents.", markers=[], support=1.0)
ANSWER = Answer(
    answer=SAID.text, verdict="answered", form="social", confidence=1, language="en", citations=[], sentences=[SAID],
    passages=[], model=ModelNames(generator="", embedder=""), usage=Usage(), timings_ms=Timings(), request_id="",
)  # fmt: skip


async def events() -> AsyncIterator[Event]:
    yield SentenceReady(SAID, ())
    yield Finished(ANSWER)


async def sent() -> list[dict[str, Any]]:
    return [one async for one in chunks(Head("id", 0, "youju", "fp"), events(), "en", 100, include_usage=False)]


def test_a_stream_begins_with_the_role_also_where_no_passages_come_first() -> None:
    first, *others, last = asyncio.run(sent())
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(one["choices"][0]["delta"]["content"] for one in others) == SAID.text
    assert (last["form"], last["citations"], last["choices"][0]["finish_reason"]) == ("social", [], "stop")
