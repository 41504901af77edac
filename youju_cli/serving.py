"""`youju serve`."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from typing import Annotated

import typer

from youju import logs
from youju.errors import InvalidRequest
from youju.settings import Settings, load_settings
from youju.store import Store
from youju_cli.output import CollectionOption, errors, guarded, model_progress

log = logging.getLogger("youju")
GRACE = 10  # seconds that open answers may take when the service is stopped


@guarded
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
    collection: CollectionOption = None,
) -> None:
    """Start the HTTP service."""
    import uvicorn  # here, because no other command needs it

    from service.app import create_app
    from youju.models import locate

    settings = load_settings(host=host, port=port, collection=collection)
    Store(settings.database).close()  # what is wrong with the index is said here, in one line
    listener = _listen(settings)
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    with model_progress() as progress:  # prepared before the service starts, with a bar where one can be seen
        locate(settings.embedding_model, "embedder", settings.cache_dir, progress)
    logs.configure(settings)
    if logs.writes_text(settings, sys.stderr):
        errors.print(f"Starting on {address} (reference: {address}/docs) …", markup=False)
    else:
        logs.event(log, logging.INFO, "starting", address=address)
    config = uvicorn.Config(  # the log is configured already, with one line of our own for each request
        create_app(settings), log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, server_header=False
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()


def _listen(settings: Settings) -> socket.socket:
    """
    Raises:
        InvalidRequest: the address or the port cannot be taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
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
