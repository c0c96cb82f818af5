"""Recordings by address: within limits, and never from inside this network.

Servers are on loopback, and names are resolved by the tests themselves: nothing goes elsewhere.
"""

import socket
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools import fetch as fetching
from tools.errors import DiskError, FetchError, Stopped
from tools.fetch import check, fetch, is_address, is_public

BODY = bytes(range(256)) * 1000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/there":
            self.send_response(302)
            self.send_header("Location", "/a%20talk.wav")
            self.end_headers()
        elif self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://inside.example/secret")
            self.end_headers()
        elif self.path.startswith("/coded/"):
            self.send_response(200)
            self.send_header("Content-Encoding", self.path.rpartition("/")[2])
            self.end_headers()
            self.wfile.write(zlib.compress(bytes(10_000_000)))
        elif self.path == "/told":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(self.headers).encode())
        elif self.path == "/gone":
            self.send_error(404)
        else:
            self.send_response(200)
            if self.path != "/unsized":
                self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "name"),
    [("/talk.wav", "talk.wav"), ("/there", "a talk.wav"), ("/", "recording"), ("/unsized", None)],
)
def test_a_file_arrives_whole(server, tmp_path, path, name):
    shares = []
    file = fetch(server + path, tmp_path, local=True, on_fraction=shares.append)
    assert file.read_bytes() == BODY
    assert file.name == (name or "unsized")
    assert shares[-1] == (None if path == "/unsized" else 1.0)


def test_the_same_name_again_gets_another(server, tmp_path):
    first = fetch(f"{server}/talk.wav", tmp_path, local=True)
    second = fetch(f"{server}/talk.wav", tmp_path, local=True)
    assert (first.name, second.name) == ("talk.wav", "talk-2.wav")


