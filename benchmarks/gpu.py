"""What pruning is worth in time and memory on a GPU, in models of their true sizes, in one run.

    python benchmarks/gpu.py OUT.json [--size true|mid] [--seconds N] [--minutes 10 30 60]

Voxtral-Mini-3B and the listening half of Qwen2.5-Omni-7B, with random weights in bfloat16 that are
made on the device: what a prefill costs does not depend on what was learnt, so no download is
needed, and nothing here says how well a model answers. For each length of audio and each keep
ratio: seconds of the prefill and its peak of memory, each beside what ``ModelCost`` predicts, and
the share of probe and routing. Besides: how fast a recording is ingested, and whether pruning
equals masking on this device. Each row is printed and written as soon as it is known, the most
telling first; ``--seconds`` ends the run. ``--size mid`` are small models, for a CPU.
"""

import argparse
import gc
import importlib.util
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import WhisperFeatureExtractor

from headrouter.hear.cost import ModelCost
from headrouter.hear.decode import last_logits_only
from headrouter.hear.heads import read_heads
from headrouter.prune.router import DEFAULT_LAYER, HeadRouter
from headrouter.testing import AUDIO, TINY, mask_oracle, tiny_inputs, tiny_model

KEEPS = (1.0, 0.4, 0.1)
PREFIX, QUESTION = 4, 40  # tokens around the audio
SAMPLE_RATE, WINDOW, BATCH = 16_000, 30.0, 4  # of an ingest
MEGA = 1e6


@dataclass(frozen=True)
class Kind:
    """A model to measure."""

    name: str
    tokens_per_second: float
    build: Callable[[str], tuple[Any, Any]]  # its class and config, by size
    encode: Callable[[Any, Tensor], Tensor]  # model, mel (clips, mels, frames)


def voxtral(size: str) -> tuple[Any, Any]:
    text: dict[str, Any] = {"model_type": "llama"}  # Mini-3B is what transformers takes for given
    ears: dict[str, Any] = {}
    if size == "mid":
        text |= {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 8}
        text |= {"num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 64}
        ears = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 2}
        ears |= {"num_attention_heads": 4}
    config = transformers.VoxtralConfig(audio_config=ears, text_config=text, audio_token_id=24)
    return transformers.VoxtralForConditionalGeneration, config


def qwen(size: str) -> tuple[Any, Any]:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
    text: dict[str, Any] = {"tie_word_embeddings": False}
    ears: dict[str, Any] = {}
    eyes: dict[str, Any] = {"hidden_size": 1280}
    if size == "mid":
        rope["mrope_section"] = [8, 12, 12]
        text |= {"hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 6}
        text |= {"num_attention_heads": 8, "num_key_value_heads": 2}
        ears = {"d_model": 128, "encoder_ffn_dim": 512, "encoder_layers": 2, "output_dim": 512}
        ears |= {"encoder_attention_heads": 4}
        eyes = {"hidden_size": 64, "intermediate_size": 128, "depth": 1, "out_hidden_size": 512}
        eyes |= {"fullatt_block_indexes": [0]}
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config=ears, text_config={**text, "rope_parameters": rope}, vision_config=eyes
    )
    return transformers.Qwen2_5OmniThinkerForConditionalGeneration, config


def encode_voxtral(model: Any, mel: Tensor) -> Tensor:
    return model.get_audio_features(mel).pooler_output.reshape(len(mel), -1, width_of(model))


def encode_qwen(model: Any, mel: Tensor) -> Tensor:
    mask = torch.ones(mel.shape[0], mel.shape[2], dtype=torch.long, device=mel.device)
    found = model.get_audio_features(mel, feature_attention_mask=mask).last_hidden_state
    return found.reshape(len(mel), -1, width_of(model))


def width_of(model: Any) -> int:
    return int(model.config.get_text_config().hidden_size)


KINDS = {
    "voxtral": Kind("Voxtral-Mini-3B", 12.5, voxtral, encode_voxtral),
    "qwen": Kind("Qwen2.5-Omni-7B thinker", 25.0, qwen, encode_qwen),
}


