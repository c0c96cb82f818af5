"""What is wrong with a microphone is told while it can still be mended."""

import pytest
from media import silence, tone

from assistant.work.loudness import Loudness


def after(*blocks):
    loudness, seconds = Loudness(), 0.0
    for block in blocks:
        seconds += len(block) / 16_000
        loudness.take(block, seconds)
    return loudness


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([tone(1)] * 20, ""),
        ([silence(1)] * 4, ""),
        ([silence(1)] * 5, "nothing at all came from the microphone for 5 s"),
        ([tone(1, 0.001)] * 16, "hardly anything was heard for 16 s"),
        ([tone(1, 0.001)] * 15, ""),
        ([tone(1, 1.0), tone(1)], "it is too loud and cut off"),
        ([tone(1, 1.0), *[tone(1)] * 5], ""),
    ],
)
def test_a_warning_says_what_to_do(blocks, told):
    found = after(*blocks).warning()
    assert told in found and bool(found) == bool(told)


def test_the_level_is_that_of_the_last_block():
    assert after(tone(1), tone(1, 0.05)).level == pytest.approx(-29.0, abs=0.2)
