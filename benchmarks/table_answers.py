"""Questions about tables asked of an index of documents, answered from tables alone, or by the whole service (`--generator`).

    python -m benchmarks.table_answers ../shared/data [--sets aitqa,companies,tatqa,admissions,real] [--generator] [--out FILE]

AIT-QA: all tables as HTML in one index, whose files do not tell the company; `companies` are the same in files named after it,
as the questions name it. TAT-QA: the half of its development part that nothing was fitted on, table and text as
HTML, each question asked of its document. Admissions: Chinese tables made by rule as csv in one index. Real: the shared real
documents and office files, questions about cells and aggregates. What the tables leave open goes to the generator in the
service and counts as refused without `--generator`. `table` is the share of questions whose table is among the first three that
are found. With `--generator` an answer is right if an accepted number or name, or that number with more digits, stands in
what it says, without the rows that are listed below it; `document` is the share of answers that cite the document of the table.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.admission_tables import admissions, sheet_as_csv
from ingest.pipeline import Pipeline, make_plan
from service.composing.table_reading import TableReader, is_sure, tables_of
from service.events import Ask
from service.generation import make_generator
from service.reading.reranking import CANDIDATES
from service.resources import make_answerer, make_gate, make_retriever
from service.retrieval.retriever import Retriever
from service.tables.phrasing import phrased
from service.tables.sheet import Sheet
from training.table_sets import TableCase, aitqa, is_right, tatqa
from youju.embedding.factory import make_embedder
from youju.evaluation.metrics import holds
from youju.evaluation.records import load_questions
from youju.index.sqlite.store import Store
from youju.records import Scope
from youju.settings import Settings
from youju.text.language import detect_language

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
COMPANY = re.compile(r"\b(?:american|alaska|united|southwest|delta)\b")


@dataclass(frozen=True)
class Question:
    """`document` is the name of its file; `exact` if the answer must be those values, else a sentence that holds one."""

    question: str
    document: str
    answers: tuple[str, ...]
    kind: str
    exact: bool = True
    given: bool = False


def as_html(sheet: Sheet, beside: str = "") -> str:
    """The table with its text; a name over several columns is one cell."""
    deepest = max((len(path) for path in sheet.columns), default=0)
    paths = [("",) * (deepest - len(path)) + path for path in sheet.columns]
    lines = []
    for level in range(deepest):
        spans: list[list[object]] = []
        for path in paths:
            if spans and path[level] and path[level] == spans[-1][0] and level < deepest - 1:
                spans[-1][1] = int(str(spans[-1][1])) + 1
            else:
                spans.append([path[level], 1])
        lines.append("".join(f'<th colspan="{width}">{html.escape(str(name))}</th>' for name, width in spans))
    above: tuple[str, ...] = ()
    for values, group in zip(sheet.values, sheet.groups, strict=True):
        if group and group != above:
            lines.append(f"<td>{html.escape(group[-1])}</td>" + "<td></td>" * (len(values) - 1))
        above = group
        lines.append("".join(f"<td>{html.escape(value.text)}</td>" for value in values))
    title = f"<p>{html.escape(sheet.title)}</p>" if sheet.title else ""
    return f"<p>{html.escape(beside)}</p>{title}<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def questions_of(name: str, data: Path, folder: Path) -> list[Question]:
    """Writes the documents of a set to the folder, but for those that are there as they are."""
    if name == "real":
        return [
            Question(one.question, "|".join(one.documents), tuple(one.answers), one.kind, False)
            for file in ("real/questions-tables.jsonl", "office/questions.jsonl")
            for one in load_questions(data / file) if one.kind in ("cell", "table-aggregate")
        ]  # fmt: skip
    cases, ending = cases_of(name, data / "tables"), "csv" if name == "admissions" else "html"
    beside = texts_of(data / "tables") if name == "tatqa" else {}
    names = {case.table: f"{case.sheet.title if ending == 'csv' else ''}{case.table}.{ending}" for case in cases}
    if name == "companies":
        names = {table: f"{company_of(table, cases)} {file}" for table, file in names.items()}
    for case in {case.table: case for case in cases}.values():
        text = sheet_as_csv(case.sheet) if ending == "csv" else as_html(case.sheet, beside.get(case.table, ""))
        (folder / names[case.table]).write_text(text, encoding="utf-8")
    return [
        Question(case.question, names[case.table], case.answers, case.kind.split("/")[0], given=name == "tatqa")
        for case in cases if not case.kind.endswith("/text")
    ]  # fmt: skip


def cases_of(name: str, tables: Path) -> list[TableCase]:
    if name == "admissions":
        return admissions(10, 7)
    return tatqa(tables, 1) if name == "tatqa" else aitqa(tables)


def company_of(table: str, cases: Sequence[TableCase]) -> str:
    """The company that most questions of a table name."""
    named = Counter(word for case in cases if case.table == table for word in COMPANY.findall(case.question.lower()))
    return named.most_common(1)[0][0].title() if named else "Airline"


def texts_of(tables: Path) -> dict[str, str]:
    reports = json.loads((tables / "tatqa_dev.json").read_text(encoding="utf-8"))
    return {one["table"]["uid"]: "\n".join(part["text"] for part in one["paragraphs"]) for one in reports}


def index(folders: Sequence[Path], data_dir: Path) -> Retriever:
    settings = Settings(data_dir=data_dir)
    embedder, store = make_embedder(settings), Store(settings.database)
    report = Pipeline(settings, store, lambda: embedder).run(make_plan(list(folders), settings, store))
    print(f"{report.documents} documents, {report.chunks} chunks, {report.seconds:.0f} s", flush=True)
    return make_retriever(settings, store, embedder)


def outcomes(retriever: Retriever, asked: Sequence[Question]) -> Iterator[dict[str, object]]:
    reader = TableReader(retriever.embedder)
    ids = {document.uri.rsplit("/", 1)[-1]: document.id for document in retriever.store.documents()}
    for one in asked:
        scope = Scope(document_ids=(ids[one.document],)) if one.given else Scope()
        passages = retriever.retrieve(one.question, CANDIDATES, scope)
        wanted = {ids.get(name) for name in one.document.split("|")}
        among = any(card.document_id in wanted for card, _ in tables_of(one.question, passages, retriever.store)[:3])
        readings = reader.read(one.question, tables_of(one.question, passages, retriever.store), retriever.store)
        found = readings.best if readings else None
        said = found is not None and is_sure(found.choice)
        text = phrased(found.choice.sheet, found.choice.best, detect_language(one.question)) if found else ""
        right = found is not None and (
            is_right(found.choice.best.answers, one.answers) and found.card.document_id in wanted
            if one.exact else holds(text, one.answers)
        ) and bool(one.answers)  # fmt: skip
        yield {
            "kind": one.kind, "table": among, "first": right, "right": said and right,
            "wrong": said and not right, "refused": not said,
            "question": one.question, "answers": one.answers, "said": text, "document": one.document,
            "confidence": round(found.choice.confidence, 3) if found else 0,
        }  # fmt: skip


def rounds_to(text: str, accepted: Sequence[str]) -> bool:
    """Whether a number in a text is an accepted one with more digits: 5.35% computed, where the table rounds it to 5.3."""
    told = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    wanted = [number for one in accepted for number in NUMBER.findall(one) if "." in number]
    return any(
        abs(number - float(one.replace(",", ""))) < 0.6 * 10 ** -len(one.split(".")[1]) for one in wanted for number in told
    )


def answers(retriever: Retriever, settings: Settings, asked: Sequence[Question]) -> Iterator[dict[str, object]]:
    """What the whole service makes of each question, as soon as it is there."""
    gatekeeper = make_gate(settings, retriever.embedder, settings.generator_model)
    answerer = make_answerer(settings, retriever, gatekeeper, make_generator(settings))
    ids = {document.uri.rsplit("/", 1)[-1]: document.id for document in retriever.store.documents()}
    with asyncio.Runner() as runner:
        for one in asked:
            scope = Scope(document_ids=(ids[one.document],)) if one.given else Scope()
            answer = runner.run(answerer.answer(Ask(one.question, scope)))
            text = " ".join(sentence.text for sentence in answer.sentences if sentence.block != "row")
            said, right = answer.verdict != "abstained", holds(text, one.answers) or rounds_to(text, one.answers)
            cited = {citation.uri.rsplit("/", 1)[-1] for citation in answer.citations}
            row = {
                "kind": one.kind, "right": said and right, "wrong": said and not right, "refused": not said,
                "document": said and bool(cited & set(one.document.split("|"))),
                "question": one.question, "answers": one.answers, "said": text, "cited": sorted(cited),
                "wanted": one.document, "confidence": answer.confidence,
            }  # fmt: skip
            print(("right" if row["right"] else "wrong" if said else "-"), one.question, "=>", text[:160], flush=True)
            yield row


def report(name: str, found: Sequence[dict[str, object]]) -> None:
    """Prints the shares of all and of each kind."""
    told = [
        what for what in ("table", "first", "right", "wrong", "refused", "document") if isinstance(found[0].get(what), bool)
    ]
    for kind in ("all", *dict.fromkeys(str(one["kind"]) for one in found)):
        some = [one for one in found if kind in ("all", one["kind"])]
        shares = "  ".join(f"{what} {sum(bool(one[what]) for one in some) / len(some):.3f}" for what in told)
        print(f"{name:<11} {kind:<16} {len(some):4}  {shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="aitqa,companies,tatqa,admissions,real")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question only")
    parser.add_argument("--first", type=int, default=0, help="the first of them, from 0")
    parser.add_argument("--generator", action="store_true", help="ask the whole service: some seconds a question")
    parser.add_argument("--index", type=Path, help="where indexes are kept and used again")
    parser.add_argument("--out", type=Path, help="where to write each outcome, a line each")
    told = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for name in told.sets.split(","):
            place = (told.index or Path(temporary)) / name
            (place / "documents").mkdir(parents=True, exist_ok=True)
            asked = questions_of(name, told.data, place / "documents")
            folders = [told.data / "real/docs", told.data / "office/docs"] if name == "real" else [place / "documents"]
            retriever, some = index(folders, place / "data"), asked[told.first :: told.every]
            given = answers(retriever, Settings(data_dir=place / "data"), some) if told.generator else outcomes(retriever, some)
            found = list(given)
            rows += found
            report(name, found)
    if told.out:
        told.out.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
