"""The first run: what this is, what to do next, and fetching the model when it is missed."""

import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from assistant.settings import Settings

INTRODUCTION = """\
HeadRouter answers questions about long recordings by listening to them, on this machine.

  headrouter ask meeting.m4a "What was decided?"   ask a recording
  headrouter ui                                    open the page, to add, ask and play recordings
  headrouter listen                                record a microphone, and ask meanwhile
  headrouter search budget                         search what was said in all recordings
  headrouter --help                                all commands

{next}"""


def introduce() -> None:
    """Prints what this is in ten lines, and the next step from here."""
    from assistant.settings import load_settings

    print(INTRODUCTION.format(next=next_step(load_settings({}))))


def next_step(settings: "Settings") -> str:
    """What a user does next, in a line. Raises StoreError where the database can't be read."""
    from headrouter import models
    from memory import count_recordings

    if not models.here(settings.cache):
        return f"Next: fetch the model ({size_of('nano')}, once): headrouter models pull nano"
    known = count_recordings(settings.database) if settings.database.exists() else 0
    if not known:
        return "Next: ask a recording of yours, as in the first line."
    noun = "recording is" if known == 1 else "recordings are"
    return f"{known} {noun} known: headrouter recordings list"


def offer_model(settings: "Settings") -> None:
    """Fetches the model in force if it is not here and the user, at a terminal, says yes.

    Does nothing otherwise: whoever needs the model says then how it is had. Raises PullError.
    """
    from assistant.doors.cli.output import is_asked
    from headrouter import models
    from headrouter.errors import HeadRouterError, ModelMissing

    if settings.offline or not is_asked():
        return
    name = settings.model
    if name == models.AUTO:
        if models.here(settings.cache):
            return
        name = "nano"
    try:
        models.find(name, settings.cache)
    except ModelMissing:
        if (size := size_of(name)) is None:
            return
        if typer.confirm(f"The model {name} is not here yet. Fetch it now ({size})?", err=True):
            fetch(name, settings)
    except HeadRouterError:
        return


def size_of(name: str) -> str | None:
    """What fetching a model takes; None where that is not known."""
    from headrouter import models
    from tools.showing import gigabytes

    if name in models.MODELS:
        return gigabytes(models.card(name).download_bytes)
    listed = models.CATALOGUE.get(name)
    return f"about {gigabytes(listed.download_bytes)}" if listed else None


def fetch(name: str, settings: "Settings") -> None:
    """Fetches a model, with its progress on standard error. Raises PullError."""
    from rich.console import Console

    from assistant.doors.cli import shelf
    from assistant.doors.cli.render import Stages
    from headrouter import models

    pull = shelf.pull_made if name in models.MODELS else shelf.pull_published
    with Stages(Console(stderr=True)) as stages:
        pull(name, settings, None, stages.show)
    print(f"fetched {name}", file=sys.stderr)