class Report:
    """Rows, each printed and written at once; raises TimeUp when there is no time for more."""

    def __init__(self, out: Path, seconds: float) -> None:
        self.out, self.ends = out, time.monotonic() + seconds
        self.rows: list[dict[str, Any]] = []

    def add(self, **row: Any) -> None:
        """Prints and writes a row."""
        self.rows.append(row)
        print("  ".join(f"{name}={short(value)}" for name, value in row.items()), flush=True)
        self.out.write_text(json.dumps(self.rows, indent=1) + "\n")

    def time_for_more(self) -> None:
        """Raises TimeUp once the seconds are over."""
        if time.monotonic() > self.ends:
            raise TimeUp


class TimeUp(Exception):
    """``--seconds`` are over."""


def short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", choices=["true", "mid"], default="true")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=480.0)
    parser.add_argument("--minutes", type=float, nargs="+")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--models", nargs="+", choices=KINDS, default=list(KINDS))
    arguments = parser.parse_args()
    minutes = arguments.minutes or ([60, 30, 10] if arguments.size == "true" else [3, 1])
    report = Report(arguments.out, arguments.seconds)
    report.add(
        part="machine",
        device=device_name(arguments.device),
        torch=torch.__version__,
        transformers=transformers.__version__,
        size=arguments.size,
    )
    try:
        run(report, arguments, minutes)
    except TimeUp:
        report.add(part="end", note=f"{arguments.seconds:.0f} seconds are over")
    else:
        report.add(part="end", note="complete")


def device_name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


@torch.inference_mode()
def run(report: Report, arguments: argparse.Namespace, minutes: list[float]) -> None:
    for number, name in enumerate(arguments.models):
        kind = KINDS[name]
        begun = time.perf_counter()
        model = made(kind, arguments.size, arguments.device)
        settle(arguments.device)
        weights = sum(part.numel() * part.element_size() for part in model.parameters())
        took = time.perf_counter() - begun
        report.add(part="model", model=kind.name, weights_mb=weights / MEGA, seconds=took)
        timed_prefill(model, kind, 0.5, 0.4, arguments.device)  # the first is slow
        for length in minutes:
            prefills(report, model, kind, length, arguments)
        measured(report, "ingest", partial(ingest, model, kind, arguments.device), kind)
        measured(report, "oracle", partial(oracle, model, kind, arguments.device), kind)
        if not number:
            report.time_for_more()
            for family, found in tiny_oracles(arguments.device):
                report.add(part="oracle, float32", model=family, **found)
        del model
        gc.collect()
        if arguments.device.startswith("cuda"):
            torch.cuda.empty_cache()


def made(kind: Kind, size: str, device: str) -> Any:
    """Random weights, made where they stay: bfloat16 on a GPU, float32 on a CPU."""
    torch.manual_seed(0)
    cls, config = kind.build(size)
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    with torch.device(device):
        model = cls._from_config(config, dtype=dtype, attn_implementation="sdpa")
    return model.eval()


def measured(
    report: Report, part: str, work: Callable[[], Iterator[dict[str, Any]]], kind: Kind
) -> None:
    """Adds rows; a part that this machine can't do is a row that says why."""
    report.time_for_more()
    try:
        for row in work():
            report.add(part=part, model=kind.name, **row)
    except (RuntimeError, ImportError) as error:  # out of memory is one
        report.add(part=part, model=kind.name, failed=str(error).splitlines()[0])


# -- prefill


