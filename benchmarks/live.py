"""How far live captions and answers lag behind, while a recording grows at real time.

Usage: python benchmarks/live.py [--minutes 20] [--ask-every 240] RECORDING...

Plays recordings of speech, one after the other and again, into a live recording at real time, by
the default model. Caption delay: from when a word was spoken until it stood. Question delay: from
asking until the whole answer was there, with the time the answer's own stages took. Label delay:
from when a tenth of a second was recorded until it was told who speaks in it, from the second pass
on; the first waits for the models, and is told apart. Lag: how much sound waits for captions, at
the end of each minute; growth is its slope.
"""

import argparse
import json
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.app import Assistant
from assistant.ask.events import Done, Failed, Heard
from assistant.settings import load_settings
from assistant.work.live import Live
from tools.audio import SAMPLE_RATE, AudioReader
from tools.transcript import RECOGNISER

BLOCK = 0.1  # seconds
QUESTION = "What is said?"


def blocks(paths):
    for path in cycle(paths):
        for window in AudioReader(path).windows(BLOCK):
            yield window.samples


def play(live, paths, seconds, begun):
    for number, samples in enumerate(blocks(paths)):
        at = number * BLOCK
        if at >= seconds:
            return
        time.sleep(max(0.0, begun + at - time.monotonic()))
        live.feed(samples)


def ask(live):
    began, report, answer = time.monotonic(), None, ""
    for event in live.ask(QUESTION):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Heard):
            report = event.report
        if isinstance(event, Done):
            answer = event.answer
    return {
        "recorded": round(report.seconds_total, 1),
        "delay": round(time.monotonic() - began, 2),
        "stages": {name: round(took, 2) for name, took in report.seconds.items()},
        "answer": answer[:60],
    }


def measure(assistant, paths, seconds, ask_every):
    delays, lags, questions, labels, settled, told = [], [], [], [], 0.0, 0.0
    with Live(assistant, "benchmark") as live:
        begun = time.monotonic()
        player = threading.Thread(target=play, args=(live, paths, seconds, begun))
        player.start()
        next_lag, next_question = 60.0, ask_every
        asking = None
        while player.is_alive():
            time.sleep(0.05)
            now, stand = time.monotonic() - begun, live.captions.settled
            if stand > settled:
                words = live.store.words(live.recording.id, RECOGNISER, settled, stand)
                delays += [now - word.end for word in words]
                settled = stand
            if live.told > told:
                labels.append([now - at for at in np.arange(told, live.told, BLOCK)])
                told = live.told
            if now >= next_lag:
                lags.append(round(live.journal.seconds - stand, 1))
                next_lag += 60
            if now >= next_question:
                asking = threading.Thread(target=lambda: questions.append(ask(live)))
                asking.start()
                next_question += ask_every
        if asking:
            asking.join()
    return delays, lags, questions, labels


def percentile(passes, share):
    values = [value for each in passes for value in each]
    return round(float(np.percentile(values, share)), 2) if values else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--ask-every", type=float, default=240.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        with Assistant(load_settings({"home": home})) as assistant:
            assistant.models.listener()  # loading is not what is measured
            delays, lags, questions, labels = measure(
                assistant, options.recordings, 60 * options.minutes, options.ask_every
            )
    table = Table("recorded (s)", "question delay (s)", "stages (s)", "answer")
    for q in questions:
        stages = ", ".join(f"{name} {took}" for name, took in q["stages"].items())
        table.add_row(str(q["recorded"]), str(q["delay"]), stages, q["answer"])
    Console().print(table)
    growth = float(np.polyfit(range(len(lags)), lags, 1)[0]) if len(lags) > 1 else 0.0
    values = {
        "minutes": options.minutes,
        "words": len(delays),
        "caption_delay_median": round(float(np.median(delays)), 2),
        "caption_delay_p95": round(float(np.percentile(delays, 95)), 2),
        "first_label": round(max(labels[0]), 2) if labels else None,
        "label_delay_median": percentile(labels[1:], 50),
        "label_delay_p95": percentile(labels[1:], 95),
        "passes": len(labels),
        "lags": lags,
        "lag_growth_seconds_a_minute": round(growth, 2),
        "questions": questions,
        "sample_rate": SAMPLE_RATE,
    }
    print(json.dumps(values))


if __name__ == "__main__":
    main()
