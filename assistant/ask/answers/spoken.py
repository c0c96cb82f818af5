"""What was said, quoted: the sentences that fit the question, or that none does."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.ask.answers import located
from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import CANNOT, at, capital, listed, times
from assistant.ask.quoting import as_quotes, is_task, key, speaker_of
from headrouter.question.reading import Question
from memory import Word, as_text
from tools.answering import Said
from tools.languages import language_name
from tools.meaning import Encode
from tools.rehearing import unsure_words
from tools.sentences import PAUSE, cut
from tools.times import clock
from tools.wordforms import stems

QUOTED = "Quoted: of the words recognised, the sentences that fit the question best."
BESIDE_IT = "Quoted: what fits the question best does not hold what it asks for."
AGAIN = "They were heard once more, with the question in mind."
MARKS = ".,;:!?\"'“”()"
NEAREST = 0.3  # the cosine from which what does not answer a question is quoted beside that
SEARCHED = "All that was said was searched for the question, in its words and in what they mean."
UNLIKE = "Words of one language can’t be looked for in another; only names are the same in both."
SILENT = "Nothing is said: no words were recognised."
MOST = 3  # sentences that are quoted, each with what follows it
MOST_IN_ALL = 5  # with those
ALSO = 0.12  # below the best one's score, up to which another is quoted too
FOLLOWING, AFTER_A_QUESTION = 1, 3  # sentences that are quoted after one: an answer is longer
DECISIONS = {"decision", "decisions", "decided", "commitments", "promises"}
REPLY = 6.0  # seconds after a question within which its answer comes
SAME_TASK = 0.8  # the cosine from which two tasks are one
KEY_SECONDS = 30.0  # of speech, for each sentence of a summary
LEAST_KEYS, MOST_KEYS = 3, 7
BESIDE = 5.0  # seconds before and after a sound, of what is said next to it
Part = Sequence[Word]
"""A sentence, or several that follow each other."""


def said(question: Question, evidence: Evidence) -> Composed | None:
    """What was said about something: quotes with their times, and who says it where known."""
    parts = evidence.all_said(who=question.who)
    if not parts:
        return None if parts is None else Composed(SILENT, [], SEARCHED)
    own = by_name(question, parts)
    parts = own or parts
    spoken = evidence.texts(parts)
    foreign = question.language not in spoken.languages
    if foreign:
        return other_language(question, spoken, parts)
    if not spoken.answers(question):
        return beside_sounds(question, spoken, parts, evidence)
    quotes = joined(parts, chosen(question, spoken, parts))
    how = QUOTED
    if doubtful(question, spoken, quotes):
        again = evidence.clearer(quotes, question.text)
        how = f"{QUOTED} {AGAIN}" if again != quotes else how
        quotes = again
    if lack := lacking(question, spoken, evidence.texts(quotes)):
        told = f"{CANNOT}: {lack}. What is said about it:\n{as_quotes(quotes)}"
        return Composed(told, [], BESIDE_IT, quotes)
    return Composed(f"{as_quotes(quotes)}{unclear(quotes)}", [], how, quotes)


def doubtful(question: Question, spoken: Said, quotes: Sequence[Part]) -> bool:
    """Whether quotes may be heard better: a word is unsure, or one of the question's is missing."""
    return bool(spoken.missing(question)) or any(map(unsure_words, quotes))


def unclear(quotes: Sequence[Part]) -> str:
    """Which words of the quotes may be others, for people; empty where none is."""
    found = [word for quote in quotes for word in unsure_words(quote) if is_content(word)]
    words = list(dict.fromkeys(f"“{word.text.strip(MARKS)}”" for word in found))
    return f"\nNot clearly heard: {listed(words)}." if words else ""


def is_content(word: Word) -> bool:
    """Whether a word says what a sentence is about."""
    return bool(stems(word.text, word.language or "en"))


def lacking(question: Question, spoken: Said, quotes: Said) -> str:
    """What an answer would hold and the quotes do not; empty where they may be one."""
    sort, thing = question.wanted.sort, question.wanted.thing
    if thing and not (spoken.as_said(thing) or quotes.as_said(thing)):
        return f"“{thing}” is not mentioned"
    if any(quotes.holds(place, question) for place in range(len(quotes.texts))):
        return ""
    return f"no {sort} {f'of “{thing}” ' if thing else ''}is told"


def by_name(question: Question, parts: Sequence[list[Word]]) -> list[list[Word]]:
    """What those say whom the question names: "What did Robert say about the office?"."""
    return [
        part
        for part in parts
        if (name := speaker_of(part)) and not question.words.isdisjoint(name.lower().split())
    ]


