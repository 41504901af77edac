"""Questions about a table that is given: the right cell, the right sum, or none.

    python -m benchmarks.table_questions ../shared/data/tables [--sets aitqa,tatqa,wikitables,admissions] [--wrong FILE]

Of each set: right first whatever the confidence; right, wrong and refused at the confidence at which the service answers.
AIT-QA whole; the half of TAT-QA's development tables and the part of WikiTableQuestions that nothing was fitted on, TAT-QA's
questions whose answers stand in the text left out; Chinese admission tables made by rule, with questions that name what is
not there.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.admission_tables import admissions
from service.composing.table_reading import is_sure
from service.tables.choosing import Choice, choose
from service.tables.linking import Linker
from training.table_rows import Remembering
from training.table_sets import TableCase, aitqa, is_right, tatqa, wikitables
from youju.embedding.factory import make_embedder
from youju.settings import load_settings


def cases_of(name: str, data: Path) -> list[TableCase]:
    if name == "aitqa":
        return aitqa(data)
    if name == "tatqa":
        return [case for case in tatqa(data, 1) if not case.kind.endswith("/text")]
    if name == "wikitables":
        return wikitables(data, "unseen", 500)
    return admissions(40, 7)


def outcomes(linker: Linker, cases: Sequence[TableCase]) -> Iterator[tuple[TableCase, Choice | None, bool]]:
    for case in cases:
        choice = choose(linker, case.question, case.sheet)
        yield case, choice, choice is not None and bool(case.answers) and is_right(choice.best.answers, case.answers)


def report(name: str, found: Sequence[tuple[TableCase, Choice | None, bool]]) -> None:
    counts: dict[str, Counter[str]] = {}
    for case, choice, right in found:
        for kind in ("all", case.kind.split("/")[0]):
            count = counts.setdefault(kind, Counter())
            said = choice is not None and is_sure(choice)
            count["n"] += 1
            count["first"] += right
            count["right"] += said and right
            count["wrong"] += said and not right
            count["refused"] += not said
    for kind, count in counts.items():
        shares = "  ".join(f"{what} {count[what] / count['n']:.3f}" for what in ("first", "right", "wrong", "refused"))
        print(f"{name:<11} {kind:<12} {count['n']:4}  {shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="aitqa,tatqa,wikitables,admissions")
    parser.add_argument("--wrong", type=Path, help="where to write what was answered wrong, a line each")
    told = parser.parse_args()
    linker, wrong = Linker(Remembering(make_embedder(load_settings()))), []
    for name in told.sets.split(","):
        found = list(outcomes(linker, cases_of(name, told.data)))
        report(name, found)
        wrong += [
            {"set": name, "question": case.question, "right": case.answers, "said": choice.best.answers[:4],
             "operation": choice.best.operation, "rows": choice.best.selection.kind, "confidence": round(choice.confidence, 3)}
            for case, choice, right in found if choice is not None and not right and is_sure(choice)
        ]  # fmt: skip
    if told.wrong:
        told.wrong.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in wrong), encoding="utf-8")


if __name__ == "__main__":
    main()
