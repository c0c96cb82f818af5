"""What the assistant refuses on purpose.

AssistantError
├── BadRequest      a question that can't be asked so: too long, a range outside the recording
│   └── Misused         options or arguments that no recording could serve: an empty question
├── BudgetRefused   the plan doesn't fit the memory; the message names what would
├── PlannerFailed   the chat model in front is missing, out of reach, or can't call tools
├── Busy            too much is under way already
└── ServerGone      the background server ended before its answer, or does not start
"""

import re

from headrouter.errors import HeadRouterError
from memory import StoreError
from tools.errors import Stopped, ToolError


class AssistantError(Exception):
    """The root of the tree."""


class BadRequest(AssistantError):
    """A question, a range or a model that can't be served as given."""


class Misused(BadRequest):
    """Wrong usage: the command line's exit code tells it apart."""


class BudgetRefused(AssistantError):
    """No plan fits the memory there is."""


class PlannerFailed(AssistantError):
    """The user's chat model gives no answer; the message says what to do."""


class Busy(AssistantError):
    """Too much is under way; try again later."""


class ServerGone(AssistantError):
    """The server in the background did not do what it was asked; the message says what to do."""


EXPECTED = (AssistantError, HeadRouterError, StoreError, ToolError, Stopped)
"""What is raised on purpose, here and below; anything else is a bug and is not caught."""

_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^/\n]+/)+")


def without_folders(message: str) -> str:
    """A message for who isn't at this machine: of files in it only the names are left."""
    return _FOLDERS.sub("", message)