def when_heard(question: Question, evidence: Evidence) -> Composed:
    """When a sound is heard; where it is not, when it is told to be, as far as words are known.

    "At what time does the train leave?" may ask for either.
    """
    heard = located.when(question, evidence)
    if heard.moments or not (evidence.context.models.quotes and evidence.words_known):
        return heard
    told = said(question, evidence)
    return heard if told is None or not told.quotes or told.how == BESIDE_IT else told


def whether_said(question: Question, evidence: Evidence) -> Composed | None:
    """Whether something is spoken of: where, or that it is not. What it means is the quote's."""
    found = said(question, evidence)
    if found is None or found.how == UNLIKE:
        return found
    if found.text.startswith(CANNOT):
        return replace(found, text=f"No: {found.text.removeprefix(f'{CANNOT}: ')}")
    spoken = evidence.texts(evidence.all_said() or [])
    if not (missing := not_mentioned(spoken.missing(question))):
        return found
    return replace(
        found, text=f"{capital(missing)}. What comes nearest:\n{as_quotes(found.quotes)}"
    )


def count_said(question: Question, evidence: Evidence) -> Composed | None:
    """How often words are said, with the times; None where one of them is not said at all."""
    if not question.words or (parts := evidence.all_said()) is None:
        return None
    spoken = evidence.texts(parts)
    wanted = {spoken.as_said(word) for word in question.words}
    named = listed([f"“{word}”" for word in sorted(question.words)])
    if None in wanted:  # then it may be something that is done or heard
        return None
    each = [
        word
        for part, language in zip(parts, spoken.languages, strict=True)
        for word in part
        if wanted & stems(word.text, language)
    ]
    moments = [Occurrence(named, word.start, word.end, 1.0) for word in each]
    told = f"{capital(times(len(each)))}, {at(moments)}."
    return Composed(told, moments, f"Counted in the words recognised: {named}.")


def order_said(question: Question, evidence: Evidence) -> Composed | None:
    """What is said after or before something that was said."""
    if (parts := evidence.all_said()) is None:
        return None
    spoken = evidence.texts(parts)
    if not spoken.answers(question):
        return Composed(nothing_said(question, spoken), [], SEARCHED)
    place = spoken.ranked(question)[0].place
    after = question.side == "after"
    beside = parts[place + 1 : place + 3] if after else parts[max(0, place - 2) : place]
    where = f"{question.side} “{as_text(parts[place])}” at {clock(parts[place][0].start)}"
    if not beside:
        return Composed(f"Nothing is said {where}.", [], SEARCHED, [parts[place]])
    return Composed(as_quotes(beside), [], f"Quoted: what was said {where}.", beside)


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
    most = most or min(MOST_KEYS, max(LEAST_KEYS, round(seconds / KEY_SECONDS)))
    return key(parts, most)


def tasks(question: Question, evidence: Evidence) -> Composed | None:
    """What somebody will, or shall, do, and what was decided if that is asked; each once."""
    parts = evidence.all_said(whole=True, who=True)
    if not parts:
        return None if parts is None else Composed(SILENT, [], SEARCHED)
    decisions = not DECISIONS.isdisjoint(question.text.lower().split())
    found = [core(part, decisions) for part in parts if is_task(as_text(part), decisions)]
    found = different(found, evidence.encode)
    if not found:
        return Composed("No task or decision was recognised in what was said.", [], SEARCHED)
    quotes = key_parts(found, question.at_most) if question.at_most else found
    how = "Quoted: the sentences in which somebody will or shall do something."
    return Composed(as_quotes(quotes), [], how, quotes)


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


def chosen(question: Question, spoken: Said, parts: Sequence[Part]) -> list[int]:
    """The places of the sentences that fit best, with those that follow each without a pause.

    Those that hold the sort of answer that is wanted, where any does; another may fit a bit less.
    """
    ranked = spoken.ranked(question)

    def passages(most: int, also: float) -> list[list[int]]:
        near = [match for match in ranked[:most] if match.score >= ranked[0].score - also]
        return [passage(match.place, spoken, parts) for match in near]

    def fit(found: list[list[int]]) -> list[list[int]]:
        return [each for each in found if any(spoken.holds(place, question) for place in each)]

    best = passages(MOST, ALSO)
    places: set[int] = set()
    for each in fit(best) or fit(passages(2 * MOST, 2 * ALSO))[:1] or best:
        room = MOST_IN_ALL - len(places)
        places.update([place for place in each if place not in places][:room])
    return sorted(places)


