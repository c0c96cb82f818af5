"""A page that is really served, and a browser that really opens it."""

import os
import shutil
from dataclasses import replace

import pytest
from media import FakeDiariser, FakeRecogniser
from serving import served

from assistant.app import Assistant
from assistant.ask.context import Models
from assistant.settings import Settings
from headrouter.fakes import FakeListener
from headrouter.models import MODELS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


def needs(what, how):
    """Skips where a device or program is missing, unless this run must have all of them."""
    if not what:
        if os.environ.get("HEADROUTER_TEST_EVERYTHING"):
            pytest.fail(how)
        pytest.skip(how)


@pytest.fixture
def listener():
    card = replace(MODELS["nano"], name="fake", words_by_default=False, sounds=())
    return FakeListener(card=card)


@pytest.fixture
def assistant(tmp_path, listener):
    # Words ahead would come in between those that a test puts there.
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", words_ahead=False)
    with Assistant(settings, Models(lambda: listener, FakeRecogniser, FakeDiariser)) as assistant:
        yield assistant


@pytest.fixture
def address(assistant):
    with served(assistant) as address:
        yield address


@pytest.fixture(scope="module")  # Playwright's running loop would break what else is asynchronous
def chromium():
    """Starts browsers; flags beyond the usual ones as arguments."""
    needs(CHROMIUM, "chromium is not installed (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = []

        def start(*flags):
            opened.append(
                playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
            )
            return opened[-1]

        yield start
        for browser in opened:
            browser.close()


@pytest.fixture(scope="module")
def browser(chromium):
    return chromium()


@pytest.fixture
def page(browser, address, request):
    """The page, open, on the test's recording if it has one; an error in its console fails the
    test.
    """
    recording = "recording" in request.fixturenames and request.getfixturevalue("recording")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    page.set_default_timeout(30_000)
    page.goto(address)
    page.get_by_role("tab", name="Library").wait_for()
    if recording:
        page.locator("#view h2", has_text=recording.name).wait_for()
    yield page
    context.close()
    assert errors == []
