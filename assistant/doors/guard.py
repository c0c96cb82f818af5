"""Who may use the server: everyone on this machine, or whoever knows the key.

Without a key only requests that name this machine are answered, so that a page elsewhere can't
reach the server by a name that resolves here; nor may it send requests from a browser that is let
in. With one, every door asks for it, the page included:
as ``Authorization: Bearer KEY``, or as the password that a browser asks for.
"""

import base64
import binascii
import hmac
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Address, Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import BadRequest

LIMITED = ("/v1/", "/mcp")  # doors whose bodies are held in memory or in a temporary file
PAGE, UPLOAD = ("/gradio_api/", "/page/"), "/gradio_api/upload"  # the page's JSON, its uploads
MOST_OF_PAGE = 8_000_000  # bytes of the page's JSON: a long conversation
PORTS = {"http": 80, "https": 443}
OPEN = ("/health",)  # says nothing but that the server is up


class Guard:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, key: str | None, origins: Collection[str] = frozenset()
    ) -> None:
        self.app, self.key, self.origins = app, key, origins

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
        host, origin = headers.get("host", ""), headers.get("origin")
        if self.key is None and not is_loopback(host_of(host)):
            return refused(421, "this server answers to the names of this machine only")
        sent = origin if origin is not None else headers.get("sec-fetch-site")
        if sent is not None and not self._is_own(sent, host):
            return refused(403, "pages of other sites may not use this server")
        if self.key is None:
            return None
        if hmac.compare_digest(given_key(headers.get("authorization", "")), self.key.encode()):
            return None
        response = refused(401, "the API key is missing or wrong: HEADROUTER_API_KEY has it")
        response.headers["www-authenticate"] = 'Basic realm="headrouter", charset="UTF-8"'
        return response

    def _is_own(self, sent: str, host: str) -> bool:
        """Whether a request came from a page of this server, or of one that may use it.

        sent: its Origin, or else what a browser says in Sec-Fetch-Site.
        """
        if sent in ("same-origin", "none"):  # none: the user typed the address
            return True
        return sent in self.origins or is_own(sent, host)


class BodyLimit:
    """ASGI middleware: a request's body may not be larger than ``most`` bytes, endless ones too.

    The page's uploads have a limit of their own.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what comes in; answers 413 instead of whatever came of a body that was cut."""
        most = self.limit(scope["path"]) if scope["type"] == "http" else None
        if most is None:
            await self.app(scope, receive, send)
            return
        arrived, refused_now = 0, False

        async def count() -> Message:
            nonlocal arrived, refused_now
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > most and not refused_now:
                refused_now = True
                await too_large(most)(scope, receive, send)
            return {"type": "http.disconnect"} if refused_now else message

        async def answer(message: Message) -> None:
            if not refused_now:
                await send(message)

        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            await too_large(most)(scope, receive, send)
            return
        try:
            await self.app(scope, count, answer)
        except ClientDisconnect:
            if not refused_now:
                raise

    def limit(self, path: str) -> int | None:
        """Bytes of a body at a path, or None where another limit holds."""
        if path.startswith(LIMITED):
            return self.most
        return MOST_OF_PAGE if path.startswith(PAGE) and not path.startswith(UPLOAD) else None


def too_large(most: int) -> Response:
    """What is answered to a body over the limit."""
    message = (
        f"a request has {most / 1e6:.4g} MB at most, by the setting max_upload: send "
        "less, or name a file in an allowed folder"
    )
    response = refused(413, message, "MediaTooLarge")
    response.headers["connection"] = "close"  # what is still coming is not wanted
    return response


def most_of_a_body(upload: int) -> int:
    """Bytes of a request that holds an upload in base64, and a question."""
    return upload * 4 // 3 + 1_000_000


def client_of(address: Address | None, door: str) -> str:
    """Who is at an address, as the lane and the jobs tell clients apart.

    The address and the door, for both are facts: all clients have the same key, and a name that a
    client gives itself would only help whoever wants more than a share.
    """
    return f"{address.host} {door}" if address else door


def refused(status: int, message: str, kind: str = "authentication_error") -> Response:
    """An error in OpenAI's envelope."""
    error = {"message": message, "type": kind, "code": status}
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
    """Whether an origin is this server's own, by whatever local name; host: the Host header.

    Another port is another server.
    """
    try:
        sender, own = urlsplit(origin), urlsplit(f"//{host}")
        ports = sender.port or PORTS.get(sender.scheme), own.port or PORTS.get(sender.scheme)
    except ValueError:  # no address at all
        return False
    names = (sender.hostname or ""), (own.hostname or "")
    return ports[0] == ports[1] and (names[0] == names[1] or all(map(is_loopback, names)))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    name = host.lower().removesuffix(".")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def check_host(host: str, key: str | None) -> None:
    """Raises BadRequest for an address that others can reach while there is no key."""
    if key is None and not is_loopback(host):
        raise BadRequest(
            f"serving on {host} lets others in: set HEADROUTER_API_KEY to 16 characters or more"
        )
