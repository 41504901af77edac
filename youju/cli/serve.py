"""`youju serve`."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import sys
from typing import Annotated

import typer

from youju import logs
from youju.cli.output import CollectionOption, errors, guarded, model_progress
from youju.errors import InvalidRequest
from youju.index.base.keys import Keys
from youju.index.opening import open_index
from youju.settings import Settings, load_settings

log = logging.getLogger("youju")


@guarded
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
    collection: CollectionOption = None,
    require_keys: Annotated[bool | None, typer.Option("--require-keys", help="Answer only requests with an API key.")] = None,
    open_to_all: Annotated[bool | None, typer.Option("--open", help="Let others reach it without a key.")] = None,
) -> None:
    """Start the HTTP service."""
    from service.http.app import create_app
    from service.http.server import Server
    from youju.model_files.locate import locate

    settings = load_settings(host=host, port=port, collection=collection, require_keys=require_keys, open_to_all=open_to_all)
    require_protection(settings)
    index = open_index(settings)  # what is wrong with the index is said here, in one line
    if (note := missing_keys(settings, index.keys)) is not None:
        errors.print(note, markup=False)
    index.close()
    listener = listen(settings)
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    with model_progress() as progress:  # prepared before the service starts, with a bar where one can be seen
        locate(settings.embedding_model, "embedder", settings.cache_dir, progress)
    logs.configure(settings)
    if logs.writes_text(settings, sys.stderr):
        errors.print(f"Starting on {address} (reference: {address}/docs) …", markup=False)
    else:
        logs.event(log, logging.INFO, "starting", address=address)
    app = create_app(settings)
    try:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is ended
            Server(app, app.state.traffic, settings).run(sockets=[listener])
    except SystemExit:  # uvicorn's, with 3 for whatever kept the service from starting; why is in the log
        if app.state.failure is None:
            raise
        raise typer.Exit(app.state.failure.exit_code) from None
    finally:
        listener.close()


def require_protection(settings: Settings) -> None:
    """
    Raises:
        InvalidRequest: others would reach the documents without a key, and nobody said that they shall.
    """
    if not (settings.is_loopback or settings.require_keys or settings.open_to_all):
        raise InvalidRequest(
            f"on {settings.host} everybody who reaches this machine could read the documents.",
            "Require keys with --require-keys (YOUJU_REQUIRE_KEYS=true), or open it with --open (YOUJU_OPEN_TO_ALL=true).",
        )


def missing_keys(settings: Settings, keys: Keys) -> str | None:
    """What to say where keys are required and there is none that is valid."""
    if not settings.require_keys or any(key.state(keys.now()) == "valid" for key in keys.all()):
        return None
    return "Keys are required and there is none yet: `youju keys create NAME` makes one, also while the service runs."


def listen(settings: Settings) -> socket.socket:
    """
    Raises:
        InvalidRequest: the address or the port cannot be taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol: asyncio switches Nagle's algorithm off only then. With it each answer on a kept connection, and each
    # event of a stream, would wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise InvalidRequest(
            f"{settings.host}:{settings.port} {reason}.", "Choose another with --port or YOUJU_PORT."
        ) from None
    return listener
