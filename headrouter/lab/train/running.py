"""What the commands that train share: clips, composers, the untrained model, progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from headrouter.lab.corpus.clips import Clip, find_clips
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.recase import heard_texts, recased
from headrouter.lab.corpus.samples import decode_all

console = Console(stderr=True)


def clips_of(folders: list[Path]) -> list[Clip]:
    """All clips of the folders; ends with a sentence where there are none."""
    try:
        return [clip for folder in folders for clip in find_clips(folder)]
    except FileNotFoundError as error:
        sys.exit(f"error: {error}")


def composers(
    data: list[Path], dev: list[Path], heard: Path | None, seed: int, workers: int
) -> tuple[Composer, Composer]:
    """Of training and of development.

    Several processes share what was decoded before they began.
    """
    texts = heard_texts(heard) if heard else {}
    clips = recased(clips_of(data), texts)
    if workers > 1:
        with bar("decoding, clips", len(clips)) as advance:
            decode_all(clips, advance)
    train = Composer(clips, seed, augment=True)
    return train, Composer(recased(clips_of(dev), {}), 0, augment=False)


def untrained(wheels: Path, seed: int, device: str) -> Any:
    """The model before training, from the wheels of its parts.

    Multiplies in bfloat16 from here on where the processor does so natively: twice as fast.
    """
    import torch

    from headrouter.lab.train.training import Nano
    from headrouter.nano import RECIPE, parts

    torch.set_float32_matmul_precision("medium")
    with TemporaryDirectory() as folder:
        parts.unpack(RECIPE, wheels, Path(folder), lambda what, share: None)
        nano = Nano.untrained(Path(folder), seed)
    torch.nn.Module.to(nano.model, device)
    return nano


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on the terminal; inside, a function that takes how much is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def reporter(advance: Callable[[int], None]) -> Callable[[int, dict[str, Any]], None]:
    """Moves the bar at every step, and prints what was measured on the development set."""

    def report(step: int, values: dict[str, Any]) -> None:
        advance(step)
        if any(name.startswith("dev") for name in values):
            console.print(step, values)

    return report
