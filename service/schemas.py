"""What callers send. Unknown fields are refused; numbers are finite and bounded. Answers are in `youju.records`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.events import Ask, Turn
from service.generation import Sampling
from youju.records import Language, PassageOut, Record, Scope, Timings
from youju.settings import Settings

LONGEST = 200_000  # characters of any one text; the limit of questions is a setting
TopK = Annotated[int | None, Field(None, ge=1, le=50, description="Passages retrieved; the service's setting if absent.")]
Text = Annotated[str, Field(max_length=LONGEST)]
DeadlineMs = Annotated[int | None, Field(ge=1, le=3_600_000, description="Give up after this time.")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Filters(Body):
    """Restrict the passages. Filters combine with each other."""

    document_ids: Annotated[list[str], Field(max_length=1000)] = []
    uri_prefix: Annotated[str, Field(max_length=4096, description="Start of the document's uri.")] = ""
    language: Language | None = None


class HistoryTurn(Body):
    question: Text
    answer: Text = ""


class GenerationOptions(Body):
    """Greedy by default, so that answers repeat."""

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int | None, Field(ge=1, le=4096)] = None
    seed: Annotated[int | None, Field(ge=0, le=2**32 - 1)] = None


class SearchRequest(Body):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"query": "battery life at low temperature", "top_k": 5}]}
    )

    query: Text
    collection: Annotated[str | None, Field(max_length=200)] = None
    top_k: TopK
    filters: Filters = Filters()

    def scope(self, settings: Settings) -> Scope:
        return make_scope(self.collection, self.filters, settings)


class SearchResponse(Record):
    passages: list[PassageOut]
    timings_ms: Timings


class AskRequest(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "My logger is showing E03. What is it trying to tell me?"},
                {"question": "出差回来多久之内要交报销单？", "top_k": 5, "generation": {"max_tokens": 128}},
            ]
        },
    )

    question: Annotated[Text, Field(description="In Chinese or English.")]
    collection: Annotated[str | None, Field(max_length=200, description="Unset: the service's, or all.")] = None
    top_k: TopK
    filters: Filters = Filters()
    history: Annotated[list[HistoryTurn], Field(max_length=50, description="Earlier turns, oldest first.")] = []
    stream: Annotated[bool, Field(description="Answer as an event stream.")] = False
    draft: Annotated[bool, Field(description="With `stream`: also send `token` events of the unverified draft.")] = False
    language: Annotated[Language | None, Field(description="Language of the answer; the question's if absent.")] = None
    deadline_ms: DeadlineMs = None
    generation: GenerationOptions = GenerationOptions()

    def ask(self, settings: Settings, request_id: str) -> Ask:
        """The question as the answerer takes it."""
        options = self.generation
        return Ask(
            question=self.question,
            scope=make_scope(self.collection, self.filters, settings),
            top_k=self.top_k,
            language=self.language,
            history=tuple(Turn(turn.question, turn.answer) for turn in self.history),
            sampling=Sampling(options.max_tokens or settings.max_tokens or 0, options.temperature, options.top_p, options.seed),
            deadline_ms=self.deadline_ms,
            request_id=request_id,
        )


def make_scope(collection: str | None, filters: Filters, settings: Settings) -> Scope:
    """What a request may see: its own collection, or else the one that is set."""
    return Scope(collection or settings.collection, tuple(filters.document_ids), filters.uri_prefix, filters.language)
