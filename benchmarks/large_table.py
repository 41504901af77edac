"""A csv of a million rows: its ingest, rows looked up, sums by group, memory; and questions on the text beside it.

    python -m benchmarks.large_table [--rows 1000000] [--questions ../shared/data]

The table is made by rule. It is ingested as a user would, in a process of its own; what the index is asked then runs here, each
the best of five. With `--questions` 200 questions of XQuAD are searched in an index of its English articles, first without and
then with the table in it: the share of questions whose article comes first.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from benchmarks.evaluation_sets import file_name, load_xquad
from ingest.pipeline import Pipeline, make_plan
from service.resources import make_retriever
from youju.embedding.factory import make_embedder
from youju.index.sqlite.store import Store
from youju.settings import Settings
from youju.structure import Condition
from youju.text.language import query_words

NAMES = ["Order", "Region", "Product", "Date", "Quantity", "Amount", "Customer", "Grade"]
REGIONS = ["North", "South", "East", "West", "Centre"]
ASKED = 200
EVERY = 0.2  # seconds between two looks at the memory
SEED = 1


def rows(count: int) -> Iterator[list[str]]:
    rng = random.Random(SEED)
    for number in range(count):
        yield [
            f"ORD-{number:07}", rng.choice(REGIONS), f"Product {rng.randint(1, 400)}",
            f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}", str(rng.randint(1, 99)), f"{rng.random() * 10000:,.2f}",
            f"Customer {rng.randint(1, 50000)}", rng.choice("ABC"),
        ]  # fmt: skip


def ingest(folder: Path, data_dir: Path) -> tuple[float, float, float]:
    """Seconds of the whole process by the clock, and of the processor; the most MiB that it and its children held together."""
    began, most = time.perf_counter(), 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "ingest", str(folder), "--json"],
        env=os.environ | {"YOUJU_DATA_DIR": str(data_dir)}, stdout=subprocess.DEVNULL,
    ) as run:  # fmt: skip
        process = psutil.Process(run.pid)
        done = threading.Event()

        def watch() -> None:
            nonlocal most
            while not done.wait(EVERY):
                try:
                    held = [one.memory_full_info().uss for one in (process, *process.children(recursive=True))]
                except psutil.Error:
                    continue
                most = max(most, sum(held) / 2**20)

        watching = threading.Thread(target=watch)
        watching.start()
        run.wait()
        done.set()
        watching.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, most


def ask(store: Store, count: int) -> None:
    card = next(card for document in store.documents() for card in store.tables_of(document.id) if card.is_large)
    records, key = store.records, f"ORD-{count // 2 + 7:07}"
    asked: dict[str, Callable[[], object]] = {
        "a row by its key, exactly": lambda: records.where(card.document_id, card.ordinal, [Condition(0, "=", key)]),
        "a row by words of a question": lambda: records.named(
            card.document_id, card.ordinal, query_words(f"Who ordered {key}?")
        ),
        "rows by two common keys": lambda: records.named(
            card.document_id, card.ordinal, query_words("Customer 4711, Product 37?")
        ),
        "sum by group, 5 groups": lambda: records.groups(card.document_id, card.ordinal, [], 1, 5),
        "sum by group, 400 groups": lambda: records.groups(card.document_id, card.ordinal, [], 2, 5),
        "sum by group, 50,000 groups": lambda: records.groups(card.document_id, card.ordinal, [], 6, 5),
        "sum under two conditions": lambda: records.groups(
            card.document_id, card.ordinal, [Condition(1, "=", "North"), Condition(4, ">", 50)], None, 5
        ),
        "the two largest": lambda: records.where(card.document_id, card.ordinal, [], 5, True, 2),
    }
    for name, look in asked.items():
        took = []
        for _ in range(5):
            began = time.perf_counter()
            look()
            took.append(time.perf_counter() - began)
        print(f"{name}: {min(took) * 1000:.0f} ms", flush=True)


def found_first(data: Path, scratch: Path, table: Path) -> None:
    documents, settings = scratch / "articles", Settings(data_dir=scratch / "text")
    documents.mkdir()
    articles = load_xquad(data)[::2]
    for article in articles:
        text = "\n\n".join(paragraph.text["en"] for paragraph in article.paragraphs)
        (documents / file_name(article)).write_text(f"# {article.title}\n\n{text}\n", encoding="utf-8")
    asked = [
        (one.text["en"], file_name(article))
        for article in articles
        for paragraph in article.paragraphs
        for one in paragraph.questions
    ]
    asked = random.Random(SEED).sample(asked, ASKED)
    store, embedder = Store(settings.database), make_embedder(settings)
    for name, path in (("without", documents), ("with", table)):
        pipeline = Pipeline(settings, store, lambda: embedder)
        pipeline.run(make_plan([path], settings, store))
        retriever = make_retriever(settings, store, embedder)
        began, right = time.perf_counter(), 0
        for question, document in asked:
            right += retriever.retrieve(question, 1)[0].document.uri.endswith(document)
        each = (time.perf_counter() - began) / len(asked)
        print(
            f"text {name} the table: {right} of {len(asked)} first, {each * 1000:.0f} ms each, {store.count_chunks()} chunks",
            flush=True,
        )
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--questions", type=Path, help="the folder with XQuAD")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        table = scratch / "orders" / "orders.csv"
        table.parent.mkdir()
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(NAMES)
            writer.writerows(rows(options.rows))
        seconds, used, most = ingest(table.parent, scratch / "data")
        size = (scratch / "data" / "youju.db").stat().st_size
        print(
            f"{table.stat().st_size >> 20} MiB ingested in {seconds:.0f} s ({used:.0f} s of the processor), "
            f"{most:.0f} MiB at most, index {size >> 20} MiB",
            flush=True,
        )
        store = Store(scratch / "data" / "youju.db")
        ask(store, options.rows)
        store.close()
        if options.questions:
            found_first(options.questions, scratch, table)


if __name__ == "__main__":
    main()
