"""The benchmark: every question under every condition, written down as it is answered.

Results are lines of JSON in a folder; a run that was stopped goes on where it was.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from headrouter.errors import EvidenceError
from headrouter.lab.corpus.annotations import bare
from headrouter.lab.evidence.subjects import Prompt, Subject, generate
from headrouter.lab.evidence.suite import TRANSCRIPTION, Item
from headrouter.lab.train.align import word_errors
from headrouter.prune.profiles import Profile
from headrouter.prune.routing import selectivity

LETTER = re.compile(
    r"^\W*(?:(?:the )?(?:answer|option)(?: is)?\W*|the\W+)?([A-J])(?=\W*$|[.):,])", re.IGNORECASE
)
LETTER_TOKENS = 6
TEXT_LIMIT = 1.5  # times the tokens of the right text may be said
RESULTS = "results.jsonl"


@dataclass(frozen=True, order=True)
class Condition:
    """How the audio is pruned."""

    scorer: str
    keep: float
    merge: bool = False
    layer: int | None = None  # None: the profile's

    @property
    def name(self) -> str:
        """For tables: "headrouter", "frame + merge", "headrouter, M=9"."""
        merging = " + merge" if self.merge else ""
        return self.scorer + merging + (f", M={self.layer}" if self.layer else "")


UNPRUNED = Condition("frame", 1.0)


def conditions_of(scorers: Sequence[str], keeps: Sequence[float]) -> list[Condition]:
    """Every scorer ("+merge" behind its name merges) at every ratio; unpruned once."""
    made = {UNPRUNED}
    for name in scorers:
        scorer, merging, _ = name.partition("+merge")
        made |= {Condition(scorer, keep, bool(merging)) for keep in keeps if keep < 1}
    return sorted(made, key=lambda condition: (-condition.keep, condition.name))


@dataclass(frozen=True)
class Result:
    """One question under one condition."""

    item: str
    task: str
    category: str
    seconds: float
    scorer: str
    keep: float
    merge: bool
    layer: int | None
    answer: str
    said: str
    score: float  # 1 right, 0 wrong or unreadable; of transcription the words that are right
    routes: dict[str, float]
    signal: float
    selectivity: list[float]  # of each head

    @property
    def condition(self) -> Condition:
        """How the audio was pruned."""
        return Condition(self.scorer, self.keep, self.merge, self.layer)


def run(
    subject: Subject,
    items: Iterable[Item],
    conditions: Sequence[Condition],
    folder: Path,
    *,
    profile: Profile | None,
    settings: dict[str, Any],
) -> Iterator[Item]:
    """Answers what ``folder`` has no answer to yet; gives each item when it is done.

    Raises EvidenceError if the folder holds a run of other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check(folder / "settings.json", settings)
    path = folder / RESULTS
    _mend(path)
    done = {(found.item, found.condition) for found in load(path)}
    with path.open("a", encoding="utf-8") as file:
        for item in items:
            left = [c for c in conditions if (item.id, c) not in done]
            if left:
                prompt = subject.prompt(subject.hear(item.samples), item.question)
                for condition in left:
                    result = answer(subject, prompt, item, condition, profile)
                    file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
                    file.flush()
            yield item


def _check(path: Path, settings: dict[str, Any]) -> None:
    text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise EvidenceError(f"{path.parent} holds a run of other settings; choose another --out")
    path.write_text(text, encoding="utf-8")


def load(path: Path) -> list[Result]:
    """The results of a file; none where there is none."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _mend(path: Path) -> None:
    """Takes away a last line that was cut off when a run was killed."""
    if path.exists() and (text := path.read_text(encoding="utf-8")) and not text.endswith("\n"):
        path.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")


def answer(
    subject: Subject, prompt: Prompt, item: Item, condition: Condition, profile: Profile | None
) -> Result:
    """Asks one question under one condition."""
    limit = LETTER_TOKENS
    if item.task == TRANSCRIPTION:
        limit = int(TEXT_LIMIT * len(subject.encode(item.answer))) + LETTER_TOKENS
    if profile is not None and condition.layer not in (None, profile.layer):
        profile = None
    said, router = generate(
        subject,
        prompt,
        condition.keep,
        limit,
        profile=profile,
        scorer=condition.scorer,
        merge=condition.merge,
        layer=condition.layer,
    )
    pruned = router.pruned[0]
    found = prompt.route or pruned.route
    return Result(
        item.id,
        item.task,
        item.category,
        item.seconds,
        condition.scorer,
        condition.keep,
        condition.merge,
        condition.layer,
        item.answer,
        said,
        score(item.task, item.answer, said),
        {name: round(value, 4) for name, value in found.as_dict().items()},
        round(found.signal, 6),
        [round(float(value), 5) for value in selectivity(pruned.sample.attention)],
    )


def score(task: str, wanted: str, said: str) -> float:
    """1 or 0 for a letter, 0 where none can be read; of a text its share of right words (WAR)."""
    if task != TRANSCRIPTION:
        letter = LETTER.match(said)
        return float(letter is not None and letter[1].upper() == wanted)
    words = bare(wanted)
    return max(0.0, 1.0 - word_errors(words, bare(said)) / len(words))
