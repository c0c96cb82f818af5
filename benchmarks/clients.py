"""Many clients at once against a running `headrouter serve`: who waits how long, and its memory.

Usage: python benchmarks/clients.py [--clients 8] [--minutes 5] [--url http://127.0.0.1:7860] [ID]

ID: a recording that the server knows; the first one if left out. Each client asks one question
after the other, as if it came from an address of its own through a proxy on this machine (the
server tells clients apart by address). A client that is told 429 waits a second. Wait: from sending
a question until its whole answer was there. Memory: the server's resident set, as /metrics has it.
"""

import argparse
import json
import os
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table

LATEST = 600.0  # seconds after which an answer is given up


@dataclass
class Client:
    """What one client saw."""

    waits: list[float] = field(default_factory=list)  # of answers
    errors: Counter[str] = field(default_factory=Counter)  # by status


def opened(url, number=0):
    key = os.environ.get("HEADROUTER_API_KEY")
    headers = {"X-Forwarded-For": f"10.0.0.{number}"} | (
        {"Authorization": f"Bearer {key}"} if key else {}
    )
    return httpx.Client(base_url=url, headers=headers, timeout=LATEST)


def ask_until(end, url, number, recording, client):
    with opened(url, number) as http:
        asked = 0
        while time.monotonic() < end:
            asked += 1
            text = f"Client {number}, question {asked}: what is heard?"
            body = {"recording": recording, "messages": [{"role": "user", "content": text}]}
            begun = time.monotonic()
            try:
                status = http.post("/v1/chat/completions", json=body).status_code
            except httpx.HTTPError as error:
                status = type(error).__name__
            if status == 200:
                client.waits.append(time.monotonic() - begun)
                continue
            client.errors[str(status)] += 1
            time.sleep(1.0)


def resident_mb(http):
    found = re.search(r"^process_resident_memory_bytes (\S+)$", http.get("/metrics").text, re.M)
    return round(float(found[1]) / 1e6, 1)


def measure(url, recording, clients, seconds):
    """The clients and the server's memory at the start, in the middle and at the end, in MB."""
    seen = [Client() for _ in range(clients)]
    with opened(url) as http:
        recording = recording or http.get("/v1/recordings").json()[0]["id"]
        ask_until(time.monotonic() + 0.1, url, 0, recording, Client())  # loads the model
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=ask_until, args=(end, url, number, recording, client))
            for number, client in enumerate(seen, 1)
        ]
        memory = [resident_mb(http)]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        memory.append(resident_mb(http))
        for thread in threads:
            thread.join()
        memory.append(resident_mb(http))
    return seen, memory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("recording", nargs="?")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    options = parser.parse_args()
    seen, memory = measure(options.url, options.recording, options.clients, 60 * options.minutes)
    table = Table("client", "answers", "errors by status", "mean wait (s)", "longest wait (s)")
    for number, client in enumerate(seen, 1):
        waits = client.waits or [float("nan")]
        errors = ", ".join(f"{status}: {count}" for status, count in client.errors.items())
        mean = f"{sum(waits) / len(waits):.2f}"
        table.add_row(str(number), str(len(client.waits)), errors, mean, f"{max(waits):.2f}")
    Console().print(table)
    values = {
        "minutes": options.minutes,
        "requests": sum(len(client.waits) + client.errors.total() for client in seen),
        "errors": dict(sum((client.errors for client in seen), Counter())),
        "answers": [len(client.waits) for client in seen],
        "longest_waits": [round(max(client.waits, default=0.0), 2) for client in seen],
        "resident_mb": dict(zip(("start", "middle", "end"), memory, strict=True)),
    }
    print(json.dumps(values))


if __name__ == "__main__":
    main()
