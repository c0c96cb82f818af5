"""Compose the clips that ship for `headrouter models try`: sentences and sounds, none recorded.

Sentences are spoken by flite's voices, each about something that no other one names. Sounds are
those of `meeting.flac`, and of the city by rule (`headrouter.lab.corpus.synth`).

    apt install flite
    python samples/make_calibration.py

Not run by the tests. samples/README.md has the licences.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip
from headrouter.lab.corpus.synth import RULES, made

Samples = NDArray[np.float32]  # (time,) at SAMPLE_RATE, full scale is 1.0
HERE = Path(__file__).parent
OUT = HERE.parent / "headrouter/lab/evidence/clips"
VOICES = {"slt": "F", "rms": "M", "awb": "M", "kal16": "M"}
BIT_RATE = 20_000
LONGEST = 4.0  # seconds of a sound
SENTENCES = """\
The harbour was full of small boats this morning.
My neighbour keeps eleven chickens behind his garage.
We should paint the kitchen yellow before winter.
The museum opens its doors again on Thursday.
Nobody told me that the pharmacy had moved.
She bought a second hand bicycle for the journey.
The mountain path is closed because of the snow.
Please send the invoice to our office in Hamburg.
He learned to play the trumpet as a young boy.
The bakery on the corner sells the best bread.
Our train arrives at platform seven after lunch.
The election result will be announced tonight.
A heavy parcel is waiting for you downstairs.
They are planting forty apple trees in the orchard.
The dentist asked me to come back in two weeks.
I forgot my umbrella in the waiting room.
The farmer sold his tractor to his cousin.
Our teacher explained how volcanoes are formed.
The elevator has been broken since last Monday.
You will find the scissors in the upper drawer.
The mayor wants to build a new swimming pool.
A good soup needs carrots, onions and patience.
The passport must be renewed before you travel.
She writes poetry when the house is quiet.
The library lends books and films for a month.
Grandfather repaired the clock with great care.
The committee has agreed on a smaller budget.
There was a long queue in front of the theatre.
The hospital needs more nurses for the night.
He ordered coffee with milk and no sugar.
The satellite was launched on a clear morning.
Their restaurant serves fish on Fridays only.
The children collected shells on the beach.
The lawyer read the contract twice before lunch.
We measured the temperature of the lake every day.
The carpenter is making a table out of oak.
An earthquake was felt in the northern villages.
The password has to be changed every year.
My sister studies chemistry at the university.
The blanket on the sofa belongs to the cat.
The insurance will pay for the broken window.
Tourists like to photograph the old castle.
The airport bus leaves from the central square.
This medicine should be taken with plenty of water.
The orchestra is looking for a second violin.
His grandmother lives close to the border.
The factory produces shoes for half of Europe.
A fox was seen near the playground yesterday.""".splitlines()


def spoken(number: int, text: str) -> Clip:
    """Writes a sentence in one of the voices, at one of three paces."""
    voice = list(VOICES)[number % len(VOICES)]
    pace = (0.9, 1.0, 1.12)[number % 3]
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        stretch = ["--setf", f"duration_stretch={pace}"]
        subprocess.run(["flite", "-voice", voice, *stretch, "-t", text, "-o", wav], check=True)
        samples = Clip(wav).samples()
    path = OUT / f"sentence-{number:02d}.opus"
    write(path, samples)
    return Clip(path, text, speaker=f"{voice}-{number % 3}", gender=VOICES[voice])


def sound(number: int, label: str, samples: Samples) -> Clip:
    """Writes a sound."""
    path = OUT / f"sound-{number:02d}.opus"
    write(path, samples[: round(LONGEST * SAMPLE_RATE)])
    return Clip(path, label=label)


def sounds() -> list[tuple[str, Samples]]:
    """Those of the sample but for its music, and two of each that is made by rule."""
    meeting = Clip(HERE / "meeting.flac").samples()
    found = []
    for event in json.loads((HERE / "meeting.json").read_text(encoding="utf-8"))["events"]:
        if event["label"] != "cello":
            first, last = (round(event[side] * SAMPLE_RATE) for side in ("start", "end"))
            found.append((event["label"], meeting[first:last]))
    return found + [(label, made(label, number)) for label in RULES for number in (1, 2)]


def write(path: Path, samples: Samples) -> None:
    """Ogg Opus."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", SAMPLE_RATE, layout="mono", bit_rate=BIT_RATE)
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "flt", "mono")
        frame.sample_rate = SAMPLE_RATE
        for part in (frame, None):
            container.mux(stream.encode(part))


def row(clip: Clip) -> dict[str, object]:
    """A clip's line in the manifest, without what it lacks."""
    known = {"path": clip.path.name, "seconds": round(len(clip.samples()) / SAMPLE_RATE, 3)}
    for name in ("text", "label", "speaker", "gender"):
        if (value := getattr(clip, name)) is not None:
            known[name] = value
    return known | {"licence": "synthetic: samples/README.md"}


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    clips = [spoken(number, text) for number, text in enumerate(SENTENCES)]
    clips += [sound(number, label, samples) for number, (label, samples) in enumerate(sounds())]
    lines = [json.dumps(row(clip)) + "\n" for clip in clips]
    (OUT / "manifest.jsonl").write_text("".join(lines), encoding="utf-8")
