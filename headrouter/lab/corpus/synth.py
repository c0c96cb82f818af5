"""Makes sounds of the city by rule, where no free recording is at hand: what they are made of.

Blows, motors, blasts, hums and horns with all their numbers drawn; children at play are voices,
played faster, many at once. A manifest says what each is.
"""

import json
import random
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from headrouter.lab.corpus.clips import SAMPLE_RATE, Samples
from headrouter.lab.corpus.samples import at_level

LICENCE = "synthetic: made by rule"
SECONDS = (3.0, 8.0)
CHILD = (1.3, 1.6)  # times faster than they spoke
BLOWS_HZ = (18.0, 30.0)  # of a jackhammer


def noise(count: int, rng: random.Random, slope: float = 0.0) -> Samples:
    """Noise whose power falls by `slope` times 3 dB an octave: 0 white, 1 pink, 2 brown."""
    white = np.random.default_rng(rng.getrandbits(32)).standard_normal(count, np.float32)
    size = 1 << count.bit_length()
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 20.0)
    shaped = np.fft.irfft(np.fft.rfft(white, size) * (hertz / 1000) ** (-slope / 2), size)
    return shaped[:count].astype(np.float32)


def band(samples: Samples, low: float, high: float) -> Samples:
    """What lies between two frequencies, with soft edges."""
    size = 1 << len(samples).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    gain = 1 / np.sqrt((1 + (low / np.maximum(hertz, 1)) ** 4) * (1 + (hertz / high) ** 4))
    filtered = np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[: len(samples)]
    return np.asarray(filtered, np.float32)


def hum(pitch: Samples, falls: float, rng: random.Random, partials: int = 20) -> Samples:
    """Partials of a moving pitch, (time,) in hertz, each weaker than the one below by a power."""
    turns = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    made = np.zeros(len(pitch), np.float64)
    for n in range(1, partials + 1):
        weight = n**-falls * rng.uniform(0.4, 1.0)
        made += weight * np.sin(n * turns + rng.uniform(0, 6)) * (n * pitch < SAMPLE_RATE / 2)
    return made.astype(np.float32)


def wander(count: int, rng: random.Random, middle: float, share: float, every: float) -> Samples:
    """A number that drifts about a middle by a share of it, changing every so many seconds."""
    knots = max(3, int(count / SAMPLE_RATE / every) + 2)
    values = [middle * (1 + share * rng.uniform(-1, 1)) for _ in range(knots)]
    return np.interp(np.linspace(0, knots - 1, count), np.arange(knots), values).astype(np.float32)


def blows(count: int, rate: float, rng: random.Random, jitter: float, decay: float) -> Samples:
    """Blows at a rate, each a burst of noise with the ring of what is struck."""
    made = np.zeros(count, np.float32)
    ring = [rng.uniform(400, 3500) for _ in range(3)]
    length = int(min(0.25, 6 * decay) * SAMPLE_RATE)
    times = np.arange(length) / SAMPLE_RATE
    envelope = np.exp(-times / decay)
    tones = sum(np.sin(2 * np.pi * f * times) * np.exp(-times / (decay * 1.5)) for f in ring)
    at = 0.0
    while at * SAMPLE_RATE < count - length:
        start = int(at * SAMPLE_RATE)
        burst = noise(length, rng, 0.7) * envelope + 0.5 * tones
        made[start : start + length] += (burst * rng.uniform(0.6, 1.0)).astype(np.float32)
        at += (1 + jitter * rng.uniform(-1, 1)) / rate
    return made


def jackhammer(count: int, rng: random.Random) -> Samples:
    """Hard fast blows, with the compressor behind them; it stops now and then."""
    made = blows(count, rng.uniform(*BLOWS_HZ), rng, 0.06, rng.uniform(0.006, 0.02))
    if rng.random() < 0.4:
        first = rng.uniform(0.2, 0.7)
        made[int(first * count) : int((first + rng.uniform(0.05, 0.2)) * count)] *= 0.05
    motor = hum(wander(count, rng, rng.uniform(40, 90), 0.02, 0.5), 1.0, rng)
    return made + at_level(motor + noise(count, rng, 1), -26 + rng.uniform(-8, 4))


