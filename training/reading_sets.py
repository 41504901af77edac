"""Public reading-comprehension data -> `Question`s."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import opencc

from training.reader_data import Paragraph, Question


def load(data: Path, xquad_articles: set[str]) -> list[Question]:
    """All questions for training. Of XQuAD only the articles that the SQuAD 2.0 subset holds anyway: the rest judges."""
    questions: list[Question] = []
    reading = data / "reading"
    simplify = opencc.OpenCC("t2s")
    for name in ("drcd_dev.json", "drcd_test.json"):
        raw = _read(reading / name)
        questions += squad_like(raw, "drcd")
        questions += squad_like(_converted(raw, simplify), "drcd-s")
    questions += squad_like(_read(reading / "cmrc2018_dev.json"), "cmrc")
    questions += squad_like(_read(reading / "squad2_dev_subset.json"), "squad2")
    questions += _natural_questions(reading / "nq_open_oracle.jsonl.gz")
    questions += xquad(data / "xquad", xquad_articles)
    return questions


def _read(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    return found


def _converted(articles: list[dict[str, Any]], simplify: opencc.OpenCC) -> list[dict[str, Any]]:
    """The same in Simplified Chinese, where that keeps every offset."""
    kept = []
    for article in articles:
        paragraphs = []
        for paragraph in article["paragraphs"]:
            context = simplify.convert(paragraph["context"])
            if len(context) == len(paragraph["context"]):
                asked = [
                    qa | {"question": simplify.convert(qa["question"]),
                          "answers": [a | {"text": simplify.convert(a["text"])} for a in qa["answers"]]}
                    for qa in paragraph["qas"]
                ]  # fmt: skip
                paragraphs.append({"context": context, "qas": asked})
        kept.append({"title": simplify.convert(article["title"]), "paragraphs": paragraphs})
    return kept


def squad_like(articles: list[dict[str, Any]], corpus: str) -> list[Question]:
    """Questions with the first answer that stands in its paragraph, and those that are said to have none."""
    found = []
    for article in articles:
        title = article.get("title", "").replace("_", " ")
        for one in article["paragraphs"]:
            paragraph = Paragraph(title if corpus != "cmrc" else "", one["context"])
            for qa in one["qas"]:
                texts = tuple(answer["text"] for answer in qa["answers"])
                span = None
                for answer in qa["answers"]:
                    start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                    if start >= 0 and one["context"][start:end] == answer["text"]:
                        span = (start, end)
                        break
                    again = one["context"].find(answer["text"])
                    if again >= 0:
                        span = (again, again + len(answer["text"]))
                        break
                if span is not None or qa.get("is_impossible"):
                    found.append(Question(qa["question"].strip(), paragraph, texts, span, corpus))
    return found


def _natural_questions(path: Path) -> list[Question]:
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            for context in record["ctxs"][:1]:
                lowered = context["text"].lower()
                places = [(lowered.find(a.lower()), a) for a in record["answers"] if a.lower() in lowered]
                if places:
                    start, answer = min(places, key=lambda place: -len(place[1]))
                    paragraph = Paragraph(context["title"], context["text"])
                    span = (start, start + len(answer))
                    found.append(Question(record["question"] + "?", paragraph, tuple(record["answers"]), span, "nq"))
    return found


def xquad(folder: Path, articles: set[str], others: bool = False) -> list[Question]:
    """Each question on the paragraph in its own and in the other language; of these articles, or of all others."""
    languages = {code: _read(folder / f"xquad.{code}.json") for code in ("en", "zh")}
    paragraphs: dict[tuple[str, int, int], Paragraph] = {}
    titles = [article["title"] for article in languages["en"]]
    found = []
    for place, title in enumerate(titles):
        if (title in articles) is others:
            continue
        for asked in ("en", "zh"):
            for read in ("en", "zh"):
                for number, one in enumerate(languages[read][place]["paragraphs"]):
                    key = (read, place, number)
                    paragraph = paragraphs.setdefault(
                        key, Paragraph(title.replace("_", " ") if read == "en" else "", one["context"])
                    )
                    for qa, text in zip(one["qas"], languages[asked][place]["paragraphs"][number]["qas"], strict=True):
                        answer = qa["answers"][0]
                        span = (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                        found.append(Question(text["question"], paragraph, (answer["text"],), span, f"xquad-{asked}-{read}"))
    return found
