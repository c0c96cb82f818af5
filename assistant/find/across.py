"""A question about many recordings at once, answered without a chat model.

What is asked of each recording ("in which calls does a baby cry?") is looked for in each, and the
recordings are counted or listed. What was said is quoted from the likeliest stretches of all, and
a model that words its answers hears these in one prefill, under the same budget as ever.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from assistant.ask.answers.ear import Occurrence
from assistant.ask.answers.spoken import ALSO, FOLLOWING, MOST, Part, follows, nothing_said
from assistant.ask.answers.wording import at, capital, listed
from assistant.ask.nodes import check_question
from assistant.errors import BadRequest
from assistant.find import query
from assistant.find.by_ear import SURE
from assistant.find.finding import Finder
from assistant.find.found import LOOKING, AcrossAnswer, Moment
from assistant.find.listening import STRETCH, listen
from assistant.find.per_recording import OfEach, Sought, of_each, sought
from headrouter.question.reading import Question, read
from memory import Recording, Word, as_text
from tools.answering import Said
from tools.context import Stop
from tools.errors import MediaError, Stopped
from tools.sentences import sentences
from tools.times import clock
from tools.transcript import words_in_ranges

AROUND = 4.0  # seconds on either side of a moment that the recogniser is asked about
CHECKED = 40  # unsure moments about which the recogniser is asked
STRETCHES = 12  # of which words are recognised for a question about what was said
WORDS = 6  # of a question, that are looked for
NAMED = 12  # recordings that are told by name
Tell = Callable[[str, float | None], None]


class Across:
    """One question about some recordings."""

    def __init__(
        self,
        finder: Finder,
        recordings: Sequence[Recording],
        tell: Tell = lambda stage, fraction: None,
        stop: Stop = lambda: False,
    ) -> None:
        self.finder, self.recordings, self.tell, self.stop = finder, recordings, tell, stop
        self.store, self.models = finder.store, finder.models
        self.names = {recording.id: recording.name for recording in recordings}
        self.by_id = {recording.id: recording for recording in recordings}

    def ask(self, text: str) -> AcrossAnswer:
        """The answer. Raises Misused, BadRequest, BudgetRefused, Stopped."""
        check_question(text)
        self.ready = self.finder.keep_up(
            self.recordings, lambda done: self.tell(LOOKING, done),
            self.stop,
        )  # fmt: skip
        if not self.ready:
            raise BadRequest("none of these recordings was heard yet: run `headrouter ingest`")
        question = read(text)
        if each := of_each(text):
            return self._of_each(each)
        if question.by_ear and question.sounds:
            return self._sounds(Sought(sounds=question.sounds))
        if self.models.quotes:
            return self._said(question)
        self.tell("thinking", None)
        heard = listen(self.finder, question, self._stretches(question), self.ready, self.stop)
        return self._answer(*heard)

    def _answer(self, text: str, moments: Sequence[Moment], how: str) -> AcrossAnswer:
        named = [replace(moment, name=self.names[moment.recording]) for moment in moments]
        searched = len(self.recordings)
        return AcrossAnswer(text, named, how, searched, searched - len(self.ready))

    # -- of each recording by itself

    def _of_each(self, asked: OfEach) -> AcrossAnswer:
        wanted = sought(asked.text)
        if wanted is None:
            raise BadRequest(
                f"it is not clear what to look for in each {asked.noun}: name a sound or words, "
                f"for instance: in which {asked.noun} is a dog heard?"
            )
        sure, perhaps = self._where(wanted)
        total = f"{len(self.recordings)} recordings"
        verb = "is heard" if wanted.sounds else "is said"
        if asked.reduction == "count":
            told = f"{len(sure)} of {total}"
            told += f": {self._listed(sure)}." if sure else "."
        elif sure:
            told = f"{capital(wanted.name)} {verb} in {len(sure)} of {total}: {self._listed(sure)}."
        else:
            told = f"{capital(wanted.name)} {verb} in none of {total}."
        if perhaps:
            told += f" Perhaps also in {self._listed(perhaps)}."
        return self._answer(told, [*sure, *perhaps], self._how(wanted))

    def _sounds(self, wanted: Sought) -> AcrossAnswer:
        """When, how often or whether a sound is heard: each recording with its moments."""
        found = self._candidates(wanted)
        heard = {id: self._sure(moments) for id, moments in found.items()}
        lines = [
            f"{self.names[id]}: {at([Occurrence(m.found, m.start, m.end, m.score) for m in each])}"
            for id, each in sorted(heard.items(), key=lambda one: -max(m.score for m in one[1]))
        ]
        if not lines:
            none = f"No {wanted.name} is heard in {len(self.recordings)} recordings."
            return self._answer(none, [], self._how(wanted))
        more = f"\nand {len(lines) - NAMED} more recordings" if len(lines) > NAMED else ""
        best = [max(each, key=lambda m: m.score) for each in heard.values()]
        head = f"{capital(wanted.name)} in {len(lines)} of {len(self.recordings)} recordings:\n"
        return self._answer(
            head + "\n".join(lines[:NAMED]) + more, ranked(best)[:NAMED], self._how(wanted)
        )

    def _sure(self, moments: Sequence[Moment]) -> list[Moment]:
        """Those that are sure, where any is, else all; in order of time."""
        sure = [moment for moment in moments if moment.score >= SURE] or moments
        return sorted(sure, key=lambda moment: moment.start)

    def _where(self, wanted: Sought) -> tuple[list[Moment], list[Moment]]:
        """The best moment of each recording in which it is, and of those where it may be."""
        found = self._candidates(wanted)
        if not wanted.sounds:
            unsure = [m for each in found.values() for m in each if m.score < SURE]
            if unsure:
                self._recognise(ranked(unsure)[:CHECKED], AROUND)
                found = self._candidates(wanted)
        best = [max(each, key=lambda moment: moment.score) for each in found.values() if each]
        sure = [moment for moment in ranked(best) if moment.score >= SURE]
        return sure, [moment for moment in ranked(best) if moment.score < SURE]

    def _candidates(self, wanted: Sought) -> dict[str, list[Moment]]:
        parts = [
            query.Part("sound", sound.name, (sound.name, *sound.near)) for sound in wanted.sounds
        ] or [query.Part("words", wanted.words)]
        found: dict[str, list[Moment]] = defaultdict(list)
        for part in parts:
            for id, moments in self.finder.candidates(
                part, self.recordings, self.ready, stop=self.stop
            ).items():
                found[id] += moments
        return dict(found)

    def _listed(self, moments: Sequence[Moment]) -> str:
        told = [f"{self.names[m.recording]} ({clock(m.start)})" for m in moments[:NAMED]]
        more = len(moments) - len(told)
        return listed(told + ([f"{more} more"] if more else []))

    def _how(self, wanted: Sought) -> str:
        if wanted.sounds:
            return "Located by ear in each recording, by the name of the sound."
        return "Looked for in each recording by ear; where unsure, words were recognised."

    def _recognise(self, moments: Sequence[Moment], around: float) -> dict[str, list[Word]]:
        """The words around moments, by recording; without those whose file is gone."""
        ranges: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for m in moments:
            end = self.by_id[m.recording].seconds or m.end
            ranges[m.recording].append((max(0.0, m.start - around), min(end, m.end + around)))
        words: dict[str, list[Word]] = {}
        for done, (id, wanted) in enumerate(ranges.items()):
            if self.stop():
                raise Stopped
            self.tell("recognising words", done / len(ranges))
            with suppress(MediaError):
                words[id] = words_in_ranges(
                    self.store,
                    self.models.recogniser,
                    self.by_id[id],
                    merged(wanted),
                    language=self.finder.settings.language,
                    stop=self.stop,
                )
        return words

    # -- what was said

    def _said(self, question: Question) -> AcrossAnswer:
        how = "Quoted: the sentences that fit best, of the likeliest stretches of all recordings."
        stretches = self._stretches(question)
        words = self._recognise(stretches, STRETCH)
        parts = [(id, part) for id, found in words.items() for part in sentences(found)]
        texts = [as_text(part) for _, part in parts]
        languages = [self.store.recording(id).language or "en" for id, _ in parts]
        spoken = Said(texts, self.models.encoder(), languages)
        if not spoken.answers(question):
            heard = [moment for moment in stretches if moment.score >= SURE]
            perhaps = f" By ear, perhaps in {self._listed(heard)}." if heard else ""
            return self._answer(nothing_said(question, spoken) + perhaps, heard, how)
        best = spoken.ranked(question)
        places = [match.place for match in best[:MOST] if match.score >= best[0].score - ALSO]
        quotes = [quoted(parts, place) for place in places]
        moments = [
            Moment(id, "", part[0].start, part[-1].end, 1.0, question.topic, "words", as_text(part))
            for id, part in quotes
        ]
        lines = [f"{self.names[m.recording]} {clock(m.start)} “{m.text}”" for m in moments]
        return self._answer("\n".join(dict.fromkeys(lines)), moments, how)

    def _stretches(self, question: Question) -> list[Moment]:
        """The likeliest moments for what a question asks for, no two near each other."""
        scores: dict[tuple[str, int], float] = defaultdict(float)
        first: dict[tuple[str, int], Moment] = {}
        for word in sorted(question.words, key=len, reverse=True)[:WORDS]:
            part = query.Part("words", word)
            found = self.finder.candidates(part, self.recordings, self.ready, stop=self.stop)
            share = len(found) / len(self.recordings)
            best: dict[tuple[str, int], Moment] = {}
            for moment in ranked([m for each in found.values() for m in each]):
                best.setdefault((moment.recording, int(moment.start // STRETCH)), moment)
            for key, moment in best.items():
                scores[key] += moment.score * (1.1 - share)
                first.setdefault(key, moment)
        chosen: list[Moment] = []
        for key in sorted(scores, key=lambda key: (-scores[key], key)):
            moment = first[key]
            near = (m for m in chosen if m.recording == moment.recording)
            if len(chosen) < STRETCHES and all(abs(m.start - moment.start) > STRETCH for m in near):
                chosen.append(moment)
        return chosen


def ranked(moments: Sequence[Moment]) -> list[Moment]:
    """The surest first."""
    return sorted(moments, key=lambda m: (-m.score, m.recording, m.start))


def merged(ranges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges in order, those that touch as one."""
    joined_: list[tuple[float, float]] = []
    for start, end in sorted(ranges):
        if joined_ and start <= joined_[-1][1]:
            joined_[-1] = (joined_[-1][0], max(end, joined_[-1][1]))
        else:
            joined_.append((start, end))
    return joined_


def quoted(parts: Sequence[tuple[str, Part]], place: int) -> tuple[str, Part]:
    """A sentence, with the one that follows it in the same recording without a pause."""
    id, part = parts[place]
    whole = [*part]
    for other, following in parts[place + 1 : place + 1 + FOLLOWING]:
        if other == id and follows(whole, following):
            whole += following
    return id, whole
