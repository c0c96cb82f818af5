"""Commands that listen, and those that read what was heard."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Home,
    Json,
    Language,
    Limit,
    Model,
    Precision,
    Track,
    given,
    opened,
    print_rows,
    show_recordings,
    stoppable,
    stored,
)
from assistant.doors.cli.output import Out, print_document, print_or_write

HIDDEN = ("start", "end")  # of a search's hits: for programs


def ingest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Audio or video files.")],
    track: Track = None,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Listen to recordings now, so that questions are answered at once later.

    Each file is heard once; its path is remembered, the file stays where it is.
    """
    from rich.console import Console

    from assistant.ask.nodes import find_recording
    from assistant.doors.cli.render import Stages

    done = []
    with (
        opened(given(context)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        for file in files:
            recording = find_recording(assistant.store, str(file), track)

            def tell(fraction: float | None, name: str = recording.name) -> None:
                stages.show(f"listening to {name}", fraction)

            done.append(assistant.ingest(recording, tell, stop.is_set))
    show_recordings(done, as_json)


def listen(
    context: typer.Context,
    microphone: Annotated[
        str | None, typer.Option("--device", help="Number of a microphone, or a part of its name.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--list", help="Only list the microphones there are.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What to call the recording.")] = None,
    model: Model = None,
    precision: Precision = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Record a microphone: captions appear as people speak. Ctrl-C ends it; nothing is lost.

    Type a question and Enter at any time: it is answered from what was heard so far.
    """
    from dataclasses import asdict

    from tools.microphone import devices

    if show:
        print_rows([asdict(found) for found in devices()], as_json)
        return
    from assistant.doors.cli.listen import listen_and_ask

    number = int(microphone) if microphone and microphone.isdigit() else microphone
    with opened(given(context)) as assistant, stoppable() as stop:
        recording = listen_and_ask(assistant, number, name, stop)
        if recording is not None:
            show_recordings([recording], as_json)


def transcript(
    context: typer.Context,
    recording: Annotated[str, typer.Argument(help="An audio or video file, or a recording's id.")],
    format: Annotated[str, typer.Option(help="srt, vtt, txt, md, json or docx.")] = "txt",
    times: Annotated[
        bool, typer.Option("--times", help="With the moments, also in txt and docx.")
    ] = False,
    out: Out = None,
    language: Language = None,
    track: Track = None,
    speakers: Annotated[
        bool, typer.Option("--speakers", help="Find who speaks first, where it is not known yet.")
    ] = False,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Print the words of a recording, or write them: subtitles, text, Markdown, JSON or Word.

    What was recognised before is taken from there; the rest is recognised now. Where speakers are
    known (`headrouter speakers`), it says who speaks.

    Example: headrouter transcript meeting.m4a --format srt > meeting.srt
    """
    from rich.console import Console

    from assistant.ask.nodes import find_recording
    from assistant.doors.cli.render import Stages
    from tools.export import check_format, transcript_file
    from tools.speakers import speaker_turns

    check_format(format)
    with (
        opened(given(context)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        found = find_recording(assistant.store, recording, track)
        words = assistant.transcript(
            found, lambda done: stages.show("recognising words", done), stop.is_set
        )
        if speakers:
            assistant.speakers(
                found, lambda done: stages.show("telling speakers apart", done), stop.is_set
            )
        turns = speaker_turns(assistant.store, found)
        data = transcript_file(format, words, found.name, turns, times=times)
        note = assistant.store.recording(found.id).note
    print_or_write(data, out)
    if note:
        print(f"note: {note}", file=sys.stderr)


def minutes(
    context: typer.Context,
    recording: Annotated[str, typer.Argument(help="An audio or video file, or a recording's id.")],
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Print a summary and action items as Markdown, each with the moment it rests on.

    The model listens to the recording a minute at a time.
    """
    from rich.console import Console

    from assistant.ask.nodes import find_recording
    from assistant.doors.cli.render import Stages
    from assistant.work.minutes import take_minutes

    with (
        opened(given(context)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        found = find_recording(assistant.store, recording)
        taken = take_minutes(
            assistant, found, lambda done: stages.show("taking minutes", done), stop.is_set
        )
    print_document(taken.markdown(found.name))


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words that were said.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Search the words recognised in all recordings, best first."""
    from tools.speakers import speaker_at
    from tools.times import clock

    with stored(given(context)) as (_, store):
        names = {recording.id: recording.name for recording in store.recordings()}
        transcribed = store.has_words()
        rows = [
            {
                "recording": passage.recording_id,
                "name": names[passage.recording_id],
                "moment": clock(passage.start),
                "speaker": speaker_at(store, passage.recording_id, passage.start),
                "start": passage.start,
                "end": passage.end,
                "text": passage.text,
            }
            for passage in store.search(query)
        ]
    shown = rows if as_json else [{k: v for k, v in r.items() if k not in HIDDEN} for r in rows]
    nothing = "nothing of that was said, as far as words have been recognised"
    if not transcribed:
        nothing = "no words have been recognised yet: run `headrouter transcript FILE`"
    print_rows(shown, as_json, nothing)
