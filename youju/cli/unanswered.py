"""`youju unanswered`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from youju.cli.output import CollectionOption, JsonOption, guarded, print_json
from youju.index.opening import open_index
from youju.settings import load_settings

HOW_TO_KEEP = "Questions are not kept: set YOUJU_KEEP_UNANSWERED=true, or `keep_unanswered = true` in youju.toml."


@guarded
def unanswered(
    collection: CollectionOption = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete them, also from the bytes of the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the questions that found no answer, or only part of one, most asked first."""
    settings = load_settings()
    questions = open_index(settings).unanswered
    if clear:
        deleted = questions.clear(collection)
        if as_json:
            print_json({"deleted": deleted})
        else:
            typer.echo(f"{deleted} questions deleted.")
        return
    found = questions.most_asked(collection)
    if as_json:
        print_json({"kept": settings.keep_unanswered, "questions": [asdict(one) for one in found], "total": len(found)})
        return
    for one in found:
        typer.echo(f"{one.times:4}  {' '.join(one.question.split())}")
        where = "".join(f"  {part}" for part in (one.collection, one.nearest and f"nearest: {one.nearest}") if part)
        typer.echo(f"      {one.last_asked[:10]}{where}")
        if one.missing:
            typer.echo(f"      {one.missing}")
    typer.echo(f"{len(found)} questions without a full answer.")
    if not settings.keep_unanswered:
        typer.echo(HOW_TO_KEEP)