def prefills(
    report: Report, model: Any, kind: Kind, minutes: float, arguments: argparse.Namespace
) -> None:
    """One length at every keep ratio, each beside what is predicted for it."""
    cost = ModelCost.of(model, DEFAULT_LAYER)
    audio = round(minutes * 60 * kind.tokens_per_second)
    text, whole = PREFIX + QUESTION, None
    for keep in KEEPS:

        def one(keep: float = keep) -> Iterator[dict[str, Any]]:
            nonlocal whole
            runs = []
            for _ in range(arguments.rounds):
                report.time_for_more()
                runs.append(timed_prefill(model, kind, minutes, keep, arguments.device))
            seconds = statistics.median(found["seconds"] for found in runs)
            whole = whole or (seconds if keep == 1.0 else None)
            operations = cost.operations(audio, text, keep)
            row = {
                "minutes": minutes,
                "audio_tokens": audio,
                "keep": keep,
                "seconds": seconds,
                "tera_operations": operations / 1e12,
                "tera_operations_a_second": operations / seconds / 1e12,
                "peak_mb": max(found["peak"] for found in runs) / MEGA,
                "predicted_mb": cost.run_bytes(audio, text, keep, 1) / MEGA,
                "routing_share": statistics.median(found["routing"] for found in runs) / seconds,
            }
            if whole:
                row["of_unpruned"] = seconds / whole
                row["predicted_of_unpruned"] = operations / cost.operations(audio, text, 1.0)
            yield row

        measured(report, "prefill", one, kind)


def timed_prefill(
    model: Any, kind: Kind, minutes: float, keep: float, device: str
) -> dict[str, float]:
    """Seconds, bytes at the peak beyond the weights, and seconds of probe and routing."""
    audio = round(minutes * 60 * kind.tokens_per_second)
    states, mask = prompt(model, audio, device)
    choosing: list[float] = []
    with ExitStack() as stack:
        stack.enter_context(last_logits_only(model))
        if keep < 1.0:
            router = stack.enter_context(HeadRouter(model, keep=keep, audio_mask=mask))
            stack.enter_context(stopwatch(router, choosing, device))
        settle(device)
        memory = stack.enter_context(peak_memory(device))
        begun = time.perf_counter()
        model(inputs_embeds=states, use_cache=True)
        settle(device)
        took = time.perf_counter() - begun
    return {"seconds": took, "peak": memory[0] + states.nbytes, "routing": sum(choosing)}


def prompt(model: Any, audio: int, device: str) -> tuple[Tensor, Tensor]:
    """(1, tokens, width) of noise, and where in it the audio is."""
    embeddings = model.get_input_embeddings().weight
    tokens = PREFIX + audio + QUESTION
    states = torch.randn(1, tokens, embeddings.shape[1], dtype=embeddings.dtype, device=device)
    mask = torch.zeros(1, tokens, dtype=torch.bool, device=device)
    mask[:, PREFIX : PREFIX + audio] = True
    return states * 0.02, mask


@contextmanager
def stopwatch(router: HeadRouter, times: list[float], device: str) -> Iterator[None]:
    """Times the router's choice of tokens: probe, routing and top k."""
    choose = router._choose

    def timed(*given: Any) -> Any:
        settle(device)
        begun = time.perf_counter()
        chosen = choose(*given)
        settle(device)
        times.append(time.perf_counter() - begun)
        return chosen

    router._choose = timed  # type: ignore[method-assign]
    yield


