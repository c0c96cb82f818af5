"""Recordings from the web: a file behind an http(s) address, within limits.

Addresses inside this machine or its network are refused, for a page or an agent must not be made
to read what only this machine can; so is what is too large or too slow. Every redirect is looked
at again. A name that resolves differently between the look and the connection is not caught.
"""

import ipaddress
import re
import socket
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from tools.context import OnFraction, Stop
from tools.errors import FetchError, Stopped

MOST_BYTES = 2_000_000_000
MOST_SECONDS = 1800.0
REDIRECTS = 5


def is_address(text: str) -> bool:
    """Whether it is a web address rather than a path."""
    return bool(re.match(r"^[a-z][a-z0-9+.-]+://", text, re.I))


def fetch(
    address: str,
    folder: Path,
    *,
    offline: bool = False,
    local: bool = False,
    most_bytes: int = MOST_BYTES,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
) -> Path:
    """Fetches a file into ``folder``; its path there. ``local``: this network's are allowed.

    Raises:
        FetchError: the address is refused, or gives no file within the limits.
        Stopped: the user stopped; nothing is left behind.
    """
    if offline:
        raise FetchError("the network is not to be used (offline is set): give a file's path")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with httpx.Client(timeout=30, follow_redirects=False, trust_env=True) as client:
            for _ in range(REDIRECTS):
                check(address, local=local)
                with client.stream("GET", address) as response:
                    if response.is_redirect:
                        address = str(response.url.join(response.headers["location"]))
                        continue
                    response.raise_for_status()
                    return _save(response, folder, most_bytes, on_fraction, stop)
    except (httpx.HTTPError, httpx.InvalidURL, KeyError) as error:
        raise FetchError(f"{address} can't be fetched ({error}): check the address") from error
    raise FetchError(
        f"{address} redirects more than {REDIRECTS} times: give the file's own address"
    )


def check(address: str, *, local: bool = False) -> None:
    """Raises FetchError unless it is http or https, at a machine outside this network."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(f"{address!r} is no web address: it begins with https:// or http://")
    if local:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, None)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"{parts.hostname} is not known ({error}): check the address") from error
    for *_, place in found:
        if not ipaddress.ip_address(str(place[0]).split("%")[0]).is_global:
            raise FetchError(
                f"{parts.hostname} is inside this network, where nothing is fetched from: "
                "copy the file here and give its path"
            )


def _save(
    response: httpx.Response, folder: Path, most: int, on_fraction: OnFraction, stop: Stop
) -> Path:
    path = free_path(folder, unquote(Path(urlsplit(str(response.url)).path).name) or "recording")
    partial = path.with_name(path.name + ".partial")
    total = int(response.headers.get("content-length", 0))
    too_large = FetchError(
        f"{response.url} is larger than {most / 1e9:.1f} GB: give a smaller file"
    )
    if total > most:
        raise too_large
    done, until = 0, time.monotonic() + MOST_SECONDS
    try:
        with partial.open("wb") as file:
            for piece in response.iter_bytes(1 << 16):
                done += len(piece)
                if done > most:
                    raise too_large
                if stop():
                    raise Stopped
                if time.monotonic() > until:
                    raise FetchError(f"{response.url} took over {MOST_SECONDS / 60:.0f} minutes")
                file.write(piece)
                on_fraction(done / total if total else None)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def free_path(folder: Path, name: str) -> Path:
    """A path of that name where nothing is yet."""
    safe = re.sub(r"[^\w. -]+", "_", name).encode()[-100:].decode(errors="ignore").strip(" .")
    safe = safe or "recording"
    path, number = folder / safe, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(safe).stem}-{number}{Path(safe).suffix}"
    return path
