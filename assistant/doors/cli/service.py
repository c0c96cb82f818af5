"""``headrouter service``: `headrouter serve` as a service of this user, by systemd or launchd."""

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from assistant.doors.cli.commands import Json, print_values
from tools.system import command_name, services, user_number

service_app = typer.Typer(
    help="Serve in the background from login on: a service of this user.", no_args_is_help=True
)
UNIT, LABEL = "headrouter.service", "io.headrouter.serve"
SPECIAL = str.maketrans({"\\": "\\\\", "%": "%%"})  # to systemd, in the path of a program


@dataclass(frozen=True)
class Manager:
    """What runs services of a user, and where it wants to find ours."""

    file: Path
    content: Callable[[Path], bytes]  # of the file, given the command's path
    install: Sequence[Sequence[str]]  # commands to run once the file is there
    remove: Sequence[Sequence[str]]  # before it goes
    forget: Sequence[Sequence[str]]  # after that
    status: Sequence[str]
    log: str  # the command that shows what the service says


def manager() -> Manager:
    """That of this machine. Raises BadRequest where there is neither."""
    from assistant.errors import BadRequest

    if (kind := services()) == "launchd":
        file = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        of_user = f"gui/{user_number()}"
        return Manager(
            file,
            launchd_file,
            [["launchctl", "bootstrap", of_user, str(file)]],
            [["launchctl", "bootout", f"{of_user}/{LABEL}"]],
            [],
            ["launchctl", "print", f"{of_user}/{LABEL}"],
            "log show --predicate 'process == \"headrouter\"' --last 1h",
        )
    if kind == "systemd" and shutil.which("systemctl"):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        user = ["systemctl", "--user"]
        return Manager(
            config / "systemd" / "user" / UNIT,
            systemd_file,
            [[*user, "daemon-reload"], [*user, "enable", "--now", UNIT]],
            [[*user, "disable", "--now", UNIT]],
            [[*user, "daemon-reload"]],
            [*user, "is-active", UNIT],
            f"journalctl --user -u {UNIT}",
        )
    raise BadRequest(
        "services need systemd or launchd, and neither is here: have `headrouter serve` started by "
        "what this system starts programs with"
    )


def systemd_file(command: Path) -> bytes:
    """A unit of systemd. Settings, a key too, stay in the settings file."""
    return f"""\
[Unit]
Description=HeadRouter answers questions about recordings

[Service]
ExecStart="{str(command).translate(SPECIAL)}" serve
Restart=on-failure
RestartSec=10
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
""".encode()


def launchd_file(command: Path) -> bytes:
    """An agent of launchd."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [str(command), "serve"],
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "Umask": 0o077,
        }
    )


def own_command() -> Path:
    """The command that runs now, or the one beside this Python. Raises BadRequest."""
    from assistant.errors import BadRequest

    name = command_name()
    for place in (Path(sys.argv[0]), Path(sys.executable).with_name(name)):
        if place.name == name and place.is_file():
            return place.absolute()
    raise BadRequest(f"there is no {name} beside {sys.executable}: install headrouter first")


def run(command: Sequence[str]) -> None:
    """Runs a command. Raises BadRequest with what it complains of."""
    from assistant.errors import BadRequest

    try:
        ended = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise BadRequest(f"{command[0]} can't be run ({error.strerror})") from error
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines() or ["it does not say why"]
        raise BadRequest(f"`{' '.join(command)}` failed: {said[-1]}")


@service_app.command("install")
def install(as_json: Json = False) -> None:
    """Serve from now on, and from each login on; the page is at http://127.0.0.1:7860/."""
    from tools.errors import DiskError

    known, command = manager(), own_command()
    try:
        known.file.parent.mkdir(parents=True, exist_ok=True)
        known.file.write_bytes(known.content(command))
    except OSError as error:
        raise DiskError(f"{known.file} can't be written ({error.strerror})") from error
    for step in known.install:
        run(step)
    print_values({"installed": str(known.file), "runs": f"{command} serve"}, as_json)


@service_app.command("remove")
def remove(as_json: Json = False) -> None:
    """End the service, and take it away."""
    known = manager()
    there = known.file.exists()
    if there:
        for step in known.remove:
            run(step)
        known.file.unlink()
        for step in known.forget:
            run(step)
    print_values({"removed": str(known.file) if there else None}, as_json)


@service_app.command("status")
def status(as_json: Json = False) -> None:
    """Show whether the service is there, whether it runs, and where its log is."""
    known = manager()
    ended = subprocess.run(known.status, capture_output=True, text=True)
    values = {
        "installed": str(known.file) if known.file.exists() else None,
        "running": ended.returncode == 0,
        "log": known.log,
    }
    print_values(values, as_json)
