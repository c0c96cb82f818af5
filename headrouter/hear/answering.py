"""Answering: one bounded prefill over the chosen spans, pruned at layer M, then the decoding."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial

import torch
from torch import Tensor

from headrouter.backends.products import quick_first_pass
from headrouter.hear.answer import Answer, Listening
from headrouter.hear.decode import Said, generate
from headrouter.hear.index import AudioIndex
from headrouter.hear.letters import greedy, spelling, transcribe
from headrouter.hear.spotting import Heard, Lexicon, best_likelihoods
from headrouter.hear.weighing import Weighing
from headrouter.prune.router import HeadRouter
from headrouter.question import reading
from headrouter.question.choices import Choice, find_choice, find_whether, option_scores
from headrouter.question.naming import names_of

LEAST_LETTERS = 3  # that are read where there is speech


class Answering(Weighing):
    """The part of a model that answers."""

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
                likely = choice.heard(partial(self._likely, words, heard))
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
                piece=plan.piece,
            )
            decoder, numbers = self.model.get_decoder(), self.backend.dtype
            with router, quick_first_pass(decoder, self.device, numbers):
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

    def _likely(self, lexicon: Lexicon, heard: Heard, names: Sequence[str], said: bool) -> Tensor:
        """(names,) how likely each word that is ``said`` or else each sound is, at its likeliest.

        A sound by all its names, and less so by those that it may be taken for.
        """
        if said:
            return best_likelihoods(lexicon, names, said, heard, self.token_seconds)
        known = [names_of(name) for name in names]
        each = list(dict.fromkeys(other for weights in known for other in weights))
        found = best_likelihoods(lexicon, each, said, heard, self.token_seconds)
        likely = dict(zip(each, found, strict=True))
        best = [max(share * likely[other] for other, share in one.items()) for one in known]
        return torch.stack(best)

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
