"""The command line: ``headrouter``.

Commands parse, call the assistant and render; nothing is decided here. Heavy imports wait until
a command needs them, so that ``--help`` is quick.
"""

import sys
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from assistant.doors.cli.bench import bench_app, calibrate
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
    opened,
    plan_and_ask,
    print_rows,
    refuse_all,
    seconds,
    settings_of,
    show_recordings,
    stoppable,
    stored,
)
from assistant.doors.cli.library import find
from assistant.doors.cli.listing import config_app, recordings_app, sessions_app
from assistant.doors.cli.output import OutputFailed, checked_output, print_document, print_json
from assistant.doors.cli.shelf import models_app
from assistant.doors.cli.speaking import speakers_app
from assistant.doors.cli.trying import try_model
from assistant.doors.codes import (
    BAD_INPUT,
    INTERRUPTED,
    NO_BUDGET,
    NO_MODEL,
    NO_STORE,
    USAGE,
    code_of,
)

EXIT_CODES = f"""

Exit codes: 0 done, {USAGE} wrong usage, {BAD_INPUT} bad input, {NO_MODEL} a model is missing,
{NO_BUDGET} refused for memory, {NO_STORE} database or disk, {INTERRUPTED} stopped by Ctrl-C."""

HIDDEN = ("start", "end")  # of a search's hits: for programs

