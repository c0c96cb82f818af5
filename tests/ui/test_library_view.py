"""The library as its users see it: adding, listing, tagging, searching, deleting and undoing."""

import re

import pytest
from doing import ask, choose, now, open_tab, wait_for
from media import tone, write_wav
from playwright.sync_api import expect

from memory import Word
from tools.ingest import add_recording
from tools.transcript import RECOGNISER


@pytest.fixture
def recordings(assistant, tmp_path):
    """Three, of 4, 5 and 6 seconds."""
    return [
        assistant.ingest(
            add_recording(
                assistant.store, write_wav(tmp_path / f"{name}.wav", tone(seconds, level))
            ),
            lambda fraction: None,
        )
        for name, seconds, level in (("anna", 6, 0.2), ("ben", 4, 0.3), ("carl", 5, 0.4))
    ]


def rows(page):
    return page.locator("#library tbody tr button.open").all_inner_texts()


def shelf(page, recordings):
    choose(page, recordings[-1])
    open_tab(page, "Library")
    expect(page.locator("#library tbody tr")).to_have_count(len(recordings))


def test_it_is_sorted_filtered_tagged_and_renamed(page, assistant, recordings):
    shelf(page, recordings)
    assert rows(page) == ["carl.wav", "ben.wav", "anna.wav"]  # newest first
    page.locator("#library th").get_by_role("button", name="Length").click()
    assert rows(page) == ["ben.wav", "carl.wav", "anna.wav"]
    page.get_by_label("Choose anna.wav").check()
    page.get_by_label("Choose ben.wav").check()
    page.locator("#library").get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tags, with commas between them").last.fill("work, Berlin")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#library .tag", has_text="Berlin").click()
    wait_for(lambda: rows(page) == ["ben.wav", "anna.wav"])
    page.get_by_label("Choose ben.wav").uncheck()
    page.locator("#library").get_by_role("button", name="Rename").click()
    page.get_by_label("New name").last.fill("Anna's talk")
    page.keyboard.press("Enter")
    wait_for(lambda: "Anna's talk" in rows(page))
    assert assistant.store.tags(recordings[0].id) == ["Berlin", "work"]
    page.get_by_label("Filter the recordings").fill("anna")
    assert rows(page) == ["Anna's talk"]
    assert "On disk: what was heard" in page.locator("#library .room").inner_text()


def test_what_is_deleted_can_be_had_back(page, assistant, recordings):
    shelf(page, recordings)
    page.get_by_label("Choose all").check()
    page.get_by_label("Choose carl.wav").uncheck()
    page.locator("#library").get_by_role("button", name="Delete").click()
    wait_for(lambda: rows(page) == ["carl.wav"])
    assert len(assistant.store.binned()) == 2
    page.locator(".toast").get_by_role("button", name="Undo").click()
    wait_for(lambda: len(rows(page)) == 3)
    assert assistant.store.binned() == []
    page.get_by_label("Choose ben.wav").check()
    page.locator("#library").get_by_role("button", name="Delete").click()
    page.locator("#library").get_by_role("button", name="Restore 1 from the bin").click()
    wait_for(lambda: len(rows(page)) == 3)


def test_an_upload_changes_nothing_that_the_user_is_at(page, assistant, recordings, tmp_path):
    choose(page, recordings[0 - 1])
    ask(page, "What is first?")
    page.locator(".evidence").wait_for()
    open_tab(page, "Library")
    page.set_input_files("#files input[type=file]", write_wav(tmp_path / "new.wav", tone(3, 0.1)))
    page.locator("#library tbody tr", has_text="new.wav").wait_for()
    open_tab(page, "Ask")
    expect(page.locator("#recording input")).to_have_value(re.compile("carl.wav"))
    expect(page.locator("#view h2")).to_have_text("carl.wav")
    ask(page, "And second?")  # while it is made ready
    page.locator(".evidence").nth(1).wait_for()
    new = wait_for(lambda: [r for r in assistant.store.recordings() if r.name == "new.wav"])
    wait_for(lambda: assistant.store.words(new[0].id, RECOGNISER))  # heard and written down
    turns = assistant.store.turns(1)
    assert {turn.recording_id for turn in turns} == {recordings[-1].id}
    open_tab(page, "Library")
    page.locator("#library").get_by_role("button", name="new.wav").click()
    expect(page.locator("#view h2")).to_have_text("new.wav")


def test_search_finds_the_moment_and_plays_it(page, assistant, recordings):
    words = [Word(2.0, 2.5, "budget", 0.9), Word(3.0, 3.4, "<b>next</b>", 0.9)]
    assistant.store.add_words(recordings[0].id, RECOGNISER, 0, 6, words)
    shelf(page, recordings)
    query = page.locator("#query textarea, #query input")
    query.fill("Budget")
    query.press("Enter")
    hit = page.locator("#hits li")
    hit.wait_for()
    assert "<b>next</b>" in hit.inner_text()  # as text
    hit.locator("button").click()
    wait_for(lambda: now(page) >= 2)
    expect(page.locator("#view h2")).to_have_text("anna.wav")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/no/such/file.wav", "was not found; check the path"),
        ("http://127.0.0.1:9/a.wav", "is inside this network"),
        ("", "Type the path of a file"),
    ],
)
def test_what_cannot_be_added_is_a_sentence(page, place, told):
    open_tab(page, "Library")
    page.locator("#place textarea, #place input").fill(place)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text(told).first.wait_for()


def test_a_path_is_added_and_what_fails_is_told(page, assistant, tmp_path):
    wav = write_wav(tmp_path / "talk.wav", tone(3))
    open_tab(page, "Library")
    place = page.locator("#place textarea, #place input")
    place.fill(str(wav))
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#library tbody tr", has_text="ready, written down").wait_for()
    wait_for(lambda: place.input_value() == "")


def test_minutes_to_download(page, recordings):
    shelf(page, recordings)
    page.get_by_role("button", name="Minutes").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Write minutes of the recording").click()
        page.locator("#minutes a").first.click()
    text = download.value.path().read_text()
    assert re.search(r"## Summary\n\n- I heard: .* \(0:0\d–0:\d\d\)", text)
