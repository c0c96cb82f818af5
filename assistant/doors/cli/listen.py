"""``headrouter listen``: a live recording in a terminal."""

import sys
import threading
from contextlib import suppress

from rich.console import Console

from assistant.app import Assistant
from assistant.doors.cli.render import Stages, Terminal
from assistant.errors import EXPECTED
from assistant.work.live import Live, recover
from memory import Recording
from tools.errors import MediaError
from tools.microphone import Microphone
from tools.showing import printable
from tools.times import clock

LOOK = 0.3  # seconds between looks at the captions


def listen_and_ask(
    assistant: Assistant, device: int | str | None, name: str | None, stop: threading.Event
) -> Recording | None:
    """Records until ``stop``; the recording, or None if nothing came.

    Raises MicrophoneError if there is no microphone, DiskError if it can't be written.
    """
    console = Console(stderr=True, highlight=False)
    for recovered in recover(assistant):
        console.print(
            f"recovered {printable(recovered.name)} ({clock(recovered.seconds or 0)})", markup=False
        )
    microphone = Microphone(device)
    with microphone, Live(assistant, name) as live:
        source = threading.Thread(
            target=live.capture, args=(microphone, lambda: microphone.overflows), daemon=True
        )
        source.start()
        console.print("listening; type a question and Enter to ask, Ctrl-C to end", style="dim")
        threading.Thread(target=_questions, args=(live, stop), daemon=True).start()
        captions = _follow(live, source, stop, console)
        microphone.stop()
        source.join()
        error = live.error
        with suppress(MediaError):  # too short to be a recording
            recording = live.stop()
            captions.print()  # what was said last
            if error is not None:
                console.print(f"ended because {printable(str(error))}", style="red", markup=False)
            _correct(live, console)
            return recording
    return None


def _correct(live: Live, console: Console) -> None:
    """Goes over the whole for who speaks, until that is done or Ctrl-C."""
    try:
        with Stages(console) as stages:
            live.correct(lambda done: stages.show("telling speakers apart; Ctrl-C to leave", done))
    except KeyboardInterrupt:
        pass
    except EXPECTED as error:
        console.print(printable(str(error)), style="yellow", markup=False)


class Captions:
    """Prints what stands, as it comes to stand, with who says it where that changes."""

    def __init__(self, live: Live) -> None:
        self.live, self.shown = live, 0.0
        self.speaker: str | None = None

    def print(self) -> None:
        """What is new."""
        cues, self.shown = self.live.captions_since(self.shown)
        for cue in cues:
            print(cue.text if cue.speaker == self.speaker else cue.told, flush=True)
            self.speaker = cue.speaker


def _follow(
    live: Live, source: threading.Thread, stop: threading.Event, console: Console
) -> Captions:
    """Captions, and warnings when they change, until it ends."""
    captions, warned = Captions(live), ""
    while not stop.wait(LOOK) and source.is_alive():
        captions.print()
        warning = live.now().warning
        if warning and warning.split()[:3] != warned.split()[:3]:
            console.print(warning, style="yellow", markup=False)
        warned = warning
    return captions


def _questions(live: Live, stop: threading.Event) -> None:
    """Answers the lines of standard input; its end ends nothing."""
    session = None
    for line in sys.stdin:
        if line.strip():
            terminal = Terminal()
            terminal.show(live.ask(line.strip(), session, stop.is_set))
            outcome = terminal.outcome
            session = outcome.done.session if outcome.done else session
            if outcome.error is not None:
                print(f"headrouter: {outcome.error}", file=sys.stderr)
