"""What is told of all that was said: summaries, tasks and decisions."""

from collections.abc import Sequence

from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.spoken import MARKS, REPLY, SEARCHED, SILENT, Part
from assistant.ask.quoting import as_quotes, is_task, key, speaker_of
from headrouter.question.reading import LANGUAGES, Question
from memory import as_text
from tools.meaning import Encode
from tools.sentences import cut

DECISIONS = {"decision", "decisions", "decided", "commitments", "promises"}
SAME_TASK = 0.8  # the cosine from which two tasks are one
KEY_SECONDS = 30.0  # of speech, for each sentence of a summary
LEAST_KEYS, MOST_KEYS = 3, 7
BEGINNING = 6  # sentences, among which one says what all is about


def summarised(question: Question, evidence: Evidence) -> Composed | None:
    """The sentences that say most of what was said, in order, with who says them where known."""
    parts = evidence.all_said(whole=True, who=True)
    if not parts:
        return None if parts is None else Composed(SILENT, [], SEARCHED)
    quotes = key_parts(parts, question.at_most)
    how = "Quoted: the sentences that say most of what the others say."
    return Composed(as_quotes(quotes), [], how, quotes)


def key_parts(parts: Sequence[Part], most: int | None = None) -> list[Part]:
    """The sentences that say most: as many as are asked for, else by how long is spoken."""
    seconds = sum(part[-1].end - part[0].start for part in parts)
    count = most or min(MOST_KEYS, max(LEAST_KEYS, round(seconds / KEY_SECONDS)))
    found = key(parts, count)
    lead = next((part for part in parts[:BEGINNING] if announces(part)), None)
    if lead is None or lead in found or most:
        return found
    return sorted([lead, *found], key=lambda part: part[0].start)


def announces(part: Part) -> bool:
    """Whether a sentence says what all of it is about: "this is the meeting of"."""
    language = LANGUAGES.get(part[0].language or "en")
    words = " ".join(word.text.lower().replace("’", "'").strip(MARKS) for word in part)
    ways = language.ways_of("announces") if language else ()
    return any(f" {' '.join(way)} " in f" {words} " for way in ways)


def tasks(question: Question, evidence: Evidence) -> Composed | None:
    """What somebody will, or shall, do, and what was decided if that is asked; each once."""
    parts = evidence.all_said(whole=True, who=True)
    if not parts:
        return None if parts is None else Composed(SILENT, [], SEARCHED)
    decisions = not DECISIONS.isdisjoint(question.text.lower().split())
    each: list[Part] = [
        [*asked(parts, place), *core(part, decisions)]
        for place, part in enumerate(parts)
        if is_task(as_text(part), decisions)
    ]
    found = theirs(question, different(each, evidence.encode))
    if not found:
        return Composed("No task or decision was recognised in what was said.", [], SEARCHED)
    quotes = key_parts(found, question.at_most) if question.at_most else found
    how = "Quoted: the sentences in which somebody will or shall do something."
    return Composed(as_quotes(quotes), [], how, quotes)


def asked(parts: Sequence[Part], place: int) -> Part:
    """The question that a sentence answers, without which "I will do it" says little."""
    if not place:
        return []
    before, part = parts[place - 1], parts[place]
    near = part[0].start - before[-1].end <= REPLY
    return before if near and as_text(before).endswith("?") else []


def theirs(question: Question, found: Sequence[Part]) -> Sequence[Part]:
    """Of tasks those of whom the question names, and what is answered to them; all of nobody."""

    def names(part: Part) -> bool:
        said = f"{speaker_of(part) or ''} {as_text(part)}".lower().split()
        return not question.words.isdisjoint(word.strip(MARKS).split("'")[0] for word in said)

    named = [n for n, part in enumerate(found) if names(part)]
    answers = [
        n + 1
        for n in named
        if n + 1 < len(found) and found[n + 1][0].start - found[n][-1].end <= REPLY
    ]
    return [found[n] for n in sorted({*named, *answers})] or found


def core(part: Part, decisions: bool) -> Part:
    """A sentence from the clause before that of the task on: what leads there says little."""
    clauses = list(cut(part, lambda clause, word: clause[-1].text.endswith(",")))
    first = next((n for n, c in enumerate(clauses) if is_task(as_text(c), decisions)), 0)
    return [word for clause in clauses[max(0, first - 1) :] for word in clause]


def different(parts: Sequence[Part], encode: Encode) -> list[Part]:
    """Parts without those that say what a longer one says."""
    texts = [as_text(part) for part in parts]
    meanings = encode(texts)
    alike = meanings @ meanings.T
    kept: list[int] = []
    for place in sorted(range(len(parts)), key=lambda place: -len(texts[place])):
        if not any(float(alike[place, other]) > SAME_TASK for other in kept):
            kept.append(place)
    return [parts[place] for place in sorted(kept)]
