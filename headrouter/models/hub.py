"""Fetching a checkpoint from a hub: what of it, whether it is whole, what to do where it is not.

Only weights in safetensors and the small files beside them are taken; code is not, nor pickles.
Requests go through huggingface_hub, with its token, cache and HF_ENDPOINT. What was fetched before
an interruption is gone on with.
"""

import fnmatch
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import (
    HfApi,
    get_hf_file_metadata,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, tqdm  # type: ignore[attr-defined]

from headrouter.errors import PullError
from headrouter.nano import parts
from headrouter.nano.parts import Progress

SMALL = ("*.json", "*.jinja", "merges.txt", "vocab.txt", "tokenizer.model", "LICENSE*", "NOTICE*")
SMALL_BYTES = 100_000_000  # that a small file has at most
INDEX, WEIGHTS = "model.safetensors.index.json", "*.safetensors"
HUB_ID = re.compile(r"\A[\w-][\w.-]*/[\w-][\w.-]*\Z")
INCOMPLETE = ".incomplete"
HUB = "https://huggingface.co"
NETWORK: type[Exception] = HfHubHTTPError.__bases__[0]
"""What the client below huggingface_hub raises: httpx, or another in other versions."""


@dataclass(frozen=True)
class Remote:
    """A file on the hub."""

    name: str
    size: int
    sha256: str | None  # of large ones
    blob: str | None  # the git hash of small ones


@dataclass(frozen=True)
class Published:
    """A checkpoint on the hub as it is now, by its commit."""

    hub_id: str
    commit: str
    files: Mapping[str, Remote]


def endpoint() -> str:
    """The hub that is asked."""
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def split_revision(hub_id: str) -> tuple[str, str | None]:
    """``org/name@revision`` in its parts."""
    name, _, revision = hub_id.partition("@")
    return name, revision or None


def refuse_offline(hub_id: str, partial: Path) -> None:
    """Raises PullError, which names what is missing."""
    have = sorted(path.name for path in partial.glob("[!.]*") if path.is_file())
    missing = (
        f"of {hub_id} only {', '.join(have)} were fetched" if have else f"{hub_id} is not here"
    )
    raise PullError(
        f"{missing}, and the network is not to be used (offline is set): fetch it where there is "
        f"one (hf download {hub_id} --local-dir FOLDER), bring the folder here and run: "
        "headrouter models add FOLDER"
    )


def look_up(hub_id: str, revision: str | None) -> Published:
    """What the hub has by that id now. Raises PullError."""
    with _explained(hub_id):
        found = HfApi(endpoint=endpoint()).model_info(
            hub_id, revision=revision, files_metadata=True, timeout=20
        )
    files = {}
    for file in found.siblings or ():
        large = file.lfs.sha256 if file.lfs else None
        files[file.rfilename] = Remote(file.rfilename, file.size or 0, large, file.blob_id)
    if found.sha is None or not re.fullmatch(r"[0-9a-f]{40}", found.sha):
        raise PullError(f"{endpoint()} does not tell the revision of {hub_id}: try again later")
    return Published(hub_id, found.sha, files)


def fetch(
    published: Published, folder: Path, accept: Callable[[Path], object], report: Progress
) -> None:
    """Fetches a checkpoint into a folder, which may hold a part of it already; checks each file.

    accept: looks at the small files before the weights are fetched; what it raises ends the pull.
    Raises PullError and OSError.
    """
    small = [
        remote
        for remote in published.files.values()
        if remote.size <= SMALL_BYTES and any(fnmatch.fnmatch(remote.name, p) for p in SMALL)
        if "/" not in remote.name
    ]
    _fetch_all(published, small, folder, "fetch its description", report)
    accept(folder)
    weights = _weights(published, folder)
    _check_room(published.hub_id, folder, weights)
    _fetch_all(published, weights, folder, "fetch its weights", report)
    keep = {remote.name for remote in (*small, *weights)}
    for left in folder.iterdir():  # of another revision, fetched before
        if left.name not in keep:
            left.unlink()


def _weights(published: Published, folder: Path) -> list[Remote]:
    """The files with weights that transformers would load."""
    here = [name for name in published.files if "/" not in name]
    if INDEX in here:
        try:
            names = sorted(
                set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PullError(f"{INDEX} of {published.hub_id} lists no weights: {error!r}") from error
    elif "model.safetensors" in here:
        names = ["model.safetensors"]
    else:
        names = sorted(fnmatch.filter(here, WEIGHTS))
    if not names:
        raise PullError(
            f"{published.hub_id} has no weights in safetensors at its top, which alone are "
            "loaded: take another conversion of it"
        )
    if strange := [name for name in names if name not in here]:
        raise PullError(f"{published.hub_id} lists weights that it does not have: {strange[0]}")
    return [published.files[name] for name in names]


def _check_room(hub_id: str, folder: Path, weights: list[Remote]) -> None:
    missing = [remote.size for remote in weights if not (folder / remote.name).is_file()]
    started = sum(path.stat().st_size for path in folder.glob(f"*{INCOMPLETE}"))
    needed, free = sum(missing) - started, shutil.disk_usage(folder).free
    if free < needed:
        raise PullError(
            f"{hub_id} needs {needed / 1e9:,.1f} GB more in {folder.parent} and "
            f"{free / 1e9:,.1f} GB are free: free some space or choose another cache folder"
        )


def _fetch_all(
    published: Published, files: list[Remote], folder: Path, stage: str, report: Progress
) -> None:
    total = sum(remote.size for remote in files) or 1
    done = 0
    for remote in files:
        before = done

        def told(fetched: int, name: str = remote.name, before: int = before) -> None:
            report(f"{stage}: {name}", min(1.0, (before + fetched) / total))

        told(0)
        _fetch_one(published, remote, folder, told)
        done += remote.size
    report(stage, 1.0)


def _fetch_one(
    published: Published, remote: Remote, folder: Path, told: Callable[[int], None]
) -> None:
    """One file, whole, or PullError. What is damaged does not stay.

    huggingface_hub's own download begins every file anew: of one of five gigabytes, what came
    before an interruption would be lost.
    """
    path = folder / remote.name
    if path.is_file() and not _flaw(remote, path):
        return
    hub_id, commit = published.hub_id, published.commit
    begun = folder / f".{remote.name}.{commit[:8]}{INCOMPLETE}"
    cached = try_to_load_from_cache(hub_id, remote.name, revision=commit)
    if isinstance(cached, str):  # another program fetched it
        shutil.copyfile(cached, begun)
    else:
        with _explained(hub_id):
            _transfer(hub_id, remote, commit, begun, told)
    if problem := _flaw(remote, begun):
        begun.unlink()
        raise PullError(
            f"{remote.name} of {hub_id} arrived damaged ({problem}): pull again; if that does not "
            f"help, {endpoint()} serves it damaged"
        )
    begun.replace(path)


def _transfer(
    hub_id: str, remote: Remote, commit: str, begun: Path, told: Callable[[int], None]
) -> None:
    """Fetches what a file still lacks."""
    url = hf_hub_url(hub_id, remote.name, revision=commit, endpoint=endpoint())
    headers = build_hf_headers()
    location = get_hf_file_metadata(url, headers=headers).location
    if urlsplit(location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is for the hub, not for its store
    if begun.exists() and begun.stat().st_size > remote.size:
        begun.unlink()
    with begun.open("ab") as file:
        http_get(
            location,
            file,
            resume_size=file.tell(),
            headers=headers,
            expected_size=remote.size,
            tqdm_class=_teller(told),
        )


def _flaw(remote: Remote, path: Path) -> str:
    """What is wrong with a file; empty if it is as the hub says."""
    if (size := path.stat().st_size) != remote.size:
        return f"it has {size:,} bytes instead of {remote.size:,}"
    if remote.sha256 is not None:
        return "" if parts.sha256(path) == remote.sha256 else "its sha256 is wrong"
    if remote.blob is not None:
        content = path.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # as git does
        return "" if found == remote.blob else "its git hash is wrong"
    return ""


def _teller(told: Callable[[int], None]) -> type[Any]:
    """A progress bar that draws nothing and tells how many bytes there are."""

    class Teller(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            self.fetched = int(settings.get("initial") or 0)
            super().__init__(*args, **settings | {"disable": True})  # type: ignore[no-untyped-call]
            told(self.fetched)

        def update(self, n: float | None = 1) -> bool | None:
            self.fetched += int(n or 0)
            told(self.fetched)
            return None

    return Teller


class _explained:
    """Context manager that makes one sentence of what went wrong with a hub."""

    def __init__(self, hub_id: str) -> None:
        self.hub_id = hub_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, (HFValidationError, LocalEntryNotFoundError, NETWORK)):
            raise PullError(explanation(self.hub_id, error)) from error
        if isinstance(error, OfflineModeIsEnabled | ConnectionError | TimeoutError):
            raise PullError(explanation(self.hub_id, error)) from error


def explanation(hub_id: str, error: BaseException) -> str:
    """Why the hub gave nothing, and what to do."""
    page, login = f"{endpoint()}/{hub_id}", "run `hf auth login`, or set HF_TOKEN"
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, GatedRepoError):
        return f"{hub_id} is gated: accept its terms on {page}, then {login}, and pull again"
    if isinstance(error, RevisionNotFoundError):
        return f"{hub_id} has no such revision: look at {page}"
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"{endpoint()} has no model {hub_id} that you may see: mind its name; if it is "
            f"private, {login}"
        )
    if isinstance(error, DisabledRepoError):
        return f"{hub_id} was taken off {endpoint()}: choose another model"
    if isinstance(error, HFValidationError):
        return f"{hub_id!r} is no id of a hub: write ORGANISATION/NAME"
    if isinstance(error, OfflineModeIsEnabled):
        return f"{hub_id} can't be fetched while HF_HUB_OFFLINE is set: unset it, and pull again"
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        code = error.response.status_code
        if code in (401, 403):
            return f"{endpoint()} refuses {hub_id} ({code}): {login}, and pull again"
        return f"{endpoint()} answers {code} for {hub_id}: try again later"
    return (
        f"{endpoint()} can't be reached for {hub_id} ({_first_line(error)}): mind the network, and "
        "pull again; what was fetched is kept"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
