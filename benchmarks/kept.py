"""What pruning keeps of what was asked for: no answers, only which tokens stay.

    python benchmarks/kept.py CLIPS [--recordings 30] [--seconds 120] [--questions 4] [--seed 0]

CLIPS is a folder of clips (three layouts, see headrouter/lab/corpus/clips.py). Recordings of speech
are composed with sounds and sentences planted in them; each is asked for at keep ratios 0.4, 0.2
and 0.1, and what counts is the share of its tokens that stays. Compared are

- stride: uniform stride, the baseline;
- energy: the loudest tokens;
- paper, M=2 and M=9: the published probe (question after the audio, attention without positions),
  all heads alike;
- contrast: the attention beyond that of neutral questions, from the index;
- spotting: what nano uses, the same with its weight moved to where the question's words are heard.

Prints the mean shares with n and the 95% bootstrap interval of the gain over uniform stride, drawn
over questions; then a line of JSON.
"""

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from assistant.app import load_listener
from assistant.settings import load_settings
from headrouter.backends import Samples
from headrouter.hear.heads import read_heads
from headrouter.hear.listener import AudioLM
from headrouter.lab.corpus.clips import find_clips
from headrouter.lab.evidence.finding import target_of
from headrouter.lab.evidence.planted import Planted, pieces
from headrouter.lab.evidence.report import paired_interval
from headrouter.lab.evidence.subjects import ListenerSubject
from headrouter.prune.probe import position_free_attention
from headrouter.prune.routing import kept_count, stride_index, top_tokens

KEEPS = (0.4, 0.2, 0.1)
LAYERS = (2, 9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("--recordings", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--questions", type=int, default=4, help="of each kind about a recording")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    listener, clips = load_listener(load_settings({})), find_clips(options.clips)
    shares: dict[tuple[str, float, str], list[float]] = defaultdict(list)
    for number in range(options.recordings):
        rng = random.Random(f"kept/{options.seed}/{number}")
        made = list(pieces(clips, options.seconds, options.questions, rng))
        samples = np.concatenate([samples for samples, _ in made])
        for item, kept in kept_of(listener, samples, [planted for _, planted in made if planted]):
            for (keep, scorer), share in kept.items():
                shares[item.kind, keep, scorer].append(share)
        print(f"recording {number + 1} of {options.recordings}", flush=True)
    print(json.dumps({"model": listener.model_id, "rows": table(shares)}))


@torch.inference_mode()
def kept_of(
    listener: AudioLM, samples: Samples, planted: list[Planted]
) -> "list[tuple[Planted, dict[tuple[float, str], float]]]":
    """For each question, keep ratio and scorer, which share of the planted tokens stays."""
    subject, hop = ListenerSubject(listener), listener.token_seconds
    heard = subject.hear(samples)
    audio = heard.own.audio
    (levels,) = heard.hints["levels"]
    found = []
    for item in planted:
        scores = {"energy": levels} | {
            f"paper, M={layer}": published(listener, audio, item.question, layer)
            for layer in LAYERS
        }
        weighed = subject.weigh(heard, item.question, listener.queries([item.question]))
        scores["contrast"], scores["spotting"] = (found.importance for found in weighed)
        target = target_of(item, hop, len(audio))
        kept = {}
        for keep in KEEPS:
            count = kept_count(len(audio), keep)
            chosen = {name: top_tokens(score, count) for name, score in scores.items()}
            chosen["stride"] = stride_index(len(audio), count)
            for name, tokens in chosen.items():
                kept[keep, name] = float(target[tokens].sum() / target.sum())
        found.append((item, kept))
    return found


def published(listener: AudioLM, audio: Tensor, question: str, layer: int) -> Tensor:
    """(audio,) importance by the paper's probe, heads alike, the question behind the audio."""
    prefix, suffix = listener.prompt(question)
    read = read_heads(listener.model, torch.cat([prefix, audio, suffix])[None], layer)
    queries = read["queries"][0, :, len(prefix) + len(audio) :]
    keys = read["keys"][0, :, len(prefix) : len(prefix) + len(audio)]
    return position_free_attention(queries, keys, queries.shape[-1] ** -0.5).mean(dim=0)


def table(shares: "dict[tuple[str, float, str], list[float]]") -> "list[dict[str, object]]":
    """Prints and gives the rows."""
    rows = []
    for (kind, keep, scorer), values in sorted(shares.items()):
        stride = shares[kind, keep, "stride"]
        own, even = ({kind: {str(n): v for n, v in enumerate(of)}} for of in (values, stride))
        low, high = paired_interval(own, even, seed=0)
        gain = float(np.mean(values) - np.mean(stride))
        print(
            f"{kind} at keep {keep}: {scorer} keeps {np.mean(values):.0%}, n {len(values)}, "
            f"{gain:+.0%} ({low:+.0%} to {high:+.0%}) over uniform stride"
        )
        rows.append(
            dict(kind=kind, keep=keep, scorer=scorer, n=len(values), share=float(np.mean(values)),
                 gain=gain, low=low, high=high)
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
