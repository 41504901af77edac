"""Recall of the right paragraph on XQuAD, through the product's own ingest and retrieval.

    python benchmarks/retrieval.py ../shared/data/xquad [--out retrieval.json]

Paragraphs become documents (one .txt file each); a document counts at the rank of its best passage. Four indexes:
`en` and `zh` hold one language, `both` holds each paragraph twice, `halves` holds the even articles in English and the odd
ones in Chinese, so that half of the questions of each language can only be answered from the other one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ingest.pipeline import Pipeline, make_plan
from service.resources import make_retriever
from service.retrieval.retriever import Retriever
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.settings import Settings

LANGUAGES = ("en", "zh")
PASSAGES = 20  # retrieved for each question; several may belong to one document


@dataclass(frozen=True)
class Paragraph:
    number: int
    article: int
    text: str
    questions: tuple[str, ...]


def read(path: Path) -> list[Paragraph]:
    found: list[Paragraph] = []
    for article, entry in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        for paragraph in entry["paragraphs"]:
            questions = tuple(question["question"] for question in paragraph["qas"])
            found.append(Paragraph(len(found), article, paragraph["context"], questions))
    return found


def build(name: str, data: dict[str, list[Paragraph]], embedder: Embedder, root: Path) -> Retriever:
    """Ingest the paragraphs of an index; a file is called after its language and number."""
    folder = root / name / "documents"
    folder.mkdir(parents=True)
    for language in LANGUAGES:
        for paragraph in data[language]:
            half = LANGUAGES[paragraph.article % 2]
            if name in (language, "both") or (name == "halves" and half == language):
                (folder / f"{language}-{paragraph.number:03}.txt").write_text(paragraph.text, encoding="utf-8")
    settings = Settings(data_dir=root / name / "index")
    store = Store(settings.database)
    report = Pipeline(settings, store, lambda: embedder).run(make_plan([folder], settings, store))
    print(
        f"{name}: {report.documents} documents, {report.chunks} chunks, {report.chunks / report.seconds:.1f} chunks/s",
        flush=True,
    )
    return make_retriever(settings, store, embedder)


def rank(retriever: Retriever, question: str, number: int) -> int | None:
    """Rank of the document of this number, in whichever language, or None."""
    documents = dict.fromkeys(Path(passage.document.uri).stem for passage in retriever.retrieve(question, PASSAGES))
    for position, name in enumerate(documents, start=1):
        if int(name.split("-")[1]) == number:
            return position
    return None


def measure(retriever: Retriever, paragraphs: list[Paragraph]) -> dict[str, float]:
    ranks = [rank(retriever, question, paragraph.number) for paragraph in paragraphs for question in paragraph.questions]
    result = {f"R@{k}": round(sum(r is not None and r <= k for r in ranks) / len(ranks), 4) for k in (1, 3, 5)}
    return result | {"MRR@10": round(sum(1 / r for r in ranks if r and r <= 10) / len(ranks), 4), "questions": len(ranks)}


def run(folder: Path) -> dict[str, dict[str, float]]:
    data = {language: read(folder / f"xquad.{language}.json") for language in LANGUAGES}
    embedder = make_embedder(Settings())
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as root:
        for name in (*LANGUAGES, "both", "halves"):
            retriever = build(name, data, embedder, Path(root))
            for language in LANGUAGES:
                began = time.perf_counter()
                if name == "halves":
                    for half, held in enumerate(LANGUAGES):
                        part = [paragraph for paragraph in data[language] if paragraph.article % 2 == half]
                        results[f"{language} question, paragraph only in {held}, index holds both languages"] = measure(
                            retriever, part
                        )
                else:
                    held = "either language, index holds both" if name == "both" else f"{name}, index holds it alone"
                    results[f"{language} question, paragraph in {held}"] = measure(retriever, data[language])
                seconds = time.perf_counter() - began
                print(f"{name}, {language}: {seconds / 1190 * 1000:.0f} ms a question", flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path, help="folder with xquad.en.json and xquad.zh.json")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = run(options.xquad)
    for name, row in results.items():
        print(f"{name:68} " + "  ".join(f"{key} {value}" for key, value in row.items()))
    if options.out:
        options.out.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
