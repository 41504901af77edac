"""False statements made by rule from true ones: how many pass verification, and how many true ones are dropped.

`python benchmarks/false_statements.py DATA [--each 300] [--seed 20261125] [--show KIND]`

A true statement is the sentence of a passage that holds the answer to its question, or the clause of it that does. A false one
changes one thing by rule: a number, a month, a unit, a name, a negation, or, for tables, the row. Passages are from the
development data (SQuAD 2.0, policies, CMRC, DRCD, WikiTableQuestions); nothing is generated.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import rjieba

from service.grounding.draft_parser import Drafted
from service.grounding.verifier import Verifier
from youju.embedding.factory import make_embedder
from youju.evaluation.statistics import bootstrap
from youju.records import Document, Language, Passage, Scores
from youju.settings import load_settings
from youju.text.language import detect_language, sentences

AROUND = 2  # sentences kept before and behind that of the answer
LONGEST = 240  # characters of a statement
KINDS = ("number", "month", "unit", "name", "negation", "row")
MONTHS = "January February March April May June July August September October November December".split()
UNITS = {
    "days": "weeks", "weeks": "months", "months": "years", "years": "months", "hours": "days", "minutes": "hours",
    "percent": "years", "%": " years", "miles": "kilometres", "km": "miles", "metres": "feet", "feet": "metres",
    "天": "周", "小时": "天", "分钟": "小时", "年": "个月", "元": "美元", "公里": "米", "米": "公里", "人": "年",
}  # fmt: skip
DENY = (
    (r"\b(is|are|was|were|can|could|must|may|will|should|has been|have been|had been)\b(?! not)", r"\1 not"),
    (r"\bdo not |\bdoes not |\bdid not ", ""),
    (r"(?<![不没是])(是|能|可以|会|必须|应该)(?!否|不)", r"不\1"),
    (r"(?<!没)有(?!限|关|些|的|效|名)", "没有"),
)


@dataclass(frozen=True)
class Statement:
    text: str
    question: str
    passages: tuple[Passage, ...]
    kind: str
    language: Language


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--each", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--show", default="", help="print statements of this kind that were judged wrongly")
    options = parser.parse_args()
    print("seed", options.seed)
    verifier = Verifier(make_embedder(load_settings()))
    wrong, counts = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for statement in chosen(options.data, options.each, options.seed):
        passes = verifier.verify(Drafted(statement.text, ()), statement.question, statement.passages) is not None
        key: tuple[str, str] = (statement.kind, statement.language)
        counts[key] += 1
        if passes != statement.kind.startswith("true"):
            wrong[key] += 1
            if statement.kind == options.show:
                print(f"--- {statement.question}\n    {statement.text}\n    {statement.passages[0].text[:300]}")
    print(f"{'kind':14} {'language':9} {'judged':>7} {'wrong':>7}   share (95 %)")
    for key in sorted(counts):
        interval = bootstrap([1.0] * wrong[key] + [0.0] * (counts[key] - wrong[key]))
        assert interval is not None
        share = f"{wrong[key] / counts[key]:.3f} ({interval.low:.3f}-{interval.high:.3f})"
        print(f"{key[0]:14} {key[1]:9} {counts[key]:7} {wrong[key]:7}   {share}")
    false = [key for key in counts if not key[0].startswith("true")]
    for name, keys in (("false that pass", false), ("true dropped", [key for key in counts if key not in false])):
        done, total = sum(wrong[key] for key in keys), sum(counts[key] for key in keys)
        print(f"{name}: {done} of {total}, {done / total:.3f}")
    balanced = 1 - (sum(wrong[k] for k in false) / sum(counts[k] for k in false) + done / total) / 2
    print(f"balanced accuracy: {balanced:.3f}")


def chosen(data: Path, each: int, seed: int) -> list[Statement]:
    """At most `each` statements of a kind and language."""
    dice = random.Random(seed)
    found: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for make in (texts, tables):
        for statement in make(data, dice):
            found[statement.kind, statement.language].append(statement)
    return [one for key in sorted(found) for one in dice.sample(found[key], min(each, len(found[key])))]


def texts(data: Path, dice: random.Random) -> Iterator[Statement]:
    for question, context, start, end in asked(data):
        spans = sentences(context)
        place = next((n for n, (low, high) in enumerate(spans) if low <= start and end <= high), None)
        if place is None:
            continue
        near = spans[max(0, place - AROUND) : place + AROUND + 1]
        shown = a_passage(context[near[0][0] : near[-1][1]])
        whole = context[spans[place][0] : spans[place][1]]
        said = clause(whole, context[start:end])
        language = detect_language(context)
        for kind, text in (("true", whole), ("true, clause", said)):
            if len(text) <= LONGEST:
                yield Statement(text, question, (shown,), kind, language)
        for kind, change in CHANGES.items():
            text = said if dice.random() < 0.5 else whole
            changed = change(text, shown.text, dice) if len(text) <= LONGEST else None
            if changed and changed not in shown.text:
                yield Statement(changed, question, (shown,), kind, language)


def asked(data: Path) -> Iterator[tuple[str, str, int, int]]:
    """Question, context, and the answer's span."""
    files = [data / "reading" / name for name in ("squad2_dev_subset.json", "cmrc2018_dev.json", "drcd_dev.json")]
    for path in (*files, data / "policies" / "policyqa_dev.json.gz"):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for article in json.loads(raw)["data"]:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"]:
                    for answer in qa.get("answers", [])[:1]:
                        start, text = answer["answer_start"], answer["text"]
                        if paragraph["context"][start : start + len(text)] == text:
                            yield qa["question"], paragraph["context"], start, start + len(text)


