"""Commands that measure: calibrate a model's heads, and the benchmark of what pruning costs."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands import Cache, Json, print_values, settings_of

if TYPE_CHECKING:
    from headrouter.evidence.subjects import ListenerSubject, ProcessorSubject
    from headrouter.evidence.suite import Suite

SCORERS = "contrast,headrouter,heads_mean,frame,random,fastv,dart,segment,energy,merge"

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
        Method, typer.Option(help="Leave a head out of the scoring, or mask it in the model.")
    ] = Method.scoring,
    seed: Seed = 1,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Find out which heads of a model matter for which questions, and write its profile.

    Use other clips than those that you will measure with.

    Example: headrouter calibrate --data clips/train --layers 2,9
    """
    from rich.console import Console

    from assistant.render import Stages
    from headrouter import models
    from headrouter.evidence.calibrate import calibrate as run
    from headrouter.evidence.calibrate import cases_of
    from headrouter.evidence.suite import calibration_items

    settings = settings_of(dict(model=model, cache=cache))
    subject = subject_of(settings)
    with Stages(Console(stderr=True)) as stages:
        items = calibration_items(
            suite_of(data, seed, None), samples, lambda found: stages.show("listening", None)
        )
        cases = cases_of(subject, items)
    found = run(
        subject,
        cases,
        layers=numbers(layers, int),
        keep=keep,
        method=method.value,
        prompt_format=subject.prompt_format,
        report=lambda line: print(line, file=sys.stderr),
    )
    path = out or models.profile_path(subject.model_id, settings.cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    found.profile.save(path)
    record = path.with_suffix(".record.json")
    record.write_text(json.dumps(found.as_dict(), indent=1) + "\n")
    print_values({"profile": str(path), "layer": found.profile.layer}, as_json)


@bench_app.command()
def quality(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for results, table and pictures.")],
    model: Checkpoint = None,
    profile: Annotated[
        Path | None, typer.Option(help="Profile to use; by default the model's own.")
    ] = None,
    questions: Annotated[int, typer.Option(min=1, help="How many questions to ask.")] = 400,
    scorers: Annotated[str, typer.Option(help="+merge behind a name merges.")] = SCORERS,
    keep: Annotated[str, typer.Option(help="Keep ratios to ask at.")] = "1.0,0.7,0.4,0.2,0.1",
    layers: Annotated[
        str, typer.Option(help="Also headrouter, heads alike, at these layers.")
    ] = "",
    seed: Seed = 0,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Ask every question at every keep ratio under every scorer; goes on where it was stopped.

    Writes results.jsonl, table.md and table.json, and pictures, to --out.

    Example: headrouter bench quality --data clips/dev --out bench --scorers headrouter,frame
    """
    from dataclasses import asdict

    from rich.console import Console

    from assistant.render import Stages
    from headrouter import models
    from headrouter.evidence import report
    from headrouter.evidence.quality import RESULTS, Condition, conditions_of, load, run
    from headrouter.profiles import Profile
    from headrouter.scorers import find_scorer

    plots = pictures()
    settings = settings_of(dict(model=model, cache=cache))
    subject = subject_of(settings)
    own = models.profile_of(subject.model_id, settings.cache)
    chosen = Profile.load(profile) if profile else own
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
        items = suite_of(data, seed, questions)()
        for number, _ in enumerate(
            run(subject, items, conditions, out, profile=chosen, settings=described), 1
        ):
            stages.show("asking", number / questions)
    results = load(out / RESULTS)
    lines = report.table(results)
    (out / "table.md").write_text(report.markdown(lines))
    (out / "table.json").write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
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


def pictures() -> Any:
    """What draws them. Raises BadRequest where its packages are missing."""
    from assistant.errors import BadRequest

    try:
        import sklearn.metrics  # noqa: F401

        from headrouter.evidence import plots
    except ImportError as error:
        remedy = "pip install 'headrouter[bench]'"
        raise BadRequest(f"the benchmark needs {error.name}: {remedy}") from error
    return plots


def subject_of(settings: Any) -> "ListenerSubject | ProcessorSubject":
    """The model in force: one by name, or any supported checkpoint in a folder."""
    from assistant.app import device_of, load_listener
    from headrouter.evidence.subjects import ListenerSubject, ProcessorSubject

    if Path(settings.model).is_dir():
        return ProcessorSubject.load(Path(settings.model), device_of(settings))
    return ListenerSubject(load_listener(settings))


def suite_of(data: list[Path], seed: int, count: int | None) -> "Suite":
    """Recordings composed of clips, or those of a published benchmark, without end if no count."""
    from itertools import islice

    from headrouter.errors import EvidenceError
    from headrouter.evidence.layouts import find_suite, is_published
    from headrouter.evidence.suite import compose
    from headrouter.nano.clips import find_clips
    from headrouter.nano.scapes import Composer

    if len(data) == 1 and is_published(data[0]):
        published = find_suite(data[0])
        return lambda: islice(published(), count)
    try:
        clips = [clip for folder in data for clip in find_clips(folder)]
    except FileNotFoundError as error:
        raise EvidenceError(str(error)) from error
    return lambda: compose(Composer(clips, seed, augment=False), seed, count)


def numbers(text: str, kind: type) -> list[Any]:
    """The numbers of a list such as 2,9. Raises BadRequest."""
    from assistant.errors import BadRequest

    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise BadRequest(f"{text!r} is no list of numbers: write for instance 2,9") from None
