"""What the OpenAPI description allows, and what it doesn't, is never answered with a 500."""

from contextlib import suppress
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from media import FakeDiariser, FakeRecogniser, tone, write_wav
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from serving import made

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS
from tools.ingest import add_recording

EXAMPLES = 12  # of each operation
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a smaller example is not worth the minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    card = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    mine = Settings(home=folder / "home", cache=folder / "cache")
    with Assistant(
        mine, Models(lambda: FakeListener(card=card), FakeRecogniser, FakeDiariser)
    ) as assistant:
        wav = write_wav(folder / "talk.wav", tone(1))
        assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
        yield assistant


@pytest.fixture(scope="module")
def api(assistant):
    app = made(assistant, True, {"doors": True})

    async def always_up(scope, receive, send):
        """The application, whose lifespan (MCP's sessions) can't begin again for every client."""
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for what in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{what}.complete"})

    return schemathesis.openapi.from_asgi("/openapi.json", always_up, headers={"Host": "localhost"})


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_is_answered_with_a_500(api, assistant, mode):
    """Neither those that the description allows nor those that it doesn't."""
    tried = set()
    for operation in (found.ok() for found in api.get_all_operations()):

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def is_never_500(case):
            tried.add(case.operation.label)
            case.headers = {**(case.headers or {}), "Host": "localhost"}
            case.call_and_validate(checks=[not_a_server_error])
            recordings = assistant.store.recordings()
            if isinstance(case.body, dict) and "recording" in case.body and recordings:
                case.body["recording"] = recordings[0].id  # so that more than 404 is reached
                case.call_and_validate(checks=[not_a_server_error])

        with suppress(Unsatisfiable):  # nothing is wrong about what takes no parameters
            is_never_500()
    assert "POST /v1/chat/completions" in tried


def test_every_route_is_described(api):
    paths = {operation.ok().path for operation in api.get_all_operations()}
    assert {
        "/v1/chat/completions",
        "/v1/audio/transcriptions",
        "/v1/recordings/{recording}",
        "/v1/jobs/{job}",
        "/media/{id}",
    } <= paths
