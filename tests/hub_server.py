"""A hub on this machine that speaks as much of the hub's protocol as fetching a model needs."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass
class Hub:
    """What it serves, and how it misbehaves."""

    repositories: dict[str, Path] = field(default_factory=dict)
    commit: str = "a" * 40
    gated: set[str] = field(default_factory=set)
    token: str = "hf_secret"
    cut_after: dict[str, int] = field(default_factory=dict)  # bytes, of a file's next transfer
    damage: dict[str, bytes] = field(default_factory=dict)  # what is sent instead
    failing: int = 0  # status of every answer
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, range
    sent: Counter[str] = field(default_factory=Counter)  # bytes, by file
    address: str = ""

    def files(self, repository: str) -> dict[str, bytes]:
        folder = self.repositories[repository]
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def described(name: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    found: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob}
    if name.endswith((".safetensors", ".bin")):
        sha256 = hashlib.sha256(content).hexdigest()
        found["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
    return found


class Handler(BaseHTTPRequestHandler):
    """Answers for the hub on its server."""

    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def do_HEAD(self) -> None:
        self.serve()

    def do_GET(self) -> None:
        self.serve()

    def serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range")))
        if self.hub.failing:
            return self.refuse(self.hub.failing)
        if path.startswith("/api/models/"):
            repository = "/".join(path.split("/")[3:5])
            if self.let_in(repository):
                self.tell(repository)
            return None
        organisation, name, _, commit, file = path[1:].split("/", 4)
        repository = f"{organisation}/{name}"
        if self.let_in(repository):
            assert commit == self.hub.commit, "fetched by name, not by revision"
            self.give(repository, file)
        return None

    def let_in(self, repository: str) -> bool:
        if repository not in self.hub.repositories:
            self.refuse(404, "RepoNotFound")
            return False
        if repository in self.hub.gated:
            given = self.headers.get("Authorization")
            if given != f"Bearer {self.hub.token}":
                self.refuse(401 if given is None else 403, "GatedRepo")
                return False
        return True

    def refuse(self, status: int, code: str | None = None) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def tell(self, repository: str) -> None:
        files = self.hub.files(repository).items()
        body = json.dumps(
            {
                "id": repository,
                "modelId": repository,
                "sha": self.hub.commit,
                "private": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": [described(name, content) for name, content in files],
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def give(self, repository: str, file: str) -> None:
        content = self.hub.files(repository)[file]
        about = described(file, content)
        etag = about["lfs"]["sha256"] if "lfs" in about else about["blobId"]
        content = self.hub.damage.get(file, content)
        begin = 0
        if asked := self.headers.get("Range"):
            begin = int(asked.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if asked else 200)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - begin))
        if asked:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        rest = content[begin:]
        if file in self.hub.cut_after:
            rest = rest[: self.hub.cut_after[file]]
            self.close_connection = True
        self.hub.sent[file] += len(rest)  # before: who has got it all looks at once
        self.wfile.write(rest)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Inside, the hub answers at its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.hub = hub  # type: ignore[attr-defined]
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
