"""Is the memory promised in a plan the memory used, and does a limit hold?

    python benchmarks/memory_plans.py [--plans 50] [--seed 0] [--model auto] [--results FILE]

Random plans (audio tokens, keep ratio, text, longest answer), each in a process of its own that
loads the model and answers from random embeddings. First without a limit: measured peak against
predicted. Then with as much address space as half of the unpruned run needs beyond the loaded model
(RLIMIT_AS): the unpruned run has to fail, and ours, which plans with what is left, has to answer or
to refuse with a reason. Prints each plan as it is measured, the table, and a line of JSON; with
--results each plan is a line of that file, and those that are there are not run again.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from intervals import told

from assistant.app import load_listener
from assistant.ask.budgeting import is_out_of_memory
from assistant.ask.nodes import FAILURES
from assistant.budget.machine import free_memory_bytes
from assistant.budget.peak import PeakMemory, resident_bytes
from assistant.budget.plan import Demand, Memory, make_plan
from assistant.errors import BudgetRefused
from assistant.settings import load_settings
from headrouter.hear.index import AudioIndex, IndexWriter
from headrouter.hear.listener import AudioLM, Listening

SHORTEST, LONGEST = 125, 6000  # audio tokens
QUESTION = "What is it about?"
WORD = " word"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--child", help=argparse.SUPPRESS)  # what a process of its own runs
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.model, json.loads(options.child))))
        return
    lines = options.results.read_text().splitlines() if known(options.results) else []
    rows = [json.loads(line) for line in lines]
    for plan in plans(options.seed, options.plans)[len(rows) :]:
        rows.append(plan | {way: in_a_process(options.model, plan, way) for way in WAYS})
        print(json.dumps(rows[-1]), flush=True)
        if options.results:
            with options.results.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print(json.dumps(summary(rows)))


def known(results: Path | None) -> bool:
    return results is not None and results.exists()


def plans(seed: int, count: int) -> list[dict[str, Any]]:
    """What is asked for, drawn at random."""
    rng = random.Random(seed)
    return [
        {
            "audio": round(SHORTEST * (LONGEST / SHORTEST) ** rng.random()),
            "keep": round(rng.uniform(0.1, 1.0), 2),
            "words": rng.randrange(0, 400),
            "new": rng.choice((1, 20, 60)),
        }
        for _ in range(count)
    ]


def in_a_process(model: str, plan: dict[str, Any], way: str) -> dict[str, Any]:
    """What became of a plan. A process that was killed says so by its exit status."""
    child = json.dumps(plan | {"way": way})
    command = [sys.executable, __file__, "--model", model, "--child", child]
    one_arena = os.environ | {"MALLOC_ARENA_MAX": "1"}  # others are address space, not memory
    done = subprocess.run(command, capture_output=True, text=True, env=one_arena)
    if done.returncode and way == "free":  # nothing but a mistake in here ends it without a limit
        raise SystemExit(done.stderr)
    if done.returncode:
        return {"outcome": "died", "why": f"{done.returncode}: {done.stderr[-200:]}"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measured(model: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Loads the model and goes one of the ways."""
    lm = load_listener(load_settings({"model": model}))
    with tempfile.TemporaryDirectory() as folder:
        return WAYS[plan["way"]](lm, random_index(lm, Path(folder) / "index", plan["audio"]), plan)


@torch.inference_mode()
def random_index(lm: AudioLM, folder: Path, tokens: int) -> AudioIndex:
    """An index as it would be of a recording of so many tokens."""
    generator = torch.Generator().manual_seed(0)
    prefix, _ = lm.prompt(QUESTION)
    embeddings = torch.randn(tokens, prefix.shape[1], generator=generator) * prefix.std()
    with IndexWriter(folder, lm.model_id, lm.token_seconds) as writer:
        for part in embeddings.split(round(lm.card.window_seconds / lm.token_seconds)):
            levels, window = np.zeros(len(part), np.float32), lm.window(part)
            writer.append(part, window.keys, levels, window.mass, window.letters)
        return writer.finish(tokens * lm.token_seconds)