@pytest.mark.parametrize(
    ("path", "told"),
    [("/gone", "404"), ("/loop", "redirects more than 5 times"), ("/inside", "no web address")],
)
def test_what_gives_no_file_says_so(server, tmp_path, path, told):
    with pytest.raises(FetchError, match=told):
        fetch(server + path, tmp_path, local=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/talk.wav", "/unsized"])
def test_what_is_too_large_is_not_kept(server, tmp_path, path):
    with pytest.raises(FetchError, match="larger than"):
        fetch(server + path, tmp_path, local=True, most_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_nothing(server, tmp_path):
    with pytest.raises(Stopped):
        fetch(f"{server}/talk.wav", tmp_path, local=True, stop=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_there(tmp_path):
    with pytest.raises(FetchError, match="can't be fetched"):
        fetch("http://127.0.0.1:9/a.wav", tmp_path, local=True)


def test_a_folder_that_takes_nothing(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="make room there"):
        fetch(f"{server}/talk.wav", tmp_path / "file", local=True)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "identity, gzip", "x"])
def test_what_is_encoded_is_refused(server, tmp_path, coding):
    with pytest.raises(FetchError, match="is sent encoded"):
        fetch(f"{server}/coded/{coding.replace(' ', '')}", tmp_path, local=True)
    assert list(tmp_path.iterdir()) == []


def test_it_asks_for_nothing_encoded_and_by_the_name_it_was_given(server, tmp_path):
    port = server.rpartition(":")[2]
    told = fetch(
        f"http://talks.example:{port}/told",
        tmp_path,
        local=True,
        resolve=lambda host, port: ["127.0.0.1"],
    ).read_text()
    assert "Accept-Encoding: identity" in told
    assert f"Host: talks.example:{port}" in told


class TestResolvedOnce:
    """The address that was looked at is the one that is connected to."""

    @pytest.fixture(autouse=True)
    def loopback_is_public(self, monkeypatch):
        """Of all addresses this one, so that nothing has to go elsewhere."""
        monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
        system = socket.getaddrinfo

        def known(host, *args, **kwargs):
            assert host == "127.0.0.1", f"{host} was looked up again"
            return system(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", known)

    def test_a_name_that_changes_its_mind(self, server, tmp_path):
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        address = f"http://talks.example:{server.rpartition(':')[2]}/talk.wav"
        file = fetch(address, tmp_path, resolve=lambda host, port: next(answers))
        assert file.read_bytes() == BODY
        assert next(answers) == ["10.0.0.1"]  # nobody asked again

    def test_one_address_of_several_is_inside(self, tmp_path):
        with pytest.raises(FetchError, match="is inside this network"):
            fetch(
                "http://talks.example/a.wav",
                tmp_path,
                resolve=lambda host, port: ["127.0.0.1", "10.0.0.1"],
            )

    def test_the_next_address_where_one_does_not_answer(self, server, tmp_path, monkeypatch):
        monkeypatch.setattr(fetching, "is_public", lambda address: True)
        connect = socket.create_connection

        def refused(place, *args, **kwargs):
            if place[0] == "203.0.113.1":
                raise ConnectionRefusedError
            return connect(place, *args, **kwargs)

        monkeypatch.setattr(socket, "create_connection", refused)
        address = f"http://talks.example:{server.rpartition(':')[2]}/talk.wav"
        places = ["203.0.113.1", "127.0.0.1"]
        assert fetch(address, tmp_path, resolve=lambda host, port: places).read_bytes() == BODY

    def test_every_redirect_is_looked_at(self, server, tmp_path):
        places = {"talks.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
        address = f"http://talks.example:{server.rpartition(':')[2]}/away"
        with pytest.raises(FetchError, match="inside.example is inside this network"):
            fetch(address, tmp_path, resolve=lambda host, port: places[host])

    def test_a_proxy_of_the_environment_is_not_asked(self, server, tmp_path, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        address = f"http://talks.example:{server.rpartition(':')[2]}/talk.wav"
        assert fetch(address, tmp_path, resolve=lambda host, port: ["127.0.0.1"])

    @pytest.mark.parametrize(
        ("host", "asked"),
        [
            ("stra\u00dfe.example", "xn--strae-oqa.example"),  # strasse in IDNA 2003
            ("\uff11\uff12\uff17.0.0.1", None),
            ("b\u00fccher.example", "xn--bcher-kva.example"),
        ],
    )
    def test_a_name_is_read_once_as_it_will_be_asked_for(self, tmp_path, host, asked):
        names = []

        def resolve(host, port):
            names.append(host)
            raise OSError("unknown")

        with pytest.raises(FetchError):
            fetch(f"http://{host}/a.wav", tmp_path, resolve=resolve)
        assert names in ([asked], [] if asked is None else [asked])

    def test_tls_is_asked_for_the_name_not_the_address(self, tmp_path):
        with listening(lambda line: heard.append(line.recv(2000))) as port:
            heard = []
            with pytest.raises(FetchError, match="can't be fetched"):
                fetch(
                    f"https://talks.example:{port}/a.wav",
                    tmp_path,
                    resolve=lambda host, port: ["127.0.0.1"],
                )
        assert b"talks.example" in heard[0]


@contextmanager
def listening(answer):
    """A port of this machine; ``answer`` gets each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    with suppress(OSError):
                        answer(line)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            assert not thread.is_alive()


def drip(beginning, piece):
    """A server that sends something now and then, without end."""

    def answer(line):
        line.recv(2000)
        line.sendall(beginning)
        while True:
            line.sendall(piece)
            time.sleep(0.02)

    return answer


SLOW = {
    "nothing": lambda line: line.recv(2000) and line.recv(2000),
    "headers": drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "continue": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"x"),
    "chunks": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "tls": lambda line: line.recv(2000) and line.recv(2000),
}


@pytest.mark.parametrize("how", SLOW)
class TestSlow:
    """Whatever it waits for, one deadline holds, and it can be stopped."""

    def fetch(self, how, folder, **options):
        with listening(SLOW[how]) as port:
            scheme = "https" if how == "tls" else "http"
            return fetch(f"{scheme}://127.0.0.1:{port}/a.wav", folder, local=True, **options)

    def test_one_deadline_holds(self, how, tmp_path):
        with pytest.raises(FetchError, match="took over 0.005 minutes"):
            self.fetch(how, tmp_path, most_seconds=0.3)
        assert list(tmp_path.iterdir()) == []

    def test_it_can_be_stopped(self, how, tmp_path):
        asked = iter([False, False])
        with pytest.raises(Stopped):
            self.fetch(how, tmp_path, stop=lambda: next(asked, True))
        assert list(tmp_path.iterdir()) == []


def test_a_name_that_takes_its_time_can_be_stopped(tmp_path):
    never = threading.Event()
    try:
        with pytest.raises(Stopped):
            fetch(
                "http://talks.example/",
                tmp_path,
                stop=lambda: True,
                resolve=lambda host, port: never.wait(60) and [],
            )
    finally:
        never.set()


def test_offline(tmp_path):
    with pytest.raises(FetchError, match="offline is set"):
        fetch("https://example.org/a.wav", tmp_path, offline=True)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.wav",
        "http://localhost:8000/a.wav",
        "http://10.0.0.1/a.wav",
        "http://192.168.1.1/a.wav",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.wav",
        "http://[fe80::1]/a.wav",
        "http://0.0.0.0/a.wav",
        "http://2130706433/a.wav",
        "http://[::ffff:10.0.0.1]/a.wav",
        "http://[64:ff9b::a00:1]/a.wav",
    ],
)
def test_inside_this_network_nothing_is_fetched(address):
    with pytest.raises(FetchError, match="inside this network|is not known"):
        check(address)


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255"),
        *("224.0.0.251", "239.1.1.1", "240.0.0.1", "192.88.99.1", "192.0.2.1"),
        *(
            "::",
            "::1",
            "::10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "fe80::1%eth0",
            "fc00::1",
        ),
        *("fec0::1", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),  # NAT64
        *("2002:7f00:1::", "2002:808:808::1", "2001:0:808:808::1"),  # 6to4, Teredo
        *("5f00::1", "1::1", "no address"),
    ],
)
def test_addresses_that_are_not_the_internets(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.88.98.1", "2a00:1450::1", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_addresses_that_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["http://[", "https://[::1", "http://a:99999/", "http://x\x00/"]
)
def test_addresses_that_are_none(address, tmp_path):
    with pytest.raises(FetchError):
        fetch(address, tmp_path)


@pytest.mark.parametrize("address", ["ftp://example.org/a", "file:///etc/passwd", "https://", "x"])
def test_other_schemes(address):
    with pytest.raises(FetchError, match="no web address"):
        check(address)


def test_what_is_an_address():
    assert is_address("https://example.org/a.wav")
    assert is_address("file:///a.wav")
    assert not is_address("/home/me/a.wav")
    assert not is_address("C:/a.wav")
    assert not is_address("12:30 talk.wav")
