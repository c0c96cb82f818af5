"""A small server that speaks OpenAI's chat completions with audio, as a stream, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass
class HearingServer:
    """Answers each request with ``reply(body)``: pieces of text, or (status, what it says)."""

    reply: Callable[[Body], Sequence[Any] | tuple[int, Any]] = lambda body: ["A dog", " barks."]
    address: str = ""
    asked: list[Body] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def hearing_server() -> Iterator[HearingServer]:
    """Serves on a port of this machine; ``address`` is its base URL."""
    hearing = HearingServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hearing.asked.append(body)
            hearing.keys.append(self.headers["Authorization"])
            found = hearing.reply(body) if self.path == "/v1/chat/completions" else (404, "no")
            status, data = found if isinstance(found, tuple) else (200, stream(found))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(data if isinstance(data, bytes) else json.dumps(data).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hearing.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hearing
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stream(pieces: Sequence[Any]) -> bytes:
    """Pieces of text as events; what is no text is an event of its own."""
    events = [{"choices": [{"index": 0, "delta": {"role": "assistant"}}]}]
    events += [
        {"choices": [{"index": 0, "delta": {"content": piece}}]}
        if isinstance(piece, str)
        else piece
        for piece in pieces
    ]
    lines = [": to keep it open", *(f"data: {json.dumps(event)}" for event in events)]
    return "".join(f"{line}\n\n" for line in [*lines, "data: [DONE]"]).encode()
