"""Every view with axe-core: nothing serious, in light and dark, at three widths."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from doing import open_tab
from media import talk, write_wav

from memory import Segment
from tools.ingest import add_recording

WIDTHS = {"phone": 390, "tablet": 820, "desk": 1280}
VIEWS = ["Ask", "Library", "Record", "Settings"]


@pytest.fixture
def recording(assistant, tmp_path):
    wav = write_wav(tmp_path / "team.wav", talk(("a", 5), ("f", 5)))
    found = assistant.ingest(add_recording(assistant.store, wav), lambda fraction: None)
    assistant.transcript(found)
    assistant.speakers(found)
    siren = Segment(found.id, "sound", "fake", 6.0, 8.0, "siren")
    assistant.store.set_segments(found.id, "sound", "fake", found.seconds, [siren])
    assistant.store.add_tags(found.id, ["work"])
    return found


def serious(page):
    """What axe finds that keeps somebody out, as (rule, element)."""
    return [
        (found["id"], node["html"][:200])
        for found in Axe().run(page).response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_found(browser, address, recording, theme):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/?__theme={theme}")
    page.locator("#reader .line").first.wait_for()
    page.locator("#suggestions button").first.click()
    page.locator(".evidence").wait_for()
    page.get_by_text("How this was answered").click()
    page.get_by_text("Technical report").click()
    found = {}
    for view in VIEWS:
        open_tab(page, view)
        for width, pixels in WIDTHS.items():
            page.set_viewport_size({"width": pixels, "height": 900})
            page.wait_for_timeout(150)
            if view == "Library":
                page.get_by_label("Choose team.wav").check()
            if problems := serious(page):
                found[view, width] = problems
    assert found == {}
    page.close()


def test_nothing_serious_is_found_at_the_first_run(browser, address):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.locator("#sample").wait_for()
    assert serious(page) == []
    page.evaluate("help()")
    page.get_by_role("dialog").wait_for()
    assert serious(page) == []
    page.evaluate("document.querySelector('dialog').innerHTML += '<img src=data:,>'")
    assert [rule for rule, _ in serious(page)] == ["image-alt"]  # it does look
    page.close()
