"""Microphones: a fake PortAudio for what goes wrong, PulseAudio for what goes right."""

import math
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from media import tone

from tools.errors import MicrophoneError
from tools.microphone import Microphone, Resampler, devices

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "meeting.flac"


class FakePortAudio:
    """As much of sounddevice as is used."""

    class PortAudioError(Exception):
        pass

    default = SimpleNamespace(device=[1, 0])

    def __init__(self):
        self.streams = []

    def query_devices(self, device=None, kind=None):
        if kind is None:
            return [
                {"name": "Speakers", "max_input_channels": 0, "default_samplerate": 48_000.0},
                {"name": "Desk", "max_input_channels": 2, "default_samplerate": 44_100.0},
            ]
        if device not in (None, 1, "Desk"):
            raise ValueError(f"No input device matching {device!r}")
        return self.query_devices()[1]

    def InputStream(self, **settings):
        stream = SimpleNamespace(start=lambda: None, stop=lambda: None, close=lambda: None)
        stream.settings = settings
        self.streams.append(stream)
        return stream


@pytest.fixture
def portaudio(monkeypatch):
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def give(portaudio, samples, overflow=False):
    """Calls back as the device does."""
    status = SimpleNamespace(input_overflow=overflow)
    portaudio.streams[-1].settings["callback"](samples[:, None], len(samples), None, status)


def test_only_inputs_are_listed(portaudio):
    (device,) = devices()
    assert (device.number, device.name, device.rate, device.default) == (1, "Desk", 44_100.0, True)


def test_the_devices_own_rate_is_resampled_and_drained(portaudio):
    sound = tone(1.0, rate=44_100)
    with Microphone("Desk") as microphone:
        assert portaudio.streams[0].settings["samplerate"] == 44_100
        for piece in np.array_split(sound, 10):
            give(portaudio, piece)
        microphone.stop()
        heard = np.concatenate(list(microphone))
    assert len(heard) == pytest.approx(16_000, abs=40)
    assert np.abs(np.fft.rfft(heard)).argmax() == pytest.approx(440, abs=2)
    assert microphone.overflows == 0


def test_lost_sound_is_counted(portaudio, monkeypatch):
    monkeypatch.setattr("tools.microphone.WAITING", 2)
    microphone = Microphone()
    for lost in (True, False, False):
        give(portaudio, tone(0.1), overflow=lost)
    assert microphone.overflows == 2  # one by the system, one because nobody took it
    assert microphone._blocks.qsize() == 2


def test_an_unknown_device_says_where_to_look(portaudio):
    with pytest.raises(MicrophoneError, match="headrouter listen --list"):
        Microphone("Kitchen")


def test_a_device_that_goes_away_is_told_and_keeps_what_came(portaudio, monkeypatch):
    monkeypatch.setattr("tools.microphone.STALLED", 0.1)
    microphone = Microphone()
    give(portaudio, tone(0.5, rate=44_100))
    heard = []
    with pytest.raises(MicrophoneError, match="still plugged in"):
        heard.extend(microphone)
    assert sum(map(len, heard)) > 7_000


def test_resampling_piece_by_piece_is_resampling():
    sound = tone(2.0, rate=48_000)
    resample = Resampler(48_000)
    pieces = [resample(piece) for piece in np.array_split(sound, 23)] + [resample(None)]
    whole = np.concatenate(pieces)
    assert len(whole) == pytest.approx(32_000, abs=2)
    np.testing.assert_allclose(whole[1000:31_000], tone(2.0)[1000:31_000], atol=0.02)


# -- PulseAudio: a room whose sound is played into it and heard by PortAudio

NEEDED = ("pulseaudio", "paplay")
ALSA = "<confdir:alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"