def settle(device: str) -> None:
    """Waits until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


@contextmanager
def peak_memory(device: str) -> Iterator[list[int]]:
    """After it, [bytes] at the peak beyond what was there before."""
    found: list[int] = []
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        yield found
        found.append(torch.cuda.max_memory_allocated(device) - before)
        return
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = resident("VmRSS")
    yield found
    found.append(resident("VmHWM") - before)


def resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


# -- ingest


def ingest(model: Any, kind: Kind, device: str) -> Iterator[dict[str, Any]]:
    """Seconds of work for an hour of sound, by what they are spent on."""
    features = WhisperFeatureExtractor(feature_size=128)
    noise = np.random.default_rng(0).normal(0, 0.1, (BATCH, round(WINDOW * SAMPLE_RATE)))
    windows = list(noise.astype(np.float32))
    spent = {"features": 0.0, "encoder": 0.0, "keys": 0.0}
    rounds = 3
    prefix = model.get_input_embeddings()(torch.arange(PREFIX, device=device))
    for number in range(rounds + 1):
        if number == 1:
            spent = dict.fromkeys(spent, 0.0)  # the first is slow
        begun = time.perf_counter()
        mel = features(windows, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
        mel = mel.to(device, prefix.dtype)
        settle(device)
        had = time.perf_counter()
        found = kind.encode(model, mel)
        settle(device)
        encoded = time.perf_counter()
        for embeddings in found:
            read_heads(model, torch.cat([prefix, embeddings])[None], DEFAULT_LAYER)
        settle(device)
        read = time.perf_counter()
        spent["features"] += had - begun
        spent["encoder"] += encoded - had
        spent["keys"] += read - encoded
    hours = rounds * BATCH * WINDOW / 3600
    row = {f"{name}_seconds_an_hour": value / hours for name, value in spent.items()}
    yield row | {"times_real_time": 3600 / sum(row.values())}


# -- pruning equals masking


def oracle(model: Any, kind: Kind, device: str) -> Iterator[dict[str, Any]]:
    """The true model pruned against the same model masked, on a minute of audio.

    In half precision two ways to compute the same differ: ``kernels_differ`` is by how much the
    unpruned model does, between the kernel that pruning runs with and the one that can mask.
    """
    states, mask = prompt(model, round(60 * kind.tokens_per_second), device)

    def last() -> Tensor:
        return model(inputs_embeds=states, use_cache=True).logits[0, -1].float()

    kernels = {"sdpa": None, "sdpa, flash kernel": SDPBackend.FLASH_ATTENTION}
    if importlib.util.find_spec("flash_attn") is None:
        yield {"attention": "flash_attention_2", "failed": "flash_attn is not installed"}
    elif device.startswith("cuda"):
        kernels["flash_attention_2"] = None
    for name, kernel in kernels.items():
        if name == "flash_attention_2":
            model.set_attn_implementation(name)
        with sdpa_kernel(kernel) if kernel else ExitStack():
            with HeadRouter(model, keep=0.4, audio_mask=mask) as router:
                pruned = last()
            whole = last()
        model.set_attn_implementation("sdpa")
        dropped = mask.clone()
        dropped[0, router.pruned[0].audio[router.pruned[0].kept]] = False
        with mask_oracle(model, dropped, DEFAULT_LAYER):
            masked = last()
        with mask_oracle(model, torch.zeros_like(mask), DEFAULT_LAYER):
            unmasked = last()
        yield {
            "attention": name,
            "keep": 0.4,
            "pruned_against_masked": far(pruned, masked),
            "kernels_differ": far(whole, unmasked),
            "pruned_against_unpruned": far(pruned, whole),
        }


def far(one: Tensor, other: Tensor) -> float:
    """How far apart, of the other's length."""
    return float((one - other).norm() / other.norm())


def tiny_oracles(device: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every family in float32: the greatest difference of logits, with scores of a few units."""
    for family in TINY:
        model = tiny_model(family).to(device)
        inputs = {name: value.to(device) for name, value in tiny_inputs(family, (3, 1)).items()}
        row: dict[str, Any] = {"attention": "sdpa"}
        for keep in (0.4, 0.1):
            with HeadRouter(model, keep=keep) as router:
                pruned = last_six(model, inputs)
            dropped = inputs["input_ids"] == AUDIO
            for number, found in enumerate(router.pruned):
                dropped[number, found.audio[found.kept]] = False
            with mask_oracle(model, dropped, DEFAULT_LAYER):
                masked = last_six(model, inputs)
            row[f"differs_at_{keep}"] = float((pruned - masked).abs().max())
        yield family, row


def last_six(model: Any, inputs: dict[str, Tensor]) -> Tensor:
    """Logits of the question, with a cache that slides nowhere, as the oracle's mask wants it."""
    cache = transformers.DynamicCache()
    return model(**inputs, use_cache=True, cache=cache).logits[:, -6:]


if __name__ == "__main__":
    main()
