"""Commands about what there is: recordings, conversations, settings."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.doors.cli.commands import (
    Cache,
    Home,
    Json,
    plain,
    print_rows,
    print_values,
    recording_values,
    stored,
)
from assistant.doors.cli.output import Out, print_or_write

recordings_app = typer.Typer(help="The recordings that are known.", no_args_is_help=True)
sessions_app = typer.Typer(help="The conversations so far.", no_args_is_help=True)
config_app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@recordings_app.command("list")
def list_recordings(
    binned: Annotated[bool, typer.Option("--binned", help="Those in the bin instead.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List what has been listened to, with the room that what was heard takes."""
    from tools.disk import bytes_in

    with stored(dict(home=home)) as (settings, store):
        rows = [
            recording_values(found) | {"index_bytes": bytes_in(settings.features / found.sha256)}
            for found in (store.binned() if binned else store.recordings())
        ]
    print_rows(rows, as_json)


@recordings_app.command("show")
def show_recording(
    recording: Annotated[str, typer.Argument(help="Id, or the beginning of one, or a path.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show one recording: where it lies, its audio tracks, and the room that its index takes."""
    from tools.content import locate
    from tools.disk import bytes_in
    from tools.errors import MediaError
    from tools.tracks import in_words

    with stored(dict(home=home)) as (settings, store):
        found = store.recording(recording)
        paths = [str(place.path) for place in store.places(found.id)]
        size = bytes_in(settings.features / found.sha256)
        try:
            at = locate(store, found)
            here = {"path": str(at), "tracks": in_words(at), "missing": None}
        except MediaError as error:
            here = {"path": None, "tracks": [], "missing": str(error)}
    values = recording_values(found) | here | {"paths": paths, "index_bytes": size}
    print_values(values, as_json)


Whole = Annotated[str, typer.Argument(help="The whole id, or the path.")]


@recordings_app.command("rm")
def remove_recording(
    recording: Whole,
    now: Annotated[bool, typer.Option("--now", help="Delete at once, for good.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Put a recording into the bin for 30 days, then forget it; no file of yours goes.

    What is forgotten is what was heard of it and copies made here.
    """
    from assistant.errors import BadRequest
    from tools.ingest import forget

    with stored(dict(home=home)) as (settings, store):
        found = store.recording(recording, binned=True)
        if recording.lower() != found.id and Path(recording).resolve() != found.path:
            raise BadRequest(f"to remove {found.name}, give its whole id: {found.id}")
        if now:
            forget(store, found, **settings.folders)
        else:
            store.bin_recording(found.id)
    print_values({"removed": found.id, "name": found.name, "for_good": now}, as_json)
    if not now and not as_json:
        print(f"it stays in the bin for 30 days: headrouter recordings restore {found.id}")


@recordings_app.command("restore")
def restore_recording(recording: Whole, home: Home = None, as_json: Json = False) -> None:
    """Take a recording out of the bin."""
    with stored(dict(home=home)) as (_, store):
        found = store.restore_recording(store.recording(recording, binned=True).id)
    print_values({"restored": found.id, "name": found.name}, as_json)


Session = Annotated[int, typer.Argument(help="Id of a conversation; see `sessions list`.")]


@sessions_app.command("list")
def list_sessions(home: Home = None, as_json: Json = False) -> None:
    """List the conversations, oldest first."""
    with stored(dict(home=home)) as (_, store):
        rows = [
            {
                "id": session.id,
                "title": session.title,
                "begun": session.created_at.isoformat(" ", "minutes"),
                "turns": len(store.turns(session.id)),
            }
            for session in store.sessions()
        ]
    print_rows(rows, as_json)


@sessions_app.command("show")
def show_session(
    session: Session,
    format: Annotated[
        str, typer.Option(help="md, json, docx, or html: a page that plays its moments by itself.")
    ] = "md",
    out: Out = None,
    home: Home = None,
) -> None:
    """Print a conversation with its citations, or write it to a file.

    Example: headrouter sessions show 1 --format html --out talk.html
    """
    from tools.conversations import conversation_as

    with stored(dict(home=home)) as (settings, store):
        print_or_write(conversation_as(format, store, session, settings.limits), out)


@sessions_app.command("rename")
def rename_session(
    session: Session,
    title: Annotated[str, typer.Argument(help="The new title, in quotes.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Give a conversation another title."""
    with stored(dict(home=home)) as (_, store):
        renamed = store.rename_session(session, title)
    print_values({"id": renamed.id, "title": renamed.title}, as_json)


@sessions_app.command("rm")
def remove_session(session: Session, home: Home = None, as_json: Json = False) -> None:
    """Forget a conversation with its questions and answers. Recordings stay."""
    with stored(dict(home=home)) as (_, store):
        found = store.session(session)
        store.remove_session(session)
    print_values({"removed": found.id, "title": found.title}, as_json)


@config_app.command("show")
def show_config(home: Home = None, cache: Cache = None, as_json: Json = False) -> None:
    """Show every setting, its value and where it came from: flag, environment, file or default."""
    from assistant.settings import explain

    rows = [
        {"name": item.name, "value": plain(item.value), "source": item.source}
        for item in explain(dict(home=home, cache=cache))
    ]
    print_rows(rows, as_json)


@config_app.command("set")
def set_config(
    name: Annotated[str, typer.Argument(help="A name of `config show`.")],
    value: Annotated[str, typer.Argument(help="What it is from now on; '' takes it away.")],
    as_json: Json = False,
) -> None:
    """Write a setting into the settings file. It holds from the next start on."""
    from assistant.settings_file import save_setting

    path = save_setting(name, value)
    print_values({"name": name, "file": str(path)}, as_json)
