"""What a new user does, with nothing but clicks; and each of five tasks in at most four actions."""

import re

import pytest
from doing import now, open_tab, wait_for
from media import Transcript, talk, write_wav
from playwright.sync_api import expect

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from memory import Segment
from tools.ingest import add_recording


class Counted:
    """A page whose user's actions are counted: clicks, typed lines, chosen options."""

    def __init__(self, page):
        self.page, self.actions = page, 0

    def click(self, locator):
        self.actions += 1
        locator.click()

    def type(self, locator, text, then="Enter"):
        """Types into a field and confirms it; where it isn't focused yet, that is a click more."""
        if not locator.evaluate("(box) => box === document.activeElement"):
            self.click(locator)
        self.actions += 1
        locator.fill(text)
        locator.press(then)

    def select(self, locator, value):
        self.actions += 1
        locator.select_option(value)


@pytest.fixture
def user(page):
    return Counted(page)


@pytest.fixture
def meeting(assistant, tmp_path):
    """Two who speak, and a siren; heard, written down and told apart."""
    assistant.models.recogniser()  # made before it is exchanged
    said = {0.5: "Ben will call North Wind by Friday.", 8.0: "Then the budget is cut."}
    assistant.models._recogniser = Transcript(said=said)
    wav = write_wav(tmp_path / "team.wav", talk(("a", 7), ("f", 7)))
    found = assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
    assistant.transcript(found)
    assistant.speakers(found)
    siren = Segment(found.id, "sound", "fake", 10.0, 12.0, "siren")
    assistant.store.set_segments(found.id, "sound", "fake", found.seconds, [siren])
    return found


def opened(page, meeting):
    page.reload()
    page.locator("#view h2", has_text="team.wav").wait_for()
    page.locator("#reader .line").first.wait_for()


def test_from_nothing_to_an_answer_with_clicks_alone(page, user):
    page.get_by_text("HeadRouter listens to recordings").wait_for()
    assert not page.locator("#workbench").is_visible()
    assert not page.locator("#stop").is_visible()
    user.click(page.locator("#sample"))
    page.locator("#view h2", has_text="meeting.flac").wait_for()
    assert not page.locator("#welcome").is_visible()
    expect(page.locator("#suggestions button")).to_have_count(3)
    user.click(page.locator("#suggestions button").first)
    page.locator(".evidence").wait_for()
    user.click(page.locator(".evidence .moment").first)
    wait_for(lambda: page.evaluate("!document.querySelector('#player audio').paused"))
    assert user.actions == 3


def test_who_promised_what_is_found(page, user, meeting):
    opened(page, meeting)
    user.type(page.get_by_label("Search the transcript"), "will")
    line = page.locator("#reader .line", has=page.locator(".found"))
    assert "Speaker 1" in line.inner_text() and "Ben will call" in line.inner_text()
    assert user.actions <= 4


def test_the_moment_of_a_sound_is_played(page, user, meeting):
    opened(page, meeting)
    user.click(page.locator("#view .moment", has_text="siren"))
    wait_for(lambda: 10 <= now(page) < 14)
    assert user.actions <= 4


def test_a_name_is_set_right(page, user, meeting):
    opened(page, meeting)
    user.click(page.locator("#view .person", has_text="Speaker 2"))
    user.type(page.get_by_label("Name", exact=True), "Anna")
    page.locator("#reader .who", has_text="Anna").wait_for()
    assert user.actions <= 4


def test_subtitles_are_exported(page, user, meeting):
    opened(page, meeting)
    with page.expect_download() as download:
        user.select(page.get_by_label("Save the transcript as"), "vtt")
    assert download.value.path().read_text().startswith("WEBVTT")
    assert user.actions <= 4


def test_it_is_recorded_and_asked(page, user):
    user.click(page.locator("#record"))
    user.click(page.locator("#begin"))
    page.locator("#captions", has_text="0:02").wait_for()
    user.type(page.locator("#live-question textarea"), "What is heard?")
    page.locator("#live-chat", has_text="I heard: What is heard?").wait_for()
    assert user.actions <= 4
    page.locator("#end").click()
    page.locator("#view h2").wait_for()


def test_on_a_phone_the_question_is_in_the_first_screen(browser, address, meeting):
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(f"{address}/?__theme=dark")
    tab.locator("#reader .line").first.wait_for()
    box = tab.locator("#question textarea").bounding_box()
    bar = tab.locator("#player").bounding_box()
    assert box["y"] + box["height"] <= min(844, bar["y"])
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.locator("#suggestions button").first.click()
    tab.locator(".evidence").wait_for()
    for part in (".evidence", ".wave", "#reader"):
        inside = tab.locator(part).first.bounding_box()
        assert inside["x"] >= 0 and inside["x"] + inside["width"] <= 390
    scheme = tab.evaluate("getComputedStyle(document.querySelector('audio')).colorScheme")
    assert scheme == "dark"  # no white player in the dark
    tab.close()


def test_the_text_may_be_twice_as_large(browser, address, meeting):
    """At 200% a window of 1280 has room for 640."""
    tab = browser.new_page(viewport={"width": 640, "height": 450})
    tab.goto(address)
    tab.locator("#reader .line").first.wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 640
    tab.close()


def test_the_model_in_use_and_its_limits_are_told(page):
    open_tab(page, "Settings")
    assert re.search(
        r"Answers come from \w+: .*does not reason", page.locator("#head").inner_text()
    )
    table = page.locator(".settings table")
    row = table.locator("tr", has=page.get_by_role("rowheader", name="index limit"))
    assert "20000000000" in row.inner_text() and "default" in row.inner_text()


def test_a_setting_is_changed(page, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("HEADROUTER_CONFIG", raising=False)
    open_tab(page, "Settings")
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("document.body.classList.contains('dark')")
    page.get_by_label("Setting", exact=True).click()
    page.get_by_role("option", name="language").click()
    value = page.locator("#value textarea, #value input")
    value.fill("nonsense")
    page.locator("#save").click()
    page.get_by_text("is not allowed").first.wait_for()
    value.fill("de")
    page.locator("#save").click()
    page.locator("#saved", has_text="It holds from the next start on").wait_for()
    assert (tmp_path / "headrouter" / "config.toml").read_text() == 'language = "de"\n'


def test_settings_never_show_the_key(tmp_path, listener):
    from pydantic import SecretStr

    from ui.options import Options

    settings = Settings(home=tmp_path, cache=tmp_path, api_key=SecretStr("k" * 20))
    with Assistant(settings, Models(lambda: listener, Transcript)) as assistant:
        for doors in (True, False):
            assert "k" * 20 not in Options(assistant, doors=doors).table()
        assert str(tmp_path) not in Options(assistant, doors=True).table()
