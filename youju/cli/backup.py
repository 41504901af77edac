"""`youju backup` and `youju restore`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from youju.cli.output import JsonOption, guarded, model_progress, print_json
from youju.index.opening import embedded, open_index, require_index
from youju.maintenance import carrying
from youju.maintenance.archive import Manifest
from youju.maintenance.backup import backup as write_backup
from youju.maintenance.backup import restore as restore_backup
from youju.settings import load_settings


@guarded
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the whole index into one file, while others ingest and search.

    The file appears when it is complete. It holds all documents' text: keep it as safe as the index.
    """
    settings = load_settings()
    require_index(settings)
    index, began = open_index(settings), time.monotonic()
    with model_progress() as progress:
        if settings.database_url.get_secret_value():
            manifest = carrying.backup(index, file, force, progress)
        else:
            manifest = write_backup(embedded(index.store, "", ""), file, force, progress)
    if as_json:
        print_json(_facts(manifest) | {"file": str(file), "bytes": file.stat().st_size})
    else:
        size = file.stat().st_size / (1 << 20)
        typer.echo(f"{_described(manifest)} written to {file} ({size:,.1f} MiB) in {time.monotonic() - began:.1f} s.")


@guarded
def restore(
    file: Annotated[Path, typer.Argument(help="A file of `youju backup`.", metavar="FILE", show_default=False)],
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the index, in place of YOUJU_DATA_DIR.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Put it in place of an index that holds something.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in place of the index, of either engine. Stop the service first.

    Every part is checked before the old index goes; a stopped or killed restore leaves it as it was.
    """
    settings = load_settings(data_dir=data_dir)
    place = str(settings.data_dir)
    with model_progress() as progress:
        if settings.database_url.get_secret_value():
            index = open_index(settings)
            place = index.store.place
            manifest = carrying.restore(file, index, force, progress)
        else:
            manifest = restore_backup(file, settings.data_dir, force, progress)
    if as_json:
        print_json(_facts(manifest) | {"data_dir": str(settings.data_dir), "place": place})
    else:
        typer.echo(f"{_described(manifest)}, backed up at {manifest.created_at}, restored to {place}.")


def _facts(manifest: Manifest) -> dict[str, object]:
    return manifest.model_dump(mode="json", exclude={"members"})


def _described(manifest: Manifest) -> str:
    uploads = f", {manifest.uploads} waiting uploads" if manifest.uploads else ""
    return f"{manifest.documents} documents ({manifest.chunks} chunks{uploads}, state {manifest.sequence})"
