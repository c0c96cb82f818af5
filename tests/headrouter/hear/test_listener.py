"""AudioLM over a tiny random Voxtral: a recording is heard once and asked many times."""

import math
import threading
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from headrouter.backends.prompts import own_ids
from headrouter.errors import ProfileMismatch, UnknownScorer
from headrouter.hear.heads import read_heads
from headrouter.hear.index import AudioIndex
from headrouter.hear.letters import CLASSES, FRAMES, LetterReader
from headrouter.hear.listener import AudioLM, Listening
from headrouter.hear.spotting import Heard, Lexicon, best_likelihoods, pointed, spotted
from headrouter.models import MODELS
from headrouter.prune.families import family_of, heads_read
from headrouter.prune.profiles import uniform_profile
from headrouter.prune.router import HeadRouter
from headrouter.question.choices import SPOTTED_FLOOR, SPOTTED_WEIGHT
from headrouter.question.words import Spotting
from headrouter.testing import AUDIO, tiny_listener

pytestmark = pytest.mark.usefixtures("one_thread")

MODEL = "tiny@1"
SECONDS = 1.0  # of a window, which becomes ten tokens
CARD = replace(
    MODELS["nano"],
    name="tiny",
    tokens_per_second=10.0,
    window_seconds=SECONDS,
    layer=2,
    neutral=(),
    spotting=None,
)
NEUTRAL = ("What do you hear?", "Who?")
SPOTTING_CARD = replace(CARD, neutral=NEUTRAL, spotting=Spotting(sharpness=30.0, merges=None))
QUESTION = "Who spoke?"
HALF = {"atol": 4e-3, "rtol": 4e-3}  # what half precision leaves of numbers of a few units


@pytest.fixture(scope="module")
def lm():
    return tiny_listener(CARD, MODEL)


def sounds(*lengths):
    """Windows of so many seconds, each with a tone and a hiss of its own."""
    rng = np.random.default_rng(0)
    windows = []
    for number, seconds in enumerate(lengths):
        times = np.arange(round(16_000 * seconds)) / 16_000
        tone = 0.5 * np.sin(2 * np.pi * 300 * 2**number * times)
        windows.append((tone + rng.uniform(-0.1, 0.1, len(times))).astype(np.float32))
    return windows


WINDOWS = sounds(SECONDS, SECONDS, SECONDS, 0.55)


def loudness(samples, hop):
    """Any level a hop will do, if it can be told from the others."""
    return np.arange(math.ceil(len(samples) / (16_000 * hop)), dtype=np.float32) - len(samples)


def level(samples, hop):
    """dBFS of each hop."""
    size = round(16_000 * hop)
    hops = [samples[at : at + size] for at in range(0, len(samples), size)]
    return np.array([20 * np.log10(hop.std() + 1e-6) for hop in hops], np.float32)


@pytest.fixture(scope="module")
def index(lm, tmp_path_factory):
    return lm.ingest(WINDOWS, tmp_path_factory.mktemp("index") / "whole", levels=loudness)


def embedded(lm, text):
    ids = lm.tokenizer(text, add_special_tokens=False).input_ids
    return lm.model.get_input_embeddings()(torch.tensor(ids))


@torch.inference_mode()
def plain(lm, index, spans, question=QUESTION, new=12):
    """The ids and the choices' log-probabilities of the model alone, on the same tokens."""
    audio = index.embedding_rows(spans)
    suffix = embedded(lm, CARD.suffix.format(question=question))
    states = torch.cat([embedded(lm, CARD.prefix), audio, suffix])[None]
    found = lm.model.generate(
        inputs_embeds=states,
        attention_mask=torch.ones(states.shape[:2], dtype=torch.long),
        max_new_tokens=new,
        do_sample=False,
        output_logits=True,
        return_dict_in_generate=True,
    )
    chosen = [step[0].log_softmax(-1).max().item() for step in found.logits]
    return found.sequences[0].tolist(), chosen


