"""What was said, quoted: the sentences that fit the question, or that none does."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.ask.answers import located
from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.evidence import Composed, Evidence
from assistant.ask.answers.wording import CANNOT, at, capital, listed, times
from assistant.ask.quoting import as_quotes, speaker_of
from headrouter.question.reading import LANGUAGES, Question
from memory import Word, as_text
from tools.answering import Said
from tools.languages import language_name
from tools.rehearing import unsure_words
from tools.sentences import PAUSE
from tools.times import clock
from tools.wordforms import stems

QUOTED = "Quoted: of the words recognised, the sentences that fit the question best."
BESIDE_IT = "Quoted: what fits the question best does not hold what it asks for."
AGAIN = "They were heard once more, with the question in mind."
MARKS = ".,;:!?\"'“”()"
NEAREST = 0.3  # the cosine from which what does not answer a question is quoted beside that
SEARCHED = "All that was said was searched for the question, in its words and in what they mean."
UNLIKE = "Words of one language can’t be looked for in another; only names are the same in both."
ACROSS = "Quoted: sentences in another language than the question’s, compared in what they mean."
# Cosines across languages: of 33 questions 58% are above the first with the recording that they are
# about and 5.6% with another; below the second nothing is quoted (docs/evidence.md).
FITS_ACROSS, NEAR_ACROSS = 0.35, 0.2
SILENT = "Nothing is said: no words were recognised."
MOST = 3  # sentences that are quoted, each with what follows it
MOST_IN_ALL = 5  # with those
ALSO = 0.12  # below the best one's score, up to which another is quoted too
FOLLOWING, AFTER_A_QUESTION = 1, 3  # sentences that are quoted after one: an answer is longer
REPLY = 6.0  # seconds after a question within which its answer comes
BESIDE = 5.0  # seconds before and after a sound, of what is said next to it
Part = Sequence[Word]
"""A sentence, or several that follow each other."""


def said(question: Question, evidence: Evidence) -> Composed | None:
    """What was said about something; of what is asked with yes or no, whether it is spoken of."""
    return whether_said(question, evidence) if question.whether else told(question, evidence)


def told(question: Question, evidence: Evidence) -> Composed | None:
    """Quotes with their times, and who says it where known."""
    parts = evidence.all_said(who=question.who)
    if not parts:
        return None if parts is None else Composed(SILENT, [], SEARCHED)
    own = by_name(question, parts)
    parts = own or parts
    spoken = evidence.texts(parts)
    foreign = question.language not in spoken.languages
    if foreign:
        return other_language(question, spoken, parts, evidence)
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
    what = "sum of money" if sort == "money" else sort
    return f"no {what} {f'of “{thing}” ' if thing else ''}is told"


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
    quoted = said(question, evidence)
    return heard if quoted is None or not quoted.quotes or quoted.how == BESIDE_IT else quoted


def whether_said(question: Question, evidence: Evidence) -> Composed | None:
    """Whether something is spoken of: where, or that it is not. What it means is the quote's."""
    found = told(question, evidence)
    if found is None or found.how in (UNLIKE, ACROSS):
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
    """How often words are said, with the times; else what is said of how often something is."""
    if not question.words or (parts := evidence.all_said()) is None:
        return None
    if not parts:
        return Composed(SILENT, [], SEARCHED)
    spoken = evidence.texts(parts)
    wanted = {spoken.as_said(word) for word in question.words}
    named = listed([f"“{word}”" for word in sorted(question.words)])
    if None in wanted:  # then it may be something that is done
        return told(question, evidence)
    each = [
        word
        for part, language in zip(parts, spoken.languages, strict=True)
        for word in part
        if wanted & stems(word.text, language)
    ]
    moments = [Occurrence(named, word.start, word.end, 1.0) for word in each]
    often = f"{capital(times(len(each)))}, {at(moments)}."
    return Composed(often, moments, f"Counted in the words recognised: {named}.")


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
    """A sentence and what is quoted after it; of a question, its answer.

    What begins with "it" or "they" is quoted with the sentence before it, which says what is meant.
    """
    places, left = [place], FOLLOWING
    if place and refers_back(parts[place]) and follows(parts[place - 1], parts[place], asks=True):
        places.insert(0, place - 1)
    while left > 0 or spoken.texts[place].endswith("?"):
        asks = spoken.texts[place].endswith("?")
        left = (max(left, AFTER_A_QUESTION) if asks else left) - 1
        if place + 1 >= len(parts) or not follows(parts[place], parts[place + 1], asks):
            break
        place += 1
        places.append(place)
    return places


def refers_back(part: Part) -> bool:
    """Whether a sentence begins with a word for what was named before."""
    language = LANGUAGES.get(part[0].language or "en")
    first = part[0].text.lower().strip(MARKS).split("'")[0]
    return language is not None and first in language.words_of("pronouns")


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


def other_language(
    question: Question, spoken: Said, parts: Sequence[Part], evidence: Evidence
) -> Composed:
    """What fits best across languages, where something here compares those; else what is shared.

    Nothing is said not to be there, for a word of one can't be looked for in the other.
    """
    asked = language_name(question.language)
    names = [language_name(code) for code in dict.fromkeys(spoken.languages)]
    two = f"the question is in {asked} and what was said is in {listed(names)}"
    if evidence.across is None:
        return only_shared(question, spoken, parts, f"{two}: ask in {listed(names, 'or')}")
    # A thing that it names has another name there.
    question = replace(question, wanted=replace(question.wanted, thing=None))
    meant = Said(spoken.texts, evidence.across, spoken.languages)
    fit = float(meant.similarities(question).max())
    places = chosen(question, meant, parts)
    quotes = joined(parts, places)
    held = any(meant.holds(place, question) for place in places)
    if fit >= FITS_ACROSS and held:
        return Composed(as_quotes(quotes), [], ACROSS, quotes)
    if fit >= NEAR_ACROSS:
        told = f"{CANNOT} for sure: {two}. What comes nearest:\n{as_quotes(quotes)}"
        return Composed(told, [], ACROSS, quotes)
    return only_shared(question, spoken, parts, f"{two}, and nothing comes near it")


def only_shared(question: Question, spoken: Said, parts: Sequence[Part], why: str) -> Composed:
    """That it can't be told, and where the words are that both languages share: names."""
    told = f"{CANNOT}: {why}."
    shared = {stem: word for word in question.words if (stem := spoken.as_said(word))}
    best = [m.place for m in spoken.ranked(question) if shared.keys() & spoken.stems[m.place]]
    if not best:
        return Composed(told, [], UNLIKE)
    words = listed([f"“{word}”" for word in sorted(shared.values())])
    quotes = [parts[place] for place in sorted(best[:MOST])]
    return Composed(f"{told} With {words} in it:\n{as_quotes(quotes)}", [], UNLIKE, quotes)
