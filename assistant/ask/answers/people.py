"""Who speaks: how many, women or men, how long; from the turns that speakers take."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import capital, listed, number, seconds
from assistant.ask.quoting import speaker_of
from headrouter.question.reading import Question
from memory import Segment, as_text

TOLD_APART = "Told from the voices: who speaks when, and by ear whether it is a woman or a man."
LEAST = 1.0  # seconds that somebody speaks; less is a cough or a mistake
PLURAL = {"woman": "women", "man": "men"}
INTRODUCES = re.compile(
    r"\b(?:[Mm]y name is|[Mm]y name's|I am|I'm|[Mm]ein Name ist|[Ii]ch hei(?:ß|ss)e|[Jj]e m'appelle"
    r"|[Mm]e llamo|[Mm]i chiamo|[Mm]eu nome é|[Ii]k heet) ([A-Z]\w+(?: [A-Z]\w+)?)"
)


@dataclass(frozen=True)
class Person:
    """One who speaks."""

    name: str  # "Anna", "Speaker 1"
    voice: str  # "woman" or "man"
    agreed: float  # the share of their speech, by turns, in which the ear hears that voice
    turns: Sequence[Segment]
    introduced: str | None  # the name they give themselves

    @property
    def seconds(self) -> float:
        """How long they speak."""
        return seconds_of(self.turns)

    @property
    def told(self) -> str:
        """With what is known of them."""
        called = [f"says “{self.introduced}” is the name"] if self.introduced else []
        return f"{self.name} ({', '.join([f'a {self.voice}', seconds(self.seconds), *called])})"


def people(question: Question, evidence: Evidence) -> Composed | None:
    """How many people speak, and who they are; None where voices can't be told apart."""
    turns = evidence.turns
    if turns is None:
        return None
    inside = [turn for turn in turns if turn.start < evidence.end and turn.end > evidence.start]
    found = persons(inside, evidence)
    if not found:
        return Composed("Nobody speaks.", [], TOLD_APART)
    first = [
        Occurrence(one.name, one.turns[0].start, one.turns[0].end, one.seconds) for one in found
    ]
    agreed = listed([f"{one.agreed:.0%} of what {one.name} says" for one in found])
    how = f"{TOLD_APART} It hears the same of the two in {agreed}."
    return Composed(told(question, found), first, how)


def told(question: Question, found: Sequence[Person]) -> str:
    """How many, how many of each voice, and each of them; the most talkative first."""
    ranked = sorted(found, key=lambda one: -one.seconds)
    each = listed([one.told for one in ranked])
    if len(found) == 1:
        return f"One person speaks: {each}."
    if question.how_long:
        return f"{ranked[0].name} speaks most. In all: {each}."
    voices = Counter(one.voice for one in found)
    kinds = listed(
        [f"{number(n)} {voice if n == 1 else PLURAL[voice]}" for voice, n in voices.most_common()]
    )
    return f"{capital(number(len(found)))} people speak, {kinds}: {each}."


def persons(turns: Sequence[Segment], evidence: Evidence) -> list[Person]:
    """Those who speak, in the order in which they first do."""
    own, names = speaking(turns), introductions(evidence)
    return [
        Person(name, *voice_of(each, evidence), each, names.get(name)) for name, each in own.items()
    ]


def speaking(turns: Sequence[Segment]) -> dict[str, list[Segment]]:
    """The turns of each who speaks; who hardly does counts only where nobody does more."""
    own: dict[str, list[Segment]] = {}
    for turn in turns:
        own.setdefault(turn.speaker, []).append(turn)
    long = {name: each for name, each in own.items() if seconds_of(each) >= LEAST}
    return long or own


def seconds_of(turns: Sequence[Segment]) -> float:
    """How long turns last together."""
    return sum(turn.end - turn.start for turn in turns)


def voice_of(turns: Sequence[Segment], evidence: Evidence) -> tuple[str, float]:
    """The likeliest voice where somebody speaks, and the share of it where each turn's is that."""
    heard = [voices_in(turn, evidence) for turn in turns]
    voice = max(heard[0], key=lambda name: sum(each[name] for each in heard))
    same = [
        turn
        for turn, each in zip(turns, heard, strict=True)
        if max(each, key=each.__getitem__) == voice
    ]
    return voice, seconds_of(same) / max(seconds_of(turns), 1e-9)


def voices_in(turn: Segment, evidence: Evidence) -> dict[str, float]:
    """How much each voice that the model knows is heard in a turn."""
    a, b = evidence.context.heard.tokens_between(turn.start, turn.end)
    span = slice(max(0, a - evidence.first), max(0, b - evidence.first))
    voices = evidence.context.models.listener().card.voices
    return {voice: float(evidence.ear.known[voice][span].sum()) for voice in voices}


def introductions(evidence: Evidence) -> dict[str, str]:
    """The names that speakers give themselves, where words are known or few are to recognise."""
    found: dict[str, str] = {}
    for part in evidence.all_said() or []:
        match = INTRODUCES.search(as_text(part))
        if match and (speaker := speaker_of(part)):
            found.setdefault(speaker, match[1])
    return found
