"""Commands that measure: calibrate a model's heads, and the benchmark of what pruning costs."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.doors.cli.commands import Cache, Json, print_values, settings_of

if TYPE_CHECKING:
    from headrouter.lab.corpus.clips import Clip
    from headrouter.lab.evidence.calibrate import Calibration
    from headrouter.lab.evidence.subjects import ListenerSubject, ProcessorSubject
    from headrouter.lab.evidence.suite import Suite
    from headrouter.prune.profiles import Profile

SCORERS = (
    "peaks,spotting,contrast,headrouter,heads_mean,frame,random,fastv,dart,segment,energy,merge"
)

Data = Annotated[
    list[Path],
    typer.Option(help="Folder of clips, or of AudioMarathon or MMAU-Pro. May be given again."),
]
Checkpoint = Annotated[
    str | None,
    typer.Option("--model", help="Name of a model, or folder of a transformers checkpoint."),
]
Seed = Annotated[int, typer.Option(help="Other recordings and questions for another number.")]

bench_app = typer.Typer(help="Measure what pruning costs.", no_args_is_help=True)


class Method(StrEnum):
    """How a head's worth is measured."""

    scoring = "scoring"
    masking = "masking"
    planted = "planted"


def calibrate(
    data: Data,
    model: Checkpoint = None,
    out: Annotated[
        Path | None, typer.Option(help="Profile to write; by default where it is found again.")
    ] = None,
    samples: Annotated[int, typer.Option(min=2, help="Questions of each category.")] = 10,
    layers: Annotated[
        str, typer.Option(help="Pruning layers to choose from, such as 2,9,19.")
    ] = "2",
    keep: Annotated[float, typer.Option(help="Keep ratio to calibrate at.")] = 0.4,
    method: Annotated[
        Method,
        typer.Option(
            help="What right answers lose when a head is left out of the scoring, or masked in "
            "the model; or what of planted moments is kept without it, which asks for no answer."
        ),
    ] = Method.scoring,
    seed: Seed = 1,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Find out which heads of a model matter for which questions, and write its profile.

    Use other clips than those that you will measure with.

    Example: headrouter calibrate --data clips/train --layers 2,9
    """
    from headrouter import models

    settings = settings_of(dict(model=model, cache=cache))
    subject = subject_of(settings)
    chosen = numbers(layers, int)
    if method is Method.planted:
        found = by_finding(subject, data, samples, chosen, keep, seed)
    else:
        found = by_answers(subject, data, samples, chosen, keep, seed, method)
    path = out or models.profile_path(subject.model_id, settings.cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    found.profile.save(path)
    record = path.with_suffix(".record.json")
    record.write_text(json.dumps(found.as_dict(), indent=1) + "\n", encoding="utf-8")
    print_values({"profile": str(path), "layer": found.profile.layer}, as_json)


def by_answers(
    subject: "ListenerSubject | ProcessorSubject",
    data: list[Path],
    samples: int,
    layers: list[int],
    keep: float,
    seed: int,
    method: Method,
) -> "Calibration":
    """Head weights from the right answers' log-probabilities."""
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from headrouter.lab.evidence.calibrate import calibrate as run
    from headrouter.lab.evidence.calibrate import cases_of
    from headrouter.lab.evidence.suite import calibration_items

    with Stages(Console(stderr=True)) as stages:
        items = calibration_items(
            suite_of(data, seed, None), samples, lambda found: stages.show("listening", None)
        )
        cases = cases_of(subject, items)
    return run(
        subject,
        cases,
        layers=layers,
        keep=keep,
        method=method.value,
        prompt_format=subject.prompt_format,
        report=on_standard_error,
    )


def by_finding(
    subject: "ListenerSubject | ProcessorSubject",
    data: list[Path],
    samples: int,
    layers: list[int],
    keep: float,
    seed: int,
) -> "Calibration":
    """Head weights from what is kept of planted moments. Raises Misused for other models."""
    from assistant.errors import Misused
    from headrouter.lab.evidence.finding import calibrate_by_finding
    from headrouter.lab.evidence.subjects import ListenerSubject

    if not isinstance(subject, ListenerSubject):
        raise Misused(
            "--method planted looks for moments in an index, which only models of "
            "`headrouter models list` have: choose scoring or masking"
        )
    return calibrate_by_finding(
        subject.listener,
        clips_of(data),
        samples=samples,
        layers=layers,
        keep=keep,
        seed=seed,
        report=on_standard_error,
    )


def on_standard_error(line: str) -> None:
    """Tells a person what was found so far."""
    print(line, file=sys.stderr, flush=True)


@bench_app.command()
def quality(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for results, table and pictures.")],
    model: Checkpoint = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Profile to use, or `none`: all heads alike; by default the model's own."
        ),
    ] = None,
    questions: Annotated[int, typer.Option(min=1, help="How many questions to ask.")] = 400,
    scorers: Annotated[str, typer.Option(help="+merge behind a name merges.")] = SCORERS,
    keep: Annotated[str, typer.Option(help="Keep ratios to ask at.")] = "1.0,0.7,0.4,0.2,0.1",
    layers: Annotated[
        str, typer.Option(help="Also headrouter, heads alike, at these layers.")
    ] = "",
    seed: Seed = 0,
    share: Annotated[
        str,
        typer.Option(help="Which of several processes with the same --out this is: 1/2, 2/2."),
    ] = "1/1",
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Ask every question at every keep ratio under every scorer; goes on where it was stopped.

    Writes results.jsonl, table.md and table.json, and pictures, to --out.

    Example: headrouter bench quality --data clips/dev --out bench --scorers headrouter,frame
    """
    from dataclasses import asdict
    from itertools import islice

    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from headrouter.lab.evidence import report
    from headrouter.lab.evidence.quality import RESULTS, Condition, conditions_of, load, run
    from headrouter.prune.scorers import find_scorer

    plots, (mine, of) = pictures(), shared(share)
    settings = settings_of(dict(model=model, cache=cache))
    subject = subject_of(settings)
    subject, chosen = weighed_by(subject, profile, settings.cache)
    names, keeps = [name.strip() for name in scorers.split(",")], numbers(keep, float)
    for name in names:
        find_scorer(name.removesuffix("+merge"))
    conditions = conditions_of(names, keeps)
    for layer in numbers(layers, int):
        conditions += [Condition("headrouter", k, layer=layer) for k in keeps if k < 1]
    described = {
        "model": subject.model_id,
        "profile": asdict(chosen) if chosen else None,
        "data": [path.name for path in data],
        "seed": seed,
    }
    with Stages(Console(stderr=True)) as stages:
        items = islice(suite_of(data, seed, questions)(), mine - 1, None, of)
        for number, _ in enumerate(
            run(subject, items, conditions, out, profile=chosen, settings=described), 1
        ):
            stages.show("asking", number * of / questions)
    results = load(out / RESULTS)
    lines = report.table(results)
    (out / "table.md").write_text(report.markdown(lines), encoding="utf-8")
    (out / "table.json").write_text(
        json.dumps([asdict(line) for line in lines], indent=1) + "\n", encoding="utf-8"
    )
    plots.draw_all(results, lines, out)
    auc, n = report.routing_auc(results)
    values = {
        "questions": len({result.item for result in results}),
        "routing_auc": round(auc, 3),
        "routing_questions": n,
        "table": str(out / "table.md"),
    }
    if not as_json:
        print(report.markdown(lines))
    print_values(values, as_json)


def shared(text: str) -> tuple[int, int]:
    """A process and how many there are, counted from one. Raises Misused."""
    from assistant.errors import Misused

    mine, _, of = text.partition("/")
    if not (mine.isdecimal() and of.isdecimal() and 1 <= int(mine) <= int(of)):
        raise Misused(f"--share {text!r} is no share: give 1/2 to one process, 2/2 to another")
    return int(mine), int(of)


def weighed_by(
    subject: "ListenerSubject | ProcessorSubject", profile: str | None, cache: Path
) -> "tuple[ListenerSubject | ProcessorSubject, Profile | None]":
    """The subject with the profile in force, and this: by name of a file, its own, or none."""
    from headrouter import models
    from headrouter.lab.evidence.subjects import ListenerSubject
    from headrouter.prune.profiles import Profile

    if profile == "none":
        chosen = None
    elif profile is not None:
        chosen = Profile.load(Path(profile))
    else:
        chosen = models.profile_of(subject.model_id, cache)
    if isinstance(subject, ListenerSubject):  # also without a profile it has a layer of its own
        subject = ListenerSubject(subject.listener.with_profile(chosen))
        chosen = subject.listener.profile
    return subject, chosen


def pictures() -> Any:
    """What draws them. Raises BadRequest where its packages are missing."""
    from assistant.errors import BadRequest

    try:
        import sklearn.metrics  # noqa: F401

        from headrouter.lab.evidence import plots
    except ImportError as error:
        remedy = "pip install 'headrouter[bench]'"
        raise BadRequest(f"the benchmark needs {error.name}: {remedy}") from error
    return plots


def subject_of(settings: Any) -> "ListenerSubject | ProcessorSubject":
    """The model in force: one by name, or any supported checkpoint in a folder."""
    from assistant.app import load_listener
    from assistant.budget.devices import find_device
    from headrouter.lab.evidence.subjects import ListenerSubject, ProcessorSubject

    if Path(settings.model).is_dir():
        return ProcessorSubject.load(Path(settings.model), find_device(settings.device))
    return ListenerSubject(load_listener(settings))


def suite_of(data: list[Path], seed: int, count: int | None) -> "Suite":
    """Recordings composed of clips, or those of a published benchmark, without end if no count."""
    from itertools import islice

    from headrouter.lab.corpus.composing import Composer
    from headrouter.lab.evidence.layouts import find_suite, is_published
    from headrouter.lab.evidence.suite import compose

    if len(data) == 1 and is_published(data[0]):
        published = find_suite(data[0])
        return lambda: islice(published(), count)
    clips = clips_of(data)
    return lambda: compose(Composer(clips, seed, augment=False), seed, count)


def clips_of(data: list[Path]) -> "list[Clip]":
    """The clips of all folders. Raises EvidenceError where one holds none."""
    from headrouter.errors import EvidenceError
    from headrouter.lab.corpus.clips import find_clips

    try:
        return [clip for folder in data for clip in find_clips(folder)]
    except FileNotFoundError as error:
        raise EvidenceError(str(error)) from error


def numbers(text: str, kind: type) -> list[Any]:
    """The numbers of a list such as 2,9. Raises Misused."""
    from assistant.errors import Misused

    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise Misused(f"{text!r} is no list of numbers: write for instance 2,9") from None
