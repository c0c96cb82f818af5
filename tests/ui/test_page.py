"""The page as its users see it, in headless Chromium."""

import os
import re
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from doing import ask, choose, open_tab, wait_for
from media import FakeRecogniser, silence, tone, write_media, write_wav
from playwright.sync_api import expect
from serving import served

from assistant.app import Assistant
from assistant.settings import Settings
from assistant.work.live import AT_ONCE
from memory import as_text
from tools.transcript import RECOGNISER
from ui.chat import WHOLE, Chat
from ui.live import BROWSER, LiveTab

SAMPLE = Path(__file__).parents[2] / "samples" / "meeting.flac"


@pytest.fixture
def wav(tmp_path):
    """20 s, of which the second half is loud."""
    sound = np.concatenate([tone(10, level=0.05), tone(10, level=0.5)])
    return write_wav(tmp_path / "talk.wav", sound)


@pytest.fixture
def recording(assistant, wav):
    from tools.ingest import add_recording

    return assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)


def test_upload_ask_see_and_hear(page, assistant, wav):
    page.set_input_files("#first-files input[type=file]", wav)
    page.locator("#view h2", has_text="talk.wav").wait_for()
    (recording,) = assistant.store.recordings()
    assert recording.path.is_relative_to(assistant.settings.uploads)
    ask(page, "What is there to hear?")
    evidence = page.locator(".evidence")
    evidence.wait_for()
    assert "I heard: What is there to hear?" in page.locator("#chat").inner_text()
    assert page.locator("#stop:visible").count() == 0  # there is nothing to stop any more
    assert page.get_by_label("dislike").count() == 1  # one answer, one pair of thumbs
    assert "100 of 250 audio tokens" not in evidence.inner_text()  # folded in
    evidence.get_by_text("How this was answered").click()
    assert "All 0:20 was listened to." in evidence.inner_text()
    evidence.get_by_text("Technical report").click()
    assert "100 of 250 audio tokens" in evidence.inner_text()
    assert evidence.locator("rect.kept").count() > 50

    moment = evidence.locator("button.moment").first
    start = float(moment.get_attribute("data-seek"))
    assert start >= 9.9  # in the loud half
    moment.click()
    at = wait_for(
        lambda: page.evaluate("document.querySelector('#player audio')?.currentTime ?? 0")
    )
    assert start <= at < start + 3

    line = evidence.locator("svg.timeline")
    line.click(position={"x": 0.25 * line.bounding_box()["width"], "y": 10})
    wait_for(
        lambda: 4.9 < page.evaluate("document.querySelector('#player audio')?.currentTime ?? 0") < 8
    )

    page.reload()  # the conversation is in the store, and the address names it
    page.locator(".evidence").wait_for()
    assert "I heard: What is there to hear?" in page.locator("#chat").inner_text()


@pytest.fixture
def talkative(listener, monkeypatch):
    """The model talks for a minute about whatever asks it to talk."""
    answer = listener.answer

    def slowly(*args, on_text, **kwargs):
        return answer(*args, on_text=lambda text: (time.sleep(0.1), on_text(text)), **kwargs)

    monkeypatch.setattr(listener, "answer", slowly)
    monkeypatch.setattr(
        listener,
        "reply",
        lambda question, plan: (
            "word " * 600 if question.startswith(("Talk for a minute", "Talk.")) else "Done."
        ),
    )


def test_stop_ends_a_running_answer(page, assistant, talkative, recording):
    choose(page, recording)
    ask(page, "Talk for a minute.")
    page.locator("#chat", has_text="word word word").wait_for()
    page.locator("#stop").click()
    page.locator(".evidence").wait_for()
    (session,) = assistant.store.sessions()
    (turn,) = assistant.store.turns(session.id)
    assert 3 <= len(turn.answer.split()) < 600
    ask(page, "And now?")
    page.locator("#chat", has_text="Done.").wait_for()


