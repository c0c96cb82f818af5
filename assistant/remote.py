"""Models on other machines: what `openai:NAME@URL` means, and where audio may be sent."""

import os
from ipaddress import ip_address

import httpx

from assistant.errors import BadRequest
from assistant.settings import Settings
from headrouter.hear.remote import Server
from tools.errors import FetchError
from tools.fetch import check, is_public

PREFIX = "openai:"
OPENAI = "api.openai.com"
EXAMPLE = f"{PREFIX}voxtral@http://127.0.0.1:8000/v1"


def is_remote(name: str) -> bool:
    """Whether a model's name is that of one on a server."""
    return name.startswith(PREFIX)


def without_address(name: str) -> str:
    """A model's name without its server's address, for clients."""
    return name.partition("@")[0] if is_remote(name) else name


def server_of(settings: Settings) -> Server:
    """The server of the model in the settings, with its key.

    The key is HEADROUTER_REMOTE_KEY or the setting; OPENAI_API_KEY goes to OpenAI alone, or any
    address that is typed would be told it. Raises BadRequest for a name without a name or address,
    and for a server that audio may not be sent to.
    """
    model, _, address = settings.model.removeprefix(PREFIX).partition("@")
    if not model or not address:
        raise BadRequest(f"{settings.model!r} is no model on a server: write {EXAMPLE}")
    url = _url(address)
    _refuse_outside(url, settings)
    key = settings.remote_key.get_secret_value() if settings.remote_key else None
    if key is None and url.host == OPENAI:
        key = os.environ.get("OPENAI_API_KEY")
    return Server(model, str(url).rstrip("/"), key)


def _url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadRequest(f"{address!r} is no web address ({error}): write {EXAMPLE}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise BadRequest(f"{address!r} is no web address: write {EXAMPLE}")
    if url.userinfo or url.query or url.fragment:
        raise BadRequest("the address of a model has no key in it: set HEADROUTER_REMOTE_KEY")
    return url


def _refuse_outside(url: httpx.URL, settings: Settings) -> None:
    """Raises BadRequest for a server that recordings may not be sent to."""
    try:
        places = [place.partition("%")[0] for place in check(str(url), local=True)]
    except FetchError as error:
        raise BadRequest(str(error)) from error
    outside = any(map(is_public, places))
    if settings.offline and not all(ip_address(place).is_loopback for place in places):
        raise BadRequest(f"offline is set, and {url.host} is not this machine")
    if not outside:
        return
    if not settings.send_outside:
        raise BadRequest(
            f"stretches of recordings would be sent to {url.host}, outside this network: if you "
            "want that, set send_outside = true (HEADROUTER_SEND_OUTSIDE=true)"
        )
    if url.scheme != "https":
        raise BadRequest(f"{url.host} is outside this network: give an address with https://")
