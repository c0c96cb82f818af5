"""Who may see the page and what is beside it, and how much they may send."""

import gradio as gr
import pytest
import serving
from media import tone, write_wav
from pydantic import SecretStr
from serving import assistants, served

from assistant.doors.guard import check_host, given_key
from assistant.doors.server import serve
from assistant.errors import BadRequest
from assistant.settings import Settings
from assistant.work.prepare import Preparing
from headrouter.fakes import FakeListener
from tools.ingest import add_recording
from ui.library import Library

KEY = "a key of sixteen characters"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The assistant that is served at `address`, its page and every door."""
    with assistants(tmp_path_factory.mktemp("open"), FakeListener()) as make:
        yield make()


@pytest.fixture(scope="module")
def address(house):
    with served(house, doors=True) as address:
        yield address


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """Where another is served that wants a key."""
    with (
        assistants(tmp_path_factory.mktemp("locked"), FakeListener()) as make,
        served(make(api_key=SecretStr(KEY)), doors=True) as address,
    ):
        yield address


@pytest.fixture
def opened(tmp_path):
    """Assistants with the settings given."""
    with assistants(tmp_path, FakeListener()) as make:
        yield make


@pytest.fixture
def wav(tmp_path):
    return write_wav(tmp_path / "talk.wav", tone(5))


def test_the_page_is_there_too(address):
    assert "HeadRouter" in serving.get(f"{address}/").text


class TestWhoMayComeIn:
    PATHS = ("/", "/v1/models", "/mcp", "/metrics", "/media/x", "/openapi.json", "/v1/jobs/x")

    @pytest.mark.parametrize("path", PATHS)
    def test_with_a_key_every_door_asks_for_it(self, locked, path):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !"}):
            answer = serving.get(locked + path, headers=headers)
            assert answer.status_code == 401
            assert "HEADROUTER_API_KEY" in answer.json()["error"]["message"]
        bearer = serving.get(locked + path, headers={"Authorization": f"Bearer {KEY}"})
        basic = serving.get(locked + path, auth=("anyone", KEY))
        assert 401 not in (bearer.status_code, basic.status_code)
        assert serving.get(f"{locked}/health").status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", ""])
    def test_without_one_only_names_of_this_machine_are_answered(self, address, host):
        for path in self.PATHS:
            assert serving.get(address + path, headers={"Host": host}).status_code == 421
        assert serving.get(f"{address}/v1/models", headers={"Host": "localhost:1"}).is_success

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://10.0.0.1:7860"])
    @pytest.mark.parametrize("place", ["address", "locked"])
    def test_pages_of_other_sites_may_not_use_a_browser_that_may(self, request, wav, place, origin):
        address = request.getfixturevalue(place)
        headers = {"Origin": origin, "Authorization": f"Bearer {KEY}"}
        files = {"file": ("a.wav", wav.read_bytes())}
        for path in ("/v1/audio/transcriptions", "/gradio_api/upload", "/mcp"):
            answer = serving.post(address + path, headers=headers, files=files)
            assert answer.status_code == 403
        headers["Origin"] = address
        assert serving.get(f"{address}/v1/models", headers=headers).is_success

    @pytest.mark.parametrize(
        "origin",
        ["http://127.0.0.1:1", "http://localhost", "http://[bad", "http://[", "file://", ""],
    )
    def test_another_port_is_another_site_and_no_origin_breaks_the_server(self, address, origin):
        for path in self.PATHS:
            answer = serving.get(address + path, headers={"Origin": origin})
            assert answer.status_code == 403, path
            assert "access-control-allow-origin" not in answer.headers

    def test_own_names_are_one_site(self, address):
        port = address.rpartition(":")[2]
        for host in ("localhost", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]"):
            headers = {"Host": f"{host}:{port}", "Origin": f"http://127.0.0.1:{port}"}
            assert serving.get(f"{address}/v1/models", headers=headers).is_success, host

    def test_a_link_on_another_site_reads_nothing(self, address):
        for site, status in {"cross-site": 403, "same-site": 403, "none": 200}.items():
            headers = {"Sec-Fetch-Site": site}
            assert serving.get(f"{address}/v1/models", headers=headers).status_code == status

    def test_other_sites_that_are_allowed(self, opened):
        site = "https://notes.example"
        with served(opened(allowed_origins=(site,)), page=False, doors=True) as address:
            answer = serving.get(f"{address}/v1/models", headers={"Origin": site})
            assert answer.headers["access-control-allow-origin"] == site
            other = {"Origin": "https://other.example"}
            assert serving.get(f"{address}/v1/models", headers=other).status_code == 403

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
    def test_other_addresses_need_a_key(self, house, host):
        with pytest.raises(BadRequest, match="HEADROUTER_API_KEY"):
            serve(house, host, 1)
        check_host(host, KEY)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
    def test_this_machine_needs_none(self, host):
        check_host(host, None)

    def test_a_short_key_is_no_key(self):
        with pytest.raises(ValueError, match="api_key"):
            Settings(api_key=SecretStr("short"))

    @pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Basic =", "Digest x", "Basic YQ=="])
    def test_headers_without_a_key(self, header):
        assert given_key(header) == b""

    def test_the_key_is_never_shown(self):
        assert KEY not in repr(Settings(api_key=SecretStr(KEY)))


def test_a_recording_that_cannot_be_played_tells_no_folder(address, house, wav):
    known = add_recording(house.store, wav)
    assert serving.get(f"{address}/media/{known.id}").content == wav.read_bytes()
    write_wav(wav, tone(1))
    answer = serving.get(f"{address}/media/{known.id}")
    assert answer.status_code == 404
    assert "talk.wav no longer holds" in answer.json()["detail"]
    wav.unlink()
    answer = serving.get(f"{address}/media/{known.id}")
    assert answer.json()["detail"] == "talk.wav was not found; check the path."


def test_the_page_names_no_more_than_the_api(opened, wav):
    assistant = opened()
    preparing = Preparing(assistant)
    library = Library(assistant, preparing, doors=True)
    for place, told in {
        str(wav): "allowed_folders",
        "http://a.b/c.wav": "allow_addresses",
    }.items():
        with pytest.raises(gr.Error, match=told):
            library.add(place, lambda *args, **kwargs: None)
    assert assistant.store.recordings() == []
    at_the_keyboard = Library(assistant, preparing)
    at_the_keyboard.add(str(wav), lambda *args, **kwargs: None)
    assert [known.path for known in assistant.store.recordings()] == [wav]


def test_the_page_takes_no_file_that_is_larger_than_the_setting(opened):
    files = {"files": ("a.wav", bytes(500_000))}
    with served(opened(max_upload=300_000, max_file=400_000)) as address:
        assert serving.post(f"{address}/gradio_api/upload", files=files).status_code == 413
