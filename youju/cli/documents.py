"""`youju documents list|show|delete` and `youju collections`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.overview import overview
from youju.cli.output import CollectionOption, JsonOption, guarded, print_json
from youju.index.opening import open_index
from youju.index.protocols import Store
from youju.maintenance.deletion import delete_and_prove
from youju.settings import load_settings

app = typer.Typer(help="List, show and delete documents.", no_args_is_help=True)
DocumentIds = Annotated[list[str], typer.Argument(help="Ids, as `youju documents list` shows them.", metavar="ID...")]


def _store() -> Store:
    return open_index(load_settings()).store


@app.command("list")
@guarded
def list_documents(
    collection: CollectionOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="List the files that could not be read instead, and why.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the documents of the index."""
    store = _store()
    if failed:
        _list_failures(store, collection, as_json)
        return
    store.require_collection(collection)
    documents = store.documents(collection)
    if as_json:
        print_json({"documents": [asdict(document) for document in documents]})
        return
    for one in documents:
        also = f"  (also {', '.join(one.also_at)})" if one.also_at else ""
        typer.echo(f"{one.id}  {one.collection}  {one.chunks:4} chunks  {one.uri}  {one.title}{also}")
    typer.echo(f"{len(documents)} documents.")


def _list_failures(store: Store, collection: str | None, as_json: bool) -> None:
    failures = store.failures(collection)
    if as_json:
        print_json({"failed": [asdict(failure) for failure in failures]})
        return
    for one in failures:
        typer.echo(f"{one.collection}  {one.uri}: {one.reason}  ({one.failed_at})")
    typer.echo(f"{len(failures)} files could not be read; each is tried again when it changes, or with `youju ingest --retry`.")


@app.command("example")
@guarded
def example(collection: CollectionOption = None) -> None:
    """Print a question to begin with, made from the documents."""
    found = overview(_store(), collection, most=1).examples
    if found:
        typer.echo(found[0].question)


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
def delete(
    document_ids: DocumentIds,
    verify: Annotated[
        bool, typer.Option("--verify", help="Write the files anew without them, and prove that nothing is left.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete documents from the index. The files stay where they are."""
    settings = load_settings()
    index = open_index(settings)
    store = index.store
    documents = [store.document(document_id) for document_id in dict.fromkeys(document_ids)]  # all or none
    ids = [document.id for document in documents]
    if not verify:
        store.delete(ids)
        if as_json:
            print_json({"deleted": ids})
        else:
            typer.echo(f"{len(ids)} documents deleted from the index.")
        return
    proof = delete_and_prove(store, index.vectors(), ids)
    if as_json:
        print_json({"deleted": ids, "proof": asdict(proof) | {"clean": proof.clean}})
    else:
        typer.echo(
            f"{len(ids)} documents deleted. Left in the store: {proof.documents} documents, {proof.chunks} chunks; in the full "
            f"text: {proof.words}; in the vectors: {proof.vectors}; pieces of them in the files: {proof.pieces_in_files} of "
            f"{proof.pieces_looked_for} looked for."
        )
    if not proof.clean:
        raise typer.Exit(1)


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
