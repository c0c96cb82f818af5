"""What pruning and listening once are worth in time, on this machine, in one run.

    python benchmarks/speed.py [PART ...] [--recording FILE] [--minutes 10 180] [--rounds N]

Parts, all of them unless named; bare times say little across machines, so what counts are ratios of
what is measured by turns:

- hearing: a recording is heard, and the same is transcribed by faster-whisper base in int8, with
  beam 1 and with 5 (its default), each with all threads;
- prefill: pruned against unpruned at keep ratios from 0.1 to 0.7, on the longest input that the
  model takes whole, beside what counting operations predicts; probe and routing against it;
- questions: the second question of a recording against the first, by its length, and the peak of
  this process's memory, shortest first; the recording is FILE over and over;
- kinds: of each kind of question what it took, the recording heard before and no word known, and
  the time to its first token; what is not in the table was not done;
- command: seconds to the first output of `headrouter ask`, cold and answered in the background.

Each number is told with its range over the rounds. Results are kept (--results), and what moved
since the last run of the same parts by more than both ranges is said at the end.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.app import Assistant, load_listener
from assistant.ask.events import Done, Heard, Token
from assistant.ask.state import Request
from assistant.settings import load_settings
from headrouter.hear.listener import AudioLM
from headrouter.prune.router import HeadRouter
from tools.audio import SAMPLE_RATE, AudioReader
from tools.ingest import add_recording
from tools.silence import AUDIBLE_DBFS, level_dbfs
from tools.transcript import RECOGNISER

SAMPLE = Path(__file__).parent.parent / "samples" / "meeting.flac"
KEEPS = (0.1, 0.2, 0.4, 0.7)
QUESTION = "Is there the sound of a dog?"
CONTENT = "What is said about the letter?"
KINDS = {
    "a sound": QUESTION,
    "when a sound": "When does the dog bark?",
    "how often": "How many times does a dog bark?",
    "which sounds": "Which sounds are heard?",
    "what comes after": "What is heard after the door knock?",
    "what place": "Where was this recorded?",
    "what was said": CONTENT,
    "whether it was said": "Is the summer concert mentioned?",
    "summary": "Summarise the recording.",
    "tasks": "What are the action items?",
    "language": "Which language is spoken?",
    "transcript": "Write down what is said.",
    "a choice": "Which animal is heard?\nA. a dog\nB. a cow",
    "open, without words": "What is this about?",
}
WITHOUT_WORDS = {"open, without words"}
Results = dict[str, list[float]]
"""Each number once a round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--recording", type=Path, default=SAMPLE)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 180])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=load_settings({}).cache / "speed.json")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        if part not in PARTS:
            parser.error(f"there is no part {part}: choose of {', '.join(PARTS)}")
    before: Results = json.loads(options.results.read_text()) if options.results.exists() else {}
    now: Results = {}
    for part in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as work:
            for name, values in PARTS[part](options, Path(work)).items():
                now[f"{part}: {name}"] = values
                print(f"{part}: {name}: {told(values)}", flush=True)
    for line in moved(before, now):
        print(line)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(before | now, indent=1))
    print(json.dumps({name: statistics.median(values) for name, values in now.items()}))


def told(values: list[float]) -> str:
    """The median, and the range."""
    ends = f" ({min(values):.3g} to {max(values):.3g}, n {len(values)})" if len(values) > 1 else ""
    return f"{statistics.median(values):.3g}{ends}"


def moved(before: Results, now: Results) -> Iterator[str]:
    """What lies outside its former range with the whole of its new one."""
    for name in before.keys() & now.keys():
        was, found = before[name], now[name]
        if len(was) > 1 and (min(found) > max(was) or max(found) < min(was)):
            yield f"moved: {name}: {told(was)} before, {told(found)} now"


