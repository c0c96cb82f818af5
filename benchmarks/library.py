"""Finding moments in many recordings by ear: what is found, beside a transcript, and how quickly.

    python benchmarks/library.py CLIPS WORK [--recordings 100] [--hours 1000] [--seed library]
        [--asked] [--transcribed]

CLIPS is a folder of clips (three layouts, see headrouter/lab/corpus/clips.py), WORK a folder for
what is composed and heard. Each recording has five sentences and one sound at known times; each
sentence is said once in all of them. Looked for are words that are said once (of five letters or
more), four words in a row, the sounds, and, of what is nowhere, words and sounds. A word is right
where it lies in its sentence, a sound where it overlaps its place; recall at 10 is the share of
right places among the first ten, of sounds that are in more places of ten at most.

Then as many hours of made-up sketches are put beside (words of the clips at random, a letter in
eight wrong), and the words are looked for once more: how many are still among the 200 places that
are looked at closely, and the seconds that this takes. With --transcribed all recordings are
recognised, and the same words and phrases are searched for in the transcripts.
"""

import argparse
import json
import random
import re
import resource
import time
import wave
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from intervals import told

from assistant.app import Assistant
from assistant.find.finding import PLACES
from assistant.find.found import AcrossAnswer, Moment
from assistant.find.sketching import opened
from assistant.settings import load_settings
from headrouter.hear.letters import letters_of
from headrouter.hear.sketch import BLOCK, Letters, Sketch
from headrouter.lab.corpus.clips import SAMPLE_RATE, Clip, find_clips
from headrouter.lab.corpus.samples import at_level, trimmed
from tools.ingest import add_recording

SENTENCES, HELD_BACK = 5, 8  # in a recording; names of sounds that are in none
TOP = 10
DIFFERENT = 50  # hours that are made up; more are these again
SURE = 0.3


@dataclass(frozen=True)
class Placed:
    """A clip in a recording."""

    recording: int
    start: float
    end: float
    text: str | None
    label: str | None


