"""An answer as a chat completion, whole or in chunks. Knows nothing of HTTP.

The field names are those of the OpenAI API reference. What Youju adds (the fields of `Grounds`) stands on the message, and in a
stream on the last delta; the official client and what is built on it hand on such fields as they are. It also stands on
the completion itself and on the last chunk, where other servers that cite put it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from service.events import Event, Finished, SentenceReady
from service.grounding.citations import compose
from service.links import LinkedCitation, linked
from service.openai.text import message_text
from youju.records import Answer, Form, Language, Record, Sentence, Usage, Verdict

FinishReason = Literal["stop", "length"]


class Grounds(Record):
    """What an answer of Youju has besides its text; the fields are those of `POST /ask`, and `url` in citations."""

    citations: list[LinkedCitation] = Field(description="One for each marker in the text.")
    verdict: Verdict
    form: Form
    confidence: float
    missing: str | None
    nearest: list[LinkedCitation] = Field(
        description="What comes nearest where something has no answer; no marker stands for it."
    )


class AnswerMessage(Grounds):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(Record):
    index: int = 0
    message: AnswerMessage
    finish_reason: FinishReason = Field(description="`length`: `max_tokens` ended the draft.")
    logprobs: None = None


class ChatUsage(Record):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Grounds):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str
    choices: list[Choice]
    usage: ChatUsage


@dataclass(frozen=True)
class Head:
    """What a completion and each of its chunks begin with. `created`: seconds since 1970."""

    id: str
    created: int
    model: str
    system_fingerprint: str

    def chunk(self, delta: dict[str, Any] | None = None, finish_reason: FinishReason | None = None) -> dict[str, Any]:
        """One chunk; without a delta it has no choices."""
        choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
        return {**vars(self), "object": "chat.completion.chunk", "choices": choices}


def completion(head: Head, answer: Answer, most_tokens: int, number: int = 1, page: str | None = None) -> ChatCompletion:
    """
    Args:
        page: the address of the web page, which opens citations.
        most_tokens: the generator might write.
        number: of choices, which are all alike: writing is greedy, and what is verified is said once.
    """
    grounds = _grounds(answer, page)
    message = AnswerMessage(content=message_text(answer), **grounds)
    reason = _finish_reason(answer, most_tokens)
    choices = [Choice(index=index, message=message, finish_reason=reason) for index in range(number)]
    return ChatCompletion(**vars(head), choices=choices, usage=_usage(answer.usage), **grounds)


async def chunks(
    head: Head, events: AsyncIterator[Event], language: Language, most_tokens: int, include_usage: bool, page: str | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The chunks of a completion: the role, each verified sentence, what stands below the answer, the reason of the end.

    Args:
        language: of the answer: where sentences have a space between them.
        include_usage: one more chunk, without choices, tells of the tokens; the others say null.
        page: as in `completion`.
    """
    without_usage: dict[str, Any] = {"usage": None} if include_usage else {}
    said: list[Sentence] = []
    sent, begun = "", False
    async for event in events:
        if not begun:
            begun = True
            yield head.chunk({"role": "assistant", "content": ""}) | without_usage
        match event:
            case SentenceReady(sentence, _):
                said.append(sentence)
                text = compose(said, language)
                yield head.chunk({"content": text[len(sent) :]}) | without_usage
                sent = text
            case Finished(answer):
                whole = message_text(answer)
                if rest := whole.removeprefix(sent):
                    yield head.chunk({"content": rest}) | without_usage
                grounds = Grounds(**_grounds(answer, page)).model_dump()
                yield head.chunk(grounds, _finish_reason(answer, most_tokens)) | grounds | without_usage
                if include_usage:
                    yield head.chunk() | grounds | {"usage": _usage(answer.usage).model_dump()}


async def repeated(chunks: AsyncIterator[dict[str, Any]], number: int) -> AsyncIterator[dict[str, Any]]:
    """Each chunk once for each of a number of choices."""
    async for chunk in chunks:
        if not chunk["choices"]:
            yield chunk
            continue
        for index in range(number):
            yield chunk | {"choices": [choice | {"index": index} for choice in chunk["choices"]]}


def _grounds(answer: Answer, page: str | None) -> dict[str, Any]:
    cited = {name: linked(getattr(answer, name), page) for name in ("citations", "nearest")}
    return {name: getattr(answer, name) for name in Grounds.model_fields} | cited


def _finish_reason(answer: Answer, most_tokens: int) -> FinishReason:
    return "length" if answer.usage.completion_tokens >= most_tokens else "stop"


def _usage(usage: Usage) -> ChatUsage:
    return ChatUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
