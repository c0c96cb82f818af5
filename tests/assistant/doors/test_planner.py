"""A chat model in front: scripted, and behind a real server that speaks OpenAI's protocol."""

import json
import sys
import threading
import time
from pathlib import Path

import pytest
from chat_server import chat_server, says, wants
from langchain_core.messages import AIMessage
from media import tone, write_wav
from scripted import Scripted, calls

from assistant.ask.nodes import find_recording
from assistant.doors.cli.main import main
from assistant.doors.langchain_tools import langchain_tools
from assistant.doors.planner import ALL, consult, load_planner
from assistant.errors import BadRequest, PlannerFailed
from memory import NotFound
from tools.errors import Stopped


@pytest.fixture
def wavs(tmp_path):
    return [str(write_wav(tmp_path / f"talk{n}.wav", tone(5, n / 4))) for n in (1, 2)]


@pytest.fixture
def known(assistant, wavs):
    """Recordings that the user added before."""
    return [find_recording(assistant.store, wav).id for wav in wavs]


class TestScripted:
    def test_several_recordings_each_with_its_report(self, assistant, wavs, known):
        script = [
            calls("list_recordings"),
            calls("ask_recording", recording=known[0], question="Is a siren heard?"),
            calls("ask_recording", recording=wavs[1], question="And here?", end_seconds=4.0),
            AIMessage("In neither."),
        ]
        stages = []
        found = consult(
            assistant,
            Scripted(responses=script),
            "Where is a siren?",
            tell=lambda stage, fraction: stages.append(stage),
        )
        assert found.answer == "In neither."
        first, second = found.steps
        assert (first.recording, first.question) == ("talk1.wav", "Is a siren heard?")
        assert first.answer == "I heard: Is a siren heard?"
        assert first.heard.seconds_heard == 5.0
        assert first.citations
        assert second.heard.seconds_total == 4.0
        assert stages == ["planner: list recordings", *["planner: ask recording"] * 2]

    def test_an_answer_that_came_as_a_job(self, assistant, fake, known):
        answer = fake.answer
        fake.answer = lambda *args, **kwargs: (time.sleep(0.5), answer(*args, **kwargs))[1]
        seen = []

        class Waiting(Scripted):
            def _generate(self, messages, *args, **kwargs):
                seen.append(messages)
                if len(seen) == 2:
                    job = json.loads(messages[-1].content)["job"]
                    self.responses[1] = calls("get_job", job=job)
                return super()._generate(messages, *args, **kwargs)

        ask = calls("ask_recording", recording=known[0], question="Loud?", wait_seconds=0.0)
        found = consult(
            assistant, Waiting(responses=[ask, AIMessage(""), AIMessage("Yes.")]), "Loud?"
        )
        assert [step.answer for step in found.steps] == ["I heard: Loud?"]

    def test_the_recording_that_the_user_named_is_told(self, assistant, wavs):
        told = []

        class Listening(Scripted):
            def _generate(self, messages, *args, **kwargs):
                told.append(messages[-1].content)
                return super()._generate(messages, *args, **kwargs)

        consult(assistant, Listening(responses=[AIMessage("No.")]), "Loud?", wavs[0])
        (recording,) = assistant.store.recordings()
        assert told == [f"Loud?\n\n(About recording {recording.id}: talk1.wav, 0:05 long.)"]
        consult(assistant, Listening(responses=[AIMessage("No.")]), "Loud?", ALL)
        assert "list_recordings" in told[1]

    def test_refusals_of_tools_go_to_the_planner_not_to_the_user(self, assistant):
        script = [calls("ask_recording", recording="/no.wav", question="x"), AIMessage("Gone.")]
        found = consult(assistant, Scripted(responses=script), "What?")
        assert (found.answer, found.steps) == ("Gone.", [])

    def test_one_that_never_ends(self, assistant):
        model = Scripted(responses=[calls("list_recordings")])
        with pytest.raises(PlannerFailed, match="no answer in 20 steps"):
            consult(assistant, model, "What?")

    def test_one_that_can_call_no_tools(self, assistant):
        class Mute(Scripted):
            def bind_tools(self, tools, **kwargs):
                raise NotImplementedError

        with pytest.raises(PlannerFailed, match="NotImplementedError.*can call tools"):
            consult(assistant, Mute(responses=[AIMessage("x")]), "What?")

    def test_stopping_ends_what_it_began(self, assistant, fake, known):
        answer, stop = fake.answer, threading.Event()
        fake.reply = lambda question, plan: "word " * 600

        def slowly(*args, on_text, **kwargs):
            stop.set()
            return answer(*args, on_text=lambda text: time.sleep(0.05), **kwargs)

        fake.answer = slowly
        model = Scripted(responses=[calls("ask_recording", recording=known[0], question="Talk.")])
        with pytest.raises(Stopped):
            consult(assistant, model, "Talk.", stop=stop.is_set)
        assert assistant.store.jobs_under_way() == []

    @pytest.mark.parametrize(
        ("question", "recording", "error"), [(" ", ALL, BadRequest), ("x", "deadbeef", NotFound)]
    )
    def test_what_is_no_question(self, assistant, question, recording, error):
        with pytest.raises(error):
            consult(assistant, Scripted(responses=[AIMessage("x")]), question, recording)


