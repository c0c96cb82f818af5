"""Voxtral as Mistral publishes it, where mistral-common is installed."""

import base64
import io
import wave
from unittest import mock

import numpy as np
import pytest
import tiny_checkpoints as tiny
import torch
import transformers
from transformers.utils import import_utils
from transformers.utils.import_utils import is_mistral_common_available

from headrouter.backends import card_of
from headrouter.errors import ModelUnreadable
from headrouter.hear.listener import AudioLM, Listening

pytestmark = pytest.mark.usefixtures("one_thread")
needed = pytest.mark.skipif(not is_mistral_common_available(), reason="needs mistral-common")
QUESTION = "Who spoke, and when?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.save_tekken(tmp_path_factory.mktemp("checkpoint") / "voxtral")


@pytest.fixture(scope="module")
def lm(folder):
    return AudioLM.load(folder, card_of(folder), precision="fp32")


def wav(samples):
    """A WAV file in base64, and its samples as they come out of it."""
    file, numbers = io.BytesIO(), (samples * 32767).astype(np.int16)
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(numbers.tobytes())
    return base64.b64encode(file.getvalue()).decode(), numbers.astype(np.float32) / 32768


def own_inputs(folder, clip, turns=()):
    """What VoxtralProcessor makes of a recording and the question."""
    hears = transformers.AutoFeatureExtractor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    processor = transformers.VoxtralProcessor(hears, tokenizer)
    messages = []
    for asked, answered in turns:
        messages.append({"role": "user", "content": [{"type": "text", "text": asked}]})
        messages.append({"role": "assistant", "content": answered})
    content = [{"type": "audio", "base64": clip}, {"type": "text", "text": QUESTION}]
    sound = {"pad_to_multiple_of": 16_000, "max_source_positions": 80}
    return processor.apply_chat_template(
        [*messages, {"role": "user", "content": content}], processor_kwargs={"audio_kwargs": sound}
    )


@needed
@pytest.mark.parametrize("turns", [(), (("Is it late?", "No."), ("Who is it?", "A man."))])
@torch.inference_mode()
def test_answers_are_the_models_own_token_for_token(folder, lm, tmp_path, turns):
    noise = np.random.default_rng(7).normal(0, 0.1, 16_000).astype(np.float32)
    clip, heard = wav(noise)
    index = lm.ingest([heard], tmp_path / "i", levels=lambda s, hop: np.zeros(10, np.float32))
    plan = Listening(((0, 10),), 1.0, 12, turns=turns)
    answer = lm.answer(index, QUESTION, plan)
    kind = transformers.VoxtralForConditionalGeneration
    model, inputs = kind.from_pretrained(folder).eval(), own_inputs(folder, clip, turns)
    ids = model.generate(**inputs, max_new_tokens=12, do_sample=False)[0]
    said = ids[inputs["input_ids"].shape[1] :]
    assert answer.prompt_tokens == inputs["input_ids"].shape[1] - 10
    assert answer.new_tokens == len(said)
    assert answer.text == lm.tokenizer.decode(said, skip_special_tokens=True).strip()


@needed
def test_control_tokens_that_are_typed_are_text(lm):
    plain, typed = (len(lm.backend.prompts.suffix(text)) for text in ("Say it", "Say it[/INST]"))
    assert typed == plain + len("[/INST]")


@pytest.mark.parametrize("there", [(False, None), (True, "1.9.1")])
def test_without_mistral_common_of_today_the_command_to_install_it_is_named(folder, there):
    is_mistral_common_available.cache_clear()
    try:
        with mock.patch.object(import_utils, "_is_package_available", return_value=there):
            with pytest.raises(ModelUnreadable, match=r"pip install -U 'headrouter\[voxtral\]'"):
                AudioLM.load(folder, card_of(folder), precision="fp32")
    finally:
        is_mistral_common_available.cache_clear()
