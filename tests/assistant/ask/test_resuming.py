"""A question about the whole of a long recording goes on after its process was killed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media import FakeRecogniser, silence, tone, write_wav

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.ask.outcome import Outcome
from assistant.ask.state import Request
from assistant.errors import BudgetRefused
from assistant.settings import Settings
from assistant.work.jobs import Jobs
from headrouter.fakes import FakeListener
from headrouter.models import MODELS

LIST = "Which sounds are there?"
THINGS = ("a dog", "a bell", "rain", "a car", "wind")
WHOLE = "Dog, bell, rain, car, wind."
SECONDS = 10
CARD = replace(
    MODELS["nano"], name="fake", words_by_default=False, sounds=(), whole_tokens=150, quotes=True
)
KILLED = """
import sys, time
sys.path[:0] = [{here!r}, {tests!r}]
from pathlib import Path
from test_resuming import assistant_in, Request, Jobs

def reply(question, plan):
    if plan.spans[0][0] >= {tokens}:
        print("begun", flush=True)
        time.sleep(60)
    return said(plan)

from test_resuming import said
with assistant_in(Path({home!r}), reply)[0] as assistant:
    if {job!r}:
        Jobs(assistant).begin("ask", {job!r})
        time.sleep(60)
    for event in assistant.ask(Request({recording!r}, {question!r})):
        pass
"""


def said(plan):
    """Another thing is heard in each ten seconds."""
    return THINGS[round(plan.spans[0][0] * 0.08 / SECONDS)]


def assistant_in(home, reply=lambda question, plan: said(plan), card=CARD):
    fake = FakeListener(card=card, reply=reply)
    settings = Settings(home=home / "home", cache=home / "cache")
    return Assistant(settings, Models(lambda: fake, FakeRecogniser)), fake


@pytest.fixture
def wav(tmp_path):
    """Five times ten seconds with pauses between."""
    piece = np.concatenate([silence(0.5), tone(SECONDS - 1), silence(0.5)])
    return write_wav(tmp_path / "long.wav", np.concatenate([piece] * len(THINGS)))


@pytest.fixture
def killed(tmp_path, wav):
    """Kills a process in the middle of its fourth part."""
    here = Path(__file__).parent

    def kill(job=None):
        code = KILLED.format(
            here=str(here),
            tests=str(here.parents[1]),
            home=str(tmp_path),
            tokens=round(2.5 * SECONDS / 0.08),
            job=job,
            recording=str(wav),
            question=LIST,
        )
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=here.parents[2]) as child:
            assert child.stdout.readline() == b"begun\n"
            child.kill()
        return child.returncode

    return kill


def begins(fake):
    """The seconds at which the parts begin that were asked about, rounded to ten."""
    return [SECONDS * round(plan.spans[0][0] * 0.08 / SECONDS) for _, plan in fake.asked]


def ask(assistant, wav, question=LIST, **request):
    outcome = Outcome.of(assistant.ask(Request(str(wav), question, **request)))
    outcome.answered()
    return outcome


def breaks_off(assistant, wav):
    """A question that fails after its last part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.ask.passes.merged", lambda lists: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ask(assistant, wav)


def test_after_a_kill_the_finished_parts_are_not_asked_again(killed, tmp_path, wav):
    assert killed() == -9
    assistant, fake = assistant_in(tmp_path)
    with assistant:
        outcome = ask(assistant, wav)
        assert begins(fake) == [30, 40]
        assert outcome.answer == WHOLE
        assert [part.answer for part in outcome.parts] == list(THINGS)
        assert [(part.number, part.of) for part in outcome.parts] == [(n, 5) for n in range(1, 6)]
        assert len(outcome.citations) == 5
        assert outcome.heard.passes == 5
        assert "5 passes, 3 of them before it was interrupted" in outcome.heard.reason
        assert ask(assistant, wav).heard.passes == 5
        assert begins(fake) == [30, 40, 0, 10, 20, 30, 40]  # once answered, it begins anew