@contextmanager
def stopwatch(times: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    times.append(time.perf_counter() - begun)


def lengthened(recording: Path, seconds: float, path: Path) -> Path:
    """A WAV file of the recording over and over."""
    samples = np.concatenate([window.samples for window in AudioReader(recording).windows()])
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        left = round(seconds * SAMPLE_RATE)
        while left > 0:
            file.writeframes((samples[:left] * 32767).astype("<i2").tobytes())
            left -= len(samples)
    return path


# -- parts


def hearing(options: argparse.Namespace, work: Path) -> Results:
    """Ingest against recognition of the same file, by turns."""
    from faster_whisper import WhisperModel

    settings = load_settings({})
    listener, path = load_listener(settings), options.recording
    whisper = WhisperModel(
        str(settings.cache / "models" / "nano" / "whisper"),
        device="cpu",
        compute_type="int8",
        cpu_threads=torch.get_num_threads(),
        local_files_only=True,
    )
    seconds = sum(len(w.samples) for w in AudioReader(path).windows()) / SAMPLE_RATE
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(options.rounds):
        with stopwatch(taken["heard"]):
            windows = AudioReader(path).windows(listener.card.window_seconds)
            listener.ingest(
                (window.samples for window in windows),
                work / str(number),
                levels=level_dbfs,
                silent_dbfs=AUDIBLE_DBFS,
            )
        for beam in (1, 5):
            with stopwatch(taken[f"beam {beam}"]):
                list(whisper.transcribe(str(path), beam_size=beam)[0])
    return {"times real time": [seconds / value for value in taken["heard"]]} | {
        f"{name} / heard": ratios(taken[name], taken["heard"]) for name in ("beam 1", "beam 5")
    }


def ratios(one: list[float], other: list[float]) -> list[float]:
    return [a / b for a, b in zip(one, other, strict=True)]


@torch.inference_mode()
def prefill(options: argparse.Namespace, work: Path) -> Results:
    """Pruned against unpruned prefill, by turns so that both meet the same noise."""
    lm = load_listener(load_settings({}))
    audio = lm.card.whole_tokens
    prefix, suffix = lm.prompt(QUESTION)
    generator = torch.Generator().manual_seed(0)
    sound = torch.randn(audio, prefix.shape[1], generator=generator) * suffix.std()
    states = torch.cat([prefix, sound, suffix])[None]
    mask = torch.zeros(states.shape[:2], dtype=torch.bool)
    mask[0, len(prefix) : len(prefix) + audio] = True
    hints = {"asked": [lm.queries([QUESTION])]}
    whole: list[float] = []
    pruned: dict[float, list[float]] = defaultdict(list)
    choosing: list[float] = []
    forward(lm, states)  # the first is slow
    for _ in range(options.rounds):
        with stopwatch(whole):
            forward(lm, states)
        for keep in KEEPS:
            router = HeadRouter(
                lm.model,
                lm.profile,
                keep,
                audio_mask=mask,
                model_id=lm.profile.model,
                hints=hints,
            )
            with router, choice_timed(router, choosing), stopwatch(pruned[keep]):
                forward(lm, states)
    text = len(prefix) + len(suffix)
    all_of_it = lm.cost.operations(audio, text, 1.0)
    results: Results = {"probe and routing / unpruned": ratios(choosing[:: len(KEEPS)], whole)}
    for keep in KEEPS:
        counted, found = lm.cost.operations(audio, text, keep) / all_of_it, pruned[keep]
        results[f"pruned to {keep} / unpruned"] = ratios(found, whole)
        results[f"pruned to {keep}, measured / counted"] = [
            ratio / counted for ratio in ratios(found, whole)
        ]
    return results


def forward(lm: AudioLM, states: torch.Tensor) -> None:
    lm.model(inputs_embeds=states, use_cache=True, logits_to_keep=1)


@contextmanager
def choice_timed(router: HeadRouter, times: list[float]) -> Iterator[None]:
    """Times the router's choice of tokens: probe, routing and top k."""
    choose = router._choose

    def timed(*given: Any) -> Any:
        with stopwatch(times):
            return choose(*given)

    router._choose = timed
    yield


def questions(options: argparse.Namespace, work: Path) -> Results:
    """The first question, which hears the recording, and the second, with the models loaded."""
    results: Results = {}
    peaks: list[int] = []
    with Assistant(load_settings({"home": work / "home"})) as assistant:
        load_all(assistant)
        for minutes in sorted(options.minutes):
            path = lengthened(options.recording, 60 * minutes, work / f"{minutes:g}.wav")
            first, second = (Asked(assistant, path, QUESTION) for _ in range(2))
            results[f"{minutes:g} minutes, second / first"] = [second.seconds / first.seconds]
            results[f"{minutes:g} minutes, second, s"] = [second.seconds]
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            results[f"{minutes:g} minutes, peak memory / the shortest's"] = [peaks[-1] / peaks[0]]
    return results


class Asked:
    """A question asked: how long until its end and its first token, and what it took by stage."""

    def __init__(
        self, assistant: Assistant, recording: Path, question: str, words: str = "auto"
    ) -> None:
        begun, self.first = time.perf_counter(), 0.0
        for event in assistant.ask(Request(str(recording), question, words=words)):
            if isinstance(event, Token) and not self.first:
                self.first = time.perf_counter() - begun
            if isinstance(event, Heard):
                self.report = event.report
        assert isinstance(event, Done), event
        self.seconds = time.perf_counter() - begun


def load_all(assistant: Assistant) -> None:
    assistant.models.listener()
    assistant.models.recogniser()
    assistant.models.encoder()(["warm"])


def kinds(options: argparse.Namespace, work: Path) -> Results:
    """What each kind of question takes; prints the stages."""
    results: Results = {}
    with Assistant(load_settings({"home": work})) as assistant:
        load_all(assistant)
        recording = add_recording(assistant.store, options.recording)
        assistant.ingest(recording, lambda fraction: None)
        for known in (False, True):
            if known:
                assistant.transcript(recording)
            for kind, question in KINDS.items():
                if not known:
                    assistant.store.forget_words(recording.id, RECOGNISER)
                words = "off" if kind in WITHOUT_WORDS else "auto"
                asked = Asked(assistant, options.recording, question, words)
                taken = {k: round(s, 2) for k, s in asked.report.seconds.items() if s >= 0.005}
                state = "words known" if known else "no words known"
                print(f"{kind}, {state}: {asked.report.words}, {taken}")
                results[f"{kind}, {state}, s to the first token"] = [asked.first]
    return results


def command(options: argparse.Namespace, work: Path) -> Results:
    """Until a command says something: to whoever waits for it at a terminal."""
    environment = os.environ | {"HEADROUTER_HOME": str(work)}
    results: Results = defaultdict(list)

    def run(*words: str) -> None:
        program = [sys.executable, "-m", "headrouter", *words]
        subprocess.run(program, env=environment, check=True, capture_output=True)

    question = ("ask", str(options.recording), QUESTION)
    run(*question, "--no-server")  # hears the recording
    try:
        run(*question)  # begins the server
        for _ in range(options.rounds):
            for name, words in (
                ("--help, s", ("--help",)),
                ("ask alone, s", (*question, "--no-server")),
                ("ask in the background, s", question),
            ):
                with stopwatch(results[name]):
                    run(*words)
    finally:
        run("stop")
    return results


PARTS = {
    "hearing": hearing,
    "prefill": prefill,
    "questions": questions,
    "kinds": kinds,
    "command": command,
}

if __name__ == "__main__":
    main()