@pytest.fixture
def room(tmp_path, nano_cache):
    """The environment of a program that hears what `paplay --device=room` plays."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing or not _has_portaudio():
        how = "a microphone needs pulseaudio, libportaudio2 and libasound2-plugins"
        if os.environ.get("HEADROUTER_TEST_EVERYTHING"):
            pytest.fail(how)
        pytest.skip(how)
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "alsa.conf").write_text(ALSA)
    environment = os.environ | {
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "PULSE_SERVER": f"unix:{tmp_path}/run/pulse/native",
        "HOME": str(tmp_path),
        "ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf"),
        "HEADROUTER_HOME": str(tmp_path / "home"),
        "HEADROUTER_CACHE": str(nano_cache),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests"))),
    }
    modules = ["module-native-protocol-unix", "module-null-sink sink_name=room"]
    loads = [part for module in modules for part in ("-L", module)]
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--exit-idle-time=-1", "--disallow-exit", *loads],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    while not (tmp_path / "run" / "pulse" / "native").exists():
        assert time.monotonic() < until, "pulseaudio did not start"
        time.sleep(0.1)
    yield environment
    server.kill()
    server.wait()


def _has_portaudio():
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return False
    return True


# Whose voices they are is not what is looked at here, and telling costs more than all the rest.
LISTEN = """
import assistant.app
from media import OneVoice
from ui.main import main

assistant.app.load_diariser = lambda settings: OneVoice()
main()
"""


class Listening:
    """`headrouter listen` in a process of its own."""

    def __init__(self, environment):
        command = [sys.executable, "-c", LISTEN, "listen"]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = queue.Queue()
        streams = (self.process.stdout, self.process.stderr)
        self.reading = [
            threading.Thread(target=self._take, args=(stream,), daemon=True) for stream in streams
        ]
        for reading in self.reading:
            reading.start()
        self.folder = Path(environment["HEADROUTER_HOME"]) / "media" / "live"
        self.text = ""

    def _take(self, stream):
        for line in stream:
            self.lines.put(line)

    def wait_for(self, pattern, seconds=120.0):
        until = time.monotonic() + seconds
        while not re.search(pattern, " ".join(self.text.split()), re.I):  # lines break anywhere
            assert time.monotonic() < until, f"{pattern!r} did not come; there was: {self.text}"
            try:
                self.text += self.lines.get(timeout=0.5)
            except queue.Empty:
                assert self.process.poll() is None, self.text

    @property
    def seconds(self):
        """What is on disk."""
        (path,) = self.folder.glob("*.wav")
        return (path.stat().st_size - 44) / 32_000

    def end(self, how):
        self.process.send_signal(how)
        self.process.stdin.close()
        code = self.process.wait(120)
        for reading in self.reading:
            reading.join(60)
        while not self.lines.empty():
            self.text += self.lines.get()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def play(environment):
    return subprocess.Popen(["paplay", "--device=room", str(SAMPLE)], env=environment)


def test_what_is_played_in_the_room_is_captioned_and_asked_about(room):
    listening = Listening(room)
    listening.wait_for("listening; type a question")
    player = play(room)
    listening.wait_for("summer concert")
    listening.process.stdin.write("What is this about?\n")
    listening.process.stdin.flush()
    listening.wait_for(r"heard 0:\d\d of 0:\d\d")  # the answer's report; capturing went on
    listening.wait_for("bridge")
    player.kill()
    player.wait()
    assert listening.end(signal.SIGINT) == 0
    assert "ready" in listening.text


def test_killed_in_the_middle_a_second_is_lost_at_most(room):
    listening = Listening(room)
    listening.wait_for("listening; type a question")
    while listening.seconds < 1.0:  # the sound server takes its time to begin
        time.sleep(0.05)
    player = play(room)
    begun, until = math.inf, time.monotonic() + 6
    while time.monotonic() < until:  # blocks come in bursts: the earliest beginning is the true one
        begun = min(begun, time.monotonic() - listening.seconds)
        time.sleep(0.05)
    lasted = time.monotonic() - begun
    listening.end(signal.SIGKILL)
    player.kill()
    player.wait()
    assert listening.seconds >= lasted - 1.0
    again = Listening(room)
    again.wait_for(r"recovered Live .* \(0:[01][0-9]\)")
    again.end(signal.SIGKILL)
