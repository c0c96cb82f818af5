"""The process in the background: ``python -m assistant.doors.cli.background``, settings on stdin.

Its first line on standard output tells whether it serves; what it says later is in its log.
"""

import json
import os
import sys
from collections.abc import Mapping

from assistant.home.running import Taken, log


def main() -> None:
    """Serves commands until nobody asks any more."""
    from assistant.app import Assistant
    from assistant.doors import wire
    from assistant.doors.local import serve
    from assistant.errors import EXPECTED
    from assistant.home.private import privately
    from assistant.settings import load_settings

    settings = load_settings(json.loads(sys.stdin.read()))

    def ready() -> None:
        tell({"ready": True})
        talk_to(os.open(log(settings.home), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))

    with privately():
        try:
            with Assistant(settings) as assistant:
                serve(assistant, "background", ready, settings.keep_loaded)
        except Taken:
            tell({"taken": True})
        except EXPECTED as error:
            tell(wire.problem(error))


def tell(values: Mapping[str, object]) -> None:
    """One line to whoever started this."""
    print(json.dumps(values), flush=True)


def talk_to(file: int) -> None:
    """All that is said from now on goes to a file: whoever started this has gone."""
    for stream in (sys.stdout, sys.stderr):
        os.dup2(file, stream.fileno())
    os.close(file)


if __name__ == "__main__":
    main()
