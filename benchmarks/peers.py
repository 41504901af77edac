"""Youju beside a plain pipeline and beside txtai: the same questions, documents, model files and llama.cpp build, in one run.

    YOUJU_DATA_DIR=/tmp/index youju ingest /tmp/sets/xquad-en-test/documents
    YOUJU_DATA_DIR=/tmp/index python benchmarks/peers.py /tmp/sets/xquad-en-test [--count 40] [--txtai]

The plain pipeline is what most tutorials build: chunks of 300 tokens, the five nearest by similarity, one prompt, no gate and
no citations. txtai (pip install txtai, in this environment) runs its own hybrid index of whole paragraphs and its own RAG
pipeline with five of them; its text comes from the same server as that of the plain pipeline. Questions are asked in blocks
that take turns, so that a slow spell of the machine meets all alike. Only answerable questions are timed; of the
unanswerable ones (`hard`) the share that each one answers is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from service.events import Ask
from service.generation import Message, Sampling
from service.generation.llamacpp import LlamaCpp
from service.generation.refusal import is_refusal
from service.resources import make_resources
from youju.embedding.base import Embedder
from youju.evaluation.metrics import holds
from youju.evaluation.records import EvalQuestion, load_questions
from youju.model_files.locate import locate
from youju.settings import load_settings

BLOCK = 5  # questions that one system answers before the next has its turn
CHUNK_TOKENS, NEAREST = 300, 5
MAX_TOKENS = 192
PROMPT = {
    "en": "Answer the following question using only the context below. If the context does not hold the answer, say so.\n\n"
    "Question: {question}\n\nContext:\n{context}",
    "zh": "只根据下面的内容回答问题。如果内容里没有答案，请说明。\n\n问题：{question}\n\n内容：\n{context}",
}
SAYS_NO = {"en": "does not|doesn't|not mention|no information|not provided|not specified", "zh": "没有|未提|无法|不包含|未说明"}
System = Callable[[EvalQuestion], Awaitable[str]]


def chunks(folder: Path, embedder: Embedder) -> list[str]:
    """The documents in pieces of about 300 tokens, cut between words."""
    found = []
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8")
        count = embedder.count_tokens([text])[0]
        size = max(1, len(text) * CHUNK_TOKENS // max(1, count))
        found += [text[start : start + size] for start in range(0, len(text), size)]
    return found


def make_plain(folder: Path, embedder: Embedder, generator: LlamaCpp) -> System:
    pieces = chunks(folder, embedder)
    vectors = embedder.embed_documents(pieces)

    async def ask(question: EvalQuestion) -> str:
        near = (vectors @ embedder.embed_queries([question.question])[0]).argsort()[::-1][:NEAREST]
        context = "\n\n".join(pieces[place] for place in near)
        return await written(generator, PROMPT[question.asked_in].format(question=question.question, context=context))

    return ask


async def written(generator: LlamaCpp, prompt: str) -> str:
    text = ""
    async for piece in generator.stream([Message("user", prompt)], Sampling(MAX_TOKENS)):
        text += piece.text
    return text


def make_txtai(folder: Path, embedding_folder: Path, generator: LlamaCpp) -> System:
    """txtai's RAG over its own hybrid index of paragraphs. The generator's text is fetched from our server."""
    from txtai import Embeddings
    from txtai.pipeline import RAG

    paragraphs = [
        part for path in sorted(folder.iterdir()) for part in path.read_text(encoding="utf-8").split("\n\n") if part.strip()
    ]
    instructions = {"query": "query: ", "data": "passage: "}
    index = Embeddings(path=str(embedding_folder), instructions=instructions, hybrid=True, content=True)
    index.index(paragraphs)
    main_loop = asyncio.get_running_loop()

    def fetch(prompts: Sequence[str] | str, **_: Any) -> Any:
        given = [prompts] if isinstance(prompts, str) else list(prompts)
        texts = [asyncio.run_coroutine_threadsafe(written(generator, prompt), main_loop).result() for prompt in given]
        return texts[0] if isinstance(prompts, str) else texts

    pipelines = {language: RAG(index, fetch, template=template, context=NEAREST) for language, template in PROMPT.items()}

    async def ask(question: EvalQuestion) -> str:
        found = await asyncio.to_thread(pipelines[question.asked_in], question.question, maxlength=MAX_TOKENS)
        return str(found["answer"] if isinstance(found, dict) else found)

    return ask


async def run(options: argparse.Namespace) -> dict[str, Any]:
    settings = load_settings(answer_cache=0)
    resources = make_resources(settings)
    model = locate(settings.generator_model, "generator", settings.cache_dir)
    generator = LlamaCpp(model, 4096, settings.threads)
    folder = options.set / "documents"

    async def youju(question: EvalQuestion) -> str:
        answer = await resources.answerer.answer(Ask(question.question))
        return "" if answer.verdict == "abstained" else " ".join(sentence.text for sentence in answer.sentences)

    systems: dict[str, System] = {"youju": youju, "plain": make_plain(folder, resources.embedder, generator)}
    if options.txtai:
        embedding = locate(settings.embedding_model, "embedder", settings.cache_dir)
        systems["txtai"] = make_txtai(folder, embedding, generator)
    questions = load_questions(options.set / "questions.jsonl")
    chosen = {"answerable": every(questions, "answerable", options.count), "hard": every(questions, "hard", options.count // 2)}
    rows = []
    for kind, some in chosen.items():
        for first in range(0, len(some), BLOCK):
            for name, system in systems.items():
                for question in some[first : first + BLOCK]:
                    began = time.perf_counter()
                    text = await system(question)
                    rows.append(row(name, kind, question, text, time.perf_counter() - began))
    await resources.close()
    await generator.close()
    if options.out:
        options.out.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")
    return summary(rows, systems)


def every(questions: Sequence[EvalQuestion], kind: str, count: int) -> list[EvalQuestion]:
    """So many questions of a kind, spread over the file."""
    some = [question for question in questions if question.kind == kind]
    return some[:: max(1, len(some) // count)][:count]


def row(name: str, kind: str, question: EvalQuestion, text: str, seconds: float) -> dict[str, Any]:
    refused = not text.strip() or is_refusal(text) or bool(re.search(SAYS_NO[question.asked_in], text, re.IGNORECASE))
    right = bool(question.answers) and holds(text, question.answers)
    return {"system": name, "kind": kind, "question": question.question, "answers": question.answers, "text": text,
            "refused": refused and not right, "right": right, "seconds": round(seconds, 3)}  # fmt: skip


def summary(rows: Sequence[dict[str, Any]], systems: dict[str, System]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in systems:
        mine = [one for one in rows if one["system"] == name]
        can, hard = ([one for one in mine if one["kind"] == kind] for kind in ("answerable", "hard"))
        answered = [one for one in can if not one["refused"]]
        found[name] = {
            "questions": len(can),
            "median_seconds": round(statistics.median(one["seconds"] for one in can), 2),
            "right": round(sum(one["right"] for one in can) / len(can), 3),
            "right_of_answered": round(sum(one["right"] for one in answered) / max(1, len(answered)), 3),
            "false_refusals": round(sum(one["refused"] for one in can) / len(can), 3),
            "false_answers_hard": round(sum(not one["refused"] for one in hard) / max(1, len(hard)), 3),
        }
    for name in systems:
        found[name]["youju_takes"] = round(found["youju"]["median_seconds"] / found[name]["median_seconds"], 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, help="folder with documents/ and questions.jsonl")
    parser.add_argument("--count", type=int, default=40, help="answerable questions; half as many of the hard kind")
    parser.add_argument("--txtai", action="store_true")
    parser.add_argument("--out", type=Path)
    print(json.dumps(asyncio.run(run(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
