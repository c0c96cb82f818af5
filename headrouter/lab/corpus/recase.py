"""Gives reference text without case or punctuation those of a speech recogniser where both agree.

LibriSpeech's references are upper case; whisper-base agrees with them at about 2% of words.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from headrouter.lab.corpus.annotations import bare
from headrouter.lab.corpus.clips import Clip


def recase(reference: str, heard: str) -> str:
    """The words of `reference`, written as in `heard` where that has them, else in lower case."""
    ours = reference.lower().split()
    theirs = [part for part in heard.split() if bare(part)]
    matcher = SequenceMatcher(None, ours, [bare(part)[0] for part in theirs], autojunk=False)
    for block in matcher.get_matching_blocks():
        ours[block.a : block.a + block.size] = theirs[block.b : block.b + block.size]
    text = " ".join(ours)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def recased(clips: Sequence[Clip], heard: dict[str, str]) -> list[Clip]:
    """The clips, those in capitals written as people write.

    What was not heard gets the case that its words have elsewhere.
    """
    names = _names([*heard.values(), *(clip.text or "" for clip in clips)])
    return [
        replace(clip, text=recase(clip.text, heard.get(str(clip.path), names_in(clip.text, names))))
        if clip.text and clip.text.isupper()
        else clip
        for clip in clips
    ]


def names_in(reference: str, names: dict[str, str]) -> str:
    """The reference in lower case, but with names as they are written."""
    return " ".join(names.get(word, word) for word in reference.lower().split())


def _names(texts: Iterable[str]) -> dict[str, str]:
    """Words that are written with a capital inside of sentences more often than not."""
    seen: Counter[str] = Counter()
    for text in texts:
        if not text.isupper():
            seen.update(part.strip(',;:.?!"') for part in text.split()[1:])
    upper = {word: n for word, n in seen.items() if word[:1].isupper() and word.isascii()}
    return {w.lower(): w for w, n in upper.items() if n > 2 * seen[w.lower()] and n > 1}


def hear(
    clips: Sequence[Clip], whisper: Path, out: Path, progress: Callable[[int], None], threads: int
) -> None:
    """Write what whisper-base hears in each clip to the JSON lines of `out`; resumes."""
    from faster_whisper import WhisperModel  # takes a second to import

    model = WhisperModel(str(whisper), device="cpu", compute_type="int8", cpu_threads=threads)
    done = heard_texts(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        for number, clip in enumerate(clips):
            if str(clip.path) not in done:
                pieces, _ = model.transcribe(
                    clip.samples(), language="en", beam_size=1, without_timestamps=True
                )
                text = " ".join(piece.text.strip() for piece in pieces)
                file.write(json.dumps({"path": str(clip.path), "text": text}) + "\n")
                file.flush()
            progress(number)


def heard_texts(path: Path) -> dict[str, str]:
    """The text heard in each clip, by the clip's path; empty if there is no such file yet."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {row["path"]: row["text"] for row in map(json.loads, lines)}
