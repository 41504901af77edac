"""`youju feedback`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from youju.cli.output import CollectionOption, JsonOption, guarded, print_json
from youju.evaluation.records import EvalQuestion
from youju.files import atomic_write
from youju.index.base.records import Judgement
from youju.index.opening import open_index
from youju.settings import load_settings

HOW_TO_KEEP = "Feedback is not kept: set YOUJU_KEEP_FEEDBACK=true, or `keep_feedback = true` in youju.toml."


@guarded
def feedback(
    collection: CollectionOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write them as questions for `youju eval` into this file.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete them, also from the bytes of the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what people said of answers, the latest first; with --out as questions for `youju eval`."""
    settings = load_settings()
    kept = open_index(settings).feedback
    if clear:
        deleted = kept.clear(collection)
        if as_json:
            print_json({"deleted": deleted})
        else:
            typer.echo(f"{deleted} judgements deleted.")
        return
    found = kept.latest(collection)
    if out is not None:
        _write(found, out)
        return
    if as_json:
        print_json({"kept": settings.keep_feedback, "judgements": [asdict(one) for one in found], "total": len(found)})
        return
    for one in found:
        typer.echo(f"{'right' if one.is_right else 'wrong'}  {' '.join(one.question.split())}")
        typer.echo(f"       {one.judged_at[:10]}  {_said(one)}")
    typer.echo(f"{len(found)} answers judged, {sum(one.is_right for one in found)} right.")
    if not settings.keep_feedback:
        typer.echo(HOW_TO_KEEP)


def _said(one: Judgement) -> str:
    if one.answerable is False:
        return "the documents do not hold it"
    return " ".join((one.answers[0] if one.answers else f"answered: {one.answer}").split())[:160]


def _write(found: list[Judgement], path: Path) -> None:
    """Those of which it was said whether they can be answered; the others say nothing to measure by."""
    questions = [
        EvalQuestion(
            question=one.question,
            answers=list(one.answers),
            documents=list(one.documents),
            answerable=one.answerable,
            language=one.language,
            kind="right" if one.is_right else "wrong",
        )
        for one in found
        if one.answerable is not None
    ]
    with atomic_write(path) as draft:
        draft.write_text("".join(f"{one.model_dump_json(exclude_none=True)}\n" for one in questions), encoding="utf-8")
    typer.echo(f"{len(questions)} questions written to {path}: `youju eval {path}` asks them.")
    if left := len(found) - len(questions):
        typer.echo(f"{left} left out: wrong answers of which nobody said what would be right.")
