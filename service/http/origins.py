"""Refuses requests that a browser sends for the page of somebody else. Plain ASGI. In force while no keys are required.

Then whoever reaches the service may use it, and any page that the user has open can make the browser reach it:
- by a name of its own that suddenly points to this machine (DNS rebinding): such a request carries that name in `Host`;
- by its address, across origins: such a request carries `Origin`, or else `Sec-Fetch-Site`, which pages cannot forge. There is
  no CORS, so the page could not read the answer, but it could upload, and make the machine work.
A key is not sent by itself, so where keys are required a page has nothing to use. What holds nothing of anybody (the files of
the page, the reference) is given to every page, so that the page itself can say what is wrong.

Behind a proxy `Host` may be that of the proxy or of this machine. What the service's own page alone can send tells it then:
- `Sec-Fetch-Site: same-origin` (of an address typed in `none`). Browsers send it only over TLS, or to this machine by its own
  name; a name that was turned here has no certificate.
- the header of the page (`OWN_PAGE`), which another origin may not send without asking, and nobody is told yes.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.access import path_of, refuse
from youju.errors import ForeignRequest
from youju.settings import Settings

DEFAULT_PORTS = ("80", "443")
OWN_PAGE = b"x-youju-page"
FILES = re.compile(r"/|/ui/.*|/docs(?:/assets/.*)?|/openapi\.json")


class OriginGuard:
    """Lets through what comes from programs of the user, and from pages of the service itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = {name.strip().lower() for name in settings.allowed_hosts.split(",")} - {""}
        # An address as host cannot be rebound. On loopback none but loopback's is expected.
        self._any_address = not settings.is_loopback
        if self._any_address:
            self._names.add(settings.host.lower())
        self._is_on = not settings.require_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and self._is_on and not _is_file(scope):
            try:
                self._check(scope)
            except ForeignRequest as error:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """
        Raises:
            ForeignRequest
        """
        hosts, origins = _all(scope, b"host"), _all(scope, b"origin")
        host = hosts[0] if len(hosts) == 1 else ""
        if not (self._is_own(_name_of(host)) or _is_certain(scope)):
            raise ForeignRequest(
                "the host of the address is not one under which this service is known.",
                "Use http://127.0.0.1, or name the host in YOUJU_ALLOWED_HOSTS.",
            )
        is_same = all(self._is_same(origin, host) for origin in origins)
        is_page = _is_certain(scope) or (_all(scope, OWN_PAGE) and not _is_embedded(scope))
        if not (is_same or is_page) or (not origins and _is_embedded(scope)):
            raise ForeignRequest(
                "it comes from a page of another site.",
                "If that site is yours, name its host in YOUJU_ALLOWED_HOSTS, or let its proxy hand on `Host`.",
            )

    def _is_own(self, name: str) -> bool:
        if name == "localhost" or name.endswith(".localhost") or name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._any_address or address.is_loopback

    def _is_same(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is the service's own, or of a host that the user named."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and (
            _without_default_port(parts.netloc) == _without_default_port(host) or (parts.hostname or "") in self._names
        )


def _all(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for name, value in scope["headers"] if name == header]


def _name_of(host: str) -> str:
    """The name or address without port and brackets; "" where it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "").rstrip(".") if parts.netloc == host and "@" not in host else ""


def _without_default_port(netloc: str) -> str:
    name, _, port = netloc.rpartition(":")
    return name if name and port in DEFAULT_PORTS else netloc


def _is_file(scope: Scope) -> bool:
    return scope.get("method") in ("GET", "HEAD") and bool(FILES.fullmatch(path_of(scope)))


def _is_certain(scope: Scope) -> bool:
    """Whether the browser says that the service's own page sends it, or its user; see above why that cannot be arranged."""
    return _all(scope, b"sec-fetch-site") in (["same-origin"], ["none"])


def _is_embedded(scope: Scope) -> bool:
    """Whether a page of another site loads it: as a picture, a script, a frame, a form. A link that is followed is none."""
    headers = {name: _all(scope, name)[-1:] for name in (b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")}
    if headers[b"sec-fetch-site"] not in (["cross-site"], ["same-site"]):
        return False
    followed = scope.get("method") == "GET" and headers[b"sec-fetch-mode"] == ["navigate"]
    return not (followed and headers[b"sec-fetch-dest"] == ["document"])
