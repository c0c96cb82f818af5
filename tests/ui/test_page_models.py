"""Served with tiny checkpoints: the API lists them, the page has a menu, every family answers."""

import json

import openai
import pytest
import serving
import tiny_checkpoints
from media import tone, write_wav
from playwright.sync_api import expect
from serving import served

from assistant.app import Assistant
from assistant.settings import Settings
from headrouter import models
from headrouter.backends import card_of
from tools.ingest import add_recording
from ui.chat import Chat


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("checkpoints")
    return {
        family: tiny_checkpoints.save(family, top / f"tiny-{family}")
        for family in tiny_checkpoints.FAMILIES
    }


@pytest.fixture
def settings(tmp_path, folders):
    found = Settings(
        home=tmp_path / "home",
        cache=tmp_path / "cache",
        model=str(folders["voxtral"]),
        device="cpu",
        max_new_tokens=4,
    )
    models.add(folders["qwen2_audio"], found.cache, "other")
    return found


@pytest.fixture
def assistant(settings):
    with Assistant(settings) as assistant:
        yield assistant


@pytest.fixture
def recording(assistant, tmp_path):
    return add_recording(assistant.store, write_wav(tmp_path / "talk.wav", tone(3)))


@pytest.fixture
def address(assistant):
    with served(assistant, doors=True) as address:
        yield address


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def ask(client, recording, model, **extra):
    return client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "What is there?"}],
        extra_body={"recording": recording.id} | extra,
    )


class TestAPI:
    def test_the_models_that_are_here_are_listed_the_served_one_first(self, client):
        assert [model.id for model in client.models.list()] == ["tiny-voxtral", "other"]

    def test_each_answers_under_its_name(self, client, recording, folders):
        for name, family in (("tiny-voxtral", "voxtral"), ("other", "qwen2_audio")):
            found = ask(client, recording, name)
            assert found.model == name
            assert found.headrouter["heard"]["model"].startswith(f"{folders[family].name}@")
            rate = card_of(folders[family]).tokens_per_second
            assert abs(found.headrouter["heard"]["tokens_total"] - 3 * rate) <= rate

    @pytest.mark.parametrize("family", tiny_checkpoints.FAMILIES)
    def test_every_family_answers(self, client, recording, settings, folders, family):
        if family not in ("voxtral", "qwen2_audio"):
            models.add(folders[family], settings.cache, family)
        name = {"voxtral": "tiny-voxtral", "qwen2_audio": "other"}.get(family, family)
        heard = ask(client, recording, name).headrouter["heard"]
        assert heard["model"].startswith(f"tiny-{family}@")
        assert 0 < heard["tokens_kept"] < heard["tokens_total"]

    def test_a_conversation_keeps_its_model(self, client, recording):
        session = ask(client, recording, "other").headrouter["session"]
        body = {"messages": [{"role": "user", "content": "And?"}], "session": session}
        again = serving.post(f"{client.base_url}chat/completions", json=body).json()
        assert again["model"] == "other"

    def test_a_stream_names_its_model(self, client, recording):
        stream = client.chat.completions.create(
            model="other",
            messages=[{"role": "user", "content": "What is there?"}],
            extra_body={"recording": recording.id},
            stream=True,
        )
        assert {chunk.model for chunk in stream} == {"other"}

    def test_an_unknown_one_is_404_and_names_those_there_are(self, client, recording):
        with pytest.raises(openai.NotFoundError) as refused:
            ask(client, recording, "gpt-4o")
        assert refused.value.code == "model_not_found"
        assert "choose tiny-voxtral or other" in str(refused.value)

    def test_no_folder_of_this_machine_can_be_named(self, client, recording, folders):
        for name in (str(folders["qwen2_audio"]), "../cache/models"):
            with pytest.raises(openai.NotFoundError) as refused:
                ask(client, recording, name)
            assert "/checkpoints" not in str(refused.value)

    def test_where_they_lie_is_told_nobody(self, client, address, recording, folders):
        told = [ask(client, recording, "tiny-voxtral").model_dump_json()]
        told += [serving.get(f"{address}{path}").text for path in ("/health", "/v1/models")]
        assert not any(str(folders["voxtral"].parent) in text for text in told)

    def test_a_recording_is_listened_to_with_the_one_that_is_named(
        self, address, assistant, recording
    ):
        begun = serving.post(
            f"{address}/v1/recordings", json={"recording": recording.id, "model": "other"}
        )
        job = assistant_job(address, begun.json()["id"])
        assert job["state"] == "done", job
        heard = assistant.settings.features / recording.sha256
        assert {f.name.partition("@")[0] for f in heard.iterdir()} == {"tiny-qwen2_audio"}
        unknown = {"recording": recording.id, "model": "gpt-4o"}
        assert serving.post(f"{address}/v1/recordings", json=unknown).status_code == 404


def assistant_job(address, id):
    while True:
        job = json.loads(serving.get(f"{address}/v1/jobs/{id}").text)
        if job["state"] not in ("running", "cancelling"):
            return job


class TestPage:
    def test_the_menu_has_those_that_are_here_and_one_answers(self, recording, page, assistant):
        menu = page.locator("#model")
        expect(page.locator("#recording input")).to_have_value("talk.wav")
        expect(menu.locator("input")).to_have_value("tiny-voxtral")
        menu.locator("input").click()
        page.get_by_role("option", name="other").click()
        page.locator("#question textarea").fill("What is there?")
        page.locator("#question textarea").press("Enter")
        page.locator(".evidence").wait_for(timeout=60_000)
        assert "tiny-qwen2_audio@" in page.locator(".evidence").text_content()
        (session,) = assistant.store.sessions()
        assert session.model == "other"

    def test_an_open_conversation_shows_its_model(self, assistant):
        session = assistant.store.start_session("old", "other").id
        assert Chat(assistant).menu(session).value == "other"
        assert Chat(assistant).menu(None).value == "tiny-voxtral"

    def test_where_one_is_here_there_is_nothing_to_choose(self, assistant, settings):
        models.remove("other", settings.cache)
        assert not Chat(assistant).menu(None).visible