def drilling(count: int, rng: random.Random) -> Samples:
    """An electric motor's whine that sinks under load, with the grinding of the bit."""
    middle = rng.uniform(180, 700)
    pitch = wander(count, rng, middle, 0.12, 0.4)
    rise = min(count, int(rng.uniform(0.05, 0.4) * SAMPLE_RATE))
    pitch[:rise] *= np.linspace(0.3, 1, rise, dtype=np.float32)
    whine = at_level(hum(pitch, rng.uniform(0.4, 1.1), rng, 24), -20)
    grind = band(noise(count, rng, 0.3), rng.uniform(500, 1500), rng.uniform(4000, 7500))
    shake = 1 + 0.8 * np.sin(2 * np.pi * np.cumsum(pitch / rng.choice((4, 8, 12))) / SAMPLE_RATE)
    made = whine + at_level((grind * shake).astype(np.float32), -20 + rng.uniform(-8, 4))
    if rng.random() < 0.4:  # a hammer drill
        made = made + at_level(blows(count, rng.uniform(30, 60), rng, 0.03, 0.005), -20)
    return made.astype(np.float32)


def gun_shot(count: int, rng: random.Random) -> Samples:
    """One shot or several: a crack, a boom, and what comes back from around."""
    made = np.zeros(count, np.float32)
    times = np.arange(count) / SAMPLE_RATE
    crack = np.exp(-times / rng.uniform(0.002, 0.015)) * rng.uniform(3, 8)
    boom = np.exp(-times / rng.uniform(0.04, 0.15))
    tail = np.exp(-times / rng.uniform(0.2, 0.6)) * rng.uniform(0.02, 0.25)
    rate = rng.choice((0.0, 0.0, rng.uniform(1, 3), rng.uniform(7, 14)))
    at = rng.uniform(0, 0.15)
    for _ in range(rng.randint(2, 12) if rate else 1):
        start = int(at * SAMPLE_RATE)
        if start >= count:
            break
        one = noise(count - start, rng) * crack[: count - start]
        one += noise(count - start, rng, 2) * boom[: count - start]
        made[start:] += (one + noise(count - start, rng, 1) * tail[: count - start]).astype("f4")
        at += rng.uniform(0.8, 1.2) / rate if rate else 9e9
    driven = made / max(float(np.abs(made).max()), 1e-6) * rng.uniform(1, 4)
    return np.asarray(np.tanh(driven), np.float32)


def air_conditioner(count: int, rng: random.Random) -> Samples:
    """Moving air and the hum of a compressor, steady."""
    air = band(noise(count, rng, rng.uniform(0.7, 1.8)), 60, rng.uniform(1500, 6000))
    motor = hum(wander(count, rng, rng.choice((50, 60, 100, 120)), 0.002, 2), 0.9, rng, 12)
    whine = hum(wander(count, rng, rng.uniform(200, 900), 0.004, 1), 1.5, rng, 4)
    motor, whine = (
        at_level(motor, -20 + rng.uniform(-9, 3)),
        at_level(whine, -20 - rng.uniform(8, 20)),
    )
    return at_level(air, -20) + motor + whine


def engine(count: int, rng: random.Random) -> Samples:
    """A motor at rest: uneven firings, the ring of its pipe, and rattling."""
    rate = wander(count, rng, rng.uniform(12, 45), 0.05, 0.4)
    firing = hum(rate, rng.uniform(0.3, 0.8), rng, 40)
    uneven = 1 + 0.5 * np.sin(np.pi * np.cumsum(rate) / SAMPLE_RATE + rng.uniform(0, 6))
    low = band((firing * uneven).astype(np.float32), 30, rng.uniform(300, 1500))
    rattle = band(noise(count, rng, 0.5), 800, 6000) * np.maximum(firing, 0) ** 2
    return at_level(low, -20) + at_level(rattle.astype(np.float32), -20 - rng.uniform(4, 18))


def car_horn(count: int, rng: random.Random) -> Samples:
    """Two tones a third apart, once or several times."""
    low = rng.uniform(300, 480)
    ratios = (1.0,) if rng.random() < 0.3 else (1.0, rng.uniform(1.18, 1.28))
    made = np.zeros(count, np.float32)
    tones = [hum(np.full(count, low * ratio, np.float32), 0.6, rng, 14) for ratio in ratios]
    at = rng.uniform(0, 0.2)
    while at * SAMPLE_RATE < count:
        start, length = int(at * SAMPLE_RATE), int(rng.choice((0.2, 0.4, 1.0, 2.5)) * SAMPLE_RATE)
        made[start : start + length] = np.sum(tones, axis=0)[start : start + length]
        at += length / SAMPLE_RATE + rng.choice((0.1, 0.3, 1.0, 20.0))
    return made