@dataclass(frozen=True)
class Asked:
    """What is looked for, and where it is; nowhere if there is no place."""

    kind: str
    query: str
    places: tuple[Placed, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--recordings", type=int, default=100)
    parser.add_argument("--hours", type=float, default=1000)
    parser.add_argument("--seed", default="library")
    parser.add_argument("--asked", action="store_true")
    parser.add_argument("--transcribed", action="store_true")
    options = parser.parse_args()
    clips, rng = find_clips(options.clips), random.Random(options.seed)
    placed, held_back = composed(clips, options.work / "recordings", options.recordings, rng)
    asked = list(questions(placed, held_back, clips, random.Random(f"asked {options.seed}")))
    with Assistant(load_settings({"home": options.work / "home"})) as assistant:
        begun = time.perf_counter()
        ids = heard(assistant, options.work / "recordings")
        print(f"heard in {time.perf_counter() - begun:.0f} s")
        assistant.find('"nothing"')  # loads what is loaded once
        results: dict[str, Any] = {"ear": found(assistant, asked, ids)}
        results |= {"at scale": at_scale(assistant, asked, ids, clips, options.hours)}
        if options.asked:
            results |= {"asked": answered(assistant, placed, ids, random.Random(options.seed))}
        if options.transcribed:
            results |= {"transcript": in_transcripts(assistant, asked, ids)}
    print(json.dumps(results))


# -- what is composed


def composed(
    clips: Sequence[Clip], folder: Path, count: int, rng: random.Random
) -> tuple[list[Placed], list[str]]:
    """Recordings 000.wav, 001.wav, ..., what is where in them, and the sounds that are in none."""
    speech = [clip for clip in clips if clip.kind == "speech"]
    rng.shuffle(speech)
    sounds: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.kind == "sound":
            sounds[clip.label or ""].append(clip)
    labels = sorted(sounds)
    rng.shuffle(labels)
    notes = folder / "placed.json"
    if notes.exists():
        return [Placed(**row) for row in json.loads(notes.read_text())], labels[:HELD_BACK]
    folder.mkdir(parents=True, exist_ok=True)
    there, placed, saying = labels[HELD_BACK:], [], iter(speech)
    for number in range(count):
        todo = [next(saying) for _ in range(SENTENCES)]
        sound = rng.choice(sounds[there[number % len(there)]])
        todo.insert(rng.randrange(1, SENTENCES + 1), sound)
        samples, at = [], 0.0
        for clip in todo:
            heard = trimmed(clip.samples())
            heard = heard if clip.text else heard[: 6 * SAMPLE_RATE]
            heard = at_level(heard, -22 if clip.text else -20)
            end = at + len(heard) / SAMPLE_RATE
            placed.append(Placed(number, at, end, clip.text, clip.label))
            pause = np.zeros(int(rng.uniform(0.4, 1.5) * SAMPLE_RATE), np.float32)
            samples += [heard, pause]
            at = end + len(pause) / SAMPLE_RATE
        whole = np.concatenate(samples)
        whole = whole + np.random.default_rng(number).normal(0, 3e-4, len(whole))
        write(folder / f"{number:03d}.wav", whole)
    notes.write_text(json.dumps([asdict(one) for one in placed]))
    return placed, labels[:HELD_BACK]


def write(path: Path, samples: Any) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


def questions(
    placed: Sequence[Placed], held_back: Sequence[str], clips: Sequence[Clip], rng: random.Random
) -> Iterator[Asked]:
    """What is looked for: a word and a phrase of a sentence, every sound, and what is nowhere."""
    spoken = [(one, one.text.lower().split()) for one in placed if one.text]
    counts = Counter(word for _, words in spoken for word in set(words))
    for one, words in rng.sample(spoken, min(150, len(spoken))):
        rare = [word for word in words if counts[word] == 1 and len(word) >= 5]
        if rare:
            yield Asked("word", f'"{rng.choice(rare)}"', (one,))
        if len(words) >= 8:
            first = rng.randrange(len(words) - 3)
            yield Asked("phrase", f'"{" ".join(words[first : first + 4])}"', (one,))
    labels: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        if one.label:
            labels[one.label].append(one)
    for label, places in sorted(labels.items()):
        yield Asked("sound", f"sound:{label}", tuple(places))
    said = {word for clip in clips for word in (clip.text or "").lower().split()}
    for word in ELSEWHERE:
        if not any(word in other for other in said):
            yield Asked("word that is nowhere", f'"{word}"')
    for label in held_back:
        yield Asked("sound that is nowhere", f"sound:{label}")


ELSEWHERE = (  # words of other times and places than those of the clips
    "kangaroo quarterly invoice software pandemic zucchini marketing helicopter airport mortgage "
    "subscription password bandwidth spreadsheet photocopier deadline keyboard laptop broadband "
    "podcast microwave dishwasher supermarket smartphone algorithm database printer roadmap "
    "stakeholder newsletter webinar broccoli penguin volleyball escalator parachute skateboard "
    "xylophone astronaut submarine"
).split()


# -- what is found


def heard(assistant: Assistant, folder: Path) -> dict[str, int]:
    """The number of each recording by its id, all of them heard."""
    ids = {}
    for path in sorted(folder.glob("*.wav")):
        recording = add_recording(assistant.store, path)
        if recording.state != "ready":
            assistant.ingest(recording, lambda fraction: None)
        ids[recording.id] = int(path.stem)
    return ids


def right(moment: Moment, asked: Asked, ids: dict[str, int]) -> Placed | None:
    """The place that a moment is at, if it is a right one."""
    for place in asked.places:
        if ids[moment.recording] == place.recording and (
            moment.start <= place.end + 1 and moment.end >= place.start - 1
        ):
            return place
    return None


def found(assistant: Assistant, asked: Sequence[Asked], ids: dict[str, int]) -> dict[str, Any]:
    """Recall at 10 and at 1, what is sure and wrong, and the seconds of a search, of each kind."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in asked:
        begun = time.perf_counter()
        moments = assistant.find(one.query, most=TOP).moments
        seconds = time.perf_counter() - begun
        places = [right(moment, one, ids) for moment in moments]
        rows[one.kind].append(
            {
                "places": min(TOP, len(one.places)),
                "found": len({id(place) for place in places if place}),
                "first": bool(places and places[0]),
                "best": moments[0].score if moments else 0.0,
                "wrong": sum(
                    m.score >= SURE and p is None for m, p in zip(moments, places, strict=True)
                ),
                "seconds": seconds,
            }
        )
    return {kind: summed(kind, of) for kind, of in rows.items()}


def summed(kind: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One kind's rows as numbers, printed."""
    places, hits = sum(row["places"] for row in rows), sum(row["found"] for row in rows)
    sure = sum(row["best"] >= SURE for row in rows)
    values = {
        "n": len(rows),
        "places": places,
        "recall at 10": hits,
        "first is right": sum(row["first"] for row in rows),
        "first is sure": sure,
        "sure and wrong": sum(row["wrong"] for row in rows),
        "median seconds": round(median(row["seconds"] for row in rows), 3),
    }
    shown = f"recall at 10 {told(hits, places)}, " if places else ""
    print(
        f"{kind}: {shown}first is right {told(values['first is right'], len(rows))}, "
        f"first is sure {sure}, sure and wrong {values['sure and wrong']}, "
        f"{values['median seconds']} s",
        flush=True,
    )
    return values


# -- asked of all


def answered(
    assistant: Assistant, placed: Sequence[Placed], ids: dict[str, int], rng: random.Random
) -> dict[str, Any]:
    """Of thirty questions about all recordings how many are answered rightly, seconds, memory."""
    rows: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for kind, question, is_right in asked_of_all(placed, ids, rng):
        begun = time.perf_counter()
        answer = assistant.ask_all(question)
        seconds = time.perf_counter() - begun
        rows[kind].append((is_right(answer), seconds))
        print(f"{'right' if is_right(answer) else 'wrong'}, {seconds:.1f} s: {question}")
        print(f"    {answer.answer[:200]}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / before
    for kind, of in rows.items():
        hits, times = sum(hit for hit, _ in of), [seconds for _, seconds in of]
        print(f"{kind}: {told(hits, len(of))} right, {median(times):.1f} s at the median")
    print(f"peak of memory {peak:.2f} times that before the questions")
    return {kind: {"right": sum(hit for hit, _ in of), "n": len(of)} for kind, of in rows.items()}


def asked_of_all(
    placed: Sequence[Placed], ids: dict[str, int], rng: random.Random
) -> Iterator[tuple[str, str, Callable[[AcrossAnswer], bool]]]:
    """Ten of each kind: (kind, question, whether an answer is right)."""
    sounds: dict[str, set[int]] = defaultdict(set)
    saying: dict[str, set[int]] = defaultdict(set)
    for one in placed:
        if one.label:
            sounds[one.label].add(one.recording)
        for word in set((one.text or "").lower().split()):
            saying[word].add(one.recording)
    for label in rng.sample(sorted(sounds), 10):
        wanted = sounds[label]
        yield "which", f"In which recordings is {label} heard?", lambda a, w=wanted: named(a) == w
    long = sorted(word for word, there in saying.items() if len(word) >= 7 and len(there) <= 3)
    for word in rng.sample(long, 10):
        start = f"{len(saying[word])} of "
        yield (
            "how many",
            f'How many recordings mention "{word}"?',
            lambda a, s=start: a.answer.startswith(s),
        )
    for word in rng.sample([word for word in long if len(saying[word]) == 1], 10):
        (place,) = (one for one in placed if word in (one.text or "").lower().split())
        yield (
            "what",
            f"What is said about {word}?",
            lambda a, p=place: any(right(m, Asked("", "", (p,)), ids) for m in a.moments[:1]),
        )


def named(answer: AcrossAnswer) -> set[int]:
    """The numbers of the recordings that an answer is sure of."""
    sure, _, _ = answer.answer.partition("Perhaps also")
    return {int(number) for number in re.findall(r"(\d{3})\S* \(", sure)}


# -- at scale


def at_scale(
    assistant: Assistant,
    asked: Sequence[Asked],
    ids: dict[str, int],
    clips: Sequence[Clip],
    hours: float,
) -> dict[str, Any]:
    """How words fare among so many hours more, and the seconds that looking takes."""
    model = assistant.models.listener().model_id
    own = assistant.store.sketches(model)
    rng = random.Random("scale")
    wanted = [one for one in asked if one.kind in ("word", "phrase")]
    looked_for = {one.query.strip('"') for one in wanted}  # these words stay where they are
    words = (word for clip in clips for word in (clip.text or "").lower().split())
    vocabulary = [
        np.array(letters_of(f" {word}"), np.uint8) for word in words if word not in looked_for
    ]
    begun = time.perf_counter()
    sketches = [opened(sketch) for sketch in own]
    several = [made_up(vocabulary, rng) for _ in range(DIFFERENT)]
    letters = Letters(sketches + [several[n % DIFFERENT] for n in range(round(hours))])
    made = time.perf_counter() - begun
    letters.find("warm", 1)
    hop, times, kept = assistant.models.listener().token_seconds, [], Counter[str]()
    busy = []
    for one in wanted:
        begun, worked = time.perf_counter(), time.process_time()
        places = letters.find(one.query.strip('"'), PLACES)
        times.append(time.perf_counter() - begun)
        busy.append(time.process_time() - worked)  # what else runs here does not count
        (place,) = one.places
        kept[one.kind] += any(
            found.sketch < len(own)
            and ids.get(own[found.sketch].recording_id) == place.recording
            and found.first * hop <= place.end
            and found.last * hop >= place.start
            for found in places
        )
    numbers = Counter(one.kind for one in wanted)
    for kind, hits in kept.items():
        print(f"{kind} among {hours:g} hours: {told(hits, numbers[kind])} of {PLACES} places")
    print(
        f"{median(times):.3f} s at the median, {max(times):.3f} at most, {median(busy):.3f} s of "
        f"the processor; made in {made:.0f} s"
    )
    size = sum(len(s.letters) + 4 * len(s.places) for s in sketches)
    return {
        "hours": hours,
        "kept": kept,
        "n": numbers,
        "median seconds": median(times),
        "most seconds": max(times),
        "median processor seconds": median(busy),
        "bytes of an hour": size / sum(r.seconds or 0 for r in assistant.store.recordings()) * 3600,
    }


def made_up(vocabulary: Sequence[Any], rng: random.Random) -> Sketch:
    """The sketch of an hour in which somebody speaks all the while: 150 words a minute."""
    letters = np.concatenate(rng.choices(vocabulary, k=9000))
    wrong = np.random.default_rng(rng.getrandbits(32)).random(len(letters)) < 0.125
    letters[wrong] = rng.choices(range(1, 29), k=int(wrong.sum()))
    places = np.linspace(0, 45_000, -(-len(letters) // BLOCK), dtype=np.int32)
    return Sketch(letters, places)


# -- beside a transcript


def in_transcripts(
    assistant: Assistant, asked: Sequence[Asked], ids: dict[str, int]
) -> dict[str, Any]:
    """What full-text search finds of the same words once all is recognised, and what that takes."""
    begun = time.perf_counter()
    for recording in assistant.store.recordings():
        assistant.transcript(recording)
    seconds = time.perf_counter() - begun
    hits, numbers = Counter[str](), Counter[str]()
    for one in asked:
        if one.kind in ("word", "phrase"):
            (place,) = one.places
            passages = assistant.store.search(one.query.strip('"'), TOP)
            numbers[one.kind] += 1
            hits[one.kind] += any(
                ids[p.recording_id] == place.recording
                and p.start <= place.end + 1
                and p.end >= place.start - 1
                for p in passages
            )
    length = sum(recording.seconds or 0 for recording in assistant.store.recordings())
    for kind, count in numbers.items():
        print(f"{kind} in transcripts: {told(hits[kind], count)}")
    print(f"recognised in {seconds:.0f} s: {length / max(seconds, 1e-9):.1f} x real time")
    return {"found": hits, "n": numbers, "seconds": seconds}


if __name__ == "__main__":
    main()
