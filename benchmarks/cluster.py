"""A batch on a Ray cluster of two nodes on this machine, through what goes wrong in real ones.

    python benchmarks/cluster.py WORK [--recordings 40] [--nano]

Tones are written into WORK, one of the files is broken. A driver begins the batch on two raylets;
in the middle one worker is killed, later the driver itself, and another driver goes on. Then the
same batch is done in one process, into another folder. What has to hold is asserted: each good
recording has a result once, the bad one its error, and the results are the same to the last byte.
Without --nano the model is a fake that takes its time, so that the machinery is what is measured.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ask.context import Models
from assistant.settings import load_settings
from assistant.work.batch import Folder, Row, Worker, collected, left, rows_of, run_here
from assistant.work.on_ray import Doing, run_on_ray
from headrouter.fakes import FakeListener
from headrouter.models import MODELS

QUESTIONS = ["What is there to hear?"]
SLOWLY = 0.2  # seconds that the fake takes over a row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--recordings", type=int, default=40)
    parser.add_argument("--nano", action="store_true")
    parser.add_argument("--drive", help=argparse.SUPPRESS)  # the address, in the driver's process
    options = parser.parse_args()
    if options.drive:
        drive(options)
        return
    if options.nano:
        os.environ["CLUSTER_NANO"] = "1"  # for the workers, which the raylets start
    compose(options.work / "calls", options.recordings)
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    try:
        through_trouble(options, cluster.address)
    finally:
        cluster.shutdown()
    rows = rows_of(str(options.work / "calls"))
    begun = time.perf_counter()
    list(run_here(worker_for(options, "one"), left(rows, str(options.work / "one"))))
    collected(rows, str(options.work / "one"))
    print(f"in one process: {time.perf_counter() - begun:.0f} s")
    check(options, len(rows))


def compose(folder: Path, count: int) -> None:
    """Tones of three seconds, no two the same; the seventh file is no recording."""
    folder.mkdir(parents=True, exist_ok=True)
    times = np.arange(3 * 16_000) / 16_000
    for number in range(count):
        samples = 0.3 * np.sin(2 * np.pi * (200 + 10 * number) * times)
        with wave.open(str(folder / f"{number:03d}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes((samples * 32767).astype(np.int16).tobytes())
    (folder / "007.wav").write_bytes(b"no recording")


def fake() -> FakeListener:
    """A listener that takes its time over an answer."""

    def reply(question: str, plan: Any) -> str:
        time.sleep(SLOWLY)
        return f"I heard: {question}"

    card = replace(MODELS["nano"], name="fake", sounds=(), words_by_default=False)
    return FakeListener(reply=reply, card=card)


def worker_for(options: argparse.Namespace, out: str) -> Worker:
    settings = load_settings({"home": options.work / "home"})
    models = None if options.nano else Models(fake, None)  # type: ignore[arg-type]
    return Worker(settings, QUESTIONS, str(options.work / out), models)


class Faking(Doing):
    """An actor that tells its process, and has the fake unless nano is wanted."""

    def __init__(self, settings: dict[str, Any], questions: list[str], out: str) -> None:
        super().__init__(settings, questions, out)
        if not os.environ.get("CLUSTER_NANO"):
            self.worker.models = Models(fake, None)  # type: ignore[arg-type]
        place = Path(out).parent / "workers"
        place.mkdir(exist_ok=True)
        (place / str(os.getpid())).touch()


def drive(options: argparse.Namespace) -> None:
    """What a driver does: the rows that are left."""
    settings = load_settings({"home": options.work / "home"})
    out, rows = str(options.work / "out"), rows_of(str(options.work / "calls"))
    todo = left(rows, out)
    print(f"driver {os.getpid()}: {len(todo)} rows are left", flush=True)
    for done in run_on_ray(options.drive, settings, QUESTIONS, out, todo, make=Faking):
        print(done, flush=True)
    collected(rows, out)


def through_trouble(options: argparse.Namespace, address: str) -> None:
    """Two drivers: the first loses a worker, then dies."""
    out = Folder(str(options.work / "out"))
    begun = time.perf_counter()
    first = driver(options, address)
    wait_for(out, options.recordings // 4, first)
    worker = next(
        int(path.name) for path in (options.work / "workers").iterdir() if alive(int(path.name))
    )
    os.kill(worker, signal.SIGKILL)
    print(f"worker {worker} killed after {len(out.names('rows', '.json'))} rows")
    wait_for(out, options.recordings // 2, first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    print(f"driver killed after {len(out.names('rows', '.json'))} rows")
    second = driver(options, address)
    assert second.wait(timeout=1200) == 0
    print(f"on two nodes, with all of that: {time.perf_counter() - begun:.0f} s")


def driver(options: argparse.Namespace, address: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, __file__, str(options.work), "--drive", address]
    return subprocess.Popen(command + (["--nano"] if options.nano else []))


def wait_for(out: Folder, count: int, process: "subprocess.Popen[bytes]") -> None:
    while len(out.names("rows", ".json")) < count:
        assert process.poll() is None, "the driver ended too early"
        time.sleep(0.2)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def check(options: argparse.Namespace, count: int) -> None:
    """Asserts what has to hold, and prints it."""
    many, one = ((options.work / name / "results.jsonl").read_bytes() for name in ("out", "one"))
    rows = [json.loads(line) for line in many.decode().splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == count
    (bad,) = [row for row in rows if row["error"]]
    assert bad["place"].endswith("007.wav")
    assert many == one, "results on two nodes differ from those of one process"
    assert {row["id"] for row in rows} == {
        Row(str(path.absolute())).id for path in (options.work / "calls").glob("*.wav")
    }
    workers = len(list((options.work / "workers").iterdir()))
    print(
        f"{count - 1} good rows once each, 1 bad; {workers} workers in all; byte for byte the same"
    )


if __name__ == "__main__":
    main()