def test_who_waits_sees_the_queue(page, browser, address, talkative, recording):
    choose(page, recording)
    ask(page, "Talk for a minute.")
    page.locator("#chat", has_text="word word").wait_for()
    other = browser.new_page()
    other.goto(address)
    choose(other, recording)
    ask(other, "Me too?")
    other.locator("#chat", has_text="waiting, 1 before you").wait_for()
    page.locator("#stop").click()
    other.locator("#chat", has_text="Done.").wait_for()
    other.close()


def test_a_tab_that_is_closed_makes_way(page, browser, address, assistant, talkative, recording):
    other = browser.new_page()
    other.goto(address)
    choose(other, recording)
    ask(other, "Talk for a minute.")
    other.locator("#chat", has_text="word word").wait_for()
    other.close()
    choose(page, recording)
    ask(page, "And me?")
    page.locator("#chat", has_text="Done.").wait_for()
    turns = [t for session in assistant.store.sessions() for t in assistant.store.turns(session.id)]
    assert all(len(turn.answer.split()) < 600 for turn in turns)


def test_an_answer_that_is_given_up_ends_at_the_next_word(
    assistant, listener, talkative, recording
):
    """Gradio closes what a closed tab left behind in its event loop, where nobody may wait."""
    tab = SimpleNamespace(session_hash="tab", client=None)
    answer, said = listener.answer, []
    listener.answer = lambda *args, **kwargs: said.append(answer(*args, **kwargs)) or said[-1]
    settings = (WHOLE, "", "", 0.0, True, 0.4, None, None)
    asking = Chat(assistant).ask("Talk.", str(recording.id), *settings, tab)
    next(messages for messages, *_ in asking if "word word" in str(messages))
    asking.close()
    for _ in range(200):  # the run is let go of in a thread of its own
        if said:
            break
        time.sleep(0.05)
    assert said[0].stopped and len(said[0].text.split()) < 600


def test_so_many_live_recordings_and_no_more(assistant):
    live = LiveTab(assistant)
    tabs = [SimpleNamespace(session_hash=str(number)) for number in range(AT_ONCE + 1)]
    for number, tab in enumerate(tabs[:AT_ONCE]):
        live.begin(BROWSER, "", tab)
        live.running[tab.session_hash].live.feed(tone(1, (number + 1) / 20))
    with pytest.raises(gr.Error, match="recordings are being made at once"):
        live.begin(BROWSER, "", tabs[-1])
    assert "Not recording" in live.show(tabs[-1])
    for tab in tabs[:AT_ONCE]:
        live.end(tab)


def test_an_answer_asked_while_recording_outlives_its_tab(assistant, talkative):
    live, tab = LiveTab(assistant), SimpleNamespace(session_hash="tab")
    live.begin(BROWSER, "", tab)
    live.running["tab"].live.feed(tone(2))
    asking = live.ask("And now?", [], tab)
    next(asking)
    next(asking)
    asking.close()  # as Gradio does for a tab that was closed
    (turn,) = wait_for(lambda: assistant.store.sessions() and assistant.store.turns(1))
    assert turn.answer == "Done."
    recording, session = live.end(tab)
    assert (turn.recording_id, session) == (recording, 1)


def test_a_range_and_a_fixed_keep_ratio(page, listener, recording):
    choose(page, recording)
    page.get_by_role("button", name="Ask about a part of it").click()
    page.get_by_label("From – to").check()
    page.get_by_label("From (mm:ss)").fill("0:05")
    page.get_by_label("To (mm:ss)").fill("0:10")
    page.get_by_label("Listen as closely as memory and time allow").uncheck()
    slider = page.get_by_label(re.compile("number input for How closely"))
    slider.fill("0.2")
    slider.press("Tab")
    ask(page, "What?")
    page.locator(".evidence").wait_for()
    (_, plan) = listener.asked[-1]
    assert plan.keep == 0.2
    assert plan.spans == ((62, 125),)


