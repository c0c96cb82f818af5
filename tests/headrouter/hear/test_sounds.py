"""Sounds read off an encoder's layers: kept with the index, and counted beside what is spotted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from headrouter.hear.joint import joined
from headrouter.hear.listener import AudioLM, Listening
from headrouter.hear.sounds import FRAME_STEPS, MOST, SoundReader, both, means, packed, unpacked
from headrouter.hear.spotting import spotted
from headrouter.testing import tiny_card, tiny_listener

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = ("dog", "rain", "siren")
CARD = tiny_card()


def window(seconds, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.3, 0.3, round(16_000 * seconds)).astype(np.float32)


WINDOWS = [window(1.0, 0), window(1.0, 1), window(0.55, 2)]


def loudness(samples, hop):
    return np.zeros(-(-len(samples) // round(16_000 * hop)), np.float32)


@pytest.fixture(scope="module")
def deaf():
    return tiny_listener(CARD)


@pytest.fixture(scope="module")
def lm(deaf):
    torch.manual_seed(0)
    width = deaf.model.config.audio_config.hidden_size
    return replace(deaf, sounds=SoundReader(NAMES, (0, 1), width, 8).eval())


@pytest.fixture(scope="module")
def index(lm, tmp_path_factory):
    return lm.ingest(WINDOWS, tmp_path_factory.mktemp("i") / "whole", levels=loudness)


def test_an_index_holds_what_is_read_of_every_token(lm, index):
    read = index.sound_rows([(0, index.meta.tokens)])
    assert read.shape == (26, 3)
    _, (states,) = lm.backend.embed_and_states(WINDOWS[1:2], lm.sounds.layers)
    torch.testing.assert_close(read[10:20], lm.sounds.read(states, 10), atol=0.05, rtol=0)
    assert read.std() > 0.05


def test_taking_layers_changes_no_token(lm, deaf):
    (with_reader,) = lm.hear(WINDOWS[:1])
    (without,) = deaf.hear(WINDOWS[:1])
    assert torch.equal(with_reader.embeddings, without.embeddings)
    assert without.sounds is None


def test_what_is_read_counts_beside_what_is_spotted(lm, deaf, index):
    names = ["dog", "harmonica"]
    found, spotted = (one.spot(index, names, 2, 24) for one in (lm, deaf))
    wanted = both(spotted[0], index.sound_rows([(2, 24)])[:, 0], lm.token_seconds)
    torch.testing.assert_close(found[0], wanted)
    assert torch.equal(found[1], spotted[1])  # it was never taught


def test_words_that_are_said_are_not_read_as_sounds(lm, deaf, index):
    said = lm.spot(index, ["dog"], 0, 26, said=True)
    assert torch.equal(said, deaf.spot(index, ["dog"], 0, 26))


def test_an_index_without_sounds_is_only_spotted_in(lm, deaf, tmp_path):
    index = deaf.ingest(WINDOWS, tmp_path / "deaf", levels=loudness)
    assert index.sound_rows([(0, 5)]) is None
    assert torch.equal(lm.spot(index, ["dog"], 0, 26), deaf.spot(index, ["dog"], 0, 26))


def test_the_size_of_an_index_counts_what_is_read(lm, deaf, index):
    seconds = sum(map(len, WINDOWS)) / 16_000
    more = lm.index_bytes(seconds) - deaf.index_bytes(seconds)
    assert more == (index.folder / "sounds").stat().st_size > 0


def test_a_name_alone_is_enough_and_a_reading_alone_is_likely():
    sure, none = torch.full((30,), 0.99), torch.zeros(30)
    high, low = torch.full((30,), 6.0), torch.full((30,), -6.0)
    likely = [float(both(s, r, 0.08)[15]) for s, r in ((sure, high), (none, high), (none, low))]
    assert likely[0] > 0.95 > likely[1] > 0.5 > 0.01 > likely[2]
    assert float(both(sure, low, 0.08)[15]) > 0.95


def test_it_comes_with_the_checkpoint_and_changes_the_models_id(lm, tmp_path):
    for part in (lm.model, lm.tokenizer, lm.backend.features):
        part.save_pretrained(tmp_path)
    before = AudioLM.load(tmp_path, CARD)
    assert before.sounds is None
    lm.sounds.save(tmp_path / "sounds.safetensors")
    loaded = AudioLM.load(tmp_path, CARD)
    assert loaded.model_id.startswith(f"{before.model_id}+S")
    assert (loaded.sounds.names, loaded.sounds.layers) == (NAMES, (0, 1))
    frames = torch.randn(1, 3, lm.sounds.mean.numel())
    torch.testing.assert_close(loaded.sounds(frames), lm.sounds(frames), atol=0.01, rtol=0.01)


def test_means_are_of_the_steps_of_a_frame_layer_beside_layer():
    one, other = torch.randn(2 * FRAME_STEPS, 4), torch.randn(2 * FRAME_STEPS, 4)
    found = means([one, other])
    assert found.shape == (2, 8)
    torch.testing.assert_close(found[1], torch.cat([one[20:].mean(0), other[20:].mean(0)]))


def test_log_odds_survive_in_a_byte():
    logits = torch.linspace(-MOST, MOST, 101)
    assert (unpacked(packed(logits)) - logits).abs().max() < 0.05
    assert unpacked(packed(torch.tensor([99.0]))).item() == MOST


def test_what_was_begun_goes_on_with_its_sounds(lm, index, tmp_path):
    many = [*WINDOWS[:2], *WINDOWS]
    stopped = lm.ingest(
        many, tmp_path / "i", levels=loudness, batch=1, stop=iter([False, True]).__next__
    )
    assert stopped is None
    whole = lm.ingest(many, tmp_path / "i", levels=loudness, batch=1)
    assert whole.meta.sounds == 3
    torch.testing.assert_close(
        whole.sound_rows([(20, 46)]), index.sound_rows([(0, 26)]), atol=0.1, rtol=0
    )


def test_stretches_that_are_joined_keep_their_sounds(index):
    joint = joined([(index, (12, 20)), (index, (0, 4))]).index
    assert torch.equal(joint.sound_rows([(8, 12)]), index.sound_rows([(0, 4)]))


def hearing_rain(lm, index):
    """The same index, in which rain is read everywhere and nothing else is."""
    sounds = np.zeros_like(index.sounds)
    sounds[:, NAMES.index("rain")] = 255
    return replace(index, sounds=sounds)


def odds_of_rain(lm, index, question):
    """How much likelier than a dog, as a logarithm: of two options the best one's share is told."""
    found = lm.answer(index, f"{question}\nA. dog\nB. rain", Listening(((0, 26),), 1.0))
    share = torch.tensor(found.log_probability).exp()
    return float(share.logit()) * (1 if found.text.startswith("B") else -1)


