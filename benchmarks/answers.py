"""Asks a running service the questions of a JSONL file and reports what came back.

    YOUJU_ANSWER_CACHE=0 youju serve &
    python benchmarks/answers.py examples/questions.jsonl [--url http://127.0.0.1:8000] [--pid PID] [--out answers.jsonl]

Reported: answers that hold an accepted one (digits matched whole), the right document and page among the citations, false
answers and false refusals, exactness of every quote against `/documents/{id}/text`, markers out of range, time to the
`passages` event and to the whole answer, and peak memory of the service.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from pathlib import Path
from typing import Any

import httpx

from youju.evaluation.metrics import holds

KEPT = ("question", "answers", "documents", "page", "answerable", "kind", "language")


def ask(client: httpx.Client, question: str) -> tuple[dict[str, Any], float, float]:
    """The answer, milliseconds to the `passages` event, and milliseconds to the end."""
    began, first, name = time.perf_counter(), 0.0, ""
    with client.stream("POST", "/ask", json={"question": question, "stream": True}) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:") and name == "passages" and not first:
                first = (time.perf_counter() - began) * 1000
            elif line.startswith("data:") and name in ("answer", "error"):
                data = json.loads(line[5:])
                if name == "error":
                    raise RuntimeError(data)
                return data, first, (time.perf_counter() - began) * 1000
    raise RuntimeError("the stream ended without an answer")


def is_right_page(question: dict[str, Any], cited: set[tuple[str, int | None]]) -> bool:
    """Whether the gold page is among the pages cited of gold documents; true where none of those has pages."""
    pages = {page for uri, page in cited if page and uri in question["documents"]}
    return not pages or question.get("page") in (None, *pages)


def check_citations(client: httpx.Client, answer: dict[str, Any]) -> tuple[int, int, int]:
    """Citations, those whose quote is not exactly the text at its offsets, and markers that were not shown."""
    shown = sum(bool(passage["used"]) for passage in answer["passages"])
    wrong = sum(
        client.get(f"/documents/{one['document_id']}/text").text[one["start"] : one["end"]] != one["quote"]
        for one in answer["citations"]
    )
    markers = {int(number) for number in re.findall(r"\[(\d+)\]", answer["answer"])}
    stray = markers ^ {one["marker"] for one in answer["citations"]} | {m for m in markers if not 1 <= m <= shown}
    return len(answer["citations"]), wrong, len(stray)


def peak_memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def run(options: argparse.Namespace) -> dict[str, Any]:
    questions = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = []
    with httpx.Client(base_url=options.url, timeout=300) as client:
        ask(client, questions[0]["question"])  # warm
        for question in questions[: options.limit]:
            answer, first, total = ask(client, question["question"])
            if answer.get("cached"):
                raise SystemExit("the service gave an answer that it had kept: start it with YOUJU_ANSWER_CACHE=0")
            citations, wrong, stray = check_citations(client, answer)
            cited = {(one["uri"], one["page"]) for one in answer["citations"]}
            row = {
                **{key: question.get(key) for key in KEPT},
                "answer": answer["answer"], "verdict": answer["verdict"], "cited": sorted(cited, key=str),
                "right": holds(answer["answer"], question["answers"]),
                "right_document": any(uri in question["documents"] for uri, _ in cited),
                "right_page": is_right_page(question, cited),
                "citations": citations, "wrong_quotes": wrong, "stray_markers": stray,
                "passages_ms": first, "total_ms": total, "prompt_tokens": answer["usage"]["prompt_tokens"],
            }  # fmt: skip
            rows.append(row)
            mark = "right" if row["right"] else "-"
            print(f"{row['verdict']:9} {mark:5} {total / 1000:5.1f} s  {row['question']}  =>  {row['answer']}", flush=True)
    if options.out:
        options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return summary(rows, options.pid)


def summary(rows: list[dict[str, Any]], pid: int | None) -> dict[str, Any]:
    answerable = [row for row in rows if row["answerable"]]
    unanswerable = [row for row in rows if not row["answerable"]]
    replied = [row for row in answerable if row["verdict"] != "abstained"]
    result: dict[str, Any] = {"questions": len(rows)}
    for kind in sorted({str(row["kind"]) for row in answerable}):
        for language in ("en", "zh"):
            group = [row for row in answerable if str(row["kind"]) == kind and row["language"] == language]
            result[f"right, {kind}, {language}"] = f"{sum(row['right'] for row in group)}/{len(group)}"
    result |= {
        "right of those answered": f"{sum(row['right'] for row in replied)}/{len(replied)}",
        "right document cited, of those answered": f"{sum(row['right_document'] for row in replied)}/{len(replied)}",
        "right page cited, of those with right document": f"{sum(r['right_page'] for r in replied if r['right_document'])}"
        f"/{sum(r['right_document'] for r in replied)}",
        "false refusals": f"{len(answerable) - len(replied)}/{len(answerable)}",
        "false answers": f"{sum(row['verdict'] != 'abstained' for row in unanswerable)}/{len(unanswerable)}",
        "citations": sum(row["citations"] for row in rows),
        "wrong quotes": sum(row["wrong_quotes"] for row in rows),
        "stray markers": sum(row["stray_markers"] for row in rows),
        "passages event, median ms": round(statistics.median(row["passages_ms"] for row in rows)),
        "passages event, slowest ms": round(max(row["passages_ms"] for row in rows)),
        "answer, median s": round(statistics.median(row["total_ms"] for row in rows) / 1000, 1),
        "answer, slowest s": round(max(row["total_ms"] for row in rows) / 1000, 1),
        "prompt tokens, median": statistics.median(row["prompt_tokens"] for row in rows),
    }
    if pid:
        result["peak memory, MB"] = round(peak_memory_mb(pid))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--pid", type=int, help="process id of the service, to read its peak memory")
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--out", type=Path, help="write each question and answer here")
    print(json.dumps(run(parser.parse_args()), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