class TestIngest:
    def test_what_is_noted(self, lm, index):
        meta = index.meta
        assert (meta.model, meta.tokens, meta.token_seconds) == (MODEL, 36, 0.1)
        assert meta.seconds == pytest.approx(3.55)
        assert (meta.width, meta.key_heads, meta.head_dim) == (48, 2, 8)
        expected = np.concatenate([loudness(samples, 0.1) for samples in WINDOWS])
        assert np.array_equal(index.levels, expected)

    @torch.inference_mode()
    @pytest.mark.parametrize("number", [0, 2, 3])
    def test_keys_and_embeddings_are_those_of_a_real_prefill(self, lm, index, number):
        """The model is called as anyone would: placeholders for the audio, and its features."""
        prefix = lm.tokenizer(CARD.prefix, add_special_tokens=False).input_ids
        asked = lm.tokenizer("\nWhy?", add_special_tokens=False).input_ids
        ids = torch.tensor([[*prefix, *[AUDIO] * 10, *asked]])
        mel = lm.backend.features(WINDOWS[number], sampling_rate=16_000, return_tensors="pt")
        seen = {}
        layer = lm.model.get_decoder().layers[0]
        handle = layer.register_forward_pre_hook(lambda _, args: seen.update(states=args[0]))
        with HeadRouter(lm.model, layer=2, keep=0.5) as router:
            lm.model(input_ids=ids, input_features=mel.input_features)
        handle.remove()
        first, last = 10 * number, min(10 * number + 10, 36)
        heard = last - first  # the rest of a short window is padding
        keys = router.pruned[0].sample.keys[:, :heard]
        torch.testing.assert_close(index.key_rows(first, last), keys, **HALF)
        embeddings = seen["states"][0, len(prefix) : len(prefix) + heard]
        torch.testing.assert_close(index.embedding_rows([(first, last)]), embeddings, **HALF)

    def test_other_windows_in_the_batch_change_nothing(self, lm, index, tmp_path):
        alone = lm.ingest(WINDOWS[2:3], tmp_path / "alone", levels=loudness)
        torch.testing.assert_close(alone.key_rows(0, 10), index.key_rows(20, 30), **HALF)
        assert not torch.allclose(alone.key_rows(0, 10), index.key_rows(0, 10), atol=0.1)

    def test_progress_in_seconds_heard(self, lm, tmp_path):
        heard = []
        lm.ingest(WINDOWS, tmp_path / "i", levels=loudness, on_progress=heard.append, batch=2)
        assert heard == pytest.approx([2.0, 3.55])

    def test_windows_that_are_read_together_have_the_keys_of_each_alone(self, lm):
        rows = lm.embed(WINDOWS)
        together = lm.keys(rows)
        assert [found.shape[1] for found in together] == [10, 10, 10, 6]
        for found, window in zip(together, rows, strict=True):
            torch.testing.assert_close(found, lm.keys([window])[0], **HALF)

    def test_several_threads_hear_what_one_hears(self, lm, index, tmp_path):
        layers = lm.model.get_decoder().layers
        torch.set_num_threads(3)
        try:
            found = lm.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        finally:
            torch.set_num_threads(1)
        for name in ("embeddings", "keys"):
            exact, near = (torch.from_numpy(getattr(i, name).copy()) for i in (index, found))
            torch.testing.assert_close(near, exact, **HALF)
        assert lm.model.get_decoder().layers is layers

    def test_a_thread_reads_the_keys_of_its_own_pass(self, lm):
        rows = lm.embed(WINDOWS[:2])
        attention = lm.model.get_decoder().layers[1].self_attn
        with heads_read(family_of(lm.model), attention) as found:
            lm.keys(rows[:1])
            own = found["keys"]
            other = threading.Thread(target=lm.keys, args=(rows[1:],))
            other.start()
            other.join()
            assert found["keys"] is own

    def test_in_bfloat16_it_hears_the_same(self, lm, index, tmp_path, bfloat16):
        rounded = lm.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        for name in ("embeddings", "keys"):
            exact, found = getattr(index, name), getattr(rounded, name)
            assert not np.array_equal(exact, found)
            error = np.abs(exact.astype(np.float32) - found.astype(np.float32)).max()
            assert error < 0.05 * np.abs(exact.astype(np.float32)).max()

    def test_after_stopping_it_goes_on_to_the_same_index(self, lm, tmp_path):
        taken = []

        def windows():
            for samples in WINDOWS:
                taken.append(samples)
                yield samples

        stop = iter([False, True, True])
        index = lm.ingest(
            windows(), tmp_path / "i", levels=loudness, stop=lambda: next(stop), batch=1
        )
        assert index is None
        assert len(taken) == 3  # two were heard, and one was read ahead
        assert not (tmp_path / "i").exists()
        with mock.patch.object(lm, "embed", wraps=lm.embed) as embed:
            index = lm.ingest(windows(), tmp_path / "i", levels=loudness, batch=1)
        assert embed.call_count == len(WINDOWS) - 2
        whole = lm.ingest(WINDOWS, tmp_path / "whole", levels=loudness, batch=1)
        assert np.array_equal(index.embeddings, whole.embeddings)
        assert np.array_equal(index.keys, whole.keys)

    def test_a_recording_that_grew_is_heard_from_its_last_whole_window(self, lm, tmp_path):
        short = [*WINDOWS[:2], WINDOWS[2][:100]]
        lm.ingest(short, tmp_path / "i", levels=loudness, batch=1)
        index = lm.ingest(WINDOWS, tmp_path / "i", levels=loudness, batch=1, grow=True)
        whole = lm.ingest(WINDOWS, tmp_path / "whole", levels=loudness, batch=1)
        assert index.meta == whole.meta
        assert np.array_equal(index.embeddings, whole.embeddings)

    def test_silent_windows_are_not_encoded(self, lm, tmp_path):
        lm.__dict__.pop("_silence", None)  # what another test may have had encoded
        quiet = 1e-4 * WINDOWS[1]
        windows = [WINDOWS[0], quiet, WINDOWS[2], quiet[:8000]]
        with mock.patch.object(lm, "embed", wraps=lm.embed) as embed:
            index = lm.ingest(windows, tmp_path / "i", levels=level, silent_dbfs=-60.0, batch=3)
        encoded = [samples for call in embed.call_args_list for samples in call.args[0]]
        assert [samples.std() > 0 for samples in encoded] == [True, True, False]  # silence: once
        digital = lm.ingest([np.zeros_like(quiet)], tmp_path / "s", levels=level)
        assert index.meta.tokens == 35
        for first, last in ((10, 20), (30, 35)):
            rows = last - first
            assert np.array_equal(index.embeddings[first:last], digital.embeddings[:rows])
            assert np.array_equal(index.keys[first:last], digital.keys[:rows])
        assert np.all(index.levels[10:20] > -120)  # its levels are its own
        everything = lm.ingest(windows, tmp_path / "e", levels=level, batch=3)
        assert not np.array_equal(index.embeddings[10:20], everything.embeddings[10:20])

    def test_after_stopping_silence_is_the_same(self, lm, tmp_path):
        windows = [WINDOWS[0], np.zeros_like(WINDOWS[0]), WINDOWS[2], WINDOWS[1]]
        asked = dict(levels=level, silent_dbfs=-60.0, batch=2)
        assert lm.ingest(windows, tmp_path / "i", stop=lambda: True, **asked) is None
        index = lm.ingest(windows, tmp_path / "i", **asked)
        whole = lm.ingest(windows, tmp_path / "whole", **asked)
        assert np.array_equal(index.embeddings, whole.embeddings)
        assert np.array_equal(index.keys, whole.keys)

    def test_a_source_that_fails_leaves_the_model_usable(self, lm, index, tmp_path):
        def windows():
            yield from WINDOWS[:1]
            raise EOFError("the file breaks off")

        with pytest.raises(EOFError):
            lm.ingest(windows(), tmp_path / "i", levels=loudness, batch=1)
        assert not (tmp_path / "i").exists()
        assert lm.lock.acquire(blocking=False)
        lm.lock.release()
        assert lm.answer(index, QUESTION, Listening(((0, 36),), 1.0, 4)).new_tokens == 4


