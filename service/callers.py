"""What whoever sent a request may see. The one place where chat clients and tools ask for it. Knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.schemas import Filters, make_scope
from youju.errors import UnknownCollection
from youju.records import Scope
from youju.settings import Settings


def allowed_collections(state: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The collections that the sender of a request may see; None stands for all.

    Args:
        state: of the request, as in the ASGI scope; `principal` is set where keys are in use.
    """
    principal = state.get("principal")
    return None if principal is None else principal.collections


def is_allowed(state: Mapping[str, Any], collection: str) -> bool:
    allowed = allowed_collections(state)
    return allowed is None or collection in allowed


def scope_for(state: Mapping[str, Any], collection: str | None, filters: Filters, settings: Settings) -> Scope:
    """The part of the index that a request is about, within what its sender may see.

    Raises:
        UnknownCollection: it may not be seen; said in the same words as where there is none.
    """
    scope = make_scope(collection, filters, settings)
    if scope.collection is not None and not is_allowed(state, scope.collection):
        raise UnknownCollection(f"there is no collection {scope.collection!r}.", "Ask who gave you the key.")
    return replace(scope, allowed=allowed_collections(state))
