"""One table says what exit code and what HTTP status an error has."""

import pytest
from starlette.requests import Request

from assistant.doors.cli.main import main
from assistant.doors.codes import code_of
from assistant.doors.http_errors import envelope
from assistant.errors import BadRequest, BudgetRefused, Busy, Misused, PlannerFailed
from assistant.settings import SettingsError
from headrouter.errors import ModelMissing, PullError, UnknownModel
from memory import NotFound, NotText, StoreError
from memory.errors import Ambiguous, DiskFull
from tools.errors import DiskError, MediaError, MediaTooLarge, Stopped

CODES = {
    Stopped: (130, 499),
    Misused: (2, 400),
    BadRequest: (3, 400),
    Busy: (3, 429),
    BudgetRefused: (5, 507),
    PlannerFailed: (4, 400),
    ModelMissing: (4, 503),
    UnknownModel: (4, 404),
    PullError: (4, 400),
    NotFound: (3, 404),
    Ambiguous: (3, 404),
    NotText: (3, 400),
    StoreError: (6, 503),
    DiskFull: (6, 503),
    DiskError: (6, 507),
    MediaError: (3, 400),
    MediaTooLarge: (3, 413),
    SettingsError: (3, 400),
}


@pytest.mark.parametrize("kind", CODES)
def test_every_kind_has_its_codes(kind, monkeypatch):
    error = kind() if kind is Stopped else kind("say what to do")

    def fail():
        raise error

    assert code_of(error) == CODES[kind]
    monkeypatch.setattr("assistant.doors.cli.main.app", fail)
    with pytest.raises(SystemExit) as ended:
        main()
    answer = envelope(Request({"type": "http"}), error)
    assert (ended.value.code, answer.status_code) == CODES[kind]


def test_a_setting_given_as_a_flag_is_wrong_usage():
    error = SettingsError("choose one")
    error.flag = True
    assert code_of(error).exit == 2
