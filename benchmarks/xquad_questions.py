"""Writes XQuAD as documents to ingest and questions for `benchmarks/answers.py`.

    python benchmarks/xquad_questions.py ../shared/data/xquad /tmp/xquad --questions 44

Makes `/tmp/xquad/documents/{en,zh}-NNN.txt` and `/tmp/xquad/questions.jsonl`: every nth question, half in each language.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--questions", type=int, default=44)
    options = parser.parse_args()
    documents = options.target / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    lines = []
    for language in ("en", "zh"):
        number, questions = 0, []
        for article in json.loads((options.xquad / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                path = documents / f"{language}-{number:03}.txt"
                path.write_text(paragraph["context"], encoding="utf-8")
                number += 1
                for qa in paragraph["qas"]:
                    answers = [answer["text"] for answer in qa["answers"]]
                    questions.append(
                        {
                            "question": qa["question"], "answers": answers, "documents": [path.as_posix()],
                            "answerable": True, "language": language, "kind": "same-language",
                        }
                    )  # fmt: skip
        step = len(questions) // (options.questions // 2)
        lines += [json.dumps(row, ensure_ascii=False) for row in questions[::step][: options.questions // 2]]
    (options.target / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