def free(lm: AudioLM, index: AudioIndex, plan: dict[str, Any]) -> dict[str, Any]:
    """Without a limit: as asked, measured beside what is predicted."""
    return answered(lm, index, plan, plan["audio"], plan["keep"])


def naive(lm: AudioLM, index: AudioIndex, plan: dict[str, Any]) -> dict[str, Any]:
    """Under the limit: everything, unpruned and unplanned."""
    limit(lm, index, plan)
    return answered(lm, index, plan, plan["audio"], 1.0)


def ours(lm: AudioLM, index: AudioIndex, plan: dict[str, Any]) -> dict[str, Any]:
    """Under the limit: what the budget allows, or a refusal; as the assistant does, once more with
    half the tokens where memory runs out nevertheless, and a refusal after a few times.
    """
    limit(lm, index, plan)
    text, keep = lm.question_tokens(QUESTION, WORD * plan["words"]), plan["keep"]
    for failures in range(FAILURES):
        demand = Demand(plan["audio"], text, plan["new"], plan["audio"], keep, "as drawn")
        try:
            memory = Memory(resident_bytes(), free_memory_bytes())
            chosen = make_plan(demand, lm.cost, memory)
        except BudgetRefused as error:
            return {"outcome": "refused", "why": str(error), "failures": failures}
        found = answered(lm, index, plan, chosen.audio_tokens, chosen.keep) | {"failures": failures}
        if found["outcome"] == "answered":
            return found
        keep = chosen.keep / 2
    return {"outcome": "refused", "why": f"memory ran out {FAILURES} times", "failures": FAILURES}


WAYS = {"free": free, "naive": naive, "ours": ours}


def limit(lm: AudioLM, index: AudioIndex, plan: dict[str, Any]) -> None:
    """From here on the process gets half of what the unpruned run needs.

    A short answer comes first: threads and their stacks are no part of what is planned.
    """
    with PeakMemory(lm.device):
        lm.answer(index, QUESTION, Listening(((0, 20),), 1.0, 1))
    text = lm.question_tokens(QUESTION, WORD * plan["words"])
    needed = lm.cost.run_bytes(plan["audio"], text, 1.0, plan["new"])
    most = psutil.Process().memory_info().vms + needed // 2
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def answered(
    lm: AudioLM, index: AudioIndex, plan: dict[str, Any], audio: int, keep: float
) -> dict[str, Any]:
    """Peak of the process over an answer, beside the prediction; or that memory ran out."""
    words = WORD * plan["words"]
    text, used = lm.question_tokens(QUESTION, words), resident_bytes()
    predicted = used + lm.cost.run_bytes(audio, text, keep, plan["new"])
    told_ = {"predicted": predicted, "audio": audio, "keep": keep}
    try:
        with PeakMemory(lm.device) as peak:
            lm.answer(index, QUESTION, Listening(((0, audio),), keep, plan["new"], words=words))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return told_ | {"outcome": "out of memory"}
    return told_ | {"outcome": "answered", "measured": peak.bytes}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How near the predictions are, and what became of the plans under the limit."""
    free_ = [row["free"] for row in rows if row["free"]["outcome"] == "answered"]
    ratios = sorted(row["measured"] / row["predicted"] for row in free_)
    near = sum(0.85 <= ratio <= 1.15 for ratio in ratios)
    fair = [row for row in rows if row["naive"]["outcome"] != "answered"]
    well = sum(row["ours"]["outcome"] in ("answered", "refused") for row in fair)
    print("measured peak within 15% of predicted:", told(near, len(ratios)))
    print("above it by more than 10%:", told(sum(ratio > 1.1 for ratio in ratios), len(ratios)))
    print("under a limit that the unpruned run fails, answered or refused:", told(well, len(fair)))
    outcomes = [row["ours"]["outcome"] for row in fair]
    return {
        "plans": len(rows),
        "measured_over_predicted": [round(ratio, 3) for ratio in ratios],
        "within_15_percent": near,
        "naive_failed": len(fair),
        "ours": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
    }


if __name__ == "__main__":
    main()
