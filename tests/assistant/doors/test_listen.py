"""`headrouter listen`: what is printed while a microphone is recorded."""

import io
import sys
import threading
import time

from media import talk

import assistant.doors.cli.listen as listen
from tools.speakers import speakers_known


class Microphone:
    """Hears so much, and is unplugged once somebody was told to speak."""

    overflows = 0

    def __init__(self, samples, told):
        self.samples, self.told = samples, told

    def __iter__(self):
        yield self.samples
        until = time.monotonic() + 20
        while not self.told():
            assert time.monotonic() < until, "nobody was told of in time"
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def stop(self):
        pass


def test_captions_say_who_speaks_where_that_changes_and_the_end_is_printed_too(
    assistant, monkeypatch, capsys
):
    def told():
        return any(assistant.store.segments(r.id) for r in assistant.store.recordings())

    microphone = Microphone(talk(("A", 4), ("B", 3)), told)
    monkeypatch.setattr(listen, "Microphone", lambda device: microphone)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    recording = listen.listen_and_ask(assistant, None, "desk", threading.Event())
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("Speaker")] == [
        next(line for line in lines if line.startswith("Speaker 1: word0")),
        next(line for line in lines if line.startswith("Speaker 2: word4")),
    ]
    said = [word for line in lines for word in line.split() if word.startswith("word")]
    assert said == [f"word{number}" for number in range(7)]
    assert speakers_known(assistant.store, recording, "fake")
