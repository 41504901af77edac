"""Lay the documents and questions of this project out for `youju ingest` and `youju eval`: `python -m training.lay_out FOLDER`.

FOLDER gets `documents/`, a text for each part of a document that was read, and a file `SOURCE.jsonl` of questions for each kind
of document, about those that the reader was not trained on (`real_sets.held_out`): what gates may be fitted on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from training.real_sets import WRITTEN, held_out


def text_of(document: dict[str, Any]) -> str:
    """The passages in their order, each title and heading once."""
    lines: list[str] = []
    before = ""
    for title, text in document["passages"]:
        if title != before:
            lines.append(title)
        lines.append(text)
        before = title
    return "\n\n".join(lines) + "\n"


def asked_about(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Its questions in the form of docs/evaluation.md."""
    found = []
    for asked in document["questions"]:
        text = document["passages"][asked["passage"]][1]
        start, end = asked["span"] or (0, 0)
        given = {"question": asked["question"], "answerable": asked["span"] is not None, "kind": asked["kind"], "about": name}
        if asked["span"]:
            given |= {"answers": [re.sub(r"\s+", " ", text[start:end])], "documents": [name]}
        found.append(given)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--file", type=Path, default=WRITTEN)
    arguments = parser.parse_args()
    (arguments.folder / "documents").mkdir(parents=True, exist_ok=True)
    questions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(arguments.file, "rt", encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            name = re.sub(r"\W+", "-", document["document"]) + ".txt"
            (arguments.folder / "documents" / name).write_text(text_of(document), encoding="utf-8")
            if held_out(document["document"]):
                questions[document["source"]] += asked_about(document, name)
    for source, some in sorted(questions.items()):
        with (arguments.folder / f"{source}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(question, ensure_ascii=False) + "\n" for question in some)
        print(source, len(some), "questions")


if __name__ == "__main__":
    main()
