"""The tools that other agents call, by the real client of the protocol."""

import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import anyio
import numpy as np
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.server.fastmcp.exceptions import ToolError
from mcp.shared.memory import create_connected_server_and_client_session
from media import talk, tone, write_wav
from PIL import Image

from assistant.doors.mcp_server import create
from assistant.errors import Busy
from assistant.work.jobs import Jobs
from headrouter.models import MODELS
from memory import NotFound

CARD = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
TOOLS = {
    "list_recordings",
    "ingest",
    "ask_recording",
    "search_recordings",
    "find_moments",
    "ask_recordings",
    "get_transcript",
    "find_speakers",
    "name_speaker",
    "merge_speakers",
    "split_speaker",
    "undo_speakers",
    "find_sound_events",
    "get_evidence",
    "get_evidence_picture",
    "get_job",
    "cancel_job",
}
SERVER = """
import sys
sys.path[:0] = {tests!r}
from test_mcp import CARD
import assistant.app
from headrouter.fakes import FakeListener
from media import FakeRecogniser
assistant.app.load_listener = lambda settings: FakeListener(card=CARD)
assistant.app.load_recogniser = lambda settings: FakeRecogniser()
sys.argv = ["headrouter", "mcp", "--home", {home!r}]
from assistant.doors.cli.main import main
main()
"""


