"""Recordings by address: within limits, and never from inside this network."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.errors import FetchError, Stopped
from tools.fetch import check, fetch, is_address

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
    ],
)
def test_inside_this_network_nothing_is_fetched(address):
    with pytest.raises(FetchError, match="inside this network|is not known"):
        check(address)


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
