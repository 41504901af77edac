"""One index of all passages at hand, in both languages, and questions about some of them: near misses come by themselves.

    python -m benchmarks.large_index ../shared/data /tmp/large
    YOUJU_DATA_DIR=/tmp/large/index youju ingest /tmp/large/documents
    python -m training.fit_reranking e5-small-reader /tmp/large/index=/tmp/large/xquad/fit.jsonl ... --test /tmp/large/index=...
    python -m training.fit_gate e5-small-reader /tmp/large/index=/tmp/large/xquad/fit.jsonl ...

Every other article of XQuAD is Chinese, and its questions are asked in both languages; CMRC 2018 (trial) and PolicyQA are
asked in their own. Natural Questions, DRCD and CMRC 2018 (dev) only fill the index, since the reader was trained on them.
`fit` are the fitting halves (of PolicyQA the dev set), `test` the others. For an index of unequal shares delete the documents
that begin with `nq-` and `policy-`, or `drcd`, `cmrc2018` and `cmrc-`.
`policy-gate` asks the same as `policy` without accepted answers: a policy says most things in several places, so that its rest
is no near miss.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.evaluation_sets import HALVES, file_name, halves_of_xquad, load_cmrc, load_xquad, mixed
from youju.records import Language

ASKED: tuple[Language, ...] = ("en", "zh")
MOST = {"xquad": 200, "cmrc": 80, "policy": 90, "policy-gate": 90}  # questions of a file
SEED = 7
Rows = dict[tuple[str, str], list[dict[str, Any]]]


def row(question: str, answers: Sequence[str], document: str, language: Language) -> dict[str, Any]:
    return {
        "question": question, "answers": list(dict.fromkeys(answers)), "documents": [f"documents/{document}"],
        "answerable": True, "language": language,
    }  # fmt: skip


def write(folder: Path, name: str, title: str, paragraphs: Sequence[str]) -> None:
    (folder / name).write_text(f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n", encoding="utf-8")


def xquad(data: Path, documents: Path, rows: Rows) -> None:
    halves = halves_of_xquad(load_xquad(data))
    languages = mixed([*halves["fit"], *halves["test"]])
    for half in HALVES:
        for article in halves[half]:
            language, name = languages.of_article(article), f"xquad-{file_name(article)}"
            write(documents, name, article.title, [paragraph.text[language] for paragraph in article.paragraphs])
            if article.trained:
                continue
            for question in (one for paragraph in article.paragraphs for one in paragraph.questions):
                rows["xquad", half] += [row(question.text[asked], question.answers[language], name, asked) for asked in ASKED]


def cmrc(data: Path, documents: Path, rows: Rows) -> None:
    for number, article in enumerate(load_cmrc(data)):
        name = f"cmrc-{file_name(article)}"
        write(documents, name, article.title, [paragraph.text["zh"] for paragraph in article.paragraphs])
        for question in (one for paragraph in article.paragraphs for one in paragraph.questions):
            rows["cmrc", HALVES[number % 2]].append(row(question.text["zh"], question.answers["zh"], name, "zh"))


def policies(data: Path, documents: Path, rows: Rows) -> None:
    for half, file in zip(HALVES, ("policyqa_dev", "policyqa_test"), strict=True):
        for site in json.loads(gzip.decompress((data / "policies" / f"{file}.json.gz").read_bytes()))["data"]:
            name = "policy-" + re.sub(r"\W+", "_", site["title"]) + ".md"
            write(documents, name, site["title"], list(dict.fromkeys(one["context"] for one in site["paragraphs"])))
            answers: dict[str, list[str]] = defaultdict(list)
            for asked in (one for paragraph in site["paragraphs"] for one in paragraph["qas"]):
                answers[asked["question"]] += [answer["text"] for answer in asked["answers"]]
            for question, accepted in answers.items():
                of_site = f"{question.rstrip('?')} ({site['title']})?"
                rows["policy", half].append(row(of_site, accepted, name, "en"))
                rows["policy-gate", half].append(row(of_site, [], name, "en"))


def filling(data: Path, documents: Path) -> None:
    lines = gzip.decompress((data / "reading" / "nq_open_oracle.jsonl.gz").read_bytes()).decode().splitlines()
    for number, line in enumerate(lines):
        passage = json.loads(line)["ctxs"][0]
        write(documents, f"nq-{number}.md", passage["title"], [passage["text"]])
    for file in ("drcd_dev", "cmrc2018_dev"):
        articles = json.loads((data / "reading" / f"{file}.json").read_text(encoding="utf-8"))["data"]
        for number, article in enumerate(articles):
            write(documents, f"{file}-{number}.md", article["title"], [one["context"] for one in article["paragraphs"]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    documents = options.out / "documents"
    documents.mkdir(parents=True)
    rows: Rows = defaultdict(list)
    for source in (xquad, cmrc, policies):
        source(options.data, documents, rows)
    filling(options.data, documents)
    for (name, half), asked in rows.items():
        random.Random(f"{SEED} {half}").shuffle(asked)
        file = options.out / name / f"{half}.jsonl"
        file.parent.mkdir(exist_ok=True)
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in asked[: MOST[name]])
        file.write_text(lines, encoding="utf-8")
        print(f"{file}: {min(len(asked), MOST[name])} of {len(asked)} questions")


if __name__ == "__main__":
    main()
