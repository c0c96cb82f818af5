"""A soak: many clients against a running `headrouter serve`, of which some leave in the middle.

Usage: python benchmarks/clients.py [--clients 40] [--minutes 30] [--leave 0.3]
           [--url http://127.0.0.1:7860] [ID]

ID: a recording that the server knows; the first one if left out. Each client comes from a loopback
address of its own (127.0.1.N; Linux has them all), asks one question after the other, every second
one as a stream, and hangs up with probability ``--leave`` at a random moment of the first five
seconds. Who is told 429 comes again after the seconds of Retry-After. At the end of each minute
/health is asked: it must answer within two seconds. Wait: from the first sending of a question,
refusals counted in, until its whole answer was there. Memory: the server's resident set, from
/metrics. Exits with 1 where the server was wedged, gave a 5xx, left a client without an answer
that waited three minutes for it, or grew by more than a tenth after the first quarter.
"""

import argparse
import json
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table

PATIENCE = 180.0  # seconds that a client waits for an answer
HEALTHY = 2.0  # seconds in which /health answers


@dataclass
class Client:
    """What one client saw."""

    waits: list[float] = field(default_factory=list)  # of answers
    left: int = 0  # that it hung up on
    statuses: Counter[str] = field(default_factory=Counter)  # of what was no answer


def opened(url, number=0):
    key = os.environ.get("HEADROUTER_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx.HTTPTransport(local_address=f"127.0.1.{number}" if number else None)
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, transport=transport)


def ask_until(end, url, number, recording, leave, client):
    chance, asked = random.Random(number), 0
    with opened(url, number) as http:
        while time.monotonic() < end:
            asked += 1
            text = f"Client {number}, question {asked}: what is heard?"
            body = {"recording": recording, "messages": [{"role": "user", "content": text}]}
            body["stream"] = asked % 2 == 0
            hang_up = 5 * chance.random() if chance.random() < leave else None
            ask(http, body, hang_up, client)


def ask(http, body, hang_up, client):
    """Asks until there is an answer, PATIENCE is over, or it is time to hang up."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        timeout = httpx.Timeout(PATIENCE, read=PATIENCE if hang_up is None else hang_up)
        try:
            reply = http.post("/v1/chat/completions", json=body, timeout=timeout)
        except httpx.ReadTimeout:  # closes the connection, as one that leaves does
            if hang_up is not None:
                client.left += 1
                return
            break
        except httpx.HTTPError as error:
            client.statuses[type(error).__name__] += 1
            return
        if reply.is_success and '"error"' not in reply.text[:200]:
            client.waits.append(time.monotonic() - begun)
            return
        client.statuses[str(reply.status_code)] += 1
        if reply.status_code != 429:
            return
        time.sleep(float(reply.headers.get("Retry-After", 1)))
    client.statuses["no answer"] += 1


def resident_mb(http):
    found = re.search(r"^process_resident_memory_bytes (\S+)$", http.get("/metrics").text, re.M)
    return round(float(found[1]) / 1e6, 1)


def watch(http, seconds):
    """The server's memory at the end of each minute, in MB, and its slowest /health in seconds."""
    memory, slowest, end = [], 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(60.0, max(end - time.monotonic(), 0.0)))
        begun = time.monotonic()
        http.get("/health").raise_for_status()
        slowest = max(slowest, time.monotonic() - begun)
        memory.append(resident_mb(http))
        print(f"{memory[-1]} MB resident, slowest /health {slowest:.2f} s", flush=True)
    return memory, slowest


def measure(url, recording, clients, seconds, leave):
    seen = [Client() for _ in range(clients)]
    with opened(url) as http:
        recording = recording or http.get("/v1/recordings").json()[0]["id"]
        body = {"recording": recording, "messages": [{"role": "user", "content": "What is heard?"}]}
        ask(http, body, None, Client())  # loads the model
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=ask_until, args=(end, url, number, recording, leave, client))
            for number, client in enumerate(seen, 1)
        ]
        for thread in threads:
            thread.start()
        memory, slowest = watch(http, seconds)
        for thread in threads:
            thread.join()
        ask(http, body, None, last := Client())  # it still answers, at once
    return seen, memory, slowest, last


def faults(seen, memory, slowest, last):
    statuses = sum((client.statuses for client in seen), Counter())
    early = memory[: max(1, len(memory) // 4)]
    return [
        fault
        for fault, there in [
            ("a 5xx", any(status.startswith("5") for status in statuses)),
            ("a client without an answer", statuses["no answer"] > 0),
            ("/health was late", slowest > HEALTHY),
            ("wedged", not last.waits),
            ("memory grew", memory[-1] > 1.1 * max(early)),
        ]
        if there
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("recording", nargs="?")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--leave", type=float, default=0.3)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    options = parser.parse_args()
    seconds = 60 * options.minutes
    seen, memory, slowest, last = measure(
        options.url, options.recording, options.clients, seconds, options.leave
    )
    table = Table("client", "answers", "hung up", "other", "mean wait (s)", "longest wait (s)")
    for number, client in enumerate(seen, 1):
        waits = client.waits or [float("nan")]
        other = ", ".join(f"{status}: {count}" for status, count in client.statuses.items())
        mean = f"{sum(waits) / len(waits):.2f}"
        row = (str(number), str(len(client.waits)), str(client.left), other, mean)
        table.add_row(*row, f"{max(waits):.2f}")
    Console().print(table)
    found = faults(seen, memory, slowest, last)
    values = {
        "minutes": options.minutes,
        "clients": options.clients,
        "answers": sum(len(client.waits) for client in seen),
        "fewest_of_a_client": min(len(client.waits) for client in seen),
        "hung_up": sum(client.left for client in seen),
        "other": dict(sum((client.statuses for client in seen), Counter())),
        "longest_wait": round(max(max(client.waits, default=0.0) for client in seen), 2),
        "slowest_health": round(slowest, 2),
        "resident_mb": memory,
        "faults": found,
    }
    print(json.dumps(values))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
