"""Commands about who speaks: ``headrouter speakers``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.doors.cli.commands import (
    Cache,
    Diariser,
    Home,
    Json,
    opened,
    print_rows,
    print_values,
    seconds,
    stoppable,
    stored,
)

if TYPE_CHECKING:
    from memory import Recording


class FindsByDefault(TyperGroup):
    """``speakers REC`` is ``speakers find REC``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in where the first word is none."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["find", *args]
        return super().parse_args(ctx, args)


speakers_app = typer.Typer(
    cls=FindsByDefault,
    help="Who speaks in a recording. `speakers REC` finds and lists them.",
    no_args_is_help=True,
)
Place = Annotated[str, typer.Argument(help="An audio or video file, or a recording's id.")]


@speakers_app.command("find")
def find(
    recording: Place,
    again: Annotated[
        bool, typer.Option(help="Look anew, though it was done; names are kept.")
    ] = False,
    diariser: Diariser = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Find who speaks when, and list the speakers with how long each speaks.

    Needs the extra: pip install 'headrouter[speakers]', or --diariser. Ctrl-C stops; the next run
    goes on.

    Example: headrouter speakers meeting.m4a
    """
    from rich.console import Console

    from assistant.ask.nodes import find_recording
    from assistant.doors.cli.render import Stages

    with (
        opened(dict(home=home, cache=cache, diariser=diariser)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        found = find_recording(assistant.store, recording)
        assistant.speakers(
            found, lambda done: stages.show("telling speakers apart", done), stop.is_set, again
        )
        _print_speakers(assistant.store, found, as_json)


def _print_speakers(store: Any, recording: "Recording", as_json: bool) -> None:
    """Who speaks in a recording, and how long; as JSON also when."""
    from tools.speakers import overview, speaker_turns, told
    from tools.times import clock

    rows = overview(store, recording)
    if as_json:
        turns = told(speaker_turns(store, recording))
        print_values({"recording": recording.id, "speakers": rows, "turns": turns}, as_json)
    else:
        print_rows([row | {"seconds": clock(row["seconds"])} for row in rows], as_json)


@speakers_app.command("name")
def name(
    recording: Place,
    speaker: Annotated[str, typer.Argument(help="The speaker's number, as `speakers REC` has it.")],
    name: Annotated[str, typer.Argument(help="What to call them, in quotes if it has spaces.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Name a speaker. Two speakers of one name are one person.

    With remember_voices on, the same voice gets the name in other recordings too.

    Example: headrouter speakers name meeting.m4a 1 Anna
    """
    from tools.naming import name_speaker

    with stored(dict(home=home)) as (settings, store):
        found = store.recording(recording)
        named = name_speaker(store, found, speaker, name, remember=settings.remember_voices)
        others = [
            other.recording_id
            for other in store.named_speakers()
            if other.name == named.name and other.recognised
        ]
    values = {"recording": found.id, "speaker": named.label, "name": named.name}
    if settings.remember_voices:
        values["voice"] = "kept" if named.voice else "not kept: give `speakers REC --again`"
        values["recognised in"] = others
    print_values(values, as_json)


@speakers_app.command("merge")
def merge(
    recording: Place,
    speakers: Annotated[
        list[str], typer.Argument(help="Their numbers, two or more, as `speakers REC` has them.")
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make speakers one: the first who has a name, or the first.

    Example: headrouter speakers merge meeting.m4a 1 3
    """
    from tools.naming import merge_speakers

    with stored(dict(home=home)) as (_, store):
        found = store.recording(recording)
        merge_speakers(store, found, speakers)
        _print_speakers(store, found, as_json)


@speakers_app.command("split")
def split(
    recording: Place,
    speaker: Annotated[str, typer.Argument(help="The number of who is said to speak there.")],
    start: Annotated[
        float, typer.Option("--from", parser=seconds, help="Where it begins, as mm:ss.")
    ],
    end: Annotated[float, typer.Option("--to", parser=seconds, help="Where it ends, as mm:ss.")],
    to: Annotated[
        str | None, typer.Option("--as", help="The number of who does; left out, somebody new.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Give what a speaker says in a stretch to another; turns that go beyond it are cut.

    Example: headrouter speakers split meeting.m4a 1 --from 12:00 --to 13:00
    """
    from tools.naming import split_speaker

    with stored(dict(home=home)) as (_, store):
        found = store.recording(recording)
        split_speaker(store, found, speaker, start, end, to)
        _print_speakers(store, found, as_json)


@speakers_app.command("undo")
def undo(recording: Place, home: Home = None, as_json: Json = False) -> None:
    """Take back the latest merge or split; of several speakers merged, one at a time.

    Example: headrouter speakers undo meeting.m4a
    """
    from tools.naming import undo_correction

    with stored(dict(home=home)) as (_, store):
        found = store.recording(recording)
        undo_correction(store, found)
        _print_speakers(store, found, as_json)


@speakers_app.command("list")
def known(home: Home = None, as_json: Json = False) -> None:
    """List the names that were given: in which recordings, and whether the voice is kept."""
    with stored(dict(home=home)) as (_, store):
        names = {recording.id: recording.name for recording in store.recordings()}
        rows = [
            {
                "name": speaker.name,
                "recording": speaker.recording_id,
                "file": names[speaker.recording_id],
                "speaker": speaker.label,
                "by": "voice" if speaker.recognised else "you",
                "voice kept": bool(speaker.voice),
            }
            for speaker in store.named_speakers()
        ]
    print_rows(rows, as_json)


@speakers_app.command("forget")
def forget(
    name: Annotated[str | None, typer.Argument(help="Whose name and voice to forget.")] = None,
    voices: Annotated[
        bool, typer.Option("--voices", help="Forget every voice that is kept; names stay.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Forget somebody: the name, in all recordings, and the voice. What was said stays.

    Example: headrouter speakers forget Anna
    """
    from assistant.errors import Misused

    if (name is None) == (not voices):
        raise Misused("give a name to forget, or --voices to forget every voice")
    with stored(dict(home=home)) as (_, store):
        if name is None:
            print_values({"voices forgotten": store.forget_voices()}, as_json)
        else:
            print_values({"forgotten": name, "recordings": store.forget_speaker(name)}, as_json)
