"""Pictures of a benchmark's results."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from headrouter.lab.evidence.quality import Result
from headrouter.lab.evidence.report import Line
from headrouter.lab.evidence.suite import ACOUSTIC, CONTROL, MIXED, SEMANTIC
from headrouter.prune.routing import ROUTES

matplotlib.use("Agg")
from matplotlib import pyplot as plt

COLOURS = {SEMANTIC: "#0072b2", MIXED: "#999999", ACOUSTIC: "#d55e00", CONTROL: "#009e73"}


def draw_all(results: Sequence[Result], lines: Sequence[Line], folder: Path) -> list[Path]:
    """Every picture, as PNG files in ``folder``; returns their paths."""
    pictures: dict[str, Callable[[Any], None]] = {
        "keep.png": lambda axes: draw_keep(lines, axes),
        "routing.png": lambda axes: draw_routing(results, axes),
        "selectivity.png": lambda axes: draw_selectivity(results, axes),
        "heads.png": lambda axes: draw_heads(results, axes),
    }
    paths = []
    for name, draw in pictures.items():
        figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
        draw(axes)
        figure.savefig(folder / name, dpi=120)
        plt.close(figure)
        paths.append(folder / name)
    return paths


def draw_keep(lines: Sequence[Line], axes: Any) -> None:
    """Mean score against the keep ratio, a line a scorer."""
    series: dict[str, list[tuple[float, float]]] = defaultdict(list)
    whole = [(line.condition.keep, line.mean) for line in lines if line.condition.keep == 1.0]
    for line in lines:
        if line.condition.keep < 1.0:
            series[line.condition.name].append((line.condition.keep, line.mean))
    for name, points in sorted(series.items()):
        keeps, means = zip(*sorted([*points, *whole]), strict=True)
        chosen = name in ("headrouter", "frame")
        axes.plot(keeps, means, marker="o", label=name, lw=2.5 if chosen else 1)
    axes.set(xlabel="keep ratio", ylabel="mean score over tasks")
    axes.legend(fontsize=8)


def draw_routing(results: Sequence[Result], axes: Any) -> None:
    """Mean routing weights of each task."""
    tasks = _by_task(results)
    left = np.zeros(len(tasks))
    for route in ROUTES:
        shares = np.array([np.mean([r.routes[route] for r in own]) for own in tasks.values()])
        colour = COLOURS.get(route, COLOURS[MIXED])
        axes.barh(list(tasks), shares, left=left, label=route, color=colour)
        left = left + shares
    axes.set(xlabel="routing weight", xlim=(0, 1))
    axes.legend(fontsize=8, loc="lower right")


def draw_selectivity(results: Sequence[Result], axes: Any) -> None:
    """Mean selectivity of each head in each task."""
    tasks = _by_task(results)
    cells = np.array([np.mean([r.selectivity for r in own], axis=0) for own in tasks.values()])
    image = axes.imshow(cells, aspect="auto", cmap="viridis")
    axes.set_yticks(range(len(tasks)), list(tasks))
    axes.set_xlabel("head")
    axes.figure.colorbar(image, ax=axes, label="selectivity")


def draw_heads(results: Sequence[Result], axes: Any) -> None:
    """t-SNE of the questions by the selectivity of all heads."""
    from sklearn.manifold import TSNE

    first = list({result.item: result for result in results}.values())
    points = np.array([result.selectivity for result in first])
    if len(first) > 3:
        near = min(30.0, (len(first) - 1) / 3)
        points = TSNE(perplexity=near, random_state=0, init="random").fit_transform(points)
    for category, colour in COLOURS.items():
        own = points[[result.category == category for result in first]]
        axes.scatter(own[:, 0], own[:, 1], s=14, color=colour, label=category)
    axes.set(xticks=[], yticks=[])
    axes.legend(fontsize=8)


def _by_task(results: Sequence[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in {result.item: result for result in results}.values():
        groups[result.task].append(result)
    return dict(sorted(groups.items()))