class TestWhatARecordingSays:
    """The model obeys what it reads in a transcript; the tools don't."""

    @pytest.fixture
    def fetched(self, monkeypatch):
        """Addresses that were fetched."""
        found = []
        monkeypatch.setattr(
            "assistant.doors.places.fetch", lambda place, *a, **k: found.append(place)
        )
        return found

    @pytest.fixture
    def obey(self, assistant, known, tmp_path):
        """What came of a call that a recording asked for, with settings that allow everything."""
        assistant.settings = assistant.settings.model_copy(
            update={"allow_addresses": True, "allowed_folders": (tmp_path,)}
        )

        def obey(call, question="What is said?"):
            told = []

            class Obeying(Scripted):
                def _generate(self, messages, *args, **kwargs):
                    told.append(messages[-1])
                    return super()._generate(messages, *args, **kwargs)

            script = [calls("get_transcript", recording=known[0]), call, AIMessage("Done.")]
            assert consult(assistant, Obeying(responses=script), question).answer == "Done."
            return told[-1].content

        return obey

    @pytest.mark.parametrize("tool", ["ingest", "ask_recording", "get_transcript"])
    @pytest.mark.parametrize("place", ["http://thief.example/?said=secret", "FILE", "sub/a.wav"])
    def test_nothing_is_fetched_or_opened(self, obey, assistant, fetched, tmp_path, tool, place):
        secret = write_wav(tmp_path / "secret.wav", tone(3))
        more = {"question": "x"} if tool == "ask_recording" else {}
        place = str(secret) if place == "FILE" else place
        told = obey(calls(tool, recording=place, **more))
        assert "is not in the user's question" in told
        assert fetched == []
        assert len(assistant.store.recordings()) == 2

    def test_part_of_what_the_user_named_is_something_else(self, obey, fetched):
        for place in ("http://good.example", "http://good.example/a.wav?said=secret"):
            told = obey(calls("ingest", recording=place), "What is in http://good.example/a.wav?")
            assert "is not in the user's question" in told
        assert fetched == []

    def test_what_the_user_named_is_taken_within_the_settings(
        self, obey, assistant, fetched, tmp_path
    ):
        mine = str(write_wav(tmp_path / "my own.wav", tone(3)))
        assert "my own.wav" in obey(calls("ingest", recording=mine), f"What is in '{mine}'?")
        assert len(assistant.store.recordings()) == 3
        place = "http://good.example/a.wav"
        assistant.settings = assistant.settings.model_copy(update={"allow_addresses": False})
        told = obey(calls("ingest", recording=place), f"What is in {place}?")
        assert "allow_addresses" in told
        other = str(write_wav(tmp_path / "x.wav", tone(2)))
        assistant.settings = assistant.settings.model_copy(update={"allowed_folders": ()})
        told = obey(calls("ingest", recording=other), f"What is in {other}?")
        assert "allowed_folders" in told
        assert fetched == []

    @pytest.mark.parametrize("tool", ["delete_recording", "remove_recording", "forget"])
    def test_nothing_is_deleted(self, obey, assistant, known, tool):
        assert "not a valid tool" in obey(calls(tool, recording=known[0]))
        assert [recording.id for recording in assistant.store.recordings()] == known

    def test_nobody_is_named_but_by_the_user(self, obey, known):
        who = {"recording": known[0], "speaker": "1", "name": "Mallory"}
        naming = calls("name_speaker", **who)
        assert "no name that the user gave" in obey(naming)
        assert "no name that the user gave" not in obey(naming, "The first speaker is mallory.")

    def test_no_tool_is_there_to_delete(self, assistant):
        assert {tool.name for tool in langchain_tools(assistant)} == {
            *("list_recordings", "ingest", "ask_recording", "search_recordings", "find_moments"),
            *("get_transcript", "find_sound_events", "get_evidence", "get_job", "cancel_job"),
            *("find_speakers", "name_speaker"),
            *("merge_speakers", "split_speaker", "undo_speakers", "ask_recordings"),
        }


