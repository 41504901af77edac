"""A chat as OpenAI's clients send it -> a question. Knows nothing of HTTP.

The last message of the user is the question; earlier turns are its history. Messages of the roles `system`, `developer`, `tool`
and `function` are not read: the documents are the only ground of an answer, and nothing that a caller writes changes that.
Every parameter of the chat endpoint is either honoured, ignored since the answer would be right without it, or refused since
the caller would take the answer for something that it is not. The field names are those of the OpenAI API reference. What other
servers (vLLM, Ollama, llama.cpp) take besides is ignored, sampling by `top_k` too (docs/decisions/0025-parameters-of-v1.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from service.events import Ask, Turn
from service.generation import Sampling
from service.schemas import Body, DeadlineMs, Filters, Text, TopK
from youju.errors import InvalidQuestion
from youju.records import Language, Scope

HOTTEST = 2.0  # temperature
MOST_CHOICES = 128  # as OpenAI's API
EARLIER_TURNS = 50  # as many as /ask takes; those before are left out


@dataclass(frozen=True)
class OneOf:
    """Marks a field that may hold only some values; `reason` tells a caller why another one is refused."""

    accepted: tuple[Any, ...]
    reason: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"enum": list(self.accepted), "description": self.reason}

    def _check(self, value: Any) -> Any:
        if not any(type(value) is type(one) and value == one for one in self.accepted):  # True is no 1
            raise PydanticCustomError("refused", "{reason}", {"reason": self.reason})
        return value


class Sent(BaseModel):
    """What clients send back as they got it, with fields of their own and of ours: what is not known is not read."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class TextPart(Sent):
    type: Annotated[Any, OneOf(("text",), "Only parts of the type `text` can be read.")]
    text: Text


def _form(content: Any) -> str:
    return "parts" if isinstance(content, list) else "text"


Content = Annotated[
    Annotated[Text, Tag("text")] | Annotated[list[TextPart], Field(max_length=100), Tag("parts")], Discriminator(_form)
]


class UserMessage(Sent):
    role: Literal["user"]
    content: Content


class AssistantMessage(Sent):
    role: Literal["assistant"]
    content: Content | None = None


class UnreadMessage(Sent):
    """Its content is not read."""

    role: Literal["system", "developer", "tool", "function"]


ChatMessage = Annotated[UserMessage | AssistantMessage | UnreadMessage, Field(discriminator="role")]


class StreamOptions(Sent):
    include_usage: bool | None = None


Unread = Annotated[Any, Field(description="Accepted and not read.")]
NO_TOOLS = "Youju calls no tools: leave it at `auto` or `none`."


# What would narrow a question elsewhere: whoever sends it here must not take the answer for a narrowed one.
MISPLACED = {
    "collection": "the model names the collection, as `youju/NAME`",
    "filter": "it is `filters`",
    "document_ids": "it stands in `filters`",
    "uri_prefix": "it stands in `filters`",
}


