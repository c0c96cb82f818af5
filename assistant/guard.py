"""Who may use the server: everyone on this machine, or whoever knows the key.

Without a key only requests that name this machine are answered, so that a page elsewhere can't
reach the server by a name that resolves here; nor may it send requests from a browser that is let
in. With one, every door asks for it, the page included:
as ``Authorization: Bearer KEY``, or as the password that a browser asks for.
"""

import base64
import binascii
import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Address, Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.errors import BadRequest

OPEN = ("/health",)  # says nothing but that the server is up


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, key: str | None) -> None:
        self.app, self.key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers why not."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["path"] in OPEN:
            return None
        host, origin = host_of(headers.get("host", "")), headers.get("origin")
        if self.key is None and not is_loopback(host):
            return refused(421, "this server answers to the names of this machine only")
        if origin is not None and not is_own(origin, host):
            return refused(403, "pages of other sites may not use this server")
        if self.key is None:
            return None
        if hmac.compare_digest(given_key(headers.get("authorization", "")), self.key.encode()):
            return None
        response = refused(401, "the API key is missing or wrong: HEADROUTER_API_KEY has it")
        response.headers["www-authenticate"] = 'Basic realm="headrouter", charset="UTF-8"'
        return response


def client_of(address: Address | None, door: str) -> str:
    """Who is at an address, as the lane and the jobs tell clients apart.

    The address and the door, for both are facts: all clients have the same key, and a name that a
    client gives itself would only help whoever wants more than a share.
    """
    return f"{address.host} {door}" if address else door


def refused(status: int, message: str) -> Response:
    """An error in OpenAI's envelope."""
    error = {"message": message, "type": "authentication_error", "code": status}
    return JSONResponse({"error": error}, status)


def given_key(authorization: str) -> bytes:
    """The key of an Authorization header; empty where there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""


def host_of(header: str) -> str:
    """The host of a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def is_own(origin: str, host: str) -> bool:
    """Whether a page that sends a request came from this server, by whatever local name."""
    sender = urlsplit(origin).hostname or ""
    return sender == host or (is_loopback(sender) and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_host(host: str, key: str | None) -> None:
    """Raises BadRequest for an address that others can reach while there is no key."""
    if key is None and not is_loopback(host):
        raise BadRequest(
            f"serving on {host} lets others in: set HEADROUTER_API_KEY to 16 characters or more"
        )
