"""What is raised on purpose as a number: the command line's exit code and HTTP's status."""

from typing import NamedTuple

USAGE, BAD_INPUT, NO_MODEL, NO_BUDGET, NO_STORE, INTERRUPTED = 2, 3, 4, 5, 6, 130


class Code(NamedTuple):
    """Of one kind of error."""

    exit: int
    status: int


OTHER = Code(BAD_INPUT, 400)


def code_of(error: Exception) -> Code:
    """The code of the first kind in the table that an error is of."""
    # Imported when something fails: `headrouter --help` must not wait for what these need.
    from assistant.errors import BudgetRefused, Busy, Misused, PlannerFailed, ServerGone
    from assistant.settings import SettingsError
    from headrouter.errors import ModelMissing, PullError, RemoteFailed, UnknownModel
    from memory import NotFound, NotText, StoreError
    from tools.errors import DiskError, MediaTooLarge, Stopped, UnknownFormat

    if isinstance(error, SettingsError) and error.flag:
        return Code(USAGE, OTHER.status)
    codes: list[tuple[type[Exception], Code]] = [
        (Stopped, Code(INTERRUPTED, 499)),
        (Misused, Code(USAGE, 400)),
        (Busy, Code(BAD_INPUT, 429)),
        (BudgetRefused, Code(NO_BUDGET, 507)),
        (PlannerFailed, Code(NO_MODEL, 400)),
        (RemoteFailed, Code(NO_MODEL, 502)),
        (ServerGone, Code(NO_MODEL, 503)),
        (ModelMissing, Code(NO_MODEL, 503)),
        (UnknownModel, Code(NO_MODEL, 404)),
        (PullError, Code(NO_MODEL, 400)),
        (NotFound, Code(BAD_INPUT, 404)),
        (NotText, Code(BAD_INPUT, 400)),
        (StoreError, Code(NO_STORE, 503)),
        (DiskError, Code(NO_STORE, 507)),
        (UnknownFormat, Code(USAGE, 400)),
        (MediaTooLarge, Code(BAD_INPUT, 413)),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), OTHER)
