"""How much of the evidence of the office questions is among the first passages: no reader and no generator, a minute of CPU.

python benchmarks/office/retrieval.py --split fit
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.office import make
from ingest.pipeline import Pipeline, make_plan
from service.resources import make_retriever
from service.retrieval.retriever import Retriever
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.settings import Settings

PASSAGES = 10


def folded(text: str) -> str:
    return " ".join(text.split())


def build(documents: Path, index: Path, embedder: Embedder) -> Retriever:
    settings = Settings(data_dir=index)
    store = Store(settings.database)
    Pipeline(settings, store, lambda: embedder).run(make_plan([documents], settings, store))
    return make_retriever(settings, store, embedder)


def measure(retriever: Retriever, questions: list[dict[str, Any]]) -> dict[str, float]:
    """Shares: of questions whose first passage is of a right document, and of evidence among the first passages."""
    first, found, wanted = 0, {5: 0, PASSAGES: 0}, 0
    for question in questions:
        passages = retriever.retrieve(question["question"], PASSAGES)
        first += bool(passages) and Path(passages[0].document.uri).name in question["documents"]
        texts = [folded(passage.text) for passage in passages]
        wanted += len(question["evidence"])
        for depth in found:
            found[depth] += sum(any(folded(one) in text for text in texts[:depth]) for one in question["evidence"])
            if depth == PASSAGES and not any(folded(one) in text for text in texts for one in question["evidence"]):
                print(f"  none of its evidence found: {question['question']} ({question['kind']})")
    shares = {"first document": first / len(questions)} | {f"evidence@{depth}": of / wanted for depth, of in found.items()}
    return {name: round(share, 3) for name, share in shares.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=make.SPLITS, default="fit")
    split = parser.parse_args().split
    embedder = make_embedder(Settings())
    with tempfile.TemporaryDirectory() as root:
        make.write(Path(root))
        for documents in sorted((Path(root) / f"docs-{split}").iterdir()):
            lines = (make.TEXTS.parent / f"questions-{split}-{documents.name}.jsonl").read_text(encoding="utf-8").splitlines()
            questions = [question for line in lines if (question := json.loads(line))["answerable"]]
            retriever = build(documents, Path(root) / f"index-{documents.name}", embedder)
            print(f"{split}-{documents.name}: {measure(retriever, questions)}", flush=True)


if __name__ == "__main__":
    main()
