"""Requests to public addresses only: every connection goes to an address that was looked at, whatever a redirect or a name
server says meanwhile.
"""

from __future__ import annotations

import ipaddress
import socket

import httpx

from youju import __version__
from youju.errors import InvalidRequest

SECONDS = 30.0  # without a byte
PRIVATE = "Give --allow-private if you trust it."


def public_address(host: str, port: int, allow_private: bool) -> str:
    """The address of a host.

    Raises:
        InvalidRequest: there is no such host, or it has an address of this machine or of a network that is not public.
    """
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise InvalidRequest(f"there is no host {host!r}.", "Check the address and the network.") from error
    if not allow_private and not all(is_public(one) for one in found):
        raise InvalidRequest(f"{host} is no public address.", PRIVATE)
    return found[0]


def is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None) or known
    return inner.is_global and not inner.is_multicast


class Guarded(httpx.BaseTransport):
    """Connects to the addresses that were looked at, with the names that were asked for."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._transport = httpx.HTTPTransport(retries=1)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{url.scheme} is not asked", request=request)
        address = public_address(url.host, url.port or (443 if url.scheme == "https" else 80), self._allow_private)
        asked = httpx.Request(
            request.method, url.copy_with(host=address), headers=request.headers, stream=request.stream,
            extensions=request.extensions | {"sni_hostname": url.host},
        )  # fmt: skip
        return self._transport.handle_request(asked)

    def close(self) -> None:
        self._transport.close()


def client(allow_private: bool) -> httpx.Client:
    return httpx.Client(
        transport=Guarded(allow_private), trust_env=False, follow_redirects=True, max_redirects=5, timeout=SECONDS,
        headers={"User-Agent": f"youju/{__version__}", "Accept": "text/html,application/xhtml+xml,*/*;q=0.5"},
    )  # fmt: skip
