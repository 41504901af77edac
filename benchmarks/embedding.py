"""Passages embedded per second and recall at rank 1, each backend against stock `SentenceTransformer.encode` in float32.

    python benchmarks/embedding.py ../shared/data/xquad

Same weights, same 480 paragraphs (240 in each language), one run; the fastest of three rounds counts. Recall is that of the
vectors alone over 1190 questions, each backend embedding passages and questions.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from youju.embedding.base import Embedder, Vectors
from youju.embedding.factory import make_embedder
from youju.embedding.openvino.choice import NEAR_ENOUGH
from youju.model_files.locate import locate
from youju.settings import Settings

LANGUAGES = ("en", "zh")
ROUNDS = 3


class Stock:
    """sentence-transformers as anybody would call it."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    def embed_documents(self, texts: list[str]) -> Vectors:
        vectors: Vectors = self._model.encode(texts, prompt_name="document", normalize_embeddings=True)
        return vectors

    def embed_queries(self, texts: list[str]) -> Vectors:
        vectors: Vectors = self._model.encode(texts, prompt_name="query", normalize_embeddings=True)
        return vectors


def read(folder: Path, language: str) -> tuple[list[str], list[str], np.ndarray]:
    """Paragraphs, questions, and the number of each question's paragraph."""
    data = json.loads((folder / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in data for paragraph in article["paragraphs"]]
    questions = [(qa["question"], number) for number, one in enumerate(paragraphs) for qa in one["qas"]]
    return [one["context"] for one in paragraphs], [text for text, _ in questions], np.array([n for _, n in questions])


def measure(embedder: Embedder | Stock, data: dict[str, tuple[list[str], list[str], np.ndarray]]) -> dict[str, float]:
    texts = [text for language in LANGUAGES for text in data[language][0]]
    embedder.embed_documents(texts[:32])
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        vectors = embedder.embed_documents(texts)
        seconds.append(time.perf_counter() - began)
    result = {"passages/s": round(len(texts) / min(seconds), 1)}
    passages = dict(zip(LANGUAGES, np.split(vectors, [len(data["en"][0])]), strict=True))
    queries = {language: embedder.embed_queries(data[language][1]) for language in LANGUAGES}
    for asked in LANGUAGES:
        for held in LANGUAGES:
            best = (queries[asked] @ passages[held].T).argmax(axis=1)
            result[f"{asked}->{held}"] = round(float((best == data[asked][2]).mean()), 4)
    began = time.perf_counter()
    for text in data["en"][1][:100]:
        embedder.embed_queries([text])
    result["ms/query"] = round((time.perf_counter() - began) * 10, 1)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds xquad.en.json and xquad.zh.json")
    data = {language: read(parser.parse_args().folder, language) for language in LANGUAGES}
    settings = Settings()
    stock = measure(Stock(locate(settings.embedding_model, "embedder", settings.cache_dir)), data)
    print("stock float32", stock, flush=True)
    for backend in ("auto", *NEAR_ENOUGH):
        embedder = make_embedder(Settings(embedding_backend=backend))
        found = measure(embedder, data)
        print(backend, found, f"{found['passages/s'] / stock['passages/s']:.2f} times stock", flush=True)


if __name__ == "__main__":
    main()