class ChatRequest(Body):
    """A chat completion. Youju's own parameters are `retrieval_top_k`, `filters`, `language` and `deadline_ms`, as in
    `POST /ask`, where the first is `top_k`. Unknown ones are not read.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"model": "youju", "messages": [{"role": "user", "content": "My logger is showing E03. What does it tell me?"}]}
            ]
        },
    )

    model: Annotated[str, Field(max_length=300, description="One of `GET /v1/models`: all documents, or one collection.")]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float | None, Field(description="0 to 2; beyond, the nearer of them.")] = None
    top_p: Annotated[float | None, Field(description="0 to 1; beyond, the nearer of them.")] = None
    max_tokens: Annotated[int | None, Field(description="Below 1 as if absent.")] = None
    max_completion_tokens: Annotated[int | None, Field(description="Below 1 as if absent.")] = None
    seed: int | None = None
    n: Annotated[int | None, Field(description="So many choices, all alike: 1 to 128; beyond, the nearer of them.")] = None

    retrieval_top_k: TopK
    filters: Filters = Filters()
    language: Language | None = None
    deadline_ms: DeadlineMs = None

    logprobs: Annotated[Any, OneOf((None, False), "Youju gives no probabilities of tokens.")] = None
    top_logprobs: Annotated[Any, OneOf((None, 0), "Youju gives no probabilities of tokens.")] = None
    modalities: Annotated[Any, OneOf((None, ["text"]), "Youju answers with text only.")] = None
    audio: Annotated[Any, OneOf((None,), "Youju answers with text only.")] = None
    response_format: Annotated[Any, OneOf((None, {"type": "text"}), "Youju answers with text only.")] = None
    tool_choice: Annotated[Any, OneOf((None, "auto", "none"), NO_TOOLS)] = None
    function_call: Annotated[Any, OneOf((None, "auto", "none"), NO_TOOLS)] = None
    web_search_options: Annotated[Any, OneOf((None,), "Youju answers from its documents only, not from the web.")] = None

    top_k: Annotated[Any, Field(description="Sampling, as other servers take it: accepted and not read.")] = None
    tools: Unread = None
    functions: Unread = None
    stop: Unread = None
    user: Unread = None
    frequency_penalty: Unread = None
    logit_bias: Unread = None
    metadata: Unread = None
    moderation: Unread = None
    parallel_tool_calls: Unread = None
    prediction: Unread = None
    presence_penalty: Unread = None
    prompt_cache_key: Unread = None
    prompt_cache_options: Unread = None
    prompt_cache_retention: Unread = None
    reasoning_effort: Unread = None
    safety_identifier: Unread = None
    service_tier: Unread = None
    store: Unread = None
    verbosity: Unread = None

    @model_validator(mode="before")
    @classmethod
    def _not_misplaced(cls, sent: Any) -> Any:
        for name, reason in MISPLACED.items() if isinstance(sent, dict) else ():
            if name in sent:
                raise PydanticCustomError("misplaced", "`{name}` is not read here: {reason}", {"name": name, "reason": reason})
        return sent

    def ask(self, scope: Scope, most: int, request_id: str) -> Ask:
        """The question as the answerer takes it.

        Args:
            most: tokens that an answer may have.

        Raises:
            InvalidQuestion: no message is the user's.
        """
        question, history = split(self.messages)
        return Ask(
            question=question, scope=scope, top_k=self.retrieval_top_k, language=self.language, history=tuple(history),
            sampling=self._sampling(most), deadline_ms=self.deadline_ms, request_id=request_id,
        )  # fmt: skip

    def longest(self, most: int) -> int:
        """Tokens that may be written: clients send far more than an answer needs, and would get a smaller prompt for it."""
        asked = self.max_completion_tokens or self.max_tokens or 0
        return min(asked, most) if asked > 0 else most

    @property
    def choices(self) -> int:
        """How many choices the answer is sent as."""
        return min(max(self.n or 1, 1), MOST_CHOICES)

    def _sampling(self, most: int) -> Sampling:
        # A top_p of 0 leaves only the likeliest token; generators want it above 0.
        top_p = 1.0 if self.top_p is None else min(max(self.top_p, 0.0), 1.0)
        temperature = 0.0 if self.temperature is None or top_p == 0 else min(max(self.temperature, 0.0), HOTTEST)
        seed = None if self.seed is None else self.seed % 2**32
        return Sampling(self.longest(most), temperature, top_p or 1.0, seed)


def split(messages: Sequence[UserMessage | AssistantMessage | UnreadMessage]) -> tuple[str, list[Turn]]:
    """The question, and the turns before it, oldest first. What comes after the last message of the user is not read.

    Raises:
        InvalidQuestion: no message is the user's.
    """
    turns: list[Turn] = []
    for message in messages:
        match message:
            case UserMessage():
                turns.append(Turn(_text(message.content)))
            case AssistantMessage() if turns and message.content:
                turns[-1] = Turn(turns[-1].question, f"{turns[-1].answer}\n{_text(message.content)}".strip())
    if not turns:
        raise InvalidQuestion("messages: none of them has the role `user`.", "The last message of the user is the question.")
    *before, last = turns
    return last.question, before[-EARLIER_TURNS:]


def _text(content: str | list[TextPart]) -> str:
    return content if isinstance(content, str) else "\n".join(part.text for part in content)