def clause(sentence: str, answer: str) -> str:
    """The clause that holds the answer, if it is long enough to say something."""
    best = next((part for part in re.split(r"[,，;；](?!\d)", sentence) if answer in part), sentence).strip()
    return best if len(best) >= len(answer) + 12 else sentence


def a_passage(text: str, key: int = 1) -> Passage:
    language = detect_language(text)
    document = Document(f"d{key}", "default", "/a", "a.txt", "", "text/plain", language, "", 1, 1, len(text), 1, (), "now")
    return Passage(key, f"d{key}-0", 0, document, 0, len(text), text, "", language, None, Scores(1, 0, 1))


def number(text: str, around: str, dice: random.Random) -> str | None:
    """Another number of the passage, or one that stands nowhere."""
    there = re.findall(r"(?<![\d.,])\d+(?![\d.,]*\d)", text)
    if not there:
        return None
    old = dice.choice(there)
    others = [one for one in re.findall(r"(?<![\d.,])\d+(?![\d.,]*\d)", around) if one not in there and len(one) == len(old)]
    new = dice.choice(others) if others and dice.random() < 0.5 else str(int(old) + dice.randint(1, 9))
    return re.sub(rf"(?<!\d){old}(?!\d)", new, text, count=1)


def month(text: str, _around: str, dice: random.Random) -> str | None:
    names = re.findall(rf"\b(?:{'|'.join(MONTHS)})\b", text)
    if names:
        return text.replace(old := dice.choice(names), dice.choice([one for one in MONTHS if one != old]), 1)
    numbers = re.findall(r"(?<!\d)(1[0-2]|[1-9])月", text)
    if not numbers:
        return None
    old = dice.choice(numbers)
    return re.sub(rf"(?<!\d){old}月", f"{dice.choice([n for n in range(1, 13) if str(n) != old])}月", text, count=1)


def unit(text: str, _around: str, dice: random.Random) -> str | None:
    found = [(m[1], m[2]) for m in re.finditer(rf"(\d\s*)({'|'.join(map(re.escape, UNITS))})(?![a-z])", text)]
    if not found:
        return None
    before, old = dice.choice(found)
    if old == "年" and re.search(r"\d{4}\s*$", before):
        return None
    return text.replace(f"{before}{old}", f"{before}{UNITS[old]}", 1)


def name(text: str, around: str, dice: random.Random) -> str | None:
    """Another name of the passage, of the same kind as far as one can see."""
    own, others = names(text), names(around)
    others = [one for one in others if one not in text]
    if not own or not others:
        return None
    return text.replace(dice.choice(own), dice.choice(others), 1)


def names(text: str) -> list[str]:
    if detect_language(text) == "zh":
        return [word for word, tag in rjieba.tag(text) if tag.startswith(("nr", "ns", "nt", "nz")) and len(word) > 1]
    return re.findall(r"(?<=[a-z,] )(?:[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*)", text)


def negation(text: str, _around: str, _dice: random.Random) -> str | None:
    for pattern, new in DENY:
        changed = re.sub(pattern, new, text, count=1)
        if changed != text:
            return changed
    return None


CHANGES: dict[str, Callable[[str, str, random.Random], str | None]] = {
    "number": number, "month": month, "unit": unit, "name": name, "negation": negation,
}  # fmt: skip


def tables(data: Path, dice: random.Random) -> Iterator[Statement]:
    """`The COLUMN of KEY is VALUE`, with the value of another row; rows as the loaders write them."""
    for line in gzip.decompress((data / "tables" / "wtq_tables.jsonl.gz").read_bytes()).decode().splitlines():
        header, *rows = ([" ".join(cell.split()) for cell in row] for row in json.loads(line)["rows"])
        rows = [row for row in rows if len(row) == len(header) and len(row[0]) > 3 and not row[0].isdigit()][:8]
        if len(rows) < 4 or len({row[0] for row in rows}) < len(rows):
            continue
        text = "\n".join(written(header, row) for row in rows)
        column = dice.randrange(1, len(header))
        mine, other = dice.sample(rows, 2)
        if not (mine[column] and other[column] and header[column]) or mine[column] == other[column]:
            continue
        question = f"What is the {header[column]} of {mine[0]}?"
        shown = (a_passage(text),)
        yield Statement(f"The {header[column]} of {mine[0]} is {mine[column]}.", question, shown, "true, row", "en")
        yield Statement(f"The {header[column]} of {mine[0]} is {other[column]}.", question, shown, "row", "en")


def written(header: Sequence[str], row: Sequence[str]) -> str:
    return " | ".join(f"{name}: {cell}" for name, cell in zip(header, row, strict=True) if cell)


if __name__ == "__main__":
    main()