def test_what_is_read_counts_in_a_choice_of_sounds_and_not_of_words(lm, deaf, index):
    raining = hearing_rain(lm, index)
    sound, word = "Which of these sounds is heard?", "Which of these words is said?"
    without = odds_of_rain(deaf, raining, sound)
    assert odds_of_rain(lm, raining, sound) > without + 5
    assert odds_of_rain(lm, raining, word) == pytest.approx(
        odds_of_rain(deaf, raining, word), abs=1e-3
    )


def test_a_sound_that_was_never_taught_counts_by_what_it_sounds_like(lm, index):
    """Only half as much: a downpour is rain, a waterfall may be heard as rain."""
    raining = hearing_rain(lm, index)
    _, heard = lm._blocks(raining, [(0, 26)])
    names = ["rain", "downpour", "waterfall", "harmonica"]
    rain, downpour, waterfall, other = lm._likely(lm._lexicon, heard, names, said=False).tolist()
    assert rain == downpour > 0.9
    assert waterfall == pytest.approx(rain / 2, rel=0.01)
    assert other < 0.1


def test_what_is_read_counts_in_where_a_sound_is(lm, deaf, index):
    """Less where the question is about what is said."""
    late = np.zeros_like(index.sounds)
    late[20:, NAMES.index("rain")] = 255
    late = replace(index, sounds=late)
    _, heard = lm._blocks(late, [(0, 26)])
    _, unread = deaf._blocks(late, [(0, 26)])
    asked = "Where is the rain?"
    shares = [
        float(spots[20:].sum() / spots.sum())
        for said in (0.0, 0.5, 1.0)
        if (spots := spotted(lm._lexicon, asked, heard, lm.token_seconds, said)) is not None
    ]
    alone = spotted(lm._lexicon, asked, unread, lm.token_seconds, 0.0)
    assert shares[0] > 0.9 and shares[0] >= shares[1] > shares[2] + 0.1
    assert shares[2] == pytest.approx(float(alone[20:].sum() / alone.sum()), abs=0.01)
