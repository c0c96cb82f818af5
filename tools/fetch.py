"""Recordings from the web: a file behind an http(s) address, within limits.

Addresses inside this machine or its network are refused, for a page or an agent must not be made
to read what only this machine can; so is what is too large or too slow. A name is resolved once,
every address that it has is looked at, and the connection goes to one of these; so it is for every
redirect. Proxies of the environment are not used, for behind one nobody knows where a connection
goes. Bytes are taken as they are sent: a reply that is encoded, and may unfold to anything, is
refused.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpcore
import httpx

from tools.context import OnFraction, Stop
from tools.errors import DiskError, FetchError, Stopped
from tools.system import plain_name

MOST_BYTES = 2_000_000_000
MOST_SECONDS = 1800.0  # in all: finding the machine, waiting for it, and what it sends
QUIET_SECONDS = 30.0  # in which nothing arrives
LOOK = 0.2  # seconds between looks at the stop flag
REDIRECTS = 5
REDIRECTED = (301, 302, 303, 307, 308)
HEADERS = (("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", "headrouter"))

UNICAST = IPv6Network("2000::/3")  # all that was given out so far
NAT64 = IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address
# Addresses with another inside, which a router takes out: Teredo and its neighbours, 6to4.
TUNNELS = (IPv6Network("2001::/23"), IPv6Network("2002::/16"))
RELAYS_6TO4 = "192.88.99."

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host for a port, as text. Raises OSError where there is none."""


def is_address(text: str) -> bool:
    """Whether it is a web address rather than a path."""
    return bool(re.match(r"^[a-z][a-z0-9+.-]+://", text, re.I))


def resolve(host: str, port: int) -> list[str]:
    """What the system knows of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def fetch(
    address: str,
    folder: Path,
    *,
    offline: bool = False,
    local: bool = False,
    most_bytes: int = MOST_BYTES,
    most_seconds: float = MOST_SECONDS,
    on_fraction: OnFraction = lambda fraction: None,
    stop: Stop = lambda: False,
    resolve: Resolve = resolve,
) -> Path:
    """Fetches a file into ``folder``; its path there. ``local``: this network's are allowed.

    Raises:
        FetchError: the address is refused, or gives no file within the limits.
        DiskError: it can't be written.
        Stopped: the user stopped, within a second; nothing is left behind.
    """
    if offline:
        raise FetchError("the network is not to be used (offline is set): give a file's path")
    line = _Line(address, folder, local, most_bytes, resolve)
    thread = threading.Thread(target=line.run, daemon=True)  # a name may take its time to resolve
    until = time.monotonic() + most_seconds
    thread.start()
    try:
        while True:
            ended = line.ended.wait(LOOK)
            if stop():
                raise Stopped
            if line.error is not None:
                raise line.error
            if line.done:
                on_fraction(line.fraction)
            if ended and line.path is not None:
                return line.path
            if time.monotonic() > until:
                raise FetchError(f"{address} took over {most_seconds / 60:.3g} minutes")
    except BaseException:
        line.hang_up()
        thread.join(1.0)  # it removes what it wrote
        if line.path is not None:
            line.path.unlink(missing_ok=True)
        raise
    finally:
        line.hang_up()


def check(address: str, *, local: bool = False, resolve: Resolve = resolve) -> list[str]:
    """The addresses of the machine behind one that may be fetched.

    Raises FetchError unless it is http or https, at a machine all of whose addresses are outside
    this network. The name is what the connection will have too: IDNA 2008, as httpx reads it.
    """
    url = _url(address)
    host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"{host} is not known ({error}): check the address") from error
    if not found:
        raise FetchError(f"{host} is not known: check the address")
    if not local and not all(map(is_public, found)):
        raise FetchError(
            f"{host} is inside this network, where nothing is fetched from: "
            "copy the file here and give its path"
        )
    return list(found)


def _url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"{address!r} is no web address ({error})") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(f"{address!r} is no web address: it begins with https:// or http://")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, whatever other address is written in it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in UNICAST or any(ip in tunnel for tunnel in TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast and not str(ip).startswith(RELAYS_6TO4)


class _Pinned(httpcore.SyncBackend):
    """Connects to addresses that were looked at, whatever the name may mean by now."""

    def __init__(self, addresses: Sequence[str], connected: Callable[[socket.socket], None]):
        self.addresses, self.connected = addresses, connected

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first of the addresses that answers."""
        failed: Exception = httpcore.ConnectError("it has no address")
        for address in self.addresses:
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            self.connected(stream.get_extra_info("socket"))
            return stream
        raise failed


