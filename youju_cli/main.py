"""The `youju` command and its subcommands."""

from __future__ import annotations

import typer

from youju_cli import (
    asking,
    backing_up,
    calibrating,
    documents,
    evaluating,
    ingesting,
    keys,
    models,
    operating,
    reindexing,
    serving,
    unanswered,
)

app = typer.Typer(
    name="youju",
    help="Answers from your own documents, each sentence on a passage that you can open.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("ingest")(ingesting.ingest)
app.command("ask")(asking.ask)
app.command("search")(asking.search)
app.command("explain")(asking.explain)
app.command("eval")(evaluating.make_command())
app.command("calibrate")(calibrating.make_command())
app.command("serve")(serving.serve)
app.command("doctor")(operating.doctor)
app.command("backup")(backing_up.backup)
app.command("restore")(backing_up.restore)
app.command("reindex")(reindexing.make_command())
app.command("jobs")(operating.jobs)
app.command("unanswered")(unanswered.unanswered)
app.command("collections")(documents.collections)
app.add_typer(documents.app, name="documents")
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