class TestScan:
    @torch.inference_mode()
    def heads(self, lm, question):
        """(heads, text, dim): the question's queries at layer 1, from the whole model."""
        states = torch.cat(
            [embedded(lm, CARD.prefix), embedded(lm, CARD.suffix.format(question=question))]
        )
        found = {}
        projection = lm.model.get_decoder().layers[1].self_attn.q_proj
        handle = projection.register_forward_hook(lambda _, args, out: found.update(out=out))
        lm.model(inputs_embeds=states[None])
        handle.remove()
        queries = found["out"][0].reshape(len(states), 6, 8).transpose(0, 1)
        return queries[:, len(embedded(lm, CARD.prefix)) :]

    def importance(self, queries, keys):
        """One softmax over all tokens a head and word, in double precision, heads alike."""
        rows = [
            (queries[head].double() @ keys[head // 3].double().T / math.sqrt(8)).softmax(dim=-1)
            for head in range(6)
        ]
        return torch.stack(rows).mean(dim=(0, 1))

    def test_it_is_the_softmax_over_all_windows_at_once(self, lm, index):
        scan = lm.scan(index, QUESTION, 0, 36)
        wanted = self.importance(self.heads(lm, QUESTION), index.key_rows(0, 36))
        assert scan.first == 0
        assert (scan.importance.double() - wanted).abs().max() < 1e-6
        assert float(scan.importance.sum()) == pytest.approx(1.0, abs=1e-6)
        assert float(scan.importance.max()) > 2 * float(scan.importance.min())

    def test_a_range_is_weighed_by_itself(self, lm, index):
        scan = lm.scan(index, QUESTION, 7, 23)
        wanted = self.importance(self.heads(lm, QUESTION), index.key_rows(7, 23))
        assert scan.first == 7
        assert (scan.importance.double() - wanted).abs().max() < 1e-6

    @pytest.mark.parametrize("pieces", [0, 1, 3, 5])
    def test_it_ends_when_it_is_stopped(self, lm, index, monkeypatch, pieces):
        """At any of the pieces in which an index is read, twice for a softmax."""
        monkeypatch.setattr("headrouter.hear.weighing.SCAN_TOKENS", 12)
        asked = iter(range(pieces + 1))
        assert lm.scan(index, QUESTION, 0, 36, stop=lambda: next(asked) == pieces) is None
        assert next(asked, None) is None
        assert lm.scan(index, QUESTION, 0, 36, stop=lambda: False) is not None

    def test_neutral_questions_are_what_it_is_compared_with(self, lm, index):
        """Head by head, the ratio of two softmaxes, averaged over two seconds."""
        scan = replace(lm, card=replace(CARD, neutral=NEUTRAL)).scan(index, QUESTION, 3, 36)
        asked = self.heads(lm, QUESTION)
        neutral = torch.cat([self.heads(lm, question) for question in NEUTRAL], dim=1)
        floor = 0.01 / 33
        ratios = []
        for head in range(6):
            keys = index.key_rows(3, 36)[head // 3].double()
            one, other = (
                (rows[head].double() @ keys.T / math.sqrt(8)).softmax(dim=-1).mean(dim=0)
                for rows in (asked, neutral)
            )
            ratio = (one + floor) / (other + floor)
            averaged = torch.stack([ratio[max(0, at - 10) : at + 11].mean() for at in range(33)])
            ratios.append(averaged / averaged.sum())
        wanted = torch.stack(ratios).mean(dim=0)
        assert (scan.importance.double() - wanted).abs().max() < 1e-6
        assert float(scan.importance.max()) > 1.01 * float(scan.importance.min())

    def test_what_all_questions_attend_to_does_not_count(self, lm, index):
        """A neutral question finds nothing that stands out."""
        scan = replace(lm, card=replace(CARD, neutral=(QUESTION,))).scan(index, QUESTION, 0, 36)
        torch.testing.assert_close(scan.importance, torch.full((36,), 1 / 36))

    def test_another_question_weighs_otherwise(self, lm, index):
        one, other = (lm.scan(index, q, 0, 36).importance for q in (QUESTION, "A dog barks"))
        assert (one - other).abs().max() > 1e-4

    def test_the_model_has_all_its_layers_again(self, lm, index):
        layers = lm.model.get_decoder().layers
        lm.scan(index, QUESTION, 0, 36)
        assert lm.model.get_decoder().layers is layers
        with pytest.raises(RuntimeError, match="size"):
            read_heads(lm.model, torch.zeros(1, 3, 5), 2)
        assert lm.model.get_decoder().layers is layers
        assert not any(module._forward_hooks for module in lm.model.modules())


class TestAnswer:
    def ask(self, lm, index, spans=((0, 36),), keep=1.0, new=12, **more):
        return lm.answer(index, QUESTION, Listening(spans, keep, new), **more)

    def test_with_everything_kept_it_is_what_the_model_says(self, lm, index):
        ids, chosen = plain(lm, index, [(0, 36)])
        answer = self.ask(lm, index)
        assert answer.text == lm.tokenizer.decode(ids, skip_special_tokens=True).strip()
        assert len(answer.text) > 3
        assert answer.new_tokens == len(ids)
        assert answer.log_probability == pytest.approx(sum(chosen) / len(chosen), abs=1e-4)
        assert not answer.stopped

    def test_spans_are_heard_one_after_the_other(self, lm, index):
        spans = [(2, 9), (20, 31)]
        ids, _ = plain(lm, index, spans)
        answer = self.ask(lm, index, tuple(spans))
        assert answer.text == lm.tokenizer.decode(ids, skip_special_tokens=True).strip()
        assert answer.text != self.ask(lm, index).text
        assert answer.heard_tokens == 18

    def test_kept_tokens_lie_in_the_spans(self, lm, index):
        spans = ((3, 9), (15, 22))
        answer = self.ask(lm, index, spans, keep=0.5)
        inside = [token for first, last in spans for token in range(first, last)]
        assert set(answer.kept.tolist()) < set(inside)
        assert answer.kept.tolist() == sorted(answer.kept.tolist())
        assert len(answer.kept) == len(answer.importance) == 6  # the floor of 13 / 2

    def test_of_a_model_that_was_never_measured_tokens_are_kept_at_a_uniform_stride(
        self, lm, index
    ):
        assert self.ask(lm, index, keep=0.25).kept.tolist() == list(range(0, 36, 4))

    def test_the_most_important_tokens_are_kept(self, lm, index):
        lm = replace(lm, profile=replace(lm.profile, calibrated=True))
        answer, whole = self.ask(lm, index, keep=0.25), self.ask(lm, index, keep=1.0)
        assert whole.kept.tolist() == list(range(36))
        best = whole.importance.topk(9).indices.sort().values
        assert answer.kept.tolist() == best.tolist()
        torch.testing.assert_close(answer.importance, whole.importance[best])
        assert float(whole.importance.sum()) == pytest.approx(1.0, abs=1e-5)

    def test_with_neutral_questions_it_keeps_what_the_scan_finds(self, lm, index):
        other = replace(lm, card=replace(CARD, neutral=NEUTRAL))
        answer, plain = (self.ask(one, index, ((4, 36),), keep=0.25) for one in (other, lm))
        importance = other.scan(index, QUESTION, 4, 36).importance
        best = importance.topk(8).indices.sort().values
        assert answer.kept.tolist() == (best + 4).tolist() != plain.kept.tolist()
        torch.testing.assert_close(answer.importance, importance[best])

    def test_where_tokens_are_words_what_is_asked_for_is_kept(self, lm, tmp_path):
        """Through the index: the token that lies nearest to the question's word."""
        card = SPOTTING_CARD
        other = replace(lm, card=card)
        index = other.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        words = other.model.get_input_embeddings().weight.detach()
        lexicon = Lexicon(words, lm.tokenizer, card.spotting)
        rows = index.embedding_rows([(4, 36)])
        torch.testing.assert_close(index.mass_rows(4, 36), lexicon.mass(rows), **HALF)
        attended = replace(lm, card=replace(CARD, neutral=NEUTRAL))
        before = attended.scan(index, "A dog barks", 4, 36).importance
        spots = spotted(lexicon, "A dog barks", Heard(lambda: [(rows, lexicon.mass(rows))]), 0.1)
        wanted = pointed(before, spots, 0.1)
        found = other.scan(index, "A dog barks", 4, 36).importance
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-2)
        assert (found - before).abs().max() > 1e-3
        by_default, by_peaks, by_weight = (
            other.answer(index, "A dog barks", Listening(((4, 36),), 0.25, 4, scorer)).kept.tolist()
            for scorer in (None, "peaks", "spotting")
        )
        best = found.topk(8).indices.sort().values
        assert by_weight == (best + 4).tolist()
        assert by_default == by_peaks

    @pytest.mark.parametrize("scorer", ["headrouter", "frame"])
    def test_a_prompt_read_in_bfloat16_is_answered_alike(self, lm, index, bfloat16, scorer):
        rounded = lm.answer(index, QUESTION, Listening(((0, 36),), 0.4, 1, scorer=scorer))
        with mock.patch("torch.cpu._is_avx512_bf16_supported", lambda: False):
            exact = lm.answer(index, QUESTION, Listening(((0, 36),), 0.4, 1, scorer=scorer))
        assert rounded.log_probability != exact.log_probability
        assert rounded.log_probability == pytest.approx(exact.log_probability, abs=0.3)
        if scorer == "frame":
            assert torch.equal(rounded.kept, exact.kept)

    def test_pruning_changes_the_answer(self, lm, index):
        """Without this the tests above could hold because nothing depends on the audio."""
        assert self.ask(lm, index, keep=0.1).text != self.ask(lm, index, keep=1.0).text

    def test_the_pieces_are_the_answer(self, lm, index):
        pieces = []
        answer = self.ask(lm, index, new=60, on_text=pieces.append)
        assert "".join(pieces).strip() == answer.text
        assert all(pieces)

    def test_stop_ends_it_at_that_token(self, lm, index):
        ids, _ = plain(lm, index, [(0, 36)])
        asked = []

        def stop():
            asked.append(True)
            return len(asked) == 3

        pieces = []
        answer = self.ask(lm, index, stop=stop, on_text=pieces.append)
        assert answer.stopped
        assert answer.new_tokens == len(asked) == 3
        assert answer.text == lm.tokenizer.decode(ids[:3], skip_special_tokens=True).strip()
        assert "".join(pieces).strip() == answer.text

    def test_the_words_are_part_of_the_prompt(self, lm, index):
        plan = Listening(((0, 36),), 1.0, 12, words="good morning")
        told, without = lm.answer(index, QUESTION, plan), self.ask(lm, index)
        assert told.text != without.text
        assert told.prompt_tokens == lm.question_tokens(QUESTION, "good morning")
        assert without.prompt_tokens == lm.question_tokens(QUESTION)
        assert told.prompt_tokens == without.prompt_tokens + len('The words are: "good morning"\n')

    def test_what_is_known_is_part_of_the_prompt(self, lm, index):
        plan = Listening(((0, 36),), 1.0, 12, known="Found: 0:12 a dog")
        told, without = lm.answer(index, QUESTION, plan), self.ask(lm, index)
        assert told.text != without.text
        assert told.prompt_tokens == lm.question_tokens(f"Found: 0:12 a dog\n{QUESTION}")
        assert told.prompt_tokens > without.prompt_tokens

    def test_braces_in_a_question_are_text(self, lm, index):
        answer = lm.answer(index, "{question} {0} {", Listening(((0, 36),), 1.0, 2))
        assert answer.new_tokens == 2

    def test_the_scorer_is_the_plans(self, lm, index):
        even = lm.answer(index, QUESTION, Listening(((0, 36),), 0.25, 2, scorer="frame"))
        assert even.kept.tolist() == list(range(0, 36, 4))
        with pytest.raises(UnknownScorer, match="best"):
            lm.answer(index, QUESTION, Listening(((0, 36),), 0.25, 2, scorer="best"))

    def test_times_are_measured(self, lm, index):
        answer = self.ask(lm, index)
        assert answer.prefill_seconds > 0
        assert answer.decode_seconds > 0


class TestWriting:
    def test_it_is_what_the_model_says_to_the_text_alone(self, lm, index):
        ids, _ = plain(lm, index, [(0, 0)], "A text.")
        pieces = []
        text = lm.write("A text.", max_new_tokens=12, on_text=pieces.append)
        assert text == lm.tokenizer.decode(ids, skip_special_tokens=True).strip()
        assert len(text) > 3
        assert "".join(pieces).strip() == text

    def test_stop_ends_it_at_that_token(self, lm):
        whole = lm.write("A text.", max_new_tokens=12)
        stopped = lm.write("A text.", max_new_tokens=12, stop=lambda: True)
        assert len(stopped) < len(whole)
        assert whole.startswith(stopped)


class TestThreads:
    def test_answers_at_once_are_those_of_one_after_the_other(self, lm, index):
        plans = [Listening(((0, 10 * n),), 0.5, 8) for n in (1, 2, 3)]
        alone = [lm.answer(index, QUESTION, plan).text for plan in plans]
        together = {}

        def ask(number):
            together[number] = lm.answer(index, QUESTION, plans[number]).text

        run_all([threading.Thread(target=ask, args=(number,)) for number in range(3)])
        assert [together[number] for number in range(3)] == alone

    def test_an_answer_waits_for_a_scan(self, lm, index):
        """A scan takes the upper layers away; whoever comes then must not see that."""
        inside, go_on, found = threading.Event(), threading.Event(), {}

        def pause(module, args):
            if threading.current_thread() is scanning:
                inside.set()
                assert go_on.wait(30)

        def answer():
            found["answer"] = lm.answer(index, QUESTION, Listening(((0, 36),), 0.5, 4))

        def scan():
            found["scan"] = lm.scan(index, QUESTION, 0, 36)

        scanning, answering = threading.Thread(target=scan), threading.Thread(target=answer)
        handle = lm.model.get_decoder().layers[0].register_forward_pre_hook(pause)
        scanning.start()
        assert inside.wait(30)
        answering.start()
        answering.join(0.2)
        waited = answering.is_alive()
        go_on.set()
        scanning.join(30)
        answering.join(30)
        handle.remove()
        assert waited
        assert found["answer"].new_tokens == 4
        assert len(found["scan"].importance) == 36


def run_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


class TestLoading:
    @pytest.fixture
    def folder(self, lm, tmp_path):
        folder = tmp_path / "checkpoint"
        lm.model.save_pretrained(folder)
        lm.tokenizer.save_pretrained(folder)
        lm.backend.features.save_pretrained(folder)
        return folder

    def test_a_checkpoint(self, lm, index, folder, capfd):
        loaded = AudioLM.load(folder, CARD, model_id=MODEL)
        assert loaded.model_id == MODEL
        assert (loaded.profile.calibrated, loaded.profile.heads) == (False, 6)
        assert not loaded.model.training
        plan = Listening(((0, 36),), 0.5, 12)
        assert loaded.answer(index, QUESTION, plan).text == lm.answer(index, QUESTION, plan).text
        assert capfd.readouterr() == ("", "")

    def test_the_cards_name_where_no_id_is_given(self, folder):
        assert AudioLM.load(folder, CARD).model_id == "tiny"

    def test_another_models_profile_is_refused(self, folder):
        with pytest.raises(ProfileMismatch, match="tiny@2"):
            AudioLM.load(folder, CARD, model_id=MODEL, profile=uniform_profile("tiny@2", 2, 6))

    def test_a_profile_for_another_layer_hears_for_itself(self, folder, tmp_path):
        profile = uniform_profile(MODEL, 3, 6, CARD.prompt_format)
        loaded = AudioLM.load(folder, CARD, model_id=MODEL, profile=profile)
        assert loaded.model_id == f"{MODEL}+M3"
        index = loaded.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        assert loaded.answer(index, QUESTION, Listening(((0, 36),), 0.5, 4)).new_tokens == 4

    def test_the_layer_is_the_cards(self, folder):
        assert AudioLM.load(folder, replace(CARD, layer=3), model_id=MODEL).profile.layer == 3

    def test_what_one_process_heard_another_answers_from(self, lm, folder, tmp_path):
        lm.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        loaded = AudioLM.load(folder, CARD, model_id=MODEL)
        plan = Listening(((0, 36),), 1.0, 4)
        answer = loaded.answer(AudioIndex.open(tmp_path / "i", MODEL), QUESTION, plan)
        assert answer.new_tokens == 4


def test_sizes_that_others_plan_with(lm):
    assert lm.token_seconds == pytest.approx(0.1)
    assert lm.device.type == "cpu"
    assert (lm.cost.layers, lm.cost.layer) == (4, 2)


CHOICE = "Who spoke?\nA. a dog\nB. nobody at all\nC. an old man"


def option_odds(answer):
    """Of A against B, from the share of the one that was taken."""
    share = math.exp(answer.log_probability)
    return math.log(share / (1 - share)) * (1 if answer.text[0] == "A" else -1)


class TestTranscripts:
    """With a reader of letters a transcript is what it and the model agree on."""

    QUESTION = "Transcribe the speech."
    PLAN = Listening(((0, 36),), 0.5, 6)

    @pytest.fixture
    def reading(self, lm):
        """With a reader that reads something everywhere."""
        torch.manual_seed(3)
        reader = LetterReader(lm.model.get_input_embeddings().weight.shape[1]).eval()
        with torch.no_grad():
            reader.out.bias.copy_(3 * torch.randn(reader.out.bias.shape))
        return replace(lm, letters=reader)

    def test_letters_are_read_of_all_tokens(self, reading, index):
        texts = []
        answer = reading.answer(index, self.QUESTION, self.PLAN, on_text=texts.append)
        with mock.patch("headrouter.hear.letters.WEIGHT", 0.0):
            alone = reading.answer(index, self.QUESTION, self.PLAN)
        assert (len(answer.kept), answer.heard_tokens) == (18, 36)
        assert texts == [answer.text] != [alone.text]
        assert answer.new_tokens == 6
        assert answer.log_probability < 0

    @pytest.mark.parametrize(
        ("question", "words"),
        [("Who spoke?", None), ("What is said about it?", None), (QUESTION, "they spoke")],
    )
    def test_anything_else_is_the_models(self, lm, reading, index, question, words):
        plan = replace(self.PLAN, words=words)
        assert reading.answer(index, question, plan).text == lm.answer(index, question, plan).text

    def test_where_nothing_is_read_the_model_says_so(self, lm, reading, index):
        with torch.no_grad():
            reading.letters.out.bias.view(-1, 29)[:, 0] = 99.0
        found = reading.answer(index, self.QUESTION, self.PLAN)
        assert found.text == lm.answer(index, self.QUESTION, self.PLAN).text

    def test_stopped_at_once(self, reading, index):
        answer = reading.answer(index, self.QUESTION, self.PLAN, stop=lambda: True)
        assert answer.stopped
        assert answer.new_tokens <= 1

    def test_an_index_holds_them_and_words_are_looked_for_by_them(self, reading, tmp_path):
        other = replace(reading, card=SPOTTING_CARD)
        index = other.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        rows = index.embedding_rows([(0, index.meta.tokens)])
        read = index.letter_rows([(0, index.meta.tokens)], CLASSES)
        assert read.shape == (FRAMES * index.meta.tokens, CLASSES)
        torch.testing.assert_close(read[:16], reading.letters.read(rows[:9])[:16].float(), **HALF)
        deaf = replace(other, letters=None).ingest(WINDOWS, tmp_path / "d", levels=loudness)
        with_letters, without = (
            other.scan(one, "A dog barks", 4, 36).importance for one in (index, deaf)
        )
        assert (with_letters - without).abs().max() > 1e-4

    def test_it_comes_with_the_checkpoint(self, lm, reading, tmp_path):
        for part in (lm.model, lm.tokenizer, lm.backend.features):
            part.save_pretrained(tmp_path)
        assert AudioLM.load(tmp_path, CARD).letters is None
        save_file(reading.letters.state_dict(), tmp_path / "letters.safetensors")
        tokens = torch.randn(3, reading.letters.mean.numel())
        read = AudioLM.load(tmp_path, CARD).letters.read(tokens)
        torch.testing.assert_close(read, reading.letters.read(tokens))


class TestChoice:
    @torch.inference_mode()
    def test_the_likeliest_option_is_taken(self, lm, index):
        """Each option weighed by itself, in one whole pass over prompt and answer."""
        spans = [(0, 20), (25, 30)]
        suffix = embedded(lm, CARD.suffix.format(question="Who spoke?"))
        asked = torch.cat([embedded(lm, CARD.prefix), index.embedding_rows(spans), suffix])
        means = {}
        for letter, option in (("A", "a dog"), ("B", "nobody at all"), ("C", "an old man")):
            forms = []
            for said in (f"{option.capitalize()}.", f"The {option}.", f"... {option}."):
                ids = lm.tokenizer(said + CARD.end, add_special_tokens=False).input_ids
                states = torch.cat([asked, embedded(lm, said + CARD.end)])[None]
                logits = lm.model(inputs_embeds=states).logits[0, len(asked) - 1 : -1]
                forms.append(logits.log_softmax(-1)[range(len(ids)), ids].mean())
            means[letter] = float(max(forms))
        best = max(means, key=means.__getitem__)
        shown = []
        lm = replace(lm, card=replace(CARD, answer_forms=("{}", "the {}", "... {}")))
        found = lm.answer(index, CHOICE, Listening(tuple(spans), 1.0), on_text=shown.append)
        assert found.text.startswith(f"{best}. ") and shown == [found.text]
        share = torch.tensor(list(means.values())).log_softmax(0).max()
        assert found.log_probability == pytest.approx(float(share), abs=1e-3)
        assert not found.stopped

    def test_what_was_spotted_of_the_options_counts(self, lm, tmp_path):
        """Besides what a model of which nothing can be spotted would say."""
        card = SPOTTING_CARD
        spotting, other = replace(lm, card=card), replace(lm, card=replace(card, spotting=None))
        index = spotting.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        rows = index.embedding_rows([(4, 36)])
        lexicon = Lexicon(
            lm.model.get_input_embeddings().weight.detach(), lm.tokenizer, card.spotting
        )
        heard = best_likelihoods(
            lexicon, ["dog", "rain"], False, Heard(lambda: [(rows, lexicon.mass(rows))]), 0.1
        )
        for asked, counts in (("Which is heard?", True), ("Who is heard?", False)):
            text = f"{asked}\nA. dog\nB. rain"
            plan = Listening(((4, 36),), 1.0)
            ear, tongue = (one.answer(index, text, plan) for one in (spotting, other))
            scores = option_odds(tongue)
            if counts:
                scores += SPOTTED_WEIGHT * float(
                    (heard[0] + SPOTTED_FLOOR).log() - (heard[1] + SPOTTED_FLOOR).log()
                )
            assert option_odds(ear) == pytest.approx(scores, abs=1e-2)

    @pytest.mark.parametrize(("likely", "answer"), [(1.0, "Yes."), (0.0, "No.")])
    def test_whether_a_word_is_said_goes_by_what_is_spotted(
        self, lm, tmp_path, monkeypatch, likely, answer
    ):
        """Unless words were recognised: then the model reads them, and says what it likes."""
        found = torch.full((1,), likely)
        monkeypatch.setattr("headrouter.hear.answering.best_likelihoods", lambda *args: found)
        monkeypatch.setattr("headrouter.question.choices.SPOTTED_WEIGHT", 100.0)
        card = SPOTTING_CARD
        spotting = replace(lm, card=card)
        index = spotting.ingest(WINDOWS, tmp_path / "i", levels=loudness)
        plan, question = Listening(((4, 36),), 0.5, 3), 'Is the word "dog" said?'
        assert spotting.answer(index, question, plan).text == answer
        read = spotting.answer(index, question, replace(plan, words="A dog barks."))
        assert read.new_tokens == 3
        other = replace(lm, card=replace(card, spotting=None))
        assert other.answer(index, question, plan).new_tokens == 3

    def test_it_listens_as_to_any_question(self, lm, index):
        plan = Listening(((0, 36),), 0.5)
        found = lm.answer(index, CHOICE, plan)
        other = lm.answer(index, QUESTION, replace(plan, max_new_tokens=1))
        assert torch.equal(found.kept, other.kept) and len(found.kept) == 18
        letter = lm.answer(index, CHOICE + "\nAnswer with the letter only.", plan).text
        assert letter == found.text[0]

    def test_a_model_that_knows_letters_reads_the_options(self, lm, index):
        knowing = replace(lm, card=replace(CARD, answer_forms=()))
        found = knowing.answer(index, CHOICE, Listening(((0, 36),), 1.0, 3))
        assert found.new_tokens == 3
        assert found.prompt_tokens == len(own_ids(lm.tokenizer, CARD.prefix)) + len(
            own_ids(lm.tokenizer, CARD.suffix.format(question=CHOICE))
        )


@pytest.mark.parametrize("mark", ["<|im_end|>", "<|im_start|>", "<audio>", "<pad>"])
class TestControlTokensThatAreTyped:
    def ids(self, lm, **prompt):
        """Of the prompt after the audio, without those that the card itself has there."""
        own = own_ids(lm.tokenizer, CARD.suffix.split("{question}")[1])
        return lm._ask(**prompt)[: -len(own)]

    def test_are_text_in_a_question(self, lm, mark):
        special = set(lm.tokenizer.all_special_ids) - {lm.tokenizer.unk_token_id}
        marks = set(lm.tokenizer.get_added_vocab().values()) - {lm.tokenizer.unk_token_id}
        for asked in (dict(question=f"Say {mark} twice"), dict(question="Who?", words=f"a {mark}")):
            found = set(self.ids(lm, **asked))
            assert not found & (special | marks)

    def test_are_text_in_an_option(self, lm, mark):
        (end,) = own_ids(lm.tokenizer, CARD.end)
        assert lm.answer_ids(f"A) {mark}").tolist().count(end) == 1
