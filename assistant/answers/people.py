"""How many people speak, men or women, and how long each."""

from collections import Counter

from assistant.answers.evidence import Composed, Evidence
from assistant.answers.wording import capital, listed
from headrouter.question.reading import Question

BY_VOICE = "Told from the voices that are heard."
LEAST = 0.1  # of all that is spoken, from which a kind of voice counts


def people(question: Question, evidence: Evidence) -> Composed:
    """Which voices are heard; how many people they are is not known without speakers."""
    ear = evidence.ear
    if not ear.speech:
        return Composed("Nobody speaks.", [], BY_VOICE)
    heard: Counter[str] = Counter()
    for spoken in ear.speech:
        at = spoken.start
        while at < spoken.end:
            voice = ear.voice(at, min(at + 2.0, spoken.end))
            heard[voice or ""] += 1
            at += 2.0
    total = sum(heard.values())
    kinds = [name for name, count in heard.most_common() if name and count >= LEAST * total]
    told = capital(listed([f"at least one {name}" for name in kinds]))
    answer = f"{told}. I can't tell how many people speak: speakers were not told apart."
    return Composed(answer, ear.speech[:5], BY_VOICE)
