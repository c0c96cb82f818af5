"""The recording's view and its transcript, three hours long."""

import pytest
from doing import choose, now, wait_for
from media import tone, write_wav
from playwright.sync_api import expect

from memory import Segment, Word
from tools.ingest import add_recording
from tools.transcript import RECOGNISER

HOURS = 3 * 3600
SOON = 0.1  # seconds, of the browser's own time


def recorded(assistant, folder, seconds):
    """So long as the store has it; the file is short, for nothing here listens to it."""
    wav = write_wav(folder / "assembly.wav", tone(30))
    found = assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
    store = assistant.store
    store.set_state(found.id, "ready", seconds=float(seconds))
    words = [
        Word(float(at), at + 0.4, f"word{at}" if at % 12 else f"Sentence{at}.", 0.9)
        for at in range(seconds)
    ] + [Word(at + 0.5, at + 0.9, "and", 0.9) for at in range(seconds)]
    store.add_words(found.id, RECOGNISER, 0, seconds, sorted(words, key=lambda word: word.start))
    turns = [
        Segment(found.id, "speaker", "fake", float(at), at + 30.0, "1" if at % 60 else "2")
        for at in range(0, seconds, 30)
    ]
    store.set_speakers(found.id, "fake", seconds, turns, {})
    sounds = [Segment(found.id, "sound", "fake", 60, 62, "siren")]
    store.set_segments(found.id, "sound", "fake", seconds, sounds)
    return store.recording(found.id)


@pytest.fixture
def long(assistant, tmp_path):
    return recorded(assistant, tmp_path, HOURS)


@pytest.fixture
def recording(assistant, tmp_path):
    return recorded(assistant, tmp_path, 120)


def timed(page, script):
    """Seconds that a script takes in the browser, with the layout that follows from it."""
    return page.evaluate(
        f"""async () => {{
          const begun = performance.now();
          {script};
          document.querySelector("#reader .lines").getBoundingClientRect();
          await new Promise((done) => requestAnimationFrame(done));
          return (performance.now() - begun) / 1000;
        }}"""
    )


def test_three_hours_are_read_sought_and_searched(page, long):
    choose(page, long)
    lines = page.locator("#reader .line")
    wait_for(lambda: lines.count() > 300)
    assert page.locator("#reader .words > span").count() == 2 * HOURS
    quickest = min(timed(page, f"Reader.reveal({at})") for at in (9000, 200, 5000))
    assert quickest < SOON
    box = "document.querySelector('#reader .lines')"
    assert min(timed(page, f"{box}.scrollTop = {at}") for at in (9000, 200, 4000)) < SOON

    page.evaluate("Reader.reveal(7200)")
    lit = page.locator("#reader .now")
    expect(lit).to_have_text("Sentence7200.")
    expect(lit).to_be_in_viewport()
    lit.click()
    wait_for(lambda: page.evaluate("document.querySelector('#player audio').src"))

    page.keyboard.press("/")
    search = page.get_by_label("Search the transcript")
    expect(search).to_be_focused()
    search.fill("word5003")
    expect(page.locator("#reader .count")).to_have_text("1 of 1")
    expect(page.locator("#reader .found")).to_be_in_viewport()
    search.fill("nowhere")
    expect(page.locator("#reader .count")).to_have_text("Nothing found")


def test_a_word_and_a_speaker_are_mended(page, assistant, recording):
    store = assistant.store
    choose(page, recording)
    word = page.locator("#reader .words > span").nth(2)
    word.dblclick()
    page.get_by_label("Mend “word1”").fill("Northwind")
    page.keyboard.press("Enter")
    wait_for(lambda: store.words(recording.id, RECOGNISER, 1, 2)[0].text == "Northwind")
    assert [hit.recording_id for hit in store.search("northwind")] == [recording.id]

    page.locator("#view .person", has_text="Speaker 2").click()
    page.get_by_label("Name", exact=True).fill("<i>Anna</i>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#reader .who", has_text="<i>Anna</i>").first.wait_for()  # as text

    page.locator("#reader .who", has_text="Anna").first.click()
    page.get_by_role("button", name="Move").click()
    page.locator("#view .person", has_text="Speaker 3").wait_for()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.locator("#view .person", has_text="Speaker 3").wait_for(state="detached")
    page.locator("#view .person", has_text="Speaker 1").click()
    page.get_by_label("The same person as").select_option(label="<i>Anna</i>")
    page.get_by_role("button", name="Join").click()
    page.locator("#view .person", has_text="Speaker 1").wait_for(state="detached")
    assert len(page.locator("#view .person").all()) == 1


def test_moments_sounds_and_keys_play(page, recording):
    choose(page, recording)
    page.evaluate("document.querySelector('#player audio').muted = true")
    page.locator("#reader .words > span").nth(10).click()
    wait_for(lambda: 5 <= now(page) < 9)
    page.locator("#reader .lines").focus()
    page.keyboard.press("k")
    wait_for(lambda: page.evaluate("document.querySelector('#player audio').paused"))
    at = now(page)
    page.keyboard.press("l")
    wait_for(lambda: abs(now(page) - at - 10) < 1)
    page.keyboard.press("ArrowLeft")
    wait_for(lambda: abs(now(page) - at - 5) < 1)
    lit = page.locator("#reader .now")
    expect(lit).to_be_visible()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#view .moment", has_text="siren 1:00").count() == 1


def test_a_transcript_is_saved_with_its_speakers(page, recording):
    choose(page, recording)
    with page.expect_download() as download:
        page.get_by_label("Save the transcript as").select_option("srt")
    assert download.value.suggested_filename == "assembly.srt"
    text = download.value.path().read_text()
    assert text.startswith("1\n00:00:") and "Speaker 2" in text
