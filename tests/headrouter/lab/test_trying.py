"""Trying a model: what is compared, what is chosen, and that it is what a router would do."""

import json
from dataclasses import replace

import pytest
import torch

from headrouter.errors import EvidenceError, ProfileUnreadable
from headrouter.hear.listener import AudioLM
from headrouter.lab.corpus.clips import find_clips
from headrouter.lab.evidence import trying
from headrouter.lab.evidence.finding import Sought, target_of
from headrouter.lab.evidence.planted import SENTENCE, SOUND, Planted, long_words
from headrouter.lab.evidence.subjects import ListenerSubject, router
from headrouter.lab.evidence.trying import (
    CLIPS,
    COMPARED,
    Left,
    Recording,
    Tried,
    hear,
    layers_of,
    probed,
    tokens_of,
    try_layer,
    try_model,
)
from headrouter.models import MODELS, NEUTRAL, Measured, measured_of, measured_path
from headrouter.prune.profiles import uniform_profile
from headrouter.prune.routing import kept_count
from headrouter.testing import tiny_card, tiny_listener

pytestmark = pytest.mark.usefixtures("one_thread")

OWN = tiny_card(spotting=None, neutral=(), layer=2)


@pytest.fixture
def listener():
    return tiny_listener(OWN)


def test_the_clips_that_ship_give_each_half_sentences_and_sounds_enough():
    clips = find_clips(CLIPS)
    for half in (clips[::2], clips[1::2]):
        said = [clip for clip in half if clip.kind == "speech"]
        words = [word for clip in said for word in set(long_words(clip))]
        assert sum(any(words.count(word) == 1 for word in long_words(clip)) for clip in said) >= 20
        assert len({clip.label for clip in half if clip.kind == "sound"}) >= 10
    assert all(len(clip.samples()) > 8_000 for clip in clips[::9])
    assert {clip.licence for clip in clips} == {"synthetic: samples/README.md"}


def noise(seconds):
    generator = torch.Generator().manual_seed(0)
    return (0.1 * torch.randn(round(16_000 * seconds), generator=generator)).numpy()


class TestProbe:
    @pytest.mark.parametrize("scorer", COMPARED)
    def test_what_is_compared_is_what_a_router_keeps(self, listener, scorer):
        neutral = NEUTRAL if scorer in trying.BY_CONTRAST else ()
        lm = replace(listener, card=replace(listener.card, neutral=neutral))
        item = Planted(SOUND, "When is a dog heard?", 1.0, 2.0)
        own = tokens_of(lm, hear(lm, noise(3), [item]))
        sample = probed(lm, own, item.question)
        count = kept_count(len(own.audio), 0.4)
        mine = trying.SCORERS[scorer](sample, lm.profile, count).topk(count).indices.sort().values
        subject = ListenerSubject(lm)
        prompt = subject.prompt(subject.hear(noise(3)), item.question)
        with router(subject, prompt, 0.4, scorer=scorer, profile=lm.profile) as routed:
            with torch.inference_mode():
                lm.model(**prompt.inputs)
        assert routed.pruned[0].kept.tolist() == mine.tolist()


def found(layer, **shares):
    """Two moments of each kind, of which so much stays."""
    rows = {
        scorer: [Left(kind, (share + wobble,) * 3) for kind in (SENTENCE, SOUND) for wobble in W]
        for scorer, share in shares.items()
    }
    flat = uniform_profile("tiny@1", layer, 6)
    return Tried(layer, {False: flat, True: replace(flat, calibrated=True)}, rows)


W = (-0.01, 0.01)


