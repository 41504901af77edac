"""`youju documents list|show|delete` and `youju collections`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from youju.records import Document
from youju.settings import load_settings
from youju.store import Store
from youju_cli.output import CollectionOption, JsonOption, guarded, print_json

app = typer.Typer(help="List, show and delete documents.", no_args_is_help=True)
DocumentIds = Annotated[list[str], typer.Argument(help="Ids, as `youju documents list` shows them.", metavar="ID...")]


def _store() -> Store:
    return Store(load_settings().database)


@app.command("list")
@guarded
def list_documents(collection: CollectionOption = None, as_json: JsonOption = False) -> None:
    """List the documents of the index."""
    store = _store()
    store.require_collection(collection)
    documents = store.documents(collection)
    if as_json:
        print_json({"documents": [asdict(document) for document in documents]})
        return
    for one in documents:
        typer.echo(f"{one.id}  {one.collection}  {one.chunks:4} chunks  {one.uri}  {one.title}")
    typer.echo(f"{len(documents)} documents.")


@app.command("show")
@guarded
def show(
    document_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[bool, typer.Option("--text", help="Print the extracted text instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of a document."""
    store = _store()
    if text:
        typer.echo(store.text(document_id))
        return
    known = asdict(store.document(document_id))
    if as_json:
        print_json(known)
        return
    pages = known.pop("page_starts")
    for name, value in {**known, "pages": len(pages) or None}.items():
        if value is not None:
            typer.echo(f"{name:12} {value}")


@app.command("delete")
@guarded
def delete(document_ids: DocumentIds, as_json: JsonOption = False) -> None:
    """Delete documents from the index. The files stay where they are."""
    store = _store()
    documents: list[Document] = [store.document(document_id) for document_id in document_ids]  # all or none
    count = store.delete(document.id for document in documents)
    if as_json:
        print_json({"deleted": [document.id for document in documents]})
        return
    typer.echo(f"{count} documents deleted from the index.")


@guarded
def collections(as_json: JsonOption = False) -> None:
    """List the collections with their number of documents."""
    known = _store().collections()
    if as_json:
        print_json({"collections": known})
        return
    for name, count in known.items():
        typer.echo(f"{name}  {count} documents")
    if not known:
        typer.echo("No collections yet: run `youju ingest FOLDER`.")