def test_a_bad_range_is_a_sentence_and_the_question_is_kept(page, recording):
    choose(page, recording)
    page.get_by_role("button", name="Ask about a part of it").click()
    page.get_by_label("From – to").check()
    page.get_by_label("From (mm:ss)").fill("9:00")
    ask(page, "What?")
    page.locator("#chat", has_text="choose one between 0:00 and 0:20").wait_for()
    expect(page.locator("#question textarea")).to_have_value("What?")
    page.get_by_label("From (mm:ss)").fill("soon")
    ask(page, "What?")
    page.get_by_text("'soon' is no moment: write mm:ss").first.wait_for()


def test_ratings_reach_the_store(page, assistant, recording):
    choose(page, recording)
    ask(page, "What?")
    page.locator(".evidence").wait_for()
    page.get_by_label("dislike").first.click()
    wait_for(lambda: assistant.store.turns(1)[0].rating == -1)
    ask(page, "What else?")
    page.locator(".evidence").nth(1).wait_for()
    page.reload()
    page.get_by_label("Disliked", exact=True).first.wait_for()
    assert page.get_by_label("Disliked", exact=True).count() == 1
    assert page.get_by_label("Liked", exact=True).count() == 0


def test_conversations_are_listed_renamed_exported_and_deleted(page, assistant, recording):
    choose(page, recording)
    ask(page, "What is first?")
    page.locator(".evidence").wait_for()
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_function("!location.search")
    ask(page, "What is second?")
    page.locator(".evidence").wait_for()
    page.wait_for_function("location.search == '?session=2'")
    title = page.locator("#title textarea, #title input")
    wait_for(lambda: title.input_value() == "What is second?")  # the new conversation's own
    title.fill("Budget talk")
    page.locator("#talk").get_by_role("button", name="Rename").click()
    wait_for(lambda: assistant.store.session(2).title == "Budget talk")
    with page.expect_download() as download:
        page.locator("#export").click()
        page.locator("#exported a").first.click()
    assert download.value.suggested_filename == "Budget talk.html"
    text = download.value.path().read_text()
    assert "What is second?" in text and "<audio controls" in text and 'src="data:' in text
    page.locator("#sessions input").click()
    page.get_by_role("option", name=re.compile("What is first")).click()
    page.locator("#chat", has_text="I heard: What is first?").wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete it").click()
    wait_for(lambda: [s.id for s in assistant.store.sessions()] == [2])


def test_two_tabs_do_not_disturb_each_other(page, browser, address, assistant, recording):
    choose(page, recording)
    other = browser.new_page()
    other.goto(address)
    choose(other, recording)
    ask(page, "One?")
    ask(other, "Two?")
    for tab, own in ((page, "One?"), (other, "Two?")):
        tab.locator("#chat", has_text=f"I heard: {own}").wait_for()
        tab.locator(".evidence").wait_for()
        assert tab.locator(".evidence").count() == 1
    other.close()


def test_a_format_that_browsers_do_not_play_is_turned_into_one(page, assistant, tmp_path):
    from tools.ingest import add_recording

    media = write_media(tmp_path / "old.mka", tone(5, rate=48_000), codec="ac3")
    recording = assistant.ingest(add_recording(assistant.store, media), lambda fraction: None)
    choose(page, recording)
    seconds = wait_for(
        lambda: page.evaluate("document.querySelector('#player audio')?.duration || 0")
    )
    assert seconds == pytest.approx(5.0, abs=0.2)


def test_a_spectrogram_on_demand(page, recording):
    choose(page, recording)
    ask(page, "What?")
    page.locator(".evidence").wait_for()
    page.get_by_role("button", name="Spectrogram").click()
    page.get_by_role("button", name="Draw the first moment").click()
    page.locator("#spectrogram img").wait_for()


