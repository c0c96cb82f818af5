"""Commands that listen, and those that read what was heard."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Diariser,
    Home,
    Json,
    Language,
    Limit,
    Model,
    Offload,
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
from assistant.doors.codes import BAD_INPUT
from tools.showing import printable

HIDDEN = ("start", "end")  # of a search's hits: for programs


def ingest(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            help="Audio or video files, folders, patterns such as 'calls/*.mp3', or lists: .txt "
            "with a path a line, .csv or .jsonl with path and tags."
        ),
    ],
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="Tag all of them; may be given again.")
    ] = None,
    track: Track = None,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Listen to recordings now, so that questions are answered at once later.

    Each file is heard once, whatever it is called later; its path is remembered, the file stays
    where it is. Of several, those that can't be heard are told at the end and stop nothing; run
    it again to go on where it was stopped.
    """
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from assistant.work.many import files_at, hear_all

    with (
        opened(given(context)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        named = files_at(files)
        heard = hear_all(
            assistant, named, track=track, tags=tags or (), tell=stages.show, stop=stop.is_set
        )
        told = list(heard)
    failed = [one for one in told if one.recording is None]
    if len(told) == 1 and told[0].error is not None:
        raise told[0].error
    show_recordings([one.recording for one in told if one.recording is not None], as_json)
    if failed:
        for one in failed:
            print(f"failed: {printable(str(one.path))}: {printable(one.why)}", file=sys.stderr)
        known = sum(one.state == "known" for one in told)
        print(
            f"{len(told) - len(failed) - known} heard, {known} known before, {len(failed)} failed",
            file=sys.stderr,
        )
        raise typer.Exit(BAD_INPUT)


def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder into which recordings come.")],
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="Tag all of them; may be given again.")
    ] = None,
    every: Annotated[
        float, typer.Option(help="Seconds between looks; a file is complete once it rests so long.")
    ] = 10.0,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Listen to whatever comes into a folder, as soon as it is complete. Ctrl-C ends it.

    A file that was only moved or renamed is known by its content.
    """
    from rich.console import Console

    from assistant.doors.cli.render import Stages
    from assistant.work.many import watch as watched

    with (
        opened(given(context)) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        for one in watched(
            assistant,
            folder,
            wait=lambda: stop.wait(max(1.0, every)),
            tags=tags or (),
            tell=stages.show,
            stop=stop.is_set,
        ):
            name = printable(str(one.path))
            print(f"{one.state}: {name}{f': {printable(one.why)}' if one.why else ''}", flush=True)


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
    offload: Offload = None,
    memory_limit: Limit = None,
    language: Language = None,
    diariser: Diariser = None,
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
    diariser: Diariser = None,
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
    offload: Offload = None,
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
        taken = take_minutes(assistant, found, stages.show, stop.is_set)
    print_document(taken.markdown(found.name))


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words that were said.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Search the words recognised in all recordings, best first.

    All words of the query must be said close together, in any order; there are no operators.
    """
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
