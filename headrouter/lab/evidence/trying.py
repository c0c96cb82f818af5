"""Trying a model: how much of what is asked for stays, under each way of choosing its tokens.

The clips that ship with it (sentences by synthetic voices, sounds without a recording) are made
into recordings with something planted at known times. With one half of them the heads are weighed;
on recordings of the other half the ways to choose are compared. No answer is asked for, so that it
works for a model of any quality.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headrouter.backends import SAMPLE_RATE, Samples
from headrouter.errors import EvidenceError
from headrouter.hear.heads import read_heads
from headrouter.hear.listener import AudioLM
from headrouter.lab.corpus.clips import Clip, find_clips
from headrouter.lab.evidence.calibrate import Report, as_good
from headrouter.lab.evidence.finding import (
    OF_THE_KEEP,
    SECONDS,
    seek_in,
    share_kept,
    target_of,
    weigh_heads,
)
from headrouter.lab.evidence.planted import SENTENCE, SOUND, Planted, recordings
from headrouter.lab.evidence.subjects import Heard, ListenerSubject, Tokens
from headrouter.models import NEUTRAL, Measured
from headrouter.prune.families import family_of
from headrouter.prune.probe import Sample
from headrouter.prune.profiles import Profile
from headrouter.prune.router import DEFAULT_LAYER
from headrouter.prune.routing import kept_count
from headrouter.prune.scorers import SCORERS

CLIPS = Path(__file__).parent / "clips"
EACH = 4  # planted of each kind in a recording
COMPARED = ("frame", "peaks", "contrast", "headrouter")  # those that can lose least come first
BY_CONTRAST = ("peaks", "contrast")  # with neutral questions; the others ask by attention alone


@dataclass(frozen=True, eq=False)
class Recording:
    """One with planted moments, as a model hears it."""

    windows: list[Tensor]  # each (tokens, width)
    planted: list[Planted]


@dataclass(frozen=True)
class Left:
    """What stays of one moment by a scorer, at each keep ratio of the table."""

    kind: str
    kept: tuple[float, ...]

    @property
    def score(self) -> float:
        """Mean over the keep ratios."""
        return statistics.mean(self.kept)


@dataclass(frozen=True)
class Tried:
    """What was found for one pruning layer: profiles by way of asking, and rows by scorer."""

    layer: int
    profiles: dict[bool, Profile]  # by whether neutral questions are contrasted with
    rows: dict[str, list[Left]]

    def scores(self, scorer: str) -> list[float]:
        """Of each moment."""
        return [row.score for row in self.rows[scorer]]

    @property
    def best(self) -> str:
        """The scorer under which most stays."""
        return max(COMPARED, key=lambda scorer: statistics.mean(self.scores(scorer)))

    @property
    def chosen(self) -> str:
        """The first of those that are as good as the best."""
        best = self.scores(self.best)
        return next(name for name in COMPARED if as_good(self.scores(name), best))

    @property
    def neutral(self) -> bool:
        """Whether moments are found better by contrast."""
        contrast, plain = self.scores("contrast"), self.scores("headrouter")
        return statistics.mean(contrast) >= statistics.mean(plain)

    def shares(self, kind: str, keep: float) -> dict[str, dict[str, float]]:
        """Scorer -> keep ratio -> mean share that stays of one kind of moments."""
        return {
            scorer: {
                f"{keep * part:g}": round(
                    statistics.mean(row.kept[at] for row in self.rows[scorer] if row.kind == kind),
                    4,
                )
                for at, part in enumerate(OF_THE_KEEP)
            }
            for scorer in COMPARED
        }


def try_model(
    listener: AudioLM,
    *,
    moments: int = 16,
    layers: Sequence[int] = (),
    keep: float = 0.4,
    seed: int = 1,
    clips: Path = CLIPS,
    report: Report = lambda line: None,
) -> tuple[Measured, Profile]:
    """What `models try` says of a model, and the profile that goes with it.

    moments: sounds, and sentences, in each half, at least. layers: M to choose from; none: a few
    low ones. Of layers, and of scorers, the first that is less than a standard error below the
    best is taken. Raises EvidenceError for a layer that can't be pruned at, and for clips without
    speech or sounds.
    """
    wanted = sorted(set(layers)) or layers_of(listener)
    check_layers(listener, wanted)
    known = find_clips(clips)
    weighing, comparing = (
        [hear(listener, *one) for one in made(known[half::2], moments, seed + half, report)]
        for half in (0, 1)
    )
    found = []
    for layer in wanted:
        found.append(try_layer(listener, layer, weighing, comparing, keep))
        report(f"layer {layer}: {told(found[-1])}")
    top = max(found, key=lambda tried: statistics.mean(tried.scores(tried.best)))
    best = top.scores(top.best)
    tried = next(one for one in found if as_good(one.scores(one.best), best))
    scorer = tried.chosen
    neutral = scorer in BY_CONTRAST or (scorer == "frame" and tried.neutral)
    measured = Measured(
        listener.profile.model,
        tried.layer,
        scorer,
        neutral,
        len(best),
        keep,
        tried.shares(SENTENCE, keep),
        tried.shares(SOUND, keep),
    )
    return measured, tried.profiles[neutral]


def told(tried: Tried) -> str:
    """The share that stays by each scorer, for a person."""
    shares = (f"{name} {statistics.mean(tried.scores(name)):.0%}" for name in COMPARED)
    return ", ".join(shares)


def layers_of(listener: AudioLM) -> list[int]:
    """Low layers that M is chosen from: pruning pays the more, the lower it is."""
    model = listener.model
    count, most = len(family_of(model).layers(model)), family_of(model).highest(model)
    wanted = {min(DEFAULT_LAYER, most), count // 6, count // 3}
    return sorted(layer for layer in wanted if 1 <= layer <= most)


def check_layers(listener: AudioLM, layers: Sequence[int]) -> None:
    """Raises EvidenceError for one that the model can't be pruned at."""
    most = family_of(listener.model).highest(listener.model)
    for layer in layers:
        if not 1 <= layer <= most:
            raise EvidenceError(f"layer {layer} can't be pruned at: choose between 1 and {most}")


