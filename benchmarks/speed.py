"""What pruning and listening once are worth in time, on this machine, in one run.

    python benchmarks/speed.py [--recording FILE] [--rounds N]

Three ratios, because bare times say little across machines: the second question of a recording
against the first; the pruned prefill against the unpruned one on the longest input that the model
takes whole, beside what counting operations predicts; probe and routing against the prefill.
Prints a table, and one line of JSON at the end.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import torch

from assistant.app import Assistant, load_listener
from assistant.ask.events import Done, Heard
from assistant.ask.state import Request
from assistant.settings import load_settings
from headrouter.hear.listener import AudioLM
from headrouter.prune.router import HeadRouter

SAMPLE = Path(__file__).parent.parent / "samples" / "meeting.flac"
KEEP = 0.4
QUESTION = "Is there the sound of a dog?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recording", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    results = questions(arguments.recording)
    lm = load_listener(load_settings({}))
    results |= prefill(lm, arguments.rounds)
    width = max(map(len, results))
    for name, value in results.items():
        print(f"{name:<{width}}  {value:,.4g}")
    print(json.dumps(results))


def questions(recording: Path) -> dict[str, float]:
    """Seconds of the first and of the second question, in one process with the model loaded."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings({"home": Path(home)})
        with Assistant(settings) as assistant:
            assistant.models.listener()
            assistant.models.recogniser()
            asked = ["What is said about the letter?", QUESTION]
            first, second = (timed_ask(assistant, recording, question) for question in asked)
            again = timed_ask(assistant, recording, asked[0])
    return {
        "first question, s": first,
        "second question, s": second,
        "second / first": second / first,
        "same question again / first": again / first,
    }


def timed_ask(assistant: Assistant, recording: Path, question: str) -> float:
    begun = time.perf_counter()
    events = list(assistant.ask(Request(str(recording), question)))
    assert isinstance(events[-1], Done), events[-1]
    assert any(isinstance(event, Heard) for event in events)
    return time.perf_counter() - begun


@torch.inference_mode()
def prefill(lm: AudioLM, rounds: int) -> dict[str, float]:
    """Pruned against unpruned prefill, interleaved so that both meet the same noise."""
    audio = lm.card.whole_tokens
    prefix, suffix = lm.prompt(QUESTION)
    generator = torch.Generator().manual_seed(0)
    sound = torch.randn(audio, prefix.shape[1], generator=generator) * suffix.std()
    states = torch.cat([prefix, sound, suffix])[None]
    mask = torch.zeros(states.shape[:2], dtype=torch.bool)
    mask[0, len(prefix) : len(prefix) + audio] = True
    whole, pruned, choosing = [], [], []
    for _ in range(rounds + 1):
        whole.append(timed_forward(lm.model, states))
        with HeadRouter(
            lm.model, lm.profile, KEEP, audio_mask=mask, model_id=lm.model_id
        ) as router:
            with stopwatch(router, choosing):
                pruned.append(timed_forward(lm.model, states))
    ratio = statistics.median(pruned[1:]) / statistics.median(whole[1:])  # the first warms up
    text = len(prefix) + len(suffix)
    predicted = lm.cost.operations(audio, text, KEEP) / lm.cost.operations(audio, text, 1.0)
    return {
        "audio tokens": audio,
        "keep": KEEP,
        "unpruned prefill, s": statistics.median(whole[1:]),
        "pruned prefill, s": statistics.median(pruned[1:]),
        "pruned / unpruned": ratio,
        "predicted by operations": predicted,
        "measured / predicted": ratio / predicted,
        "probe and routing / prefill": statistics.median(choosing[1:])
        / statistics.median(whole[1:]),
    }


def timed_forward(model: torch.nn.Module, states: torch.Tensor) -> float:
    begun = time.perf_counter()
    model(inputs_embeds=states, use_cache=True, logits_to_keep=1)
    return time.perf_counter() - begun


@contextmanager
def stopwatch(router: HeadRouter, times: list[float]):
    """Times the router's choice of tokens: probe, routing and top k."""
    choose = router._choose

    def timed(step):
        begun = time.perf_counter()
        chosen = choose(step)
        times.append(time.perf_counter() - begun)
        return chosen

    router._choose = timed
    yield


if __name__ == "__main__":
    main()