def test_a_job_goes_on_where_its_killed_server_was(killed, tmp_path, wav):
    killed(job={"recording": str(wav), "question": LIST})
    assistant, fake = assistant_in(tmp_path)
    with assistant:
        jobs = Jobs(assistant)
        (job,) = jobs.take_up()
        ended = jobs.look(job.id, wait=30)
        assert (ended.state, ended.result["answer"]) == ("done", WHOLE)
        assert begins(fake) == [30, 40]


def test_listening_for_sounds_goes_on_where_it_was_stopped(tmp_path, wav):
    def reply(question, plan):
        if plan.spans[0][0] > 250 and not broken:
            broken.append(plan)
            raise BudgetRefused("too little memory")
        return said(plan)

    broken = []
    assistant, fake = assistant_in(tmp_path, reply)
    with assistant:
        jobs = Jobs(assistant)
        first = jobs.begin("events", {"recording": str(wav)})
        assert jobs.look(first.id, wait=30).state == "failed"
        again = jobs.look(jobs.begin("events", {"recording": str(wav)}).id, wait=30)
        assert [event["sounds"] for event in again.result["events"]] == list(THINGS)
        assert begins(fake) == [0, 10, 20, 30, 30, 40]
        turns = assistant.store.sessions()
        assert len(turns) == 1  # one conversation, by both
        anew = jobs.look(jobs.begin("events", {"recording": str(wav)}).id, wait=30)
        assert anew.result == again.result
        assert begins(fake)[6:] == [0, 10, 20, 30, 40]


def test_another_question_begins_from_the_start(tmp_path, wav):
    assistant, fake = assistant_in(tmp_path)
    with assistant:
        breaks_off(assistant, wav)
        ask(assistant, wav, "Which noises are there?", scope="whole")
        assert begins(fake)[5:] == [0, 10, 20, 30, 40]
        ask(assistant, wav, keep=0.5)
        assert begins(fake)[10:] == [0, 10, 20, 30, 40]
        ask(assistant, wav, end=40.0)
        assert begins(fake)[15:] == [0, 10, 20, 30]


def test_what_was_stopped_goes_on_and_its_broken_part_is_asked_again(tmp_path, wav):
    stopped = []

    def reply(question, plan):
        if plan.spans[0][0] > 100:
            stopped.append(True)
        return said(plan)

    assistant, fake = assistant_in(tmp_path, reply)
    with assistant:
        events = assistant.ask(Request(str(wav), LIST), lambda: bool(stopped))
        assert Outcome.of(events).answered().stopped
        asked = len(fake.asked)
        fake.reply = lambda question, plan: said(plan)
        assert ask(assistant, wav).answer == WHOLE
        assert begins(fake)[asked:] == [10, 20, 30, 40]


def test_a_run_that_was_killed_behind_its_last_part_only_puts_them_together(tmp_path, wav):
    assistant, fake = assistant_in(tmp_path)
    with assistant:
        breaks_off(assistant, wav)
        assert ask(assistant, wav).answer == WHOLE
        assert len(fake.asked) == 5


def test_parts_that_another_version_kept_are_asked_again(tmp_path, wav):
    assistant, fake = assistant_in(tmp_path)
    with assistant:
        breaks_off(assistant, wav)
        with assistant.store._writing() as db:
            row = next(iter(db.query("SELECT rowid, found FROM finished_parts WHERE number = 3")))
            found = json.loads(row["found"])
            del found["answer"]
            change = "UPDATE finished_parts SET found = ? WHERE rowid = ?"
            db.execute(change, [json.dumps(found), row["rowid"]])
        assert ask(assistant, wav).answer == WHOLE
        assert begins(fake)[5:] == [20, 30, 40]


def test_a_recording_that_is_removed_takes_its_parts_along(tmp_path, wav):
    assistant, _ = assistant_in(tmp_path)
    with assistant:
        breaks_off(assistant, wav)
        (recording,) = assistant.store.recordings()
        count = "SELECT count(*) AS n FROM finished_parts"
        assert next(iter(assistant.store._db.query(count)))["n"] == 5
        assistant.store.remove_recording(recording.id)
        assert next(iter(assistant.store._db.query(count)))["n"] == 0
