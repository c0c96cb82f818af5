"""What users do on the page, in a word each."""

import time


def wait_for(what, seconds=30.0):
    """What a call gives once that is something."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
    return found


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def ask(page, text):
    box = page.locator("#question textarea")
    box.fill(text)
    box.press("Enter")


def choose(page, recording):
    """Shows a recording: by loading the page anew, if it was added behind the page's back."""
    shown = page.locator("#view h2", has_text=recording.name)
    if not shown.count():
        page.reload()
        shown.wait_for()


def now(page):
    """Seconds at which the player is."""
    return page.evaluate("document.querySelector('#player audio').currentTime")
