"""Finding and judging on real manuals, office files and tables, with questions as people word them.

    python benchmarks/real_documents.py ../shared/data [--index FOLDER] [--answers] [--out real.json]

`../shared/data/real/docs` and `../shared/data/office/docs` become one index, in FOLDER, where it is kept and used again, or a
temporary one. For each set of questions:

- passage: share of the questions of which a passage of a named document that holds an accepted answer is among the first k of
  retrieval alone. Where no chunk of those documents holds one (a yes, a sum) any of their passages counts.
- read: the same in the order of the reader alone; `shown`: it is among
  the passages of an answer; `best right`: the passage read best of those the gate decides by holds it.
- gate: share let through, and the AUC of the confidence against all questions without an answer.
- with `--answers` (minutes): right, wrong and refused, judged by strings, of the whole way with the default generator.

For looking and measuring only: nothing is fitted to these questions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.pipeline import Pipeline, make_plan
from service.generation import make_generator
from service.reading.gate import AnswerabilityGate
from service.reading.reranking import LEAST
from service.resources import make_answerer, make_gate, make_retriever
from service.retrieval.retriever import Retriever
from youju.embedding.factory import make_embedder
from youju.evaluation import run as evaluation
from youju.evaluation.metrics import holds, same_document
from youju.evaluation.records import EvalQuestion, load_questions
from youju.evaluation.statistics import roc_auc
from youju.index import protocols
from youju.index.sqlite.store import Store
from youju.records import Passage
from youju.settings import Settings

SETS = {
    "en": "real/questions-en.jsonl",
    "zh": "real/questions-zh.jsonl",
    "tables": "real/questions-tables.jsonl",
    "cross": "real/questions-cross.jsonl",
    "office": "office/questions.jsonl",
    "unanswerable": "real/questions-unanswerable.jsonl",
}
DEPTH = 40  # passages retrieved
FIRST = (1, 5, 8, 10, 40)


@dataclass(frozen=True)
class Looked:
    """What became of one question. Ranks count from 1; None where it is not among `DEPTH`."""

    set: str
    question: str
    answerable: bool
    document: int | None
    passage: int | None
    read: int | None
    shown: int | None
    best: bool
    opened: bool
    confidence: float
    across: bool
    retrieve_ms: float
    gate_ms: float


class Gold:
    """Tells which passages answer a question."""

    def __init__(self, store: protocols.Store, question: EvalQuestion) -> None:
        self._question = question
        texts = [store.text(one.id) for one in store.documents() if self._is_named(one.uri)]
        self._by_answer = any(holds(text, question.answers) for text in texts)

    def _is_named(self, uri: str) -> bool:
        return any(same_document(uri, named) for named in self._question.documents)

    def document(self, passage: Passage) -> bool:
        return self._is_named(passage.document.uri)

    def passage(self, passage: Passage) -> bool:
        return self.document(passage) and (not self._by_answer or holds(passage.text, self._question.answers))


def build(folders: Sequence[Path], settings: Settings) -> tuple[protocols.Store, Retriever]:
    """Ingest what is not there yet."""
    embedder = make_embedder(settings)
    store = Store(settings.database)
    report = Pipeline(settings, store, lambda: embedder).run(make_plan(folders, settings, store))
    print(f"{report.documents} documents, {report.chunks} chunks, {report.seconds:.0f} s", flush=True)
    return store, make_retriever(settings, store, embedder)


def look(name: str, question: EvalQuestion, retriever: Retriever, gatekeeper: AnswerabilityGate, top_k: int) -> Looked:
    gold = Gold(retriever.store, question)
    began = time.perf_counter()
    passages = retriever.retrieve(question.question, DEPTH)
    retrieved = time.perf_counter()
    read = gatekeeper.read(question.question, passages)
    weighed = gatekeeper.judge(question.question, read[: gatekeeper.candidates(top_k)], top_k)
    judged = time.perf_counter()
    order = sorted(read, key=lambda pair: -(max(pair[1].best, LEAST) + 2 * pair[1].answerable))
    best = int(weighed.features.get("place", 0)) if weighed.passages else 0
    return Looked(
        name, question.question, question.answerable, _rank(passages, gold.document), _rank(passages, gold.passage),
        _rank([passage for passage, _ in order], gold.passage), _rank(weighed.ranked, gold.passage),
        bool(weighed.passages) and gold.passage(weighed.passages[best]),
        weighed.is_open, round(weighed.confidence, 4), weighed.across,
        (retrieved - began) * 1000, (judged - retrieved) * 1000,
    )  # fmt: skip


def _rank(passages: Sequence[Passage], is_gold: Any) -> int | None:
    return next((rank for rank, passage in enumerate(passages, 1) if is_gold(passage)), None)


def summary(rows: Sequence[Looked]) -> dict[str, dict[str, Any]]:
    """Set -> figures."""
    without = [row.confidence for row in rows if not row.answerable]
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(row.set for row in rows):
        asked = [row for row in rows if row.set == name and row.answerable]
        figures: dict[str, Any] = {"questions": len(asked)}
        if asked:
            for k in FIRST:
                figures[f"document@{k}"] = _share([row.document is not None and row.document <= k for row in asked])
            for k in FIRST:
                figures[f"passage@{k}"] = _share([row.passage is not None and row.passage <= k for row in asked])
            for k in FIRST:
                figures[f"read@{k}"] = _share([row.read is not None and row.read <= k for row in asked])
            figures["shown"] = _share([row.shown is not None for row in asked])
            figures["open"] = _share([row.opened for row in asked])
            figures["open, best right"] = _share([row.opened and row.best for row in asked])
            sure = [row.confidence for row in asked]
            auc = roc_auc(sure + without, [True] * len(sure) + [False] * len(without))
            figures["AUC"] = round(auc, 3) if auc is not None else None
        others = [row for row in rows if row.set == name and not row.answerable]
        if others:
            figures["unanswerable"] = len(others)
            figures["let through"] = _share([row.opened for row in others])
        of_set = [row for row in rows if row.set == name]
        figures["retrieve ms"] = round(statistics.median(row.retrieve_ms for row in of_set))
        figures["gate ms"] = round(statistics.median(row.gate_ms for row in of_set))
        found[name] = figures
    return found


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3)


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures as a Markdown table, a column for each set."""
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    lines = [f"| | {' | '.join(figures)} |", f"|---|{'---|' * len(figures)}"]
    lines += [f"| {name} | {' | '.join(str(row.get(name, '')) for row in figures.values())} |" for name in names]
    return "\n".join(lines)


