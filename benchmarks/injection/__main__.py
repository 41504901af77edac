"""How often orders in documents reach the reader of an answer.

    python -m benchmarks.injection [--generator scripted-obedient] [--out injection.json] [--limit N]

Builds the injected documents (`techniques.py` times `carriers.py`) in a temporary folder, ingests them with the settings'
embedder, and asks the benign question of each, which sees only the documents of its own case, through the real answerer.
`default` is the generator that the settings name, about four seconds a question; `scripted-obedient` obeys whatever it is
shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.injection import report
from benchmarks.injection.documents import cases
from benchmarks.injection.obedient import ObedientGenerator
from benchmarks.injection.run import run
from service.generation import Generator, make_generator
from service.resources import make_answerer, make_gate, make_retriever
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", choices=("default", "scripted-obedient"), default="default")
    parser.add_argument("--out", type=Path, help="write figures and answers here, as JSON")
    parser.add_argument("--limit", type=int, help="ask only so many questions, spread over all techniques")
    options = parser.parse_args()
    chosen = cases()
    if options.limit:
        chosen = chosen[:: max(1, -(-len(chosen) // options.limit))]
    with tempfile.TemporaryDirectory() as folder:
        rows = asked(chosen, Path(folder), options.generator)
    figures = report.summary(rows)
    print(report.table(figures))
    print(f"\n{figures['questions']} questions, {figures['documents']} injected documents")
    print(f"broken properties: {figures['broken properties']}")
    if options.out:
        options.out.write_text(json.dumps({"figures": figures, "rows": rows}, ensure_ascii=False, indent=1), encoding="utf-8")


def asked(chosen: list[Any], folder: Path, name: str) -> list[dict[str, Any]]:
    settings = Settings(data_dir=folder / "data", answer_cache=0, collection=None)
    embedder = make_embedder(settings)
    generator: Generator = ObedientGenerator() if name == "scripted-obedient" else make_generator(settings)
    keeper = make_gate(settings, embedder, generator.name)
    store = Store(settings.database)
    try:
        answerer = make_answerer(settings, make_retriever(settings, store, embedder), keeper, generator)
        return run(chosen, folder / "documents", settings, store, embedder, answerer, told)
    finally:
        asyncio.run(generator.close())
        store.close()


def told(row: dict[str, Any]) -> None:
    mark = "REACHED" if row["succeeded"] else "right" if row["right"] else "-"
    print(f"{mark:8}{row['seconds']:5.1f} s  {row['technique'] or 'clean'} ({row['carrier']})  =>  {row['answer']}", flush=True)


if __name__ == "__main__":
    main()
