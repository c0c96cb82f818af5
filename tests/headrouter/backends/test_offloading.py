"""Decoder layers that are not kept on the device: what is answered is the same to the token."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny_checkpoints as tiny
import torch

from headrouter.backends import card_of, layer_size, waiting_places
from headrouter.backends.offloading import NOTHING, Offload, device_map, most_layers
from headrouter.errors import ModelUnreadable
from headrouter.hear.listener import AudioLM, Listening
from headrouter.prune.families import family_of

pytestmark = pytest.mark.usefixtures("one_thread")
QUESTION, NEW = "Who spoke, and when?", 8
ON_DISK = [family for family in tiny.FAMILIES if family != "qwen3_omni_moe"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("checkpoints")
    return cache(lambda family: tiny.save(family, home / family))


def load(folder, offload=NOTHING, precision="fp32"):
    card = replace(card_of(folder), window_seconds=tiny.WINDOW.get(folder.name, 1.0))
    return AudioLM.load(folder, card, precision=precision, offload=offload)


def heard(lm, folder):
    size = round(lm.card.window_seconds * 16_000)
    noise = np.random.default_rng(7).normal(0, 0.1, 2 * size).astype(np.float32)
    levels = lambda samples, hop: np.zeros(round(len(samples) / (16_000 * hop)), np.float32)  # noqa: E731
    return lm.ingest([noise[:size], noise[size:]], folder, levels=levels)


@pytest.mark.parametrize("family", ON_DISK)
def test_answers_are_those_of_the_whole_model_token_for_token(folders, tmp_path, family):
    whole = load(folders(family))
    layers = len(family_of(whole.model).layers(whole.model))
    offloaded = load(folders(family), Offload(on_disk=most_layers(layers)))
    gone = family_of(offloaded.model).layers(offloaded.model)[2:]
    assert {p.device.type for layer in gone for p in layer.parameters()} == {"meta"}
    assert offloaded.device.type == "cpu"
    index, other = heard(whole, tmp_path / "a"), heard(offloaded, tmp_path / "b")
    assert other.meta.tokens == index.meta.tokens
    for keep, piece in ((1.0, None), (0.4, None), (0.4, 9)):
        plan = Listening(((0, index.meta.tokens),), keep, NEW, piece=piece)
        wanted, found = whole.answer(index, QUESTION, plan), offloaded.answer(other, QUESTION, plan)
        assert found.kept.tolist() == wanted.kept.tolist()
        assert (found.text, found.log_probability) == (wanted.text, wanted.log_probability)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_the_size_of_a_layer_is_known_before_it_is_loaded(folders, family):
    lm = load(folders(family))
    layers = family_of(lm.model).layers(lm.model)
    largest = max(sum(p.numel() for p in layer.parameters()) for layer in layers)
    assert layer_size(folders(family)) == pytest.approx(largest, abs=8)  # buffers of one number
    assert Offload(on_disk=2).of_model(lm.model).layer_bytes == max(
        sum(4 * p.numel() for p in layer.parameters()) for layer in list(layers)[-2:]
    )


def test_the_cost_counts_what_moves_and_what_passes(folders, caplog):
    lm = load(folders("voxtral"), Offload(on_disk=2), precision="bf16")
    size = 2 * layer_size(folders("voxtral"))
    assert not caplog.records  # whoever asked need not know how it is done
    assert lm.cost.offload == Offload(0, 2, size)
    assert (lm.cost.offload.moved, lm.cost.offload.passing) == (2 * size, size)
    without = replace(lm.cost, offload=NOTHING)
    assert lm.cost.run_bytes(100, 10, 0.4, 5) == without.run_bytes(100, 10, 0.4, 5) + size


def test_beside_a_gpu_layers_wait_in_memory_first_and_on_disk_last(folders):
    import transformers

    folder = folders("gemma4")
    kind = transformers.Gemma4ForConditionalGeneration
    places = device_map(kind, folder, None, "cuda:0", Offload(in_memory=2, on_disk=3))
    prefix = "model.language_model.layers."
    layers = {name.removeprefix(prefix): where for name, where in places.items() if prefix in name}
    assert layers == {
        **dict.fromkeys("012", "cuda:0"),
        **dict.fromkeys("34", "cpu"),
        **dict.fromkeys("567", "disk"),
    }
    assert {where for name, where in places.items() if prefix not in name} == {"cuda:0"}


def test_where_layers_may_wait_is_the_family_s_and_the_checkpoint_s(folders, tmp_path):
    assert waiting_places(folders("voxtral")) == ("memory", "disk")
    assert waiting_places(folders("qwen3_omni_moe")) == ("memory",)
    with pytest.raises(ModelUnreadable, match="can't wait in disk: choose --offload off"):
        load(folders("qwen3_omni_moe"), Offload(on_disk=1))
    adapted = tiny.save("phi4_multimodal", tmp_path / "phi4_multimodal")
    (adapted / "speech-lora").mkdir()
    assert waiting_places(adapted) == ()


def test_what_it_costs_is_told():
    both = Offload(in_memory=5, on_disk=3, layer_bytes=100)
    assert (both.moved, both.passing) == (800, 100)
    assert both.told(30, "800 B") == (
        "5 of 30 decoder layers wait in main memory and 3 of 30 decoder layers are read from disk, "
        "800 B for each token of the answer"
    )


def test_what_can_t_be_offloaded_says_so(folders):
    with pytest.raises(ModelUnreadable, match="4 layers can't be offloaded, but 2"):
        load(folders("voxtral"), Offload(on_disk=4))
    with pytest.raises(ModelUnreadable, match="layers of 8 or 4 bits can't be offloaded; choose"):
        load(folders("voxtral"), Offload(on_disk=1), precision="4bit")


def test_a_model_of_half_precision_is_the_same_too(folders, tmp_path):
    whole = load(folders("voxtral"), precision="bf16")
    offloaded = load(folders("voxtral"), Offload(on_disk=1), precision="bf16")
    assert offloaded.model.dtype == torch.bfloat16
    index = heard(whole, tmp_path / "a")
    plan = Listening(((0, index.meta.tokens),), 0.4, NEW)
    answers = [lm.answer(index, QUESTION, plan) for lm in (whole, offloaded)]
    assert answers[0].text == answers[1].text
    assert answers[0].log_probability == answers[1].log_probability
