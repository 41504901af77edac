"""Prompts that chat front ends send besides the user's questions, in the wording of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.events import Turn
from service.http.app import create_app
from service.openai.tasks import task_of
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.index.sqlite.store import Store
from youju.settings import Settings

HISTORY = """### Chat History:
<chat_history>
USER: How long does the battery of the T3 last?
ASSISTANT: The battery of the T3 lasts 24 months [1].

Sources:
- [1] manual.txt, page 2
</chat_history>"""
OPEN_WEBUI = {
    "title": f"""### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: {{ "title": "your concise title here" }}
{HISTORY}""",
    "tags": f"""### Task:
Generate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 more specific subtopic tags.
### Output:
JSON format: {{ "tags": ["tag1", "tag2", "tag3"] }}
{HISTORY}""",
    "follow_ups": f"""### Task:
Suggest 3-5 relevant follow-up questions or prompts that the user might naturally ask next in this conversation.
### Output:
JSON format: {{ "follow_ups": ["Question 1?", "Question 2?", "Question 3?"] }}
{HISTORY}""",
    "queries": f"""### Task:
Analyze the chat history to determine the necessity of generating search queries, in the given language.
### Output:
JSON format: {{ "queries": ["query1", "query2"] }}
{HISTORY}""",
}
EXPECTED: dict[str, Any] = {
    "title": "Battery of the T3 Last",
    "tags": ["Battery", "T3", "Last"],
    "follow_ups": [
        "Which documents mention “Battery of the T3 Last”?", "Summarise “manual.txt”.", "Which documents are there?"
    ],
    "queries": [],
}  # fmt: skip
LIBRE_CHAT = """Provide a concise, 5-word-or-less title for the conversation, using its same language, with no punctuation.

Conversation:
User: 员工每年有几天年假？
AI: 十五天。"""


@pytest.fixture
def generator() -> ScriptedGenerator:
    return ScriptedGenerator("The battery of the T3 lasts 24 months [1].")


@pytest.fixture
def client(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, generator: ScriptedGenerator
) -> Iterator[TestClient]:
    ingest_files({"manual.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, generator)) as opened:
        yield opened


def said(client: TestClient, *messages: tuple[str, str]) -> str:
    chat = [{"role": role, "content": content} for role, content in messages]
    response = client.post("/v1/chat/completions", json={"model": "youju", "messages": chat})
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["verdict"], body["citations"]) == ("answered", [])
    return str(body["choices"][0]["message"]["content"])


@pytest.mark.parametrize("kind", OPEN_WEBUI)
def test_open_webui(client: TestClient, generator: ScriptedGenerator, kind: str) -> None:
    assert json.loads(said(client, ("user", OPEN_WEBUI[kind]))) == {kind: EXPECTED[kind]}
    assert generator.prompts == []
    assert client.get("/unanswered").json()["questions"] == []


def test_a_long_conversation_is_no_question_that_is_too_long(client: TestClient) -> None:
    long = OPEN_WEBUI["title"].replace("24 months", "24 months " * 500)
    assert json.loads(said(client, ("user", long)))["title"] == EXPECTED["title"]


def test_librechat_gets_plain_text(client: TestClient, generator: ScriptedGenerator) -> None:
    assert said(client, ("user", LIBRE_CHAT)) == "员工每年有几天年假"
    assert generator.prompts == []


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        (
            "Please generate a four to five word title summarizing our conversation without any lead-in.",
            "Battery of the T3 Last",
        ),
        ("使用四到五个字直接返回这句话的简要主题，不要解释、不要标点", "Battery of the T3 Last"),
    ],
)
def test_a_title_of_the_messages_before(client: TestClient, prompt: str, title: str) -> None:
    before = [("user", "How long does the battery of the T3 last?"), ("assistant", "24 months [1].")]
    assert said(client, *before, ("user", prompt)) == title


def test_a_task_is_streamed_like_an_answer(client: TestClient) -> None:
    body = {"model": "youju", "messages": [{"role": "user", "content": OPEN_WEBUI["title"]}], "stream": True}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = [line[6:] for line in response.iter_lines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line)["choices"][0]["delta"] for line in lines[:-1]]
    assert chunks[0] == {"role": "assistant", "content": ""}
    assert json.loads("".join(chunk.get("content", "") for chunk in chunks)) == {"title": EXPECTED["title"]}


@pytest.mark.parametrize(
    "question",
    [
        "What is the title of the manual?",
        "### Task: what does the manual say of the battery?",
        "Which tags are used in the manual?",
        "Generate a title for this chat.",  # which? there is none before
        "List follow-up questions from the interview guide.",
    ],
)
def test_a_question_is_no_task(question: str) -> None:
    assert task_of(question, ()) is None
    assert task_of("What is the title of the manual?", (Turn("How long?", "24 months"),)) is None