app = typer.Typer(
    help="Ask long recordings questions, answered by listening." + EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(recordings_app, name="recordings")
app.add_typer(sessions_app, name="sessions")
app.add_typer(speakers_app, name="speakers")
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")
app.add_typer(bench_app, name="bench")
app.command()(calibrate)
models_app.command("try")(try_model)
app.command()(find)


def print_version(wanted: bool) -> None:
    """Prints it and ends."""
    if wanted:
        print(f"headrouter {metadata.version('headrouter')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and end.", callback=print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Takes what holds for all commands."""


@app.command()
def ask(
    recording: Annotated[
        str,
        typer.Argument(
            help="An audio or video file, or a recording's id; for a planner also: all."
        ),
    ],
    question: Annotated[str, typer.Argument(help="What you want to know, in quotes.")],
    keep: Annotated[
        str | None, typer.Option(help="Share of the audio tokens to keep, above 0, at most 1.")
    ] = None,
    start: Annotated[
        float | None, typer.Option("--from", parser=seconds, help="Ask about a range: from mm:ss.")
    ] = None,
    end: Annotated[
        float | None, typer.Option("--to", parser=seconds, help="Ask about a range: to mm:ss.")
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(help="Give the model recognised words too: auto, on or off."),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="Seconds within which the answer is wanted: less is listened to."),
    ] = None,
    scope: Annotated[
        Literal["auto", "whole", "stretches"],
        typer.Option(
            help="Of a long recording: go over the whole of it, listen only to the stretches that "
            "matter most, or tell from the question."
        ),
    ] = "auto",
    session: Annotated[
        int | None, typer.Option(help="Go on with a conversation, by its id.")
    ] = None,
    track: Track = None,
    planner: Annotated[
        str | None,
        typer.Option(help="A chat model that plans several steps, such as ollama:qwen3; or none."),
    ] = None,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Answer a question by listening to a recording.

    The answer is all that goes to standard output; what it rests on (seconds heard, tokens kept,
    moments, memory) goes to standard error, or into the JSON. Ctrl-C stops at the next token.

    Example: headrouter ask meeting.m4a "What was decided about the budget?"
    """
    from assistant.ask.state import Request
    from assistant.doors.cli.render import Terminal

    flags: dict[str, Any] = dict(
        keep=keep, words=words, within=within, planner=planner, model=model
    )
    flags |= dict(memory_limit=memory_limit, language=language, home=home, cache=cache)
    flags |= dict(device=device, precision=precision)
    request = Request(recording, question, start, end, session=session, scope=scope, track=track)
    terminal = Terminal(as_json=as_json)
    with opened(flags) as assistant, stoppable() as stop:
        refuse_all(recording, assistant.settings.planner)
        if assistant.settings.planner != "none":
            plan_and_ask(assistant, request, stop, as_json)
            return
        if model is not None:  # also in a conversation that had another until now
            request = replace(request, model=assistant.chosen.name)
        terminal.show(assistant.ask(request, stop.is_set))
    if terminal.outcome.answered().stopped:
        raise typer.Exit(INTERRUPTED)


@app.command()
def ingest(
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
    flags: dict[str, Any] = dict(model=model, home=home, cache=cache)
    flags |= dict(device=device, precision=precision)
    with (
        opened(flags) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        for file in files:
            recording = find_recording(assistant.store, str(file), track)

            def tell(fraction: float | None, name: str = recording.name) -> None:
                stages.show(f"listening to {name}", fraction)

            done.append(assistant.ingest(recording, tell, stop.is_set))
    show_recordings(done, as_json)


@app.command()
def listen(
    device: Annotated[
        str | None, typer.Option(help="Number of a microphone, or a part of its name.")
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

    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache, precision=precision)
    number = int(device) if device and device.isdigit() else device
    with opened(flags) as assistant, stoppable() as stop:
        recording = listen_and_ask(assistant, number, name, stop)
        if recording is not None:
            show_recordings([recording], as_json)


@app.command()
def transcript(
    recording: Annotated[str, typer.Argument(help="An audio or video file, or a recording's id.")],
    format: Annotated[str, typer.Option(help="srt, vtt, txt, md or json.")] = "txt",
    language: Language = None,
    track: Track = None,
    speakers: Annotated[
        bool, typer.Option("--speakers", help="Find who speaks first, where it is not known yet.")
    ] = False,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Print the words of a recording, as subtitles, text, Markdown or JSON.

    What was recognised before is taken from there; the rest is recognised now. Where speakers are
    known (`headrouter speakers`), it says who speaks.

    Example: headrouter transcript meeting.m4a --format srt > meeting.srt
    """
    from rich.console import Console

    from assistant.ask.nodes import find_recording
    from assistant.doors.cli.render import Stages
    from tools.export import transcript_as
    from tools.speakers import speaker_turns

    with (
        opened(dict(language=language, home=home, cache=cache)) as assistant,
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
        text = transcript_as(format, words, found.name, speaker_turns(assistant.store, found))
        note = assistant.store.recording(found.id).note
    print_document(text)
    if note:
        print(f"note: {note}", file=sys.stderr)


@app.command()
def minutes(
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

    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache, device=device, precision=precision)
    with (
        opened(flags) as assistant,
        stoppable() as stop,
        Stages(Console(stderr=True)) as stages,
    ):
        found = find_recording(assistant.store, recording)
        taken = take_minutes(
            assistant, found, lambda done: stages.show("taking minutes", done), stop.is_set
        )
    print_document(taken.markdown(found.name))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words that were said.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Search the words recognised in all recordings, best first."""
    from tools.speakers import speaker_at
    from tools.times import clock

    with stored(dict(home=home)) as (_, store):
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


@app.command()
def mcp(
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    memory_limit: Limit = None,
    language: Language = None,
    home: Home = None,
    cache: Cache = None,
) -> None:
    """Serve the tools of the assistant to another agent, over standard input and output (MCP).

    For the configuration of a desktop client: command "headrouter", arguments ["mcp"].
    """
    from assistant.doors.mcp_server import create
    from assistant.work.jobs import Jobs

    flags: dict[str, Any] = dict(model=model, memory_limit=memory_limit, language=language)
    flags |= dict(home=home, cache=cache, device=device, precision=precision)
    with opened(flags) as assistant:
        jobs = Jobs(assistant)
        jobs.take_up()
        create(assistant, jobs).run("stdio")


@app.command()
def doctor(
    model: Model = None,
    device: Device = None,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Look at everything the assistant needs: what is here, what is missing, how to get it."""
    from dataclasses import asdict

    from assistant.doors.cli.doctor import checks

    found = checks(settings_of(dict(model=model, device=device, home=home, cache=cache)))
    print_rows([asdict(check) for check in found], as_json)
    if any(check.status in ("missing", "broken") for check in found):
        raise typer.Exit(1)


# -- errors


def main() -> None:
    """The entry point: what was raised on purpose becomes one sentence and an exit code."""
    from tools.showing import printable

    try:
        with checked_output():
            _run()
    except OutputFailed as error:
        if not error.gone:
            with suppress(OSError):
                print(f"headrouter: {printable(str(error))}", file=sys.stderr)
        sys.exit(INTERRUPTED if error.gone else NO_STORE)


def _run() -> None:
    from assistant.settings import SettingsError
    from tools.showing import printable

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not (isinstance(error, SettingsError) or _expected(error)):
            raise
        message = printable(str(error))
        if "--json" in sys.argv:
            print_json({"error": {"kind": type(error).__name__, "message": message}})
        print(f"headrouter: {message}", file=sys.stderr)
        sys.exit(code_of(error).exit)


def _expected(error: Exception) -> bool:
    from assistant.errors import EXPECTED

    return isinstance(error, EXPECTED)
