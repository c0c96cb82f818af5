"""What was captured is on disk, whatever happens to the process."""

import signal
import subprocess
import sys
import time
import wave

import numpy as np
import pytest
from media import tone

from tools.audio import AudioReader
from tools.errors import DiskError
from tools.journal import Journal, close, is_open, left_open, read

CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from tools.journal import Journal
journal = Journal(Path(sys.argv[1]))
while True:
    journal.append(np.resize(np.float32([0.25, -0.25]), 1600))
    print(journal.seconds, flush=True)
    time.sleep(0.02)
"""


def heard(path):
    return np.concatenate([window.samples for window in AudioReader(path).windows()])


def test_what_goes_in_comes_out(tmp_path):
    sound = tone(2.5)
    with Journal(tmp_path / "a.wav") as journal:
        for piece in np.array_split(sound, 7):
            journal.append(piece)
        assert journal.seconds == 2.5
        assert is_open(journal.path)
        np.testing.assert_allclose(heard(journal.path), sound, atol=1e-4)  # while it grows
        np.testing.assert_allclose(journal.read(1.0, 1.5), sound[16_000:24_000], atol=1e-4)
        assert len(journal.read(2.4, 9.0)) == 1_600
    assert not is_open(journal.path)
    np.testing.assert_allclose(heard(journal.path), sound, atol=1e-4)
    with wave.open(str(journal.path)) as file:
        assert (file.getnframes(), file.getframerate()) == (40_000, 16_000)
    assert AudioReader(journal.path).notes is None


def test_samples_outside_the_range_are_clipped(tmp_path):
    with Journal(tmp_path / "a.wav") as journal:
        journal.append(np.array([-2.0, 0.0, 2.0], np.float32))
        assert journal.read(0, 1).tolist() == [-1.0, 0.0, 1.0]


def test_a_killed_writer_loses_nothing_that_was_written(tmp_path):
    path = tmp_path / "a.wav"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True
    )
    with child:
        written = [float(child.stdout.readline()) for _ in range(20)][-1]
        assert left_open(tmp_path) == []  # its writer lives
        child.send_signal(signal.SIGKILL)
    for _ in range(50):
        if left_open(tmp_path) == [path]:
            break
        time.sleep(0.1)
    assert left_open(tmp_path) == [path]
    assert close(path) >= written
    assert left_open(tmp_path) == []
    assert len(heard(path)) >= 16_000 * written
    assert np.allclose(np.abs(heard(path)), 0.25, atol=1e-3)


@pytest.mark.parametrize("torn", [0, 1, 7])
def test_a_torn_end_is_cut_to_whole_samples(tmp_path, torn):
    path = tmp_path / "a.wav"
    with Journal(path) as journal:
        journal.append(tone(1.0))
    with path.open("ab") as file:
        file.write(b"x" * torn)
    assert close(path) == pytest.approx(1.0, abs=0.001)
    assert len(read(path, 0, 9)) == 16_000 + torn // 2


def test_a_disk_that_fails_says_what_is_kept(tmp_path):
    journal = Journal(tmp_path / "a.wav")
    journal.append(tone(0.5))
    journal._file.close()
    journal._file = open("/dev/full", "wb", buffering=0)  # noqa: PTH123, SIM115
    with pytest.raises(DiskError, match="what came before is there"):
        journal.append(tone(0.5))
    journal._file.close()
    assert len(read(journal.path, 0, 9)) == 8_000


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "live").write_text("a file")
    with pytest.raises(DiskError, match="can't be written"):
        Journal(tmp_path / "live" / "a.wav")