class TestLoading:
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("ollama:qwen3", "pip install langchain-ollama"),
            ("no-such-provider:x", "Unable to infer"),
            ("mystery", "Unable to infer"),
            ("openai:x", "OPENAI_API_KEY"),
        ],
    )
    def test_names_that_lead_nowhere(self, name, told, monkeypatch):
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        monkeypatch.setitem(sys.modules, "langchain_ollama", None)
        with pytest.raises(PlannerFailed) as caught:
            load_planner(name)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_without_langchain(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
        with pytest.raises(PlannerFailed, match=r"pip install 'headrouter\[planner\]'"):
            load_planner("openai:x")

    def test_offline(self):
        with pytest.raises(BadRequest, match="offline"):
            load_planner("openai:x", offline=True)


class TestOverHTTP:
    """The command, with a model behind OpenAI's protocol."""

    @pytest.fixture
    def run(self, tmp_path, fake, monkeypatch, capsys):
        monkeypatch.setattr("assistant.app.load_listener", lambda settings: fake)
        monkeypatch.setenv("OPENAI_API_KEY", "none")

        def run(address, *arguments):
            monkeypatch.setenv("OPENAI_BASE_URL", address)
            home = ("--home", str(tmp_path / "home"))
            monkeypatch.setattr(sys, "argv", ["headrouter", "ask", *arguments, *home])
            with pytest.raises(SystemExit) as caught:
                main()
            out = capsys.readouterr()
            return caught.value.code, out.out, out.err

        return run

    def asks_once(self, place):
        def reply(body):
            if body["messages"][-1]["role"] == "tool":
                return says("It says: " + json.loads(body["messages"][-1]["content"])["answer"])
            return wants("ask_recording", recording=place, question="Loud?")

        return reply

    def test_tools_are_called_and_the_answer_printed_with_its_report(self, run, wavs):
        with chat_server(self.asks_once(wavs[0])) as chat:
            code, out, err = run(chat.address, wavs[0], "Loud?", "--planner", "openai:small")
        assert (code, out) == (0, "It says: I heard: Loud?\n")
        assert "asked talk1.wav: Loud?" in err
        assert "heard 0:05 of 0:05" in err
        tools = {tool["function"]["name"] for tool in chat.asked[0]["tools"]}
        assert {"ask_recording", "search_recordings", "get_job"} <= tools

    def test_as_json_by_the_setting(self, run, wavs, monkeypatch):
        monkeypatch.setenv("HEADROUTER_PLANNER", "openai:small")
        with chat_server(self.asks_once(wavs[0])) as chat:
            monkeypatch.setenv(
                "HEADROUTER_ALLOWED_FOLDERS", json.dumps([str(Path(wavs[0]).parent)])
            )
            code, out, _ = run(chat.address, "all", f"Is '{wavs[0]}' loud?", "--json")
            assert code == 0
            found = json.loads(out)
            assert found["steps"][0]["heard"]["seconds_heard"] == 5.0
            assert found["steps"][0]["citations"]
            code, out, _ = run(chat.address, wavs[0], "Loud?", "--planner", "none")
        assert (code, out) == (0, "I heard: Loud?\n")
        assert len(chat.asked) == 2  # with none, nobody was asked

    def test_an_answer_out_of_the_blue_is_marked(self, run, wavs):
        with chat_server(lambda body: says("Surely.")) as chat:
            _, out, err = run(chat.address, wavs[0], "Loud?", "--planner", "openai:small")
        assert out == "Surely.\n"
        assert "had nothing listened to" in err

    def test_a_model_without_tools(self, run, wavs):
        error = {"error": {"message": "small does not support tools", "type": "invalid"}}
        with chat_server(lambda body: (400, error)) as chat:
            code, out, err = run(chat.address, wavs[0], "Loud?", "--planner", "openai:small")
        assert (code, out) == (4, "")
        assert "does not support tools" in err
        assert "that the model can call tools" in err
        assert "Traceback" not in err

    def test_nobody_is_there(self, run, wavs):
        with chat_server(says) as chat:
            address = chat.address
        code, _, err = run(address, wavs[0], "Loud?", "--planner", "openai:small")
        assert code == 4
        assert "see that its server runs and is reached" in err

    def test_options_that_it_does_not_take(self, run, wavs):
        planner = ("--planner", "openai:small")
        code, _, err = run("http://127.0.0.1:9/v1", wavs[0], "Loud?", "--from", "1", *planner)
        assert code == 2
        assert "--planner none" in err