class TestChoice:
    def test_what_loses_least_is_chosen_and_uniform_stride_where_nothing_gains(self):
        best = found(2, frame=0.4, peaks=0.5, contrast=0.7, headrouter=0.6)
        assert (best.chosen, best.neutral) == ("contrast", True)
        probe = found(2, frame=0.4, peaks=0.5, contrast=0.3, headrouter=0.6)
        assert (probe.chosen, probe.neutral) == ("headrouter", False)
        assert found(2, frame=0.4, peaks=0.4, contrast=0.4, headrouter=0.4).chosen == "frame"

    def test_the_lowest_of_the_layers_that_are_as_good(self, listener, monkeypatch):
        worse = dict(frame=0.4, peaks=0.4, contrast=0.4, headrouter=0.5)
        better = worse | {"contrast": 0.8}
        tried = {1: worse, 2: better, 3: better}
        monkeypatch.setattr(
            trying, "try_layer", lambda _, layer, *more: found(layer, **tried[layer])
        )
        monkeypatch.setattr(trying, "hear", lambda *settings: None)
        measured, profile = try_model(listener, moments=2, layers=[3, 1, 2])
        assert (measured.layer, measured.scorer, measured.neutral) == (2, "contrast", True)
        assert profile.calibrated and profile.layer == 2
        assert measured.kept("0.4") == pytest.approx(0.8)

    def test_heads_that_find_it_make_the_probe_win(self, listener, monkeypatch):
        """Of six heads one attends to what is asked for; only weighed heads can tell."""
        item = Planted(SENTENCE, "What is said about the harbour?", 4.0, 6.0)
        other = Planted(SOUND, "Can you hear a dog?", 7.0, 8.0)
        moments = {one.question: one for one in (item, other)}

        class Found(trying.Sample):
            @property
            def attention(self):
                return attention(self.hints["planted"], self.audio_tokens)

        def attention(planted, count):
            rows = torch.rand(6, count, generator=torch.Generator().manual_seed(3))
            rows[2] += 5 * target_of(planted, listener.token_seconds, count)
            return rows / rows.sum(dim=1, keepdim=True)

        def probe(lm, own, question):
            sample = probed(lm, own, question)
            hints = {**sample.hints, "planted": moments[question]}
            return Found(sample.queries, sample.keys, sample.scaling, 0, hints)

        def sought(lm, own, planted):
            for one in planted:
                target = target_of(one, lm.token_seconds, len(own.audio))
                seen = (
                    attention(one, len(own.audio))
                    if not lm.card.neutral
                    else torch.ones(6, len(target))
                )
                yield Sought(one.kind, seen, target)

        monkeypatch.setattr(trying, "probed", probe)
        monkeypatch.setattr(trying, "seek_in", sought)
        heard = hear(listener, noise(12), [item, other])
        tried = try_layer(listener, 1, [heard], [heard], 0.4)
        assert tried.profiles[False].semantic[2] > 0.9
        assert tried.best == "headrouter"
        assert tried.shares(SENTENCE, 0.4)["headrouter"]["0.4"] == 1.0
        assert tried.shares(SOUND, 0.4)["frame"]["0.4"] < 0.6

    def test_layers_are_low_and_can_be_pruned_at(self, listener):
        assert layers_of(listener) == [1, 2]
        with pytest.raises(
            EvidenceError, match="layer 4 can't be pruned at: choose between 1 and 3"
        ):
            try_model(listener, layers=[4])

    def test_a_recording_is_encoded_once_for_all_layers(self, listener, monkeypatch):
        heard = []
        embed = AudioLM.embed
        monkeypatch.setattr(AudioLM, "embed", lambda lm, w: heard.append(len(w)) or embed(lm, w))
        one = hear(listener, noise(3), [Planted(SOUND, "A dog?", 1.0, 2.0)])
        both = [one, replace(one, planted=[Planted(SENTENCE, "The sea?", 1.0, 2.0)])]
        assert isinstance(one, Recording)
        before = len(heard)
        for layer in (1, 2):
            try_layer(listener, layer, both, both, 0.4)
        assert len(heard) == before == 3


class TestMeasured:
    @pytest.fixture
    def measured(self):
        table = {name: {"0.4": 0.5, "0.2": 0.25, "0.1": 0.1} for name in COMPARED}
        better = table | {"peaks": {"0.4": 0.9, "0.2": 0.6, "0.1": 0.3}}
        return Measured("tiny@1", 1, "peaks", True, 32, 0.4, table, better)

    def test_it_is_kept_under_the_models_id_and_put_on_its_card(self, measured, tmp_path):
        assert measured_of("tiny@1", tmp_path) is None
        measured.save(tmp_path)
        assert measured_of("tiny@1", tmp_path) == measured
        assert measured_of("tiny@2", tmp_path) is None
        card = measured.on(OWN)
        assert card.measured == "70% of what is asked for stays at keep 0.4 (peaks)"
        assert (card.scorer, card.neutral, card.layer) == ("peaks", NEUTRAL, 1)
        assert tiny_listener(card).scorer == "peaks"
        assert (OWN.measured, MODELS["nano"].scorer) == (MODELS["nano"].measured, None)

    @pytest.mark.parametrize("text", ["junk", "[]", "{}", json.dumps({"model": "tiny@1"})])
    def test_a_file_that_is_none_says_what_to_do(self, measured, tmp_path, text):
        measured.save(tmp_path)
        measured_path("tiny@1", tmp_path).write_text(text)
        with pytest.raises(ProfileUnreadable, match="delete it, and run: headrouter models try"):
            measured_of("tiny@1", tmp_path)