BEGUN = """
import sys, time
from pathlib import Path
from assistant.home.alive import Alive
from memory import Store
home = Path(sys.argv[1])
with Store.open(home / "headrouter.db") as store:
    alive = Alive(home / "alive")
    store.add_job("theirs", "ingest", {"recording": sys.argv[2]}, alive.show())
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def jobs(assistant):
    return Jobs(assistant)


@pytest.fixture
def wav(tmp_path):
    sound = np.concatenate([tone(10, level=0.05), tone(10, level=0.5)])
    return str(write_wav(tmp_path / "talk.wav", sound))


@pytest.fixture
def call(assistant, jobs):
    """Calls a tool as a client does: its structured result, or its error as a string."""

    def call(name, /, **arguments):
        async def ask():
            server = create(assistant, jobs)
            async with create_connected_server_and_client_session(server) as client:
                return await client.call_tool(name, arguments)

        result = anyio.run(ask)
        if result.isError:
            return result.content[0].text
        found = result.structuredContent
        return found["result"] if found and found.keys() == {"result"} else found

    return call


def test_a_question_is_answered_with_its_moments_and_report(call, wav):
    found = call("ask_recording", recording=wav, question="What is loud?")
    assert found["answer"] == "I heard: What is loud?"
    assert found["citations"][0]["start"] >= 9.9
    assert found["heard"]["seconds_heard"] == 20.0
    assert found["heard"]["reason"] == "keep 0.4: the usual ratio"
    assert "kept_bins" not in found["heard"]
    again = call(
        "ask_recording",
        recording=found["recording"],
        question="And now?",
        start_seconds=4.0,
        end_seconds=8.0,
        keep=0.2,
        session=found["session"],
    )
    assert again["session"] == found["session"]
    assert (again["heard"]["seconds_total"], again["heard"]["keep"]) == (4.0, 0.2)


def test_the_scope_is_handed_on(call, assistant, wav, monkeypatch):
    asked, usual = [], assistant.ask
    monkeypatch.setattr(assistant, "ask", lambda *given: asked.append(given[0]) or usual(*given))
    call("ask_recording", recording=wav, question="Loud?", scope="whole")
    call("ask_recording", recording=wav, question="Loud?")
    assert [request.scope for request in asked] == ["whole", "auto"]
    assert "'whole'" in call("ask_recording", recording=wav, question="Loud?", scope="half")


def test_evidence_as_values_and_as_a_picture(call, assistant, jobs, wav):
    turn = call("ask_recording", recording=wav, question="What?")["turn"]
    evidence = call("get_evidence", turn=turn)
    assert evidence["question"] == "What?"
    assert sum(evidence["evidence"]["kept_bins"]) == 100

    async def picture():
        server = create(assistant, jobs)
        async with create_connected_server_and_client_session(server) as client:
            return (await client.call_tool("get_evidence_picture", {"turn": turn})).content

    (content,) = anyio.run(picture)
    import base64

    image = Image.open(io.BytesIO(base64.b64decode(content.data)))
    assert (content.mimeType, image.format) == ("image/png", "PNG")


def test_listening_listing_and_searching(call, wav):
    heard = call("ingest", recording=wav)
    assert heard == {"recording": heard["recording"], "name": "talk.wav", "seconds": 20.0}
    (listed,) = call("list_recordings")
    assert listed == heard | {"state": "ready", "note": None}
    assert call("search_recordings", query="word3") == []
    call("get_transcript", recording=wav)
    (hit,) = call("search_recordings", query="word3")
    assert (hit["recording"], hit["start"], hit["moment"]) == (heard["recording"], 3.0, "0:03")


def test_a_transcript_comes_in_pages(call, wav, monkeypatch):
    monkeypatch.setattr("assistant.doors.mcp_values.PAGE", 60)
    monkeypatch.setattr("tools.export.PARAGRAPH", 2.0)
    words, start = [], 0.0
    while start is not None:
        found = call("get_transcript", recording=wav, start_seconds=start)
        words += " ".join(part["text"] for part in found["paragraphs"]).split()
        start = found["next_start"]
    assert words == [f"word{n}" for n in range(20)]


def test_speakers_are_found_named_and_told(call, tmp_path):
    wav = str(write_wav(tmp_path / "two.wav", talk(("A", 3), ("B", 4))))
    assert [p["speaker"] for p in call("get_transcript", recording=wav)["paragraphs"]] == [None]
    found = call("find_speakers", recording=wav)
    assert [(s["speaker"], s["name"], s["seconds"]) for s in found["speakers"]] == [
        ("1", None, 3.0),
        ("2", None, 4.0),
    ]
    named = call("name_speaker", recording=wav, speaker="2", name="Ben")
    assert named["speakers"][1]["name"] == "Ben"
    said = call("get_transcript", recording=wav)["paragraphs"]
    assert [(part["speaker"], part["text"]) for part in said] == [
        ("Speaker 1", "word0 word1 word2"),
        ("Ben", "word3 word4 word5 word6"),
    ]
    (hit,) = call("search_recordings", query="word4")
    assert hit["speaker"] == "Ben"


def test_speakers_are_merged_split_and_as_before(call, tmp_path):
    wav = str(write_wav(tmp_path / "two.wav", talk(("A", 3), ("B", 4))))
    found = call("find_speakers", recording=wav)
    merged = call("merge_speakers", recording=wav, speakers=["1", "2"])
    assert [row["seconds"] for row in merged["speakers"]] == [7.0]
    split = call("split_speaker", recording=wav, speaker="1", start_seconds=2.0, end_seconds=5.0)
    assert [(row["speaker"], row["seconds"]) for row in split["speakers"]] == [
        ("1", 4.0),
        ("3", 3.0),
    ]
    for _ in range(2):
        undone = call("undo_speakers", recording=wav)
    assert undone == found


def test_sound_events_stretch_by_stretch(call, fake, wav):
    fake.reply = lambda question, plan: "A beep."
    found = call("find_sound_events", recording=wav)
    assert found["events"] == [
        {"start": 0.0, "end": 10.0, "sounds": "A beep."},
        {"start": 10.0, "end": 20.0, "sounds": "A beep."},
    ]


def test_long_work_becomes_a_job(call, fake, wav):
    answer = fake.answer

    def slowly(*args, **kwargs):
        time.sleep(1.0)
        return answer(*args, **kwargs)

    fake.answer = slowly
    job = call("ask_recording", recording=wav, question="What?", wait_seconds=0.05)
    assert job["state"] == "running"
    done = call("get_job", job=job["job"], wait_seconds=20)
    assert done["state"] == "done"
    assert done["result"]["answer"] == "I heard: What?"


def test_a_job_is_cancelled(call, assistant, fake, wav):
    answer = fake.answer
    fake.reply = lambda question, plan: "word " * 600

    def slowly(*args, on_text, **kwargs):
        return answer(*args, on_text=lambda text: time.sleep(0.05), **kwargs)

    fake.answer = slowly
    job = call("ask_recording", recording=wav, question="Talk.", wait_seconds=0.5)
    assert call("cancel_job", job=job["job"])["state"] == "cancelled"
    assert call("get_job", job=job["job"])["state"] == "cancelled"


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("ask_recording", {"recording": "/no/such.wav", "question": "x"}, "was not found"),
        ("ask_recording", {"recording": "WAV", "question": " "}, "the question is empty"),
        ("ask_recording", {"recording": "WAV", "question": "x", "keep": 7.0}, "outside (0, 1]"),
        (
            "ask_recording",
            {"recording": "WAV", "question": "x", "start_seconds": 99.0},
            "holds nothing",
        ),
        ("ingest", {"recording": "/no/such.wav"}, "was not found"),
        ("ingest", {"recording": "http://127.0.0.1/a.wav"}, "inside this network"),
        ("get_transcript", {"recording": "deadbeef"}, "No recording has"),
        ("name_speaker", {"recording": "WAV", "speaker": "1", "name": "Ben"}, "no speaker '1'"),
        ("merge_speakers", {"recording": "WAV", "speakers": ["1"]}, "two or more"),
        ("undo_speakers", {"recording": "WAV"}, "no speakers were merged or split"),
        ("get_job", {"job": "x"}, "There is no job 'x'"),
        ("cancel_job", {"job": "x"}, "There is no job 'x'"),
        ("get_evidence", {"turn": 99}, "There is no turn 99"),
        ("get_evidence_picture", {"turn": 99}, "There is no turn 99"),
    ],
)
def test_what_is_refused_is_a_sentence(call, wav, name, arguments, told):
    arguments = {key: wav if value == "WAV" else value for key, value in arguments.items()}
    error = call(name, **arguments)
    assert isinstance(error, str)
    assert told in error
    assert "Traceback" not in error


def test_every_tool_says_what_it_does(assistant, jobs):
    async def listed():
        server = create(assistant, jobs)
        async with create_connected_server_and_client_session(server) as client:
            tools = (await client.list_tools()).tools
            templates = (await client.list_resource_templates()).resourceTemplates
            return tools, templates

    tools, templates = anyio.run(listed)
    assert {tool.name for tool in tools} == TOOLS
    assert all(len(tool.description) > 40 for tool in tools)
    assert [template.uriTemplate for template in templates] == ["recording://{recording}"]


def test_a_recording_is_a_resource(call, assistant, jobs, wav):
    heard = call("ingest", recording=wav)

    async def read():
        server = create(assistant, jobs)
        async with create_connected_server_and_client_session(server) as client:
            return await client.read_resource(f"recording://{heard['recording']}")

    (content,) = anyio.run(read).contents
    assert json.loads(content.text)["name"] == "talk.wav"


def test_over_standard_input_and_output(tmp_path, wav):
    here = Path(__file__).parents[1]
    script = SERVER.format(
        tests=[str(Path(__file__).parent), str(here.parent)], home=str(tmp_path / "home")
    )
    server = StdioServerParameters(
        command=sys.executable, args=["-c", script], env=dict(os.environ), cwd=here.parents[1]
    )

    async def ask():
        async with stdio_client(server) as (read, write):
            async with ClientSession(read, write) as client:
                await client.initialize()
                arguments = {"recording": wav, "question": "What is loud?"}
                return await client.call_tool("ask_recording", arguments)

    result = anyio.run(ask)
    assert result.structuredContent["answer"] == "I heard: What is loud?"


class TestJobs:
    def test_what_a_dead_process_left_is_taken_up(self, assistant, jobs, wav):
        assistant.store.add_job("left", "ingest", {"recording": wav}, owner=2**22 + 7)
        ours = assistant.alive.show()
        assistant.store.add_job("ours", "ingest", {"recording": wav}, owner=ours)
        assistant.store.add_job("gone", "ingest", {"recording": wav}, owner=2**22 + 7)
        assistant.store.cancel_job("gone")
        assert [job.id for job in jobs.take_up()] == ["left"]
        assert jobs.look("left", wait=20).state == "done"
        assert jobs.look("ours").state == "running"  # this process may still be at it
        assert jobs.look("gone").state == "cancelled"

    def test_a_process_whose_number_lives_again_is_dead(self, assistant, jobs, wav):
        """As after a restart: the number is another's, here this process's own."""
        assistant.store.add_job("left", "ingest", {"recording": wav}, owner=os.getpid())
        assert [job.id for job in jobs.take_up()] == ["left"]
        assert jobs.look("left", wait=20).state == "done"

    def test_what_a_killed_process_began_is_taken_up_and_only_then(self, assistant, jobs, wav):
        home = assistant.settings.home
        with subprocess.Popen(
            [sys.executable, "-c", BEGUN, str(home), wav], stdout=subprocess.PIPE
        ) as child:
            try:
                assert child.stdout.readline() == b"begun\n"
                assert jobs.take_up() == []
                assert jobs.look("theirs").state == "running"
            finally:
                child.kill()
        assert [job.id for job in jobs.take_up()] == ["theirs"]
        assert jobs.look("theirs", wait=20).state == "done"

    def test_another_process_cancels(self, assistant, jobs, fake, wav):
        answer = fake.answer
        fake.reply = lambda question, plan: "word " * 600
        fake.answer = lambda *args, on_text, **kwargs: answer(
            *args, on_text=lambda text: time.sleep(0.05), **kwargs
        )
        job = jobs.begin("ask", {"recording": wav, "question": "Talk."})
        time.sleep(0.5)
        elsewhere = Jobs(assistant)
        assert elsewhere.cancel(job.id, wait=20).state == "cancelled"

    def test_too_many(self, jobs, fake, wav, monkeypatch):
        monkeypatch.setattr("assistant.work.jobs.MOST", 1)
        answer = fake.answer
        fake.answer = lambda *args, **kwargs: (time.sleep(1.0), answer(*args, **kwargs))[1]
        job = jobs.begin("ask", {"recording": wav, "question": "What?"})
        with pytest.raises(Busy, match="1 jobs are under way"):
            jobs.begin("ask", {"recording": wav, "question": "What?"})
        assert jobs.look(job.id, wait=20).state == "done"

    def test_too_many_of_one_client(self, jobs, fake, wav, monkeypatch):
        monkeypatch.setattr("assistant.work.jobs.MOST_OF_ONE", 1)
        answer = fake.answer
        fake.answer = lambda *args, **kwargs: (time.sleep(1.0), answer(*args, **kwargs))[1]
        arguments = {"recording": wav, "question": "What?"}
        jobs.begin("ask", arguments | {"client": "greedy"})
        with pytest.raises(Busy, match="1 jobs of yours"):
            jobs.begin("ask", arguments | {"client": "greedy"})
        job = jobs.begin("ask", arguments | {"client": "modest"})
        assert jobs.look(job.id, wait=20).state == "done"

    def test_a_bug_ends_the_job(self, jobs, fake, wav, monkeypatch):
        def broken(*args, **kwargs):
            raise ZeroDivisionError("oops")

        monkeypatch.setattr("threading.excepthook", lambda arguments: None)
        fake.scan = broken
        job = jobs.begin("ask", {"recording": wav, "question": "What?"})
        ended = jobs.look(job.id, wait=20)
        assert (ended.state, ended.error) == ("failed", "internal error: ZeroDivisionError('oops')")

    def test_an_unknown_job(self, jobs):
        with pytest.raises(NotFound):
            jobs.look("x")


def test_a_model_can_be_named_and_an_unknown_one_is_answered_with_those_there_are(
    call, assistant, wav, tmp_path
):
    from headrouter import models
    from headrouter.fakes import FakeListener

    checkpoint = tmp_path / "other"
    checkpoint.mkdir()
    models.add(checkpoint, assistant.settings.cache)
    other = FakeListener(reply=lambda question, plan: "the other", card=CARD, model_id="other")
    assistant._others["other"] = assistant.models.with_listener(lambda: other)
    found = call("ask_recording", recording=wav, question="What?", model="other")
    assert (found["answer"], found["heard"]["model"]) == ("the other", "other")
    again = call("ask_recording", recording=wav, question="And?", session=found["session"])
    assert again["answer"] == "the other"
    call("ingest", recording=wav, model="other")
    for tool, more in (("ask_recording", {"question": "What?"}), ("ingest", {})):
        refused = call(tool, recording=wav, model="gpt-4o", **more)
        assert "there is no model 'gpt-4o' here: choose nano or other" in refused


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", ["start_seconds", "end_seconds"])
def test_numbers_that_are_none(assistant, jobs, wav, name, number):
    arguments = {"recording": wav, "question": "What is loud?", name: number}
    with pytest.raises(ToolError, match=name):
        anyio.run(create(assistant, jobs).call_tool, "ask_recording", arguments)


@pytest.mark.parametrize("tool", ["ingest", "ask_recording", "get_transcript", "get_job"])
def test_a_wait_that_is_no_number(assistant, jobs, wav, tool):
    arguments = {"job": "x", "recording": wav, "question": "What?", "wait_seconds": float("nan")}
    with pytest.raises(ToolError, match="wait_seconds"):
        anyio.run(create(assistant, jobs).call_tool, tool, arguments)