def made(
    clips: Sequence[Clip], moments: int, seed: int, report: Report
) -> Iterator[tuple[Samples, list[Planted]]]:
    """Recordings with that many planted moments of each kind, told one by one."""
    count = -(-moments // EACH)
    for number, one in enumerate(recordings(clips, count, SECONDS, EACH, seed), 1):
        report(f"listening to recording {number} of {count}")
        yield one


@torch.inference_mode()
def hear(listener: AudioLM, samples: Samples, planted: list[Planted]) -> Recording:
    """The embeddings of a recording's windows: they are the same for every layer."""
    size = round(listener.card.window_seconds * SAMPLE_RATE)
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    return Recording([window for part in parts for window in listener.embed([part])], planted)


def try_layer(
    listener: AudioLM,
    layer: int,
    weighing: Sequence[Recording],
    comparing: Sequence[Recording],
    keep: float,
) -> Tried:
    """Weighs the heads of a layer with some recordings, and compares the scorers on others."""
    rows: dict[str, list[Left]] = {}
    profiles = {}
    for neutral in (False, True):
        card = replace(listener.card, neutral=NEUTRAL if neutral else (), layer=layer)
        lm = replace(listener, card=card).with_profile(None)
        sought = [
            one for heard in weighing for one in seek_in(lm, tokens_of(lm, heard), heard.planted)
        ]
        profiles[neutral] = weigh_heads(lm, sought, keep).profile
        weighed = lm.with_profile(profiles[neutral])
        names = [name for name in COMPARED if (name in BY_CONTRAST) == neutral]
        for heard in comparing:
            own = tokens_of(weighed, heard)
            for item in heard.planted:
                for name, row in compare(weighed, own, item, names, keep):
                    rows.setdefault(name, []).append(row)
    return Tried(layer, profiles, rows)


@torch.inference_mode()
def tokens_of(listener: AudioLM, heard: Recording) -> Tokens:
    """What the listener's layer makes of a recording."""
    return Tokens.of(listener.windows(heard.windows))


def compare(
    listener: AudioLM, own: Tokens, item: Planted, names: Sequence[str], keep: float
) -> Iterator[tuple[str, Left]]:
    """What each scorer leaves of a planted moment when it is asked for."""
    target = target_of(item, listener.token_seconds, len(own.audio))
    sample = probed(listener, own, item.question)
    for name in names:
        kept = []
        for part in OF_THE_KEEP:
            count = kept_count(len(own.audio), keep * part)
            scores = SCORERS[name](sample, listener.profile, count)
            kept.append(share_kept(scores.cpu(), target, keep * part))
        yield name, Left(item.kind, tuple(kept))


@torch.inference_mode()
def probed(listener: AudioLM, own: Tokens, question: str) -> Sample:
    """What a router reads of the whole prompt at layer M-1, without running what comes above."""
    prompts = listener.backend.prompts
    before, after = prompts.prefix(), prompts.suffix(question)
    prefix, suffix = listener.prompt(question)
    states = torch.cat([prefix, own.audio.to(prefix), suffix])
    besides = listener.backend.besides(before, len(own.audio), after)
    read = read_heads(listener.model, states, listener.profile.layer, besides)
    first, last = len(prefix), len(prefix) + len(own.audio)
    asked = listener.queries([question])
    hints = {"asked": asked}
    if listener.card.neutral:
        found = ListenerSubject(listener).weigh(Heard(own), question, asked)
        hints |= dict(zip(("contrast", "spotting"), (one.importance for one in found), strict=True))
    queries, keys = read["queries"][0, :, last:], read["keys"][0, :, first:last]
    reads: Any = family_of(listener.model).layers(listener.model)[listener.profile.layer - 1]
    return Sample(queries, keys, reads.self_attn.scaling, 0, hints)
