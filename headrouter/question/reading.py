"""Reads a question, once: what kind it is, what it asks for, and over which range of time.

Everything downstream takes the `Question` that comes of it; no other module looks at the text of a
question. The words and phrases are those of the question's language (`en.py`), so that a further
language is one more file. Time is proportional to the length of the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal
from unicodedata import normalize

from headrouter.question.choices import Choice, find_choice
from headrouter.question.de import GERMAN
from headrouter.question.en import ENGLISH
from headrouter.question.es import SPANISH
from headrouter.question.fr import FRENCH
from headrouter.question.it import ITALIAN
from headrouter.question.language import Kind, Language, Sound
from headrouter.question.nl import DUTCH
from headrouter.question.phrases import Phrases
from headrouter.question.pt import PORTUGUESE
from headrouter.question.ranges import TOKEN, Range, without_range
from headrouter.question.wanted import Wanted, wanted
from headrouter.question.words import asked_terms, asked_words

LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH)
}
NAME_WORDS = 3  # at most, in the name of a thing that no list has

Side = Literal["after", "before", "first"]
SIDES: tuple[Literal["after", "before"], ...] = ("after", "before")
Follow = Literal["when", "who", "nth", "after", "before", "about"]


@dataclass(frozen=True)
class Question:
    """What was asked, as it was understood. Made by `read`."""

    text: str
    language: str = "en"  # ISO 639-1; English where none of the known ones is recognised
    kind: Kind = "open"
    words: frozenset[str] = frozenset()  # content words that are asked for, lower case
    terms: tuple[str, ...] = ()  # these, and runs of them that may be the name of a thing
    sounds: tuple[Sound, ...] = ()  # that are asked for by ear
    named: tuple[Sound, ...] = ()  # that are named, whatever is asked of them
    about: frozenset[str] = frozenset()  # of the words: what it asks what was said about
    speech: bool = False  # people who speak are asked for by ear; of sounds, those beside them
    by_ear: bool = False  # sounds and voices answer it, not words
    whether: bool = False  # a yes or no is wanted, whatever else
    and_when: bool = False  # and the time
    who: bool = False  # and by whom
    side: Side | None = None  # of an order: what comes after, before, or first
    said: bool = False  # of an order: what is said there; else whatever is heard
    follow: Follow | None = None  # what of the turn before is asked for, or the same about what
    nth: int | None = None  # which of its moments, from 1; 0 is the last
    gender: bool = False  # of people: men or women
    how_long: bool = False
    things: bool = False  # of a count: things that are heard, such as dogs, not how often
    options: Choice | None = None  # lettered; then the rest is that of the question before them
    range: Range | None = None  # of time, where the text names one
    at_most: int | None = None  # points or sentences, where the text names a number
    wanted: Wanted = field(default_factory=Wanted)  # what sentences that answer it hold
    verbatim: bool = False  # the model is asked to write down what it hears

    @property
    def by_words(self) -> bool:
        """Whether recognised words can answer it, or help to."""
        return not self.by_ear and self.kind not in ("place", "people", "language")

    @property
    def topic(self) -> str:
        """What it asks about, for a sentence such as "Nothing about ... was said."."""
        return max(self.terms, key=len, default="that")


def read(text: str, forms: Sequence[str] = ("{}",)) -> Question:
    """The question in a text.

    forms: in which the model says short answers, for a lettered choice (`ModelCard.answer_forms`).
    """
    text = normalize("NFC", text)
    choice = find_choice(text, forms)
    language = spoken_in(text)
    asked, span = without_range(choice.question if choice else text, language)
    return _Reader(asked, language, text, choice, span).question


def spoken_in(text: str) -> Language:
    """The language that most words of a text are of; English where several are, or none is.

    Function words count twice: names and terms are borrowed, "where" is not.
    """
    words = TOKEN.findall(text.lower().replace("’", "'"))

    def votes(known: Language) -> int:
        parts = [part for word in words for part in known.apart(word)]
        return sum((part in known.vocabulary) + (part in known.telling) for part in parts)

    return max(LANGUAGES.values(), key=votes)


@dataclass
class _Reader(Phrases):
    text: str
    choice: Choice | None
    range: Range | None

    @cached_property
    def plain(self) -> Question:
        """What holds of a question of any kind."""
        told = self.text if self.choice else self.asked
        words = asked_words(told, self.language)
        if how := self.find("asks how"):  # "how fast" asks, and does not say of what
            words = words - {*self.said[how.start : how.end]} or words
        return Question(
            text=self.text,
            language=self.language.code,
            words=frozenset(words),
            terms=tuple(asked_terms(told, self.language)),
            about=frozenset(words & set(self.subject())),
            named=self.sounds[0],
            whether=self.asks_if or self.at_start("yes or no") is not None,
            who=self.at_start("who") is not None or self.find("and who") is not None,
            and_when=self.find("when") is not None,
            options=self.choice,
            range=self.range,
            at_most=self.at_most(),
            wanted=wanted(self),
            verbatim=self.is_whole("what is said"),
        )

    def subject(self) -> list[str]:
        """What is behind "say about" and the like, up to a comma or the end."""
        verb = self.find("spoken of") or self.find("said")
        found = self.find("about only", verb.start) if verb else None
        return self.said[found.end :] if found else []

    @property
    def question(self) -> Question:
        """As the first rule has it that holds."""
        for rule in (
            self.follow,
            self.whole_words,
            self.people,
            self.about_all,
            self.place_or_language,
            self.which_sounds,
            self.order,
            self.count,
            self.when,
            self.whether,
        ):
            if found := rule():
                return found
        said = self.plain.words or self.plain.wanted.sort  # "When should he be there?"
        return replace(self.plain, kind="said" if said else "open")

    def follow(self) -> Question | None:
        """What can only be asked after another question."""
        asks: tuple[Follow, ...] = ("when", "who")
        for what in asks:
            if self.is_whole(f"follow {what}"):
                return replace(self.plain, kind="follow", follow=what)
        if self.is_whole("follow nth"):
            places = {word: n for n, word in enumerate(self.language.ordinals, 1)}
            nth = next((places[word] for word in self.said if word in places), 0)
            return replace(self.plain, kind="follow", follow="nth", nth=nth)
        for side in SIDES:  # "what is said after that?"
            found = self.find(side)
            that = self.said[found.end :] if found else []
            if that and self.words_of("pronouns").issuperset(that) and not self.left("order verb"):
                said = not self.words_of("said").isdisjoint(self.said)
                return replace(self.plain, kind="follow", follow=side, side=side, said=said)
        if (opening := self.at_start("follow about")) and self.left(words=self.said[opening.end :]):
            about = " ".join(self.said[opening.end :])
            return replace(self.plain, kind="follow", follow="about", terms=(about,))
        return None

    def whole_words(self) -> Question | None:
        """All words, or the exact ones about something."""
        if self.plain.whether or self.at_start("who"):
            return None
        if self.find("transcript"):
            return replace(self.plain, kind="transcript", verbatim=True)
        if not self.find("quote"):
            return None
        if self.plain.words and not (self.find("summary") or self.find("tasks")):
            return replace(self.plain, kind="quote")
        return replace(self.plain, kind="transcript", verbatim=True)

    def people(self) -> Question | None:
        """How many people, which of them, how long."""
        counted, gender = self.find("how many people"), self.find("gender") is not None
        long = self.find("how long") is not None or self.find("most") is not None
        speaks = self.find("speaking") or self.find("the speaker")
        asks = gender and self.plain.whether  # "Is there a woman?"
        if not (asks or counted or self.find("who speaks") or (speaks and (gender or long))):
            return None
        rules = "how many people", "who speaks", "speaking", "the speaker", "gender", "how long"
        if self.left(*rules, "most", "by ear", "starts", "there", "places"):
            return None
        return replace(
            self.plain, kind="people", by_ear=True, speech=True, gender=gender, how_long=long
        )

    def about_all(self) -> Question | None:
        """Tasks, summaries, profiles and lists."""
        asks, by_ear = self.plain.whether, self.find("by ear") is not None
        if not asks and (self.find("tasks") or self.is_whole("tasks whole")):
            return replace(self.plain, kind="tasks")
        if not asks and not by_ear and (self.find("summary") or self.find("topics")):
            return replace(self.plain, kind="summary")
        gist = self.find("gist") is not None and not self.left("gist")
        if gist or (self.at_start("what is this") and self.at_end("about")):
            return replace(self.plain, kind="summary")
        if self.is_whole("profile whole") or self.find("profile"):
            return replace(self.plain, kind="summary" if self.range else "profile")
        if self.at_start("list") and not by_ear:
            return replace(self.plain, kind="list")
        return None

    def place_or_language(self) -> Question | None:
        """What kind of place it is, or which language is spoken."""
        if self.find("language"):
            return replace(self.plain, kind="language")
        either = len(self.words_of("places").intersection(self.said)) > 1  # "an office or a street"
        either = either and not self.left("places", "place", "starts")
        if self.is_whole("place whole") or self.find("place") or either:
            return replace(self.plain, kind="place", by_ear=True)
        return None

    def which_sounds(self) -> Question | None:
        """Which sounds there are; those of some family where one is named."""
        asks = self.find("which sounds") or self.find("what is heard")
        families = self.find("which instruments")
        if self.plain.whether or not (asks or families) or self.anchor():
            return None
        sounds, used = self.sounds
        if self.left("which sounds", "what is heard", "speaking", "starts", "by ear") - used:
            if families and sounds and self.find("by ear"):  # "... played between the topics"
                return replace(self.plain, kind="sounds", by_ear=True, sounds=sounds)
            return replace(self.plain, by_ear=True) if asks else None
        speech = self.find("speaking") is not None  # "other than speech"
        return replace(self.plain, kind="sounds", by_ear=True, sounds=sounds, speech=speech)

    def anchor(self) -> tuple[Side, int, int] | None:
        """The side, where what is named begins, and where what stands before it ends."""
        for side in SIDES:
            found = self.find(side)
            if found and self.left(words=self.said[found.end :]):
                return side, found.end, found.start
        return None

    def order(self) -> Question | None:
        """What comes after or before something, or which of two comes first."""
        if self.plain.whether:
            return None
        sounds, used = self.sounds
        if self.find("first") and len(sounds) == 2 and not self.left("first", "order verb") - used:
            return replace(self.plain, kind="order", side="first", by_ear=True, sounds=sounds)
        anchor = self.anchor()
        if anchor is None or not self.find("interrogative") or self.find("when"):
            return None
        side, begins, ends = anchor
        asked, named = self.said[:ends], self.said[begins:]
        if self.left("order verb", "said", "which sounds", "starts", words=asked):
            return None
        # In some languages the verb is last: "Was wird nach dem Klopfen gesagt?"
        by_ear = bool(sounds) and not self.left("starts", "order verb", "said", words=named) - used
        verbs = {*asked, self.said[-1]} if by_ear else set(asked)
        return replace(
            self.plain,
            kind="order",
            side=side,
            said=not self.words_of("said").isdisjoint(verbs),
            by_ear=by_ear,
            sounds=sounds if by_ear else (),
            terms=tuple(asked_terms(" ".join(named), self.language)),
        )

    def count(self) -> Question | None:
        """How many times something is heard or said."""
        heard = self.by_ear("count", "how many acts", "how many")
        if self.find("count") or self.find("how many acts"):
            return replace(heard or self.plain, kind="count")
        things = heard is not None and heard.sounds and self.find("how many")
        return replace(heard, kind="count", things=True) if heard and things else None

    def when(self) -> Question | None:
        """When something is heard or spoken of; a time that was said is another matter."""
        found = self.find("when")
        if found is None or self.plain.whether or 0 < found.start < found.end < len(self.said):
            return None
        heard = self.by_ear()
        if heard or self.find("spoken of"):
            long = self.find("how long") is not None
            return replace(heard or self.plain, kind="when", how_long=long)
        return None

    def whether(self) -> Question | None:
        """Whether something is heard, or said at all."""
        plain = self.plain.whether
        if not plain and self.find("interrogative"):
            return None
        if heard := self.by_ear("there"):  # "a dog barking" too
            return replace(heard, kind="whether", whether=True)
        if not (plain or self.asked.rstrip().endswith("?")):
            return None
        if self.find("spoken of") and self.left("spoken of"):
            return replace(self.plain, kind="whether", whether=True)
        rest = self.left("there", "starts")
        if self.find("there") and 0 < len(rest) <= NAME_WORDS:
            name = " ".join(word for word in self.said if word in rest)
            thing, ear = (Sound(name, (name,)),), self.find("by ear") is not None
            return replace(self.plain, kind="whether", whether=True, by_ear=ear, sounds=thing)
        return None

    def makers(self) -> set[str]:
        """The words for what makes sounds, but not for where: "at the door"."""
        where, articles = self.words_of("prepositions"), self.words_of("determiners")
        names = {
            place for place, word in enumerate(self.said) if (word,) in self.language.sound_names
        }
        led = {place for place in names if self.said[max(0, place - 1)] in articles}
        return {self.said[n] for n in names if self.said[max(0, n - 1 - (n in led))] not in where}

    def by_ear(self, *rules: str) -> Question | None:
        """A question for sounds or voices that are named, and for nothing else."""
        sounds, used = self.sounds
        if sounds:  # "When does a car honk?": who makes it is named beside it
            used = used | self.makers()
        rules = (*rules, "starts", "by ear", "when")
        doers = "gender", "the speaker", "how many people"  # "Does the woman laugh?"
        heard = sounds and not self.left(*rules, *doers) - used
        if heard and not self.find("spoken of"):
            return replace(self.plain, by_ear=True, sounds=sounds)
        if self.find("speaking") and not self.left(*rules, "speaking"):
            return replace(self.plain, by_ear=True, speech=True)
        return None
