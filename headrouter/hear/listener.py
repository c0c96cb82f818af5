"""AudioLM: one loaded audio LLM that listens to a recording once and answers many questions.

``ingest`` turns windows of sound into an AudioIndex; ``scan`` weighs every token of an index
for a question, without running the model on it again; ``answer`` runs one bounded prefill over
the chosen spans, pruned at layer M, and streams the answer. One model serves one caller at a
time: a lock makes the others wait. Knows nothing of files, databases or agents.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from headrouter import backends
from headrouter.backends import SAMPLE_RATE, Backend, Samples
from headrouter.backends.products import quick_products
from headrouter.backends.prompts import Turns
from headrouter.hear.cost import ModelCost
from headrouter.hear.decode import Said, generate
from headrouter.hear.index import AudioIndex, IndexWriter
from headrouter.hear.letters import CLASSES, FRAMES, LetterReader, greedy, spelling, transcribe
from headrouter.hear.letters import FILE as LETTER_FILE
from headrouter.hear.spans import Span
from headrouter.hear.spotting import (
    Heard,
    Lexicon,
    best_likelihoods,
    likelihoods,
    pointed,
    spotted,
)
from headrouter.hear.threads import ahead, side_by_side
from headrouter.models import ModelCard
from headrouter.prune.families import family_of, heads_read
from headrouter.prune.probe import contrasted, streamed_attention
from headrouter.prune.profiles import Profile, uniform_profile
from headrouter.prune.router import DEFAULT_LAYER, HeadRouter
from headrouter.prune.routing import Route, kept_count, route, top_tokens
from headrouter.prune.scorers import over_a_phrase
from headrouter.question import reading
from headrouter.question.choices import Choice, find_choice, find_whether, option_scores

LEAST_LETTERS = 3  # that are read where there is speech
SCAN_TOKENS = 4_096  # audio tokens that are weighed at once
Blocks = Callable[[], Iterable[Tensor]]
"""Gives keys block by block, each (key heads, tokens, dim), as often as it is called."""


@dataclass(frozen=True, eq=False)
class Scan:
    """What one question makes of a whole stretch of recording."""

    route: Route
    first: int  # the token of the index that importance[0] belongs to

    @property
    def importance(self) -> Tensor:
        """(tokens,), summing to one."""
        return self.route.importance


@dataclass(frozen=True)
class Listening:
    """What to listen to, and how: the plan as the model needs it."""

    spans: tuple[Span, ...]  # tokens of the index, in time order
    keep: float
    max_new_tokens: int = 200
    scorer: str | None = None  # None: what is best for the model
    words: str | None = None  # what a recogniser heard there, for the prompt
    turns: tuple[tuple[str, str], ...] = ()  # earlier questions of the conversation, with answers
    known: str = ""  # about what is asked, found by other means, for the prompt
    sound: Callable[[float, float], Samples] | None = None
    """Reads the recording between two seconds, for a model elsewhere; None: none is to be sent."""

    def asked(self, question: str) -> str:
        """The question as it stands in the prompt: behind what is known."""
        return f"{self.known}\n{question}" if self.known else question


@dataclass(frozen=True, eq=False)
class Answer:
    """What came out, and what it cost."""

    text: str
    stopped: bool  # by the caller, before the end
    route: Route
    kept: Tensor  # (kept,) tokens of the index, ascending
    importance: Tensor  # (kept,) of the kept tokens
    heard_tokens: int  # audio tokens in the spans
    prompt_tokens: int  # of text
    new_tokens: int
    log_probability: float | None
    """Mean over the answer's tokens; of a choice, of its option. None where it is not known."""
    prefill_seconds: float
    decode_seconds: float


class Window(NamedTuple):
    """What an index holds of a window."""

    embeddings: Tensor
    keys: Tensor
    mass: Tensor | None
    letters: Tensor | None

    def beginning(self, count: int) -> "Window":
        """Of its first tokens."""
        return Window(
            self.embeddings[:count],
            self.keys[:, :count],
            None if self.mass is None else self.mass[:count],
            None if self.letters is None else self.letters[: count * FRAMES],
        )


