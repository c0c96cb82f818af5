"""Whether the process that left something undone still lives."""

import os
import threading
import time

import pytest

from assistant.home.alive import SETTLED, Alive
from tools.errors import DiskError


def test_it_lives_until_it_is_done(tmp_path):
    one, other = Alive(tmp_path), Alive(tmp_path)
    assert other.lives(other.id)
    assert not other.lives(one.id)
    thread = threading.Thread(target=one.show)  # it lives on when the thread that showed it ends
    thread.start()
    thread.join()
    assert one.show() == one.id
    assert other.lives(one.id)
    one.hide()
    assert not other.lives(one.id)
    assert list(tmp_path.iterdir()) == []


def test_locks_of_those_that_have_gone_are_removed(tmp_path):
    one, other = Alive(tmp_path), Alive(tmp_path)
    one.show()
    (tmp_path / "12.lock").touch()
    (tmp_path / "13.lock").touch()
    (tmp_path / "notes.lock").touch()
    old = time.time() - 2 * SETTLED
    for name in (f"{one.id}.lock", "12.lock", "notes.lock"):
        os.utime(tmp_path / name, (old, old))
    other.sweep()
    assert {place.name for place in tmp_path.iterdir()} == {
        f"{one.id}.lock",
        "13.lock",  # just made: its process may be about to hold it
        "notes.lock",
    }
    one.hide()


def test_a_folder_that_takes_nothing(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="--home"):
        Alive(tmp_path / "file").show()