def siren(count: int, rng: random.Random) -> Samples:
    """A wail, a yelp, or two tones in turn; passing by."""
    times = np.arange(count) / SAMPLE_RATE
    low, high = rng.uniform(400, 700), rng.uniform(900, 1600)
    kind = rng.choice(("wail", "yelp", "two"))
    period = {
        "wail": rng.uniform(3, 8),
        "yelp": rng.uniform(0.25, 0.5),
        "two": rng.uniform(0.8, 1.6),
    }
    phase = (times / period[kind] + rng.random()) % 1
    if kind == "two":
        pitch = np.where(phase < 0.5, low, low * rng.uniform(1.25, 1.4))
    else:
        pitch = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * phase))
    passing = 1 + rng.uniform(-0.05, 0.05) * np.tanh((times - times[-1] / 2) * 2)
    return hum((pitch * passing).astype(np.float32), rng.uniform(0.8, 1.6), rng, 10)


def telephone_ring(count: int, rng: random.Random) -> Samples:
    """A bell struck 20 times a second, or two tones in turn; rings and pauses."""
    times = np.arange(count) / SAMPLE_RATE
    if rng.random() < 0.5:
        tones = [rng.uniform(900, 2600) for _ in range(4)]
        strike = np.exp(-((times * rng.uniform(16, 24)) % 1) * 3)
        made = sum(np.sin(2 * np.pi * f * times) for f in tones) * strike
    else:
        low = rng.uniform(500, 1400)
        turn = (times * rng.uniform(8, 22)) % 1 < 0.5
        made = hum(np.where(turn, low, low * 1.25).astype(np.float32), 1.2, rng, 6)
    on, off = rng.uniform(0.8, 2.0), rng.uniform(0.4, 2.5)
    return (made * (times % (on + off) < on)).astype(np.float32)


def children_playing(count: int, rng: random.Random, voices: Sequence[Samples]) -> Samples:
    """Many young voices at once, some near, some far, some shouting."""
    made = np.zeros(count, np.float32)
    for _ in range(rng.randint(6, 14)):
        voice = rng.choice(voices)
        factor = rng.uniform(*CHILD)
        times = np.arange(int(len(voice) / factor)) * factor
        young = np.interp(times, np.arange(len(voice)), voice).astype(np.float32)
        first = rng.randrange(max(1, len(young) - SAMPLE_RATE // 2))
        young = young[first : first + int(rng.uniform(0.4, 3.0) * SAMPLE_RATE)]
        start = rng.randrange(count)
        part = at_level(young, rng.uniform(-40, -18))[: count - start]
        made[start : start + len(part)] += part
    return made + at_level(noise(count, rng, 1), -50)


RULES: dict[str, Callable[[int, random.Random], Samples]] = {
    "jackhammer": jackhammer,
    "drilling": drilling,
    "gun shot": gun_shot,
    "air conditioner": air_conditioner,
    "engine": engine,
    "car horn": car_horn,
    "siren": siren,
    "telephone ring": telephone_ring,
}


def made(label: str, number: int, voices: Sequence[Samples] = ()) -> Samples:
    """Sound `number` of a label, full scale."""
    rng = random.Random(f"{label}/{number}")
    count = int(rng.uniform(*SECONDS) * SAMPLE_RATE)
    if label == "children playing":
        samples = children_playing(count, rng, voices)
    else:
        samples = RULES[label](count, rng)
    scaled: Samples = 0.9 * samples / max(float(np.abs(samples).max()), 1e-6)
    return scaled.astype(np.float32)


def make(out: Path, each: int, voices: Sequence[Samples], progress: Callable[[int], None]) -> int:
    """Write `each` sounds of every label to `out` as WAV, and the manifest; how many there are.

    `voices` are speech for children at play, who are left out without any.
    """
    out.mkdir(parents=True, exist_ok=True)
    labels = [*RULES, *(["children playing"] if voices else [])]
    rows = []
    for label in labels:
        for number in range(each):
            samples = made(label, number, voices)
            path = out / f"{label.replace(' ', '-')}-{number:03d}.wav"
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
                file.writeframes((samples * 32767).astype(np.int16).tobytes())
            fixed = {"path": path.name, "seconds": round(len(samples) / SAMPLE_RATE, 3)}
            bed = label in ("air conditioner", "engine", "children playing")
            rows.append(fixed | {"label": label, "licence": LICENCE, "background": bed})
            progress(len(rows))
    (out / "manifest.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    return len(rows)
