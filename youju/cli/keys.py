"""`youju keys create|list|revoke`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, cast

import typer

from youju.cli.output import JsonOption, errors, guarded, print_json
from youju.index.base.keys import Key, KeyScope
from youju.index.opening import open_index
from youju.settings import load_settings

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


class ScopeName(StrEnum):
    """`youju.index.base.keys.KeyScope` in the form in which the command line takes several of a choice."""

    ask = "ask"
    ingest = "ingest"
    admin = "admin"


@app.command("create")
@guarded
def create(
    name: Annotated[str, typer.Argument(help="What will use it, as it shall stand in the list.")],
    scope: Annotated[
        list[ScopeName] | None,
        typer.Option(
            help="What it may do: `ask` (questions, search, reading documents), `ingest` (uploads, deletion, jobs), or "
            "`admin` (all). Several are possible; `ask` if none is given."
        ),
    ] = None,
    collection: Annotated[
        list[str] | None, typer.Option("--collection", "-c", help="Collection it may use; several are possible, or all.")
    ] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Days after which it ends.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it: it is shown this once."""
    index = open_index(load_settings())
    scopes = cast(list[KeyScope], [one.value for one in scope or ()]) or ["ask"]
    text, key = index.keys.create(name, scopes, collection or None, expires_days)
    for unknown in sorted(set(key.collections or ()) - set(index.store.collections())):
        errors.print(f"Note: there is no collection {unknown!r} yet.", markup=False)
    if as_json:
        print_json({"key": text} | asdict(key))
        return
    typer.echo(text)
    errors.print("Keep it now: only its hash is stored. Send it as `Authorization: Bearer …`.", markup=False)


@app.command("list")
@guarded
def list_keys(as_json: JsonOption = False) -> None:
    """List the keys, also those that are revoked or expired."""
    keys = open_index(load_settings()).keys
    known, now = keys.all(), keys.now()
    if as_json:
        print_json({"keys": [_shown(key, now) for key in known]})
        return
    for key in known:
        where = "all collections" if key.collections is None else ", ".join(key.collections)
        used = f"last used {key.last_used[:16]}" if key.last_used else "never used"
        ends = f", expires {key.expires_at[:10]}" if key.expires_at else ""
        typer.echo(f"{key.id}  {key.state(now):7}  {key.name}  {'+'.join(key.scopes)}  {where}  {used}{ends}")
    if not known:
        typer.echo("No keys yet: `youju keys create NAME` makes one.")


@app.command("revoke")
@guarded
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `youju keys list` shows it.")], as_json: JsonOption = False
) -> None:
    """Refuse a key from now on, also in a running service."""
    keys = open_index(load_settings()).keys
    key = keys.revoke(key_id)
    if as_json:
        print_json(_shown(key, keys.now()))
        return
    typer.echo(f"{key.id} ({key.name}) is revoked.")


def _shown(key: Key, now: datetime) -> dict[str, Any]:
    return asdict(key) | {"state": key.state(now)}