def passage(place: int, spoken: Said, parts: Sequence[Part]) -> list[int]:
    """A sentence and what is quoted after it; of a question, its answer."""
    places, left = [place], FOLLOWING
    while left > 0 or spoken.texts[place].endswith("?"):
        asks = spoken.texts[place].endswith("?")
        left = (max(left, AFTER_A_QUESTION) if asks else left) - 1
        if place + 1 >= len(parts) or not follows(parts[place], parts[place + 1], asks):
            break
        place += 1
        places.append(place)
    return places


def follows(one: Part, two: Part, asks: bool = False) -> bool:
    """Whether no pause parts them; before an answer to what ``asks`` there may be a longer one."""
    return two[0].start - one[-1].end <= (REPLY if asks else PAUSE)


def joined(parts: Sequence[Part], places: Sequence[int]) -> list[Part]:
    """The parts at some places, those that follow each other as one."""
    quotes: list[list[Word]] = []
    for number, place in enumerate(places):
        if (
            number
            and places[number - 1] == place - 1
            and one_speaks(parts[place - 1], parts[place])
        ):
            quotes[-1] += parts[place]
        else:
            quotes.append([*parts[place]])
    return list(quotes)


def one_speaks(one: Part, two: Part) -> bool:
    """Whether two sentences can be quoted as one."""
    together = speaker_of(one) == speaker_of(two) and one[-1].language == two[0].language
    return follows(one, two) and together


def nearest(question: Question, spoken: Said, parts: Sequence[Part], denied: Composed) -> Composed:
    """A denial with what comes nearest to an answer, where it comes rather near."""
    likely = spoken.similarities(question)
    if float(likely.max()) < NEAREST:
        return denied
    quotes = joined(parts, passage(int(likely.argmax()), spoken, parts))
    return replace(
        denied, text=f"{denied.text} What comes nearest:\n{as_quotes(quotes)}", quotes=quotes
    )


def beside_sounds(
    question: Question, spoken: Said, parts: Sequence[Part], evidence: Evidence
) -> Composed:
    """That the words don't answer it; but what is said next to a sound that it names.

    "What is the dog called?": nobody says "dog", but one barks, and then somebody speaks to it.
    """
    told, how, heard = nothing_said(question, spoken), SEARCHED, []
    names = [sound.name for sound in question.named if sound.near == ()]
    if spoken.missing(question) and evidence.context.models.listener().card.sounds:
        heard = [one for one in evidence.ear.all_sounds if one.name in names]
    if not heard:
        return nearest(question, spoken, parts, Composed(told, [], how))
    if question.wanted.sort == "time":
        return located.when(replace(question, sounds=question.named), evidence)
    near = [(one.start - BESIDE, one.end + BESIDE) for one in heard]
    quotes = evidence.sentences(near)
    places = f"{capital(listed(sorted({one.name for one in heard})))} can be heard {at(heard)}"
    beside = f", and next to it is said:\n{as_quotes(quotes)}" if quotes else "."
    return Composed(
        f"{told} {places}{beside}", heard, f"{how} The sound is located by ear.", quotes
    )


def nothing_said(question: Question, spoken: Said) -> str:
    """That the words don't answer a question, and which of its words are not among them."""
    told = f"{CANNOT}: nothing that was said answers this"
    return f"{'; '.join(filter(None, [told, not_mentioned(spoken.missing(question))]))}."


def not_mentioned(words: Sequence[str]) -> str:
    """That some words were not said; empty where there are none."""
    told = listed([f"“{word}”" for word in words])
    return f"{told} {'is' if len(words) == 1 else 'are'} not mentioned" if words else ""


def other_language(question: Question, spoken: Said, parts: Sequence[Part]) -> Composed:
    """That question and recording are in two languages, and where the words are that they share.

    A word of one can't be looked for in the other, so nothing is said not to be there.
    """
    asked = language_name(question.language)
    names = [language_name(code) for code in dict.fromkeys(spoken.languages)]
    told = f"{CANNOT}: the question is in {asked} and what was said is in {listed(names)}"
    told += f": ask in {listed(names, 'or')}."
    shared = {stem: word for word in question.words if (stem := spoken.as_said(word))}
    best = [m.place for m in spoken.ranked(question) if shared.keys() & spoken.stems[m.place]]
    if not best:
        return Composed(told, [], UNLIKE)
    words = listed([f"“{word}”" for word in sorted(shared.values())])
    quotes = [parts[place] for place in sorted(best[:MOST])]
    return Composed(f"{told} With {words} in it:\n{as_quotes(quotes)}", [], UNLIKE, quotes)
