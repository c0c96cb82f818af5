"""``headrouter ask``."""

import threading
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.doors.cli.commands import (
    Cache,
    Device,
    Home,
    Json,
    Language,
    Limit,
    Model,
    Offload,
    Precision,
    Server,
    Track,
    given,
    opened,
    seconds,
    settings_of,
    stoppable,
)
from assistant.doors.codes import INTERRUPTED

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.ask.request import Request
    from assistant.find.selection import Selection
    from assistant.home.running import Note
    from assistant.settings import Settings


def ask(
    context: typer.Context,
    recording: Annotated[
        str,
        typer.Argument(
            help="An audio or video file, or a recording's id; or several: all, a folder, tag:NAME."
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
        int | None,
        typer.Option(
            help="Go on with a conversation, by its id; left out, with that of this terminal today."
        ),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Begin a new conversation.")] = False,
    track: Track = None,
    planner: Annotated[
        str | None,
        typer.Option(help="A chat model that plans several steps, such as ollama:qwen3; or none."),
    ] = None,
    model: Model = None,
    device: Device = None,
    precision: Precision = None,
    offload: Offload = None,
    memory_limit: Limit = None,
    language: Language = None,
    server: Server = True,
    home: Home = None,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Answer a question by listening to a recording.

    The answer is all that goes to standard output; what it rests on (seconds heard, tokens kept,
    moments, memory) goes to standard error, or into the JSON. Ctrl-C stops at the next token.

    Examples: headrouter ask meeting.m4a "What was decided about the budget?";
    headrouter ask all "In which calls does a baby cry?"
    """
    from assistant.ask.request import Request
    from assistant.doors.cli import calling, terminals
    from assistant.doors.cli.first import offer_model
    from assistant.doors.cli.render import Terminal
    from assistant.errors import Misused
    from assistant.settings import NOBODY

    settings = settings_of(given(context))
    offer_model(settings)
    if new and session is not None:
        raise Misused("--new begins a conversation, --session goes on with one: give one of them")
    planned = settings.planner != NOBODY
    selection = None if planned else selected(recording)
    alone = planned or selection is not None or session is not None
    terminal = None if alone else terminals.here()
    if terminal is not None and not new:
        session = terminals.session_of(settings.home, terminal)
    by_itself = terminal is not None and session is not None
    # The model that is named, or that of the settings, also in a conversation that had another.
    going_on = dict(by_default=model is not None or by_itself, if_there=by_itself)
    request = Request(recording, question, start, end, session=session, scope=scope, track=track)
    shown = Terminal(as_json=as_json)
    with stoppable() as stop:
        if planned:
            with opened(given(context), offer=False) as assistant:
                plan_and_ask(assistant, request, stop, as_json)
            return
        if selection is not None:
            # What is spoken is a setting that a server takes with questions about one only.
            ask_all(context, request, selection, stop, server and language is None, as_json)
            return
        if server and (note := ready(settings, stop)):
            shown.show(calling.ask(note, settings, request, stop, **going_on))
        else:
            with opened(given(context), offer=False) as assistant:
                request = assistant.going_on(request, **going_on)
                shown.show(assistant.ask(request, stop.is_set))
    done = shown.outcome.answered()
    if terminal is not None:
        terminals.remember(settings.home, terminal, done.session)
    if done.stopped:
        raise typer.Exit(INTERRUPTED)


def ready(settings: "Settings", stop: threading.Event) -> "Note | None":
    """The server that answers; None where this process has to."""
    from rich.console import Console

    from assistant.doors.cli import warm
    from assistant.doors.cli.render import Stages

    if not settings.keep_loaded:
        return None
    with Stages(Console(stderr=True)) as stages:
        return warm.server_for(settings, stop.is_set, stages.show)


def selected(recording: str) -> "Selection | None":
    """The recordings that the argument stands for; None for one."""
    from assistant.find.selection import named

    return named(recording)


def ask_all(
    context: typer.Context,
    request: "Request",
    selection: "Selection",
    stop: threading.Event,
    server: bool,
    as_json: bool,
) -> None:
    """Asks several recordings at once, and prints the answer.

    server: whether one in the background may answer.

    Raises Misused for options that only a question about one has, and as `Assistant.ask_all`.
    """
    from rich.console import Console

    from assistant.doors.cli import calling
    from assistant.doors.cli.render import Stages, print_across
    from assistant.errors import Misused

    if (request.start, request.end, request.session, request.track) != (None,) * 4:
        raise Misused(
            "several recordings have no --from, --to, --session or --track: name one of them"
        )
    settings, asked = settings_of(given(context)), request.question
    note = ready(settings, stop) if server else None
    with Stages(Console(stderr=True)) as stages:
        if note is not None:
            found = calling.ask_all(note, settings, asked, selection, stop, stages.show)
        else:
            with opened(given(context), offer=False) as assistant:
                found = assistant.ask_all(asked, selection, stages.show, stop.is_set)
    print_across(found, as_json)


def plan_and_ask(
    assistant: "Assistant", request: "Request", stop: threading.Event, as_json: bool
) -> None:
    """Lets the planner of the settings answer, and prints that.

    Raises Misused for options that only a question without a planner has, and as `consult`.
    """
    from rich.console import Console

    from assistant.doors.cli.render import Stages, print_conclusion
    from assistant.doors.planner import consult, load_planner
    from assistant.errors import Misused

    if (request.start, request.end, request.session) != (None, None, None):
        raise Misused(
            "a planner takes no --from, --to or --session: say the range in the question, or give "
            "--planner none"
        )
    if request.track is not None:
        raise Misused(
            "a planner takes no --track: run `headrouter ingest` with it first, and give the id"
        )
    settings = assistant.settings
    model = load_planner(settings.planner, offline=settings.offline)
    with Stages(Console(stderr=True)) as stages:
        stages.show("planning", None)
        conclusion = consult(
            assistant,
            model,
            request.question,
            request.recording,
            tell=stages.show,
            stop=stop.is_set,
        )
    print_conclusion(conclusion, as_json)