def test_the_browsers_microphone_is_recorded_whole(page, assistant):
    """Chromium's fake microphone beeps once a second."""
    open_tab(page, "Record")
    page.locator("#begin").click()
    page.locator("#captions", has_text="0:05").wait_for()
    page.locator("#live-question textarea").fill("What is heard?")
    page.locator("#live-question textarea").press("Enter")
    page.locator("#live-chat", has_text="I heard: What is heard?").wait_for()
    begun = float(re.search(r"(\d+):(\d\d)", page.locator("#captions").inner_text())[2])
    page.locator("#end").click()
    page.locator("#view h2").wait_for()  # the end leads to the recording's view
    (recording,) = assistant.store.recordings()
    assert recording.state == "ready"
    assert recording.seconds >= begun
    expect(page.locator("#view h2")).to_have_text(recording.name)
    expect(page.locator("#chat")).to_contain_text("I heard: What is heard?")  # asked meanwhile
    said = as_text(assistant.store.words(recording.id, RECOGNISER))
    assert said and page.locator("#reader .words").first.inner_text().strip() in said


def test_a_tab_that_is_closed_keeps_what_it_recorded(browser, address, assistant):
    tab = browser.new_page()
    tab.goto(address)
    open_tab(tab, "Record")
    tab.locator("#begin").click()
    tab.locator("#captions", has_text="0:02").wait_for()
    tab.close()
    (recording,) = wait_for(
        lambda: [r for r in assistant.store.recordings() if r.state == "ready"], seconds=60
    )
    assert recording.seconds >= 1.5


def test_nothing_is_fetched_from_elsewhere(browser, address):
    tab = browser.new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address)
    tab.get_by_role("tab", name="Library").wait_for()
    tab.wait_for_timeout(1000)
    elsewhere = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert elsewhere == []
    tab.close()


def test_silence_is_not_drawn_as_sound(page, assistant, tmp_path):
    from tools.ingest import add_recording

    wav = write_wav(tmp_path / "quiet.wav", silence(5))
    recording = assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
    choose(page, recording)
    ask(page, "What?")
    page.locator("#chat", has_text="Nothing audible").wait_for()
    assert page.locator("rect.kept").count() == 0
    assert FakeRecogniser().words(silence(1)) == []


def test_the_sample_with_the_model_itself(browser, nano_cache, tmp_path):
    """What a user does first. HEADROUTER_SCREENSHOTS=docs writes the pictures of the README."""
    settings = Settings(home=tmp_path / "home", cache=nano_cache)
    with Assistant(settings) as assistant, served(assistant) as address:
        tab = browser.new_page(viewport={"width": 1200, "height": 1000})
        tab.set_default_timeout(240_000)
        tab.goto(address)
        tab.locator("#sample").click()
        tab.locator("#view h2", has_text="meeting.flac").wait_for()
        ask(tab, "What will my brother bring?")
        tab.locator(".evidence").wait_for()
        assert "the horses" in tab.locator(".evidence").inner_text().lower()
        tab.get_by_text("How this was answered").click()
        assert "Quoted from what was said at" in tab.locator(".evidence").inner_text()
        tab.get_by_text("Technical report").click()
        assert "1:51 of 1:51" in tab.locator(".evidence").inner_text()
        assert tab.locator("rect.kept").count() > 20  # where the sentences are that are quoted
        tab.get_by_text("Technical report").click()
        tab.wait_for_function("!Work.tasks().length")
        pictures(tab)
        tab.close()


def pictures(tab):
    """Each view, light and dark, into the folder that HEADROUTER_SCREENSHOTS names, if any."""
    if not (folder := os.environ.get("HEADROUTER_SCREENSHOTS")):
        return
    for theme, ending in (("light", ""), ("dark", "-dark")):
        tab.evaluate(f"document.body.classList.toggle('dark', {str(theme == 'dark').lower()})")
        for view, name in (("Ask", "page"), ("Library", "library"), ("Record", "live")):
            open_tab(tab, view)
            tab.evaluate("scrollTo(0, 0); dispatchEvent(new Event('resize'))")
            tab.wait_for_timeout(700)
            tab.screenshot(path=Path(folder) / f"{name}{ending}.png")
