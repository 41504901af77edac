"""The `youju` command and its subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from youju import __version__
from youju.cli import (
    ask,
    backup,
    calibrate,
    documents,
    evaluate,
    feedback,
    ingest,
    keys,
    models,
    operate,
    reindex,
    serve,
    unanswered,
)

app = typer.Typer(
    name="youju",
    help="Answers from your own documents, each sentence on a passage that you can open.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("ingest")(ingest.ingest)
app.command("ask")(ask.ask)
app.command("search")(ask.search)
app.command("explain")(ask.explain)
app.command("eval")(evaluate.make_command())
app.command("calibrate")(calibrate.make_command())
app.command("serve")(serve.serve)
app.command("doctor")(operate.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("reindex")(reindex.make_command())
app.command("worker")(operate.worker)
app.command("jobs")(operate.jobs)
app.command("unanswered")(unanswered.unanswered)
app.command("feedback")(feedback.feedback)
app.command("collections")(documents.collections)
app.add_typer(documents.app, name="documents")
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"youju {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Answers from your own documents, each sentence on a passage that you can open."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