@dataclass
class _Line:
    """A fetch under way, in a thread of its own; another looks at it and may hang up."""

    address: str
    folder: Path
    local: bool
    most: int
    resolve: Resolve
    done: int = 0  # bytes
    total: int = 0  # 0 where it is not told
    path: Path | None = None
    error: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    hung_up: threading.Event = field(default_factory=threading.Event)
    _sockets: list[socket.socket] = field(default_factory=list)

    @property
    def fraction(self) -> float | None:
        """How much of it is here; None where its length is not known."""
        return self.done / self.total if self.total else None

    def run(self) -> None:
        """Fetches; what came of it is in ``path`` or ``error``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path = self._follow()
        except OSError as error:
            self.error = DiskError(
                f"{self.address} can't be kept in {self.folder} ({error.strerror}): make room there"
            )
        except Exception as error:  # whoever began the thread raises it
            self.error = error
        finally:
            self.ended.set()

    def hang_up(self) -> None:
        """Ends all connections, whatever is waited for on them."""
        self.hung_up.set()
        for line in [*self._sockets]:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _connected(self, line: socket.socket) -> None:
        self._sockets.append(line.dup())  # TLS takes the socket itself away
        if self.hung_up.is_set():
            self.hang_up()
            raise httpcore.ConnectError("nobody waits for it any more")

    def _follow(self) -> Path:
        address = self.address
        for _ in range(REDIRECTS):
            pinned = _Pinned(
                check(address, local=self.local, resolve=self.resolve), self._connected
            )
            url = _url(address)
            timeouts = dict.fromkeys(("connect", "read", "write", "pool"), QUIET_SECONDS)
            try:
                with (
                    httpcore.ConnectionPool(
                        httpx.create_ssl_context(), network_backend=pinned
                    ) as pool,
                    pool.stream(
                        "GET",
                        _target(url),
                        headers=[("Host", url.netloc.decode("ascii")), *HEADERS],
                        extensions={"timeout": timeouts},
                    ) as response,
                ):
                    headers = httpx.Headers(response.headers)
                    if response.status in REDIRECTED and "location" in headers:
                        address = str(url.join(headers["location"]))
                        continue
                    if response.status != 200:
                        raise FetchError(f"{url} can't be fetched ({response.status}): check it")
                    return self._save(url, headers, response)
            except (
                httpcore.NetworkError,
                httpcore.ProtocolError,
                httpcore.TimeoutException,
            ) as error:
                reason = str(error) or type(error).__name__
                raise FetchError(f"{url} can't be fetched ({reason}): check the address") from error
            except (httpx.InvalidURL, ValueError) as error:
                raise FetchError(f"{url} leads to no web address ({error}): check it") from error
        raise FetchError(
            f"{address} redirects more than {REDIRECTS} times: give the file's own address"
        )

    def _save(self, url: httpx.URL, headers: httpx.Headers, response: httpcore.Response) -> Path:
        encoded = headers.get("content-encoding", "identity").strip().lower()
        if encoded not in ("identity", ""):
            raise FetchError(
                f"{url} is sent encoded ({encoded!a}): give the address of a plain file"
            )
        path = free_path(self.folder, unquote(_name(url)) or "recording")
        partial = path.with_name(path.name + ".partial")
        self.total = int(headers.get("content-length", 0))
        too_large = FetchError(
            f"{url} is larger than {self.most / 1e9:.1f} GB: give a smaller file"
        )
        if self.total > self.most:
            raise too_large
        try:
            with partial.open("wb") as file:
                for piece in response.iter_stream():
                    self.done += len(piece)
                    if self.done > self.most:
                        raise too_large
                    if self.hung_up.is_set():
                        raise Stopped
                    file.write(piece)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return path


def _name(url: httpx.URL) -> str:
    """Of the file, as it is written in the address."""
    return Path(url.raw_path.decode("ascii").partition("?")[0]).name


def _target(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def free_path(folder: Path, name: str) -> Path:
    """A path of that name where nothing is yet."""
    safe = plain_name(name, "recording")
    path, number = folder / safe, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(safe).stem}-{number}{Path(safe).suffix}"
    return path