def answers(
    sets: dict[str, list[EvalQuestion]], settings: Settings, retriever: Retriever, gatekeeper: AnswerabilityGate
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Figures by set, and each answer."""
    answerer = make_answerer(settings, retriever, gatekeeper, make_generator(settings))
    figures, given = dict[str, dict[str, Any]](), list[dict[str, Any]]()
    for name, questions in sets.items():
        rows = asyncio.run(evaluation.run(answerer, questions))
        given += [{"set": name} | row.model_dump() for row in rows]
        can = [row for row in rows if row.answerable]
        figures[name] = {"right": sum(bool(row.right) for row in can)}
        figures[name]["wrong"] = sum(row.right is False and not row.false_refusal for row in can)
        figures[name]["refused"] = sum(bool(row.false_refusal) for row in can)
        figures[name]["false answers"] = sum(bool(row.false_answer) for row in rows)
        print(name, figures[name], flush=True)
    return figures, given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with real/ and office/")
    parser.add_argument("--index", type=Path, help="folder of the index; a temporary one where it is left out")
    parser.add_argument("--answers", action="store_true", help="also generate")
    parser.add_argument("--out", type=Path, help="write figures and rows here (JSON)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(data_dir=options.index or Path(temporary))
        store, retriever = build([options.data / "real" / "docs", options.data / "office" / "docs"], settings)
        gatekeeper = make_gate(settings, retriever.embedder, settings.generator_model)
        sets = {name: load_questions(options.data / file) for name, file in SETS.items()}
        rows = [look(name, one, retriever, gatekeeper, settings.top_k) for name, asked in sets.items() for one in asked]
        figures: dict[str, Any] = {"found": summary(rows)}
        print(table(figures["found"]))
        given: list[dict[str, Any]] = []
        if options.answers:
            figures["answers"], given = answers(sets, settings, retriever, gatekeeper)
            print(table(figures["answers"]))
        store.close()
    if options.out:
        saved = {"figures": figures, "rows": [asdict(row) for row in rows], "answers": given}
        options.out.write_text(json.dumps(saved, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
