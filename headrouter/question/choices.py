"""Lettered choices, found in a question and decided by the likelihood of each option as an answer.

A small model often knows what was heard but not how to point at it with a letter. It is asked the
question alone, and the option that it would most likely have answered is its choice: as language
models are commonly evaluated (Brown et al. 2020, section 2.4). Where it is only asked which of the
options is heard or said, what was spotted of each among the audio tokens counts too; and so it does
where it is asked whether one sound is heard or one word said, a choice of yes and no.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from headrouter.question.words import NAME_WORDS, asked_terms, asked_words

LETTERS = "ABCDEFGHIJ"  # published benchmarks have up to ten options
MARKS = [re.compile(rf"(?:^|(?<=\s))\(?{letter}[.):](?=\s)", re.MULTILINE) for letter in LETTERS]
REQUEST = re.compile(
    r"\b(?:please\s+)?(?:answer|choose|select|pick|respond|reply)\b", re.IGNORECASE
)  # with all that follows it on its line

SPOTTED_WEIGHT, SPOTTED_FLOOR = 2.0, 0.003  # of what was spotted, beside the model's own likelihood
SAID_EVEN, HEARD_EVEN = 0.015, 0.05  # spotted so surely, a word or a sound speaks neither way
WHICH = re.compile(r"\b(?:which|what)\b", re.IGNORECASE)
OF_WORDS = re.compile(
    r"\b(?:words?|names?|sentences?|said|says?|saying|spoken|mention(?:ed|s)?)\b", re.IGNORECASE
)
ARTICLE = re.compile(r"^(?:an?|the) ")
THING = r"(?:an? |the |any |some )?([^\W_](?:[\w' -]*\w)?)"
WORD = r"(?:the )?(?:word |name )?[\"“„«]?([^\W_](?:[\w'-]*\w)?)[\"”»]?"
ASKS_WHETHER = [  # and whether a word is meant, or else a sound
    (re.compile(f"^{pattern}", re.IGNORECASE), word)
    for pattern, word in (
        (rf"(?:is|was) {WORD} (?:ever )?(?:said|spoken|mentioned)", True),
        (rf"(?:does|did) (?:any|some)(?:one|body) (?:ever )?(?:say|mention) {WORD}", True),
        (rf"(?:is|are|was|were) there (?:the |an? |any )?(?:sounds?|noises?) of {THING}", False),
        (rf"(?:is|are|was|were) (?:the (?:sounds?|noises?) of )?{THING} (?:heard|audible)", False),
        (rf"(?:can|could|do|did) (?:you|one|we) hear (?:the sounds? of )?{THING}", False),
    )
]
Likely = Callable[[Sequence[str], bool], Tensor]
"""Gives (names,) how likely each is where it is likeliest; true: as a word that is said."""
NO_THING = re.compile(r"(?:yes|no|none|nothing|neither|not|all|both)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """A question with its options."""

    question: str
    options: Mapping[str, str]  # by their letters
    letter_only: bool  # whether no more than the letter is asked for
    forms: Sequence[str] = ("{}",)  # in which the model says short answers

    def answer(self, letter: str) -> str:
        """What is said for an option."""
        return letter if self.letter_only else f"{letter}. {self.options[letter]}"

    @property
    def names(self) -> list[str] | None:
        """The options in lower case where it is asked which of these things or words is there.

        None where the question names something itself ("which comes first, the dog or the rain?"),
        where it asks who or how many, and where an option is no name.
        """
        options = [ARTICLE.sub("", o.strip(" .\"'").lower()) for o in self.options.values()]
        open_question = WHICH.search(self.question) and not asked_words(self.question)
        named = all(
            0 < len(option.split()) <= NAME_WORDS and not NO_THING.match(option)
            for option in options
        )
        return options if open_question and named else None

    def heard(self, likely: Likely) -> Tensor | None:
        """(options,) how surely each was heard, in [0, 1]; None where that says nothing."""
        said = OF_WORDS.search(self.question) is not None
        return likely(names, said) if (names := self.names) else None

    def said_as(self, letter: str) -> list[str]:
        """The sentences that say an option: as it is written, within others in lower case."""
        option = self.options[letter]
        inner = option[:1].lower() + option[1:]
        return [sentence(form.format(option if form == "{}" else inner)) for form in self.forms]


@dataclass(frozen=True)
class Whether(Choice):
    """A question whether something is heard or said, as a choice of yes and no."""

    thing: str = ""  # in lower case
    word: bool = False  # that is said, or else a sound

    def answer(self, letter: str) -> str:
        """What is said for an option."""
        return sentence(self.options[letter])

    def heard(self, likely: Likely) -> Tensor:
        """(2,) how surely the thing was heard, and what speaks for no.

        A sound may be there that is not spotted ("an animal"): of it only what is spotted counts.
        """
        found = likely([self.thing], self.word)
        even = torch.full_like(found, SAID_EVEN if self.word else HEARD_EVEN)
        return torch.cat([found if self.word else found.maximum(even), even])


def find_whether(question: str) -> Whether | None:
    """What a question asks the presence of, or None where it asks anything else, or more."""
    text = question.strip().removesuffix("?").rstrip().replace("’", "'")
    for pattern, word in ASKS_WHETHER:
        if match := pattern.fullmatch(text):
            thing = match[1].lower().removesuffix("'s")
            if thing in asked_terms(question):
                return Whether(question, {"A": "Yes", "B": "No"}, False, thing=thing, word=word)
    return None


def find_choice(text: str, forms: Sequence[str] = ("{}",)) -> Choice | None:
    """The choice that a question leaves, or None: at least the options A and B.

    Options stand on lines of their own or behind one another, as ``A. x``, ``A) x``, ``(A) x`` or
    ``A: x``; what is asked of the answer may follow them.
    """
    marks: list[re.Match[str]] = []
    for mark in MARKS:
        found = mark.search(text, marks[-1].end() if marks else 0)
        if found is None:
            break
        marks.append(found)
    question = text[: marks[0].start()].strip() if marks else ""
    if len(marks) < 2 or not question:
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    options = [text[begin.end() : end].strip() for begin, end in zip(marks, ends, strict=True)]
    last, _, request = options[-1].partition("\n")
    if asked := REQUEST.search(last):
        last, request = last[: asked.start()], last[asked.start() :] + request
    options[-1] = last.strip()
    if not all(options):
        return None
    letter_only = "letter" in f"{question} {request}".lower()
    return Choice(question, dict(zip(LETTERS, options, strict=False)), letter_only, forms)


def sentence(answer: str) -> str:
    """As a model says a short answer: with a capital and a full stop."""
    return answer[:1].upper() + answer[1:] + ("" if answer[-1:] in ".!?" else ".")


def option_scores(
    model: Any,
    inputs: Mapping[str, Any],
    choice: Choice,
    encode: Callable[[str], Tensor],
    spotted: Tensor | None = None,
) -> dict[str, float]:
    """By letter, how likely the option is as the answer: logarithms of shares that sum to one.

    inputs: of the model's ``forward`` for the question without its options, as
    ``log_probabilities`` takes them; encode: gives the (tokens,) ids of an answer; spotted:
    (options,) how likely each was heard, in [0, 1]. An option counts by the mean over the tokens of
    its best form, so that long ones have the same chance.
    """
    said = [encode(text) for letter in choice.options for text in choice.said_as(letter)]
    means = torch.stack([found.mean() for found in log_probabilities(model, inputs, said)])
    likely = means.reshape(-1, len(choice.forms)).amax(dim=1)
    if spotted is not None:
        likely = likely + SPOTTED_WEIGHT * (spotted.to(likely) + SPOTTED_FLOOR).log()
    return dict(zip(choice.options, likely.log_softmax(dim=0).tolist(), strict=True))


def log_probabilities(
    model: Any, inputs: Mapping[str, Any], answers: Sequence[Tensor]
) -> list[Tensor]:
    """For each answer the log-probability of each of its tokens, (tokens,), after one prompt.

    inputs: of the model's ``forward``, one row, with its attention mask; answers: (tokens,) ids.
    The prompt is read once, and all answers in one second pass, each blind to the others: several
    of them need full attention in every layer. Inside a HeadRouter the prompt is pruned, and the
    answers do not ask.
    """
    last = {"logits_to_keep": 1} if _can_keep_logits(model) else {}
    out = model(**inputs, **last, use_cache=True)
    lengths = [len(answer) - 1 for answer in answers]  # what follows the last token is not asked
    rest: Sequence[Tensor] = [out.logits[0, :0]] * len(answers)
    if any(lengths):
        seen, device = inputs["attention_mask"], out.logits.device
        places = torch.cat([torch.arange(length) for length in lengths]).to(device)
        more = model(
            input_ids=torch.cat([answer[:-1] for answer in answers])[None],
            attention_mask=_apart(seen, lengths, out.logits.dtype),
            position_ids=places[None] + seen.shape[1],
            cache=out.cache,
            use_cache=True,
        )
        rest = more.logits[0].split(lengths)
    found = []
    for answer, logits in zip(answers, rest, strict=True):
        chances = torch.cat([out.logits[0, -1:], logits]).float().log_softmax(dim=-1)
        found.append(chances.gather(1, answer[:, None])[:, 0])
    return found


def _apart(seen: Tensor, lengths: Sequence[int], dtype: torch.dtype) -> Tensor:
    """The attention mask of answers behind one another: each sees the prompt and itself.

    seen: (1, tokens) mask of the prompt. One answer takes the ordinary mask, several one that is
    added, (1, 1, answers' tokens, all tokens).
    """
    count = sum(lengths)
    if len(lengths) == 1:
        return torch.cat([seen, torch.ones_like(seen[:, :1]).expand(1, count)], dim=1)
    owner = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    alone = (owner[:, None] == owner).tril().to(seen.device)
    return added_mask(torch.cat([seen.bool().expand(count, -1), alone], dim=1), dtype)


def added_mask(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """(1, 1, queries, tokens) attention mask that is added, of (queries, tokens) who sees what."""
    hidden = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return hidden.masked_fill(~visible, torch.finfo(dtype).min)[None, None]


def _can_keep_logits(model: Any) -> bool:
    """Whether it can be told not to make logits for all of a prompt: they take much memory."""
    return "logits_to_keep" in inspect.signature(model.forward).parameters