@dataclass
class AudioLM:
    """A model in memory. Make one with ``AudioLM.load``."""

    backend: Backend
    card: ModelCard
    model_id: str  # changes with all that changes what is heard: weights and pruning layer
    profile: Profile
    letters: LetterReader | None = None  # off its audio tokens
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def load(
        cls,
        folder: Path,
        card: ModelCard,
        *,
        model_id: str | None = None,
        profile: Profile | None = None,
        device: str = "cpu",
        precision: str = "auto",
    ) -> Self:
        """Loads a checkpoint of a supported family from a local folder.

        precision: bf16, fp16, fp32, 8bit, 4bit, or auto, which is what the device is best at.
        Raises ModelUnreadable, UnsupportedModel, and ProfileMismatch when the profile is another
        model's.
        """
        backend = backends.load(folder, card, device=device, precision=precision)
        model_id = model_id or card.name
        heads = backend.model.config.get_text_config().num_attention_heads
        if profile:
            wanted = {"heads": heads, "prompt": card.prompt_format}
            profile.check(model=model_id, layer=profile.layer, **wanted)
        profile = profile or uniform_profile(model_id, card.layer, heads, card.prompt_format)
        if profile.layer != DEFAULT_LAYER:  # what was heard for another layer is of no use
            model_id = f"{model_id}+M{profile.layer}"
        reader = folder / LETTER_FILE
        letters = LetterReader.load(reader).to(backend.device) if reader.exists() else None
        return cls(backend, card, model_id, profile, letters)

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self.backend.model

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""
        return self.backend.tokenizer

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.backend.device

    def with_profile(self, profile: Profile | None) -> Self:
        """The same model, its heads weighed by another profile; None weighs all alike."""
        own = self.profile
        even = uniform_profile(own.model, self.card.layer, own.heads, self.card.prompt_format)
        return replace(self, profile=profile or even)

    @property
    def token_seconds(self) -> float:
        """Seconds of sound in one audio token."""
        return 1.0 / self.card.tokens_per_second

    @cached_property
    def cost(self) -> ModelCost:
        """What a run costs."""
        return ModelCost.of(self.model, self.profile.layer)

    @property
    def scorer(self) -> str:
        """What chooses its tokens unless a plan says otherwise.

        Of a model that was never measured uniform stride: the published probe needs head weights,
        and without them keeps less of what is asked for (docs/evidence.md).
        """
        if self.card.scorer is not None:
            return self.card.scorer
        if self.card.neutral:
            return "contrast" if self._lexicon is None else "peaks"
        return "headrouter" if self.profile.calibrated else "frame"

    # -- listening once

    @torch.inference_mode()
    def ingest(
        self,
        windows: Iterable[Samples],
        folder: Path,
        *,
        levels: Callable[[Samples, float], NDArray[np.float32]],
        silent_dbfs: float = -math.inf,
        on_progress: Callable[[float], None] = lambda seconds: None,
        stop: Callable[[], bool] = lambda: False,
        grow: bool = False,
        batch: int | None = None,
    ) -> AudioIndex | None:
        """Hears windows of at most ``card.window_seconds`` and writes their index to ``folder``.

        levels: (samples, hop seconds) -> dBFS per hop. A window with no hop above
        ``silent_dbfs`` is not encoded: its tokens are those of digital silence. on_progress gets
        seconds heard so far.
        All windows but the last are whole. Returns None when stopped; what was heard by then,
        or by an earlier call that was killed, is not heard again. ``grow``: the recording has
        become longer since its index was finished. batch: windows that are heard at once.
        """
        threads = torch.get_num_threads() if self.device.type == "cpu" else 1
        batch = batch or max(4, 2 * threads)
        window = round(self.card.window_seconds * self.card.tokens_per_second)

        def loudness(group: Sequence[Samples]) -> list[NDArray[np.float32]]:
            return [levels(samples, self.token_seconds) for samples in group]

        with IndexWriter(
            folder, self.model_id, self.token_seconds, group=batch * window, grow=grow
        ) as writer:
            done = writer.tokens // window
            heard = done * self.card.window_seconds
            groups = batched(islice(windows, done, None), batch)
            coming = ahead((group, loudness(group)) for group in groups)
            with closing(coming), side_by_side(threads) as pool:
                for group, volumes in coming:
                    audible = [bool((level > silent_dbfs).any()) for level in volumes]
                    with self.lock:  # questions come in between
                        for found, level in zip(
                            self._hear(group, audible, pool), volumes, strict=True
                        ):
                            level = level[: len(found.embeddings)]
                            writer.append(
                                found.embeddings, found.keys, level, found.mass, found.letters
                            )
                    heard += sum(map(len, group)) / SAMPLE_RATE
                    on_progress(heard)
                    if stop():
                        return None
            return writer.finish(heard)

    def _hear(
        self, windows: Sequence[Samples], audible: Sequence[bool], pool: Executor
    ) -> list[Window]:
        """What is kept of each window; what is audible is encoded."""
        loud = [samples for samples, heard in zip(windows, audible, strict=True) if heard]
        encoded = iter(self._encode(loud, pool))
        return [
            next(encoded) if heard else self._silence.beginning(self.backend.tokens(len(samples)))
            for samples, heard in zip(windows, audible, strict=True)
        ]

    def _encode(self, windows: Sequence[Samples], pool: Executor) -> Iterable[Window]:
        """All at once on a GPU; on a CPU each by a thread, which scales better than sharing it."""
        if not windows or self.device.type != "cpu":
            return self.windows(self.embed(windows)) if windows else ()
        with first_layers(self.model.get_decoder(), self.profile.layer):  # for all, undone once
            return list(pool.map(self._encode_one, windows))

    @torch.inference_mode()
    def _encode_one(self, samples: Samples) -> Window:
        return self.windows(self.embed([samples]))[0]

    @cached_property
    def _silence(self) -> Window:
        """A window of digital silence, encoded by itself."""
        window = np.zeros(round(self.card.window_seconds * SAMPLE_RATE), np.float32)
        return self.windows(self.embed([window]))[0]

    def windows(self, embeddings: Sequence[Tensor]) -> list[Window]:
        """What an index holds of windows, each (tokens, width)."""
        lengths = [len(rows) for rows in embeddings]
        together = torch.cat(list(embeddings))
        mass = self.mass(together)
        masses = [None] * len(lengths) if mass is None else torch.split(mass, lengths)
        letters = [self.read(rows) for rows in embeddings]
        keys = self.keys(embeddings)
        return [Window(*found) for found in zip(embeddings, keys, masses, letters, strict=True)]

    def embed(self, windows: Sequence[Samples]) -> list[Tensor]:
        """For each window (tokens, width), as the language model is given them."""
        return self.backend.embed(windows)

    def keys(self, windows: Sequence[Tensor]) -> list[Tensor]:
        """Of each window (key heads, tokens, head dim) of layer M-1 after the prompt's prefix.

        windows: each (tokens, width). Neighbours of one length are read at once.
        """
        return [
            keys.to(self.backend.dtype)
            for _, alike in groupby(windows, len)
            for keys in self._keys(torch.stack(list(alike)))
        ]

    def _keys(self, windows: Tensor) -> Tensor:
        """(windows, key heads, tokens, head dim) of (windows, tokens, width)."""
        before = self.backend.prompts.prefix()
        prefix = self._embed(before).expand(len(windows), -1, -1)
        besides = self.backend.besides(before, windows.shape[1], ())
        if besides and len(windows) > 1:  # it is made for one
            return torch.cat([self._keys(window[None]) for window in windows])
        with quick_products(self.device, self.backend.dtype):
            states = torch.cat([prefix, windows], dim=1)
            read = read_heads(self.model, states, self.profile.layer, besides)
        return read["keys"][:, :, len(before) :]

    def mass(self, embeddings: Tensor) -> Tensor | None:
        """(tokens,) of (tokens, width) in the vocabulary; None where audio tokens are no words."""
        return None if self._lexicon is None else self._lexicon.mass(embeddings)

    def read(self, embeddings: Tensor) -> Tensor | None:
        """(FRAMES x tokens, classes) log-probabilities of letters; None where none are read."""
        return None if self.letters is None else self.letters.read(embeddings)

    @cached_property
    def _lexicon(self) -> Lexicon | None:
        if self.card.spotting is None:
            return None
        words = self.model.get_input_embeddings().weight.detach()
        return Lexicon(words, self.tokenizer, self.card.spotting)

    # -- weighing a question

    def scan(
        self,
        index: AudioIndex,
        question: str,
        first: int,
        last: int,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Scan | None:
        """Routes ``question`` over tokens ``first`` to ``last`` and scores each of them.

        ``stop`` is asked at every SCAN_TOKENS of them; None when stopped.
        """
        keys, heard = self._blocks(index, [(first, last)], stop)
        try:
            found = self.weigh(self.queries([question]), keys)
            return Scan(self.point(found, question, heard), first)
        except _ScanStopped:
            return None

    def weigh(self, queries: Tensor, blocks: Blocks) -> Route:
        """Routes queries over tokens whose keys come block by block; attention alone counts."""
        return route(self.attended(queries, blocks), self.profile, queries)

    @torch.inference_mode()
    def point(self, found: Route, question: str, heard: Heard) -> Route:
        """The route with its weight moved to where the question's words are heard.

        By their letters too, the less the more the question is routed as acoustic. As it is where
        the model's audio tokens are no words, or the question names nothing.
        """
        if self._lexicon is None:
            return found
        said = 1.0 - found.as_dict()["acoustic"]
        spots = spotted(self._lexicon, question, heard, self.token_seconds, said)
        if spots is None:
            return found
        return replace(found, importance=pointed(found.importance, spots, self.token_seconds))

    @torch.inference_mode()
    def attended(self, queries: Tensor, blocks: Blocks) -> Tensor:
        """(heads, audio): what each head attends to under a question's queries.

        The softmax runs over all tokens, so the result is exact for any length. Where the card
        has neutral questions it is what is attended to beyond these, averaged over a phrase: what
        is asked for is one.
        """
        neutral, scaling = self._neutral, self._attention().scaling
        attention = streamed_attention(queries, blocks, scaling)
        if neutral is None:
            return attention
        beyond = contrasted(attention, streamed_attention(neutral, blocks, scaling))
        return over_a_phrase(beyond, self.token_seconds)

    @torch.inference_mode()
    def spot(self, index: AudioIndex, names: Sequence[str], first: int, last: int) -> Tensor:
        """(names, tokens) how likely each sound is from ``first`` to ``last``, in [0, 1].

        For a model whose audio tokens lie where its words do, as its card's ``spotting`` says.
        """
        assert self._lexicon is not None
        if not names:
            return torch.zeros(0, last - first)
        _, heard = self._blocks(index, [(first, last)])
        terms = [self._lexicon.spell(name) for name in names]
        found = likelihoods(self._lexicon, terms, heard, self.token_seconds)
        return torch.stack(list(found)).cpu()

    def _blocks(
        self,
        index: AudioIndex,
        spans: Sequence[Span],
        stop: Callable[[], bool] = lambda: False,
    ) -> tuple[Blocks, Heard]:
        """The keys of spans of an index, and its tokens, a few at a time.

        Reading them raises _ScanStopped once ``stop`` says so.
        """

        def pieces() -> Iterator[Span]:
            for first, last in spans:
                for start in range(first, last, SCAN_TOKENS):
                    if stop():
                        raise _ScanStopped
                    yield start, min(start + SCAN_TOKENS, last)

        def blocks() -> Iterator[Tensor]:
            for first, last in pieces():
                yield index.key_rows(first, last).to(self.device)

        def words() -> Iterator[tuple[Tensor, Tensor]]:
            for first, last in pieces():
                rows, mass = index.embedding_rows([(first, last)]), index.mass_rows(first, last)
                yield rows.to(self.device), mass.to(self.device)

        return blocks, Heard(words, lambda: index.letter_rows(list(spans), CLASSES))

    @cached_property
    def _neutral(self) -> Tensor | None:
        """(heads, text, dim) queries of the card's neutral questions; None if it has none."""
        return self.queries(self.card.neutral) if self.card.neutral else None

    @torch.inference_mode()
    def queries(self, questions: Sequence[str]) -> Tensor:
        """(heads, text, dim) queries of layer M-1 of questions asked about nothing."""
        found = []
        for question in questions:
            before, after = self._asked(question)
            states, besides = self._embed(before + after), self.backend.besides(before, 0, after)
            with self.lock:
                read = read_heads(self.model, states[None], self.profile.layer, besides)
            found.append(read["queries"][0, :, len(before) :])
        return torch.cat(found, dim=1)

    # -- answering

    @torch.inference_mode()
    def answer(
        self,
        index: AudioIndex,
        question: str,
        plan: Listening,
        *,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Listens to the planned spans and answers, greedily; a choice by its likeliest option.

        on_text gets each piece of the answer as it comes; ``stop`` is asked at every token.
        """
        positions = torch.cat([torch.arange(first, last) for first, last in plan.spans])
        choice = self.choice(question) or self._whether(question, plan.words)
        asking = choice.question if choice else question
        before, after = self._asked(plan.asked(asking), plan.words, plan.turns)
        prefix, suffix = self._embed(before), self._embed(after)
        audio = index.embedding_rows(list(plan.spans)).to(self.device, prefix.dtype)
        states = torch.cat([prefix, audio, suffix])[None]
        besides = self.backend.besides(before, len(audio), after)
        mask = torch.zeros(states.shape[:2], dtype=torch.bool)
        mask[0, len(prefix) : len(prefix) + len(audio)] = True
        scorer, weighed, likely = self.scorer, None, None
        asked = self.queries([question])
        hints = {"asked": [asked]}
        if self.card.neutral:
            keys, heard = self._blocks(index, plan.spans)
            contrast = self.weigh(asked, keys)
            weighed = self.point(contrast, question, heard)
            hints |= {"contrast": [contrast.importance], "spotting": [weighed.importance]}
            if choice and (words := self._lexicon):
                likely = choice.heard(
                    lambda names: best_likelihoods(words, names, heard, self.token_seconds)
                )
        read = None if choice or plan.words else self._read(question, audio)
        with self.lock:  # a router can't be made while a scan has taken the upper layers away
            router = HeadRouter(
                self.model,
                self.profile,
                plan.keep,
                scorer=plan.scorer or scorer,
                audio_mask=mask,
                model_id=self.profile.model,
                hints=hints,
            )
            with router:
                if choice:
                    said = self._choose(states, choice, likely, on_text)
                elif read is not None:
                    said = self._transcribe(states, read, plan.max_new_tokens, on_text, stop)
                else:
                    said = self._generate(states, besides, plan.max_new_tokens, on_text, stop)
        pruned = router.pruned[0]
        kept, found = pruned.kept.cpu(), weighed or pruned.route
        return Answer(
            text=said.text,
            stopped=said.stopped,
            route=found,
            kept=positions[kept],
            importance=found.importance.cpu()[kept],
            heard_tokens=len(positions),
            prompt_tokens=len(prefix) + len(suffix),
            new_tokens=said.tokens,
            log_probability=said.log_probability,
            prefill_seconds=said.prefill_seconds,
            decode_seconds=said.decode_seconds,
        )

    @torch.inference_mode()
    def write(
        self,
        text: str,
        *,
        max_new_tokens: int = 200,
        on_text: Callable[[str], None] = lambda text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        """Answers a text without any audio, greedily; ``stop`` is asked at every token."""
        with self.lock:
            before, after = self._asked(text)
            besides = self.backend.besides(before, 0, after)
            states = self._embed(before + after)[None]
            return self._generate(states, besides, max_new_tokens, on_text, stop).text

    def choice(self, question: str) -> Choice | None:
        """The lettered choice in a question, where this model decides such by likelihood."""
        forms = self.card.answer_forms
        return find_choice(question, forms) if forms else None

    def _whether(self, question: str, words: str | None) -> Choice | None:
        """A choice of yes and no, where this model spots what a question asks the presence of.

        What is said is read off recognised words, where there are any.
        """
        found = find_whether(question) if self._lexicon and self.card.neutral else None
        return None if found and found.word and words else found

    def answer_ids(self, answer: str) -> Tensor:
        """(tokens,) ids of an answer with its end."""
        prompts = self.backend.prompts
        return torch.tensor(prompts.written(answer) + prompts.end, device=self.device)

    def _choose(
        self,
        states: Tensor,
        choice: Choice,
        likely: Tensor | None,
        on_text: Callable[[str], None],
    ) -> Said:
        """The option that is the likeliest answer after (1, tokens, width) states.

        likely: (options,) how likely each was heard; None where that is not asked.
        """
        begun = time.perf_counter()
        mask = torch.ones(states.shape[:2], dtype=torch.long, device=self.device)
        inputs = {"inputs_embeds": states, "attention_mask": mask}
        scores = option_scores(self.model, inputs, choice, self.answer_ids, likely)
        letter = max(scores, key=scores.__getitem__)
        text = choice.answer(letter)
        on_text(text)
        took = time.perf_counter() - begun
        tokens = len(self.backend.prompts.written(text))
        return Said(text, False, tokens, scores[letter], took, 0.0)

    def _read(self, question: str, audio: Tensor) -> Tensor | None:
        """(frames, classes) of (tokens, width), for a transcript; None where nothing is read."""
        read = self.read(audio) if reading.read(question).verbatim else None
        return None if read is None or len(greedy(read)) < LEAST_LETTERS else read

    def _transcribe(
        self,
        states: Tensor,
        read: Tensor,
        most: int,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> Said:
        """What model and letters agree on after (1, tokens, width) states; told at its end."""
        begun = time.perf_counter()
        mask = torch.ones(states.shape[:2], dtype=torch.long, device=self.device)
        inputs = {"inputs_embeds": states, "attention_mask": mask}
        (end,) = self.backend.prompts.end
        ids, said = transcribe(self.model, inputs, read, self._spelled.__getitem__, end, most, stop)
        text = self.tokenizer.decode(ids, skip_special_tokens=True).strip()
        on_text(text)
        return Said(text, stop(), len(ids), said, time.perf_counter() - begun, 0.0)

    @cached_property
    def _spelled(self) -> list[list[int] | None]:
        """The letters of each token."""
        return [spelling(self.tokenizer.decode([token])) for token in range(len(self.tokenizer))]

    def _generate(
        self,
        states: Tensor,
        besides: dict[str, Tensor],
        most: int,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> Said:
        """Greedy tokens after (1, tokens, width) states and what goes with them."""
        inputs = {"inputs_embeds": states, **besides}
        return generate(self.model, self.tokenizer, inputs, most, on_text, stop)

    def question_tokens(self, question: str, words: str | None = None) -> int:
        """How many text tokens the prompt has around the audio."""
        return len(self.backend.prompts.prefix()) + len(self._ask(question, words))

    def prompt(
        self, question: str, words: str | None = None, turns: Turns = ()
    ) -> tuple[Tensor, Tensor]:
        """(tokens, width) embeddings of the text before the audio, and of that after it."""
        before, after = self._asked(question, words, turns)
        return self._embed(before), self._embed(after)

    def _asked(
        self, question: str, words: str | None = None, turns: Turns = ()
    ) -> tuple[list[int], list[int]]:
        """The tokens before the audio, and those after it."""
        return self.backend.prompts.prefix(turns), self._ask(question, words, turns)

    def _ask(self, question: str, words: str | None = None, turns: Turns = ()) -> list[int]:
        """The tokens after the audio; what users and recordings say has no control tokens."""
        text = f'The words are: "{words}"\n{question}' if words else question
        return self.backend.prompts.suffix(text, turns)

    def _embed(self, ids: list[int]) -> Tensor:
        embedded: Tensor = self.model.get_input_embeddings()(torch.tensor(ids, device=self.device))
        return embedded

    def _attention(self) -> Any:
        return family_of(self.model).layers(self.model)[self.profile.layer - 1].self_attn


def found_by(scan: Scan, spans: Sequence[Span], keep: float) -> Answer:
    """What a scan tells of spans within it, as an answer without a text: no model is run.

    The tokens that weigh most are kept, as a prefill at that keep ratio would keep them.
    """
    positions = torch.cat([torch.arange(first, last) for first, last in spans])
    importance = scan.importance.cpu()[positions - scan.first]
    kept = top_tokens(importance, kept_count(len(positions), keep))
    return Answer(
        text="",
        stopped=False,
        route=scan.route,
        kept=positions[kept],
        importance=importance[kept],
        heard_tokens=len(positions),
        prompt_tokens=0,
        new_tokens=0,
        log_probability=0.0,
        prefill_seconds=0.0,
        decode_seconds=0.0,
    )


class _ScanStopped(Exception):
    """Who reads an index block by block is to end; caught in ``AudioLM.scan``."""


def read_heads(
    model: nn.Module, states: Tensor, layer: int, besides: dict[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Queries and keys of layer ``layer`` - 1, running the model no further than that.

    states: (batch, tokens, width) input embeddings; besides: what else the decoder takes.
    Returns "queries" (batch, heads, tokens, dim) and "keys" (batch, key heads, tokens, dim), before
    rotary embedding.
    """
    family = family_of(model)
    decoder = model.get_decoder()  # type: ignore[operator]
    attention = family.layers(model)[layer - 1].self_attn
    with heads_read(family, attention) as found, first_layers(decoder, layer):
        decoder(inputs_embeds=states, use_cache=False, **(besides or {}))
    return found


@contextmanager
def first_layers(decoder: Any, count: int) -> Iterator[None]:
    """Inside, the decoder has its first ``count`` layers only."""
    layers = decoder.layers
    decoder.layers = layers[:count]
    try:
        yield
    finally:
        decoder.layers = layers


def batched(items: Iterable[Samples], size: int) -> Iterator[list[Samples]]:
    """Lists of up to ``size`` items (itertools.batched needs Python 3.12)."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group
