"""Questions about tables -> what a generator chooses from, each with the options that are right.

Options are readings of the question, the best for each answer (`service.tables.options`), of its own table, of a table that
does not answer it, or of two tables together. Seeded.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from service.tables.asking import asked
from service.tables.choosing import possible, scores_of, weights
from service.tables.features import Seen
from service.tables.linking import Linker
from service.tables.options import MOST, options, overview, told
from training.made_chinese_tables import YEARLY, chinese
from training.made_office_dates import COUNTING
from training.made_office_tables import office
from training.table_rows import Remembering, absent
from training.table_sets import TableCase, is_right, look_ups, tatqa, wikitables
from youju.embedding.factory import make_embedder
from youju.settings import load_settings
from youju.text.language import detect_language

ABSENT = 0.12  # share of the questions asked of a table that does not answer them too
TWO = 0.2  # share of the questions asked of their own table and another one together


@dataclass(frozen=True)
class Choosing:
    """`options` in the order of their weights, with these (`shares`); `right` are the places of those that answer."""

    id: str
    source: str
    kind: str
    question: str
    language: str
    about: str
    options: tuple[str, ...]
    shares: tuple[float, ...]
    right: tuple[int, ...]


def choosing(linker: Linker, case: TableCase, source: str) -> Choosing | None:
    """None where the table gives nothing to choose from."""
    if not case.sheet.is_table:
        return None
    question = asked(case.question)
    link = linker.link(question, case.sheet)
    found = possible(question, link, case.sheet)
    if not found:
        return None
    seen = Seen.of(question, link, case.sheet)
    chosen = options(seen, found, scores_of(seen, found, weights()["readings"]))
    language = detect_language(case.question)
    right = tuple(at for at, one in enumerate(chosen) if case.answers and is_right(one.reading.answers, case.answers))
    said = tuple(told(case.sheet, one.reading, language) for one in chosen)
    shares = tuple(round(one.share, 4) for one in chosen)
    return Choosing(case.id, source, case.kind, case.question, language, overview(case.sheet), said, shares, right)


def of_two(own: Choosing, other: Choosing, choice: random.Random) -> Choosing:
    """Both tables in either order, half of the options from each, in the order of their shares."""
    some = [(share, text, own is one and at in own.right) for one in (own, other)
            for at, (share, text) in enumerate(zip(one.shares, one.options, strict=True)) if at < MOST // 2]  # fmt: skip
    some.sort(key=lambda one: -one[0])
    about = [own.about, other.about]
    choice.shuffle(about)
    right = tuple(at for at, one in enumerate(some) if one[2])
    return Choosing(
        f"{own.id}+", own.source, own.kind, own.question, own.language, "\n\n".join(about),
        tuple(one[1] for one in some), tuple(one[0] for one in some), right,
    )  # fmt: skip


def choosings(linker: Linker, cases: Sequence[TableCase], source: str, seed: int = 0) -> Iterator[Choosing]:
    choice = random.Random(seed)
    tables = list({case.table: case for case in cases}.values())
    for case in sorted(cases, key=lambda one: one.table):
        own = choosing(linker, case, source)
        if own:
            yield own
        drawn = choice.random()
        less = absent(case, choice.choice(tables), choice) if drawn < ABSENT + TWO else None
        other = choosing(linker, less, source) if less else None
        if other and (drawn < ABSENT or own is None):
            yield other
        elif other and own:
            yield of_two(own, other, choice)


def parts(data: Path) -> Iterator[tuple[str, Sequence[TableCase]]]:
    """What nothing is measured on: WikiTableQuestions' training part, half of TAT-QA's tables, made tables."""
    reports = [case for case in tatqa(data, 0) if not case.kind.endswith("/text")]
    yield "reports", reports + look_ups(reports, 5, 3)
    yield "office", office(8, 1) + office(6, 1, COUNTING)
    yield "chinese", chinese(30, 1) + chinese(15, 2, YEARLY)
    for first in range(0, 1700, 100):
        yield "wikitables", wikitables(data, "training", 100, 3, True, first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="../shared/data/tables")
    parser.add_argument("out", type=Path)
    parser.add_argument("--of", type=int, nargs=2, default=(0, 1), help="which of how many shares of the parts")
    told_to = parser.parse_args()
    mine, count = told_to.of
    linker = Linker(Remembering(make_embedder(load_settings())))
    with told_to.out.open("w", encoding="utf-8") as file:
        for number, (source, cases) in enumerate(parts(told_to.data)):
            if number % count == mine and cases:
                for one in choosings(linker, cases, source):
                    file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
