"""Every family from a real folder: what it is asked and hears is what its own processor makes."""

import json
import shutil
from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np
import pytest
import tiny_checkpoints as tiny
import torch
import transformers

from headrouter.backends import card_of, weigh
from headrouter.hear.listener import AudioLM, Listening
from headrouter.testing import AUDIO, mask_oracle

pytestmark = pytest.mark.usefixtures("one_thread")

QUESTION = "Who spoke, and when?"
NEW = 12
PROCESSORS = {
    "audioflamingo3": "AudioFlamingo3Processor",
    "qwen2_audio": "Qwen2AudioProcessor",
    "qwen2_5_omni": "Qwen2_5OmniProcessor",
    "qwen3_omni_moe": "Qwen3OmniMoeProcessor",
    "phi4_multimodal": "Phi4MultimodalProcessor",
    "gemma4": "Gemma4Processor",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("checkpoints")
    return cache(lambda family: tiny.save(family, home / family))


@pytest.fixture(scope="module")
def listeners(folders):
    def load(family):
        card = replace(card_of(folders(family)), window_seconds=tiny.WINDOW.get(family, 1.0))
        return AudioLM.load(folders(family), card, precision="fp32")

    return cache(load)


def sounds(lm, count):
    """Whole windows of noise, none of them much quieter than another."""
    rng = np.random.default_rng(7)
    size = round(lm.card.window_seconds * 16_000)
    return [rng.normal(0, 0.1, size).astype(np.float32) for _ in range(count)]


def flat(samples, hop):
    return np.zeros(round(len(samples) / (16_000 * hop)), np.float32)


def processor(folder, family):
    """The family's own, made without the eyes that would need torchvision."""
    parts = {"tokenizer": transformers.AutoTokenizer.from_pretrained(folder)}
    parts["chat_template"] = (folder / "chat_template.jinja").read_text()
    hears = transformers.AutoFeatureExtractor.from_pretrained(folder)
    if family == "phi4_multimodal":
        parts |= {"image_processor": None, "audio_processor": hears}
    else:
        parts["feature_extractor"] = hears
    if family in ("audioflamingo3", "qwen2_audio"):
        parts["audio_token"] = "<audio>"
    if "omni" in family or family == "gemma4":
        parts |= {"image_processor": None, "video_processor": None}
    with mock.patch.object(transformers.ProcessorMixin, "check_argument_for_proper_class"):
        return getattr(transformers, PROCESSORS[family])(**parts)


def own_inputs(folder, family, windows):
    """What the model's own processor makes of a recording and the question.

    A recording of several windows has one run of audio tokens. Where the processor makes one
    spectrogram of it all, the windows' own stand here side by side: those of a whole differ from
    them in the frames at the seams.
    """
    if family == "voxtral":
        return voxtral_inputs(folder, windows)
    own = processor(folder, family)
    message = [{"type": "audio", "audio": "x.wav"}, {"type": "text", "text": QUESTION}]
    text = own.apply_chat_template(
        [{"role": "user", "content": message}], add_generation_prompt=True, tokenize=False
    )
    settings = dict(return_tensors="pt", sampling_rate=16_000)
    if family == "audioflamingo3":
        return dict(own(text=[text], audio=[np.concatenate(windows)], **settings))
    made = [dict(own(text=[text], audio=[window], **settings)) for window in windows]
    ids = [found["input_ids"][0] for found in made]
    runs = torch.cat([row[row == AUDIO] for row in ids])
    first, last = (ids[0] == AUDIO).nonzero().flatten()[[0, -1]]
    row = torch.cat([ids[0][:first], runs, ids[0][last + 1 :]])[None]
    inputs = {"input_ids": row, "attention_mask": torch.ones_like(row)}
    along = 2 if "omni" in family else 0
    if "omni" in family:  # without the padding that it leaves out itself
        lengths = [int(found["feature_attention_mask"].sum()) for found in made]
        for found, length in zip(made, lengths, strict=True):
            found["input_features"] = found["input_features"][:, :, :length]
            found["feature_attention_mask"] = found["feature_attention_mask"][:, :length]
    for name in made[0].keys() - {"input_ids", "attention_mask", "audio_attention_mask"}:
        parts = [found[name] for found in made]
        inputs[name] = torch.cat(parts, dim=min(along, parts[0].dim() - 1))
    return inputs


def voxtral_inputs(folder, windows):
    """Its processor's features; its tokenizer, Mistral's, has a test of its own."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    hears = transformers.AutoFeatureExtractor.from_pretrained(folder)
    message = [{"type": "audio"}, {"type": "text", "text": QUESTION}]
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": message}],
        chat_template=tiny.TEMPLATE,
        add_generation_prompt=True,
        tokenize=False,
    )
    text = text.replace("<audio>", "<audio>" * 10 * len(windows))
    own = transformers.VoxtralProcessor(hears, tokenizer)
    mel = own._retrieve_input_features(windows, 80, sampling_rate=16_000, return_tensors="pt")
    return {**tokenizer(text, return_tensors="pt"), "input_features": mel}


def own_model(folder):
    kind = json.loads((folder / "config.json").read_text())["architectures"][0]
    return getattr(transformers, kind).from_pretrained(folder).eval()


@torch.inference_mode()
def own_answer(model, inputs, **settings):
    """Its text, how many tokens it took, and their mean log-probability."""
    found = model.generate(
        **inputs,
        max_new_tokens=NEW,
        do_sample=False,
        output_scores=True,
        return_dict_in_generate=True,
        **settings,
    )
    said = found.sequences[0][inputs["input_ids"].shape[1] :]
    chosen = [
        float(step[0].log_softmax(-1)[token])
        for step, token in zip(found.scores, said, strict=True)
    ]
    text = tiny.tokenizer().decode(said, skip_special_tokens=True).strip()
    return text, len(said), pytest.approx(sum(chosen) / len(chosen), abs=2e-3)


def told(answer):
    return answer.text, answer.new_tokens, answer.log_probability


@pytest.mark.parametrize("windows", [1, 3])
@pytest.mark.parametrize("family", tiny.FAMILIES)
class TestAnswers:
    def test_unpruned_they_are_the_models_own_token_for_token(
        self, folders, listeners, tmp_path, family, windows
    ):
        lm, folder = listeners(family), folders(family)
        heard = sounds(lm, windows)
        index = lm.ingest(heard, tmp_path / "i", levels=flat)
        inputs = own_inputs(folder, family, heard)
        assert (inputs["input_ids"] == AUDIO).sum() == index.meta.tokens
        answer = lm.answer(index, QUESTION, Listening(((0, index.meta.tokens),), 1.0, NEW))
        assert told(answer) == own_answer(own_model(folder), inputs)
        assert answer.prompt_tokens == (inputs["input_ids"] != AUDIO).sum()

    @pytest.mark.parametrize("keep", [1.0, 0.4])
    def test_in_pieces_they_are_the_same(self, listeners, tmp_path, family, windows, keep):
        lm = listeners(family)
        index = lm.ingest(sounds(lm, windows), tmp_path / "i", levels=flat)
        plan = Listening(((0, index.meta.tokens),), keep, NEW)
        at_once, pieces = (lm.answer(index, QUESTION, replace(plan, piece=p)) for p in (None, 9))
        assert pieces.kept.tolist() == at_once.kept.tolist()
        likely = pytest.approx(at_once.log_probability, abs=2e-3)
        assert told(pieces) == (at_once.text, at_once.new_tokens, likely)

    @pytest.mark.parametrize("keep", [0.4, 0.1])
    def test_pruned_they_are_those_of_the_masked_model(
        self, folders, listeners, tmp_path, family, windows, keep
    ):
        lm, folder = listeners(family), folders(family)
        heard = sounds(lm, windows)
        index = lm.ingest(heard, tmp_path / "i", levels=flat)
        tokens = index.meta.tokens
        answer = lm.answer(index, QUESTION, Listening(((0, tokens),), keep, NEW))
        assert len(answer.kept) < tokens
        inputs, model = own_inputs(folder, family, heard), own_model(folder)
        dropped = inputs["input_ids"] == AUDIO
        dropped[0, dropped[0].nonzero().flatten()[answer.kept]] = False
        with mask_oracle(model, dropped, lm.profile.layer):
            slides_nowhere = transformers.DynamicCache()  # the oracle's mask is for all positions
            assert told(answer) == own_answer(model, inputs, cache=slides_nowhere)


@pytest.mark.parametrize("family", tiny.FAMILIES)
class TestAFamily:
    def test_the_card_says_how_it_hears_before_it_is_loaded(self, folders, listeners, family):
        card, lm = card_of(folders(family)), listeners(family)
        assert (card.name, card.family) == (family, family)
        size = round(lm.card.window_seconds * card.tokens_per_second)
        assert [len(rows) for rows in lm.embed(sounds(lm, 2))] == [size, size]
        assert card.max_positions == 512 and card.layer == 2
        assert not (card.quotes or card.words_by_default or card.sounds or card.answer_forms)

    def test_the_size_of_an_index_is_known_before_it_is_made(self, listeners, tmp_path, family):
        lm = listeners(family)
        heard = sounds(lm, 3)
        foretold = lm.index_bytes(sum(map(len, heard)) / 16_000)
        index = lm.ingest(heard, tmp_path / "i", levels=flat)
        arrays = [file for file in index.folder.iterdir() if file.suffix != ".json"]
        assert foretold == sum(file.stat().st_size for file in arrays)

    def test_the_end_of_a_recording_is_heard_however_short_it_is(self, listeners, tmp_path, family):
        lm = listeners(family)
        whole, rest = sounds(lm, 2)
        for length in (1, 37, 1000, 7777):
            folder = tmp_path / str(length)
            index = lm.ingest([whole, rest[:length]], folder, levels=flat_up)
            size = len(lm.embed([whole])[0])
            assert size < index.meta.tokens <= size + lm.backend.tokens(length)

    def test_a_scan_finds_its_way_through_the_index(self, listeners, tmp_path, family):
        lm = listeners(family)
        index = lm.ingest(sounds(lm, 3), tmp_path / "i", levels=flat)
        scan = lm.scan(index, QUESTION, 2, index.meta.tokens - 1)
        assert len(scan.importance) == index.meta.tokens - 3
        assert scan.importance.sum() == pytest.approx(1.0)
        assert scan.importance.std() > 0

    def test_options_are_answered_in_its_own_words(self, listeners, tmp_path, family):
        lm = listeners(family)
        index = lm.ingest(sounds(lm, 1), tmp_path / "i", levels=flat)
        plan = Listening(((0, index.meta.tokens),), 1.0, 3)
        answer = lm.answer(index, "Which is it?\nA. a dog\nB. rain", plan)
        assert answer.new_tokens <= 3 and not answer.stopped
        asked = lm.backend.prompts.suffix("Which is it?\nA. a dog\nB. rain")
        assert answer.prompt_tokens == len(lm.backend.prompts.prefix()) + len(asked)

    def test_earlier_turns_stand_in_the_prompt_as_the_template_writes_them(
        self, folders, listeners, family
    ):
        lm, folder = listeners(family), folders(family)
        turns = (("Who is it?", "A man."), ("Where?", "At home."))
        prompts = lm.backend.prompts
        ids = [*prompts.prefix(turns), AUDIO, *prompts.suffix(QUESTION, turns)]
        messages = []
        for asked, answered in turns:
            messages.append({"role": "user", "content": asked})
            messages.append({"role": "assistant", "content": answered})
        content = [{"type": "audio"}, {"type": "text", "text": QUESTION}]
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        wanted = tokenizer.apply_chat_template(
            [*messages, {"role": "user", "content": content}],
            chat_template=tiny.TEMPLATE,
            add_generation_prompt=True,
            return_dict=False,
        )
        assert ids == wanted

    def test_turns_change_the_answer(self, listeners, tmp_path, family):
        lm = listeners(family)
        index = lm.ingest(sounds(lm, 1), tmp_path / "i", levels=flat)
        plan = Listening(((0, index.meta.tokens),), 1.0, NEW)
        alone = lm.answer(index, QUESTION, plan)
        after = lm.answer(index, QUESTION, replace(plan, turns=(("Is it late?", "No, not yet."),)))
        assert after.prompt_tokens > alone.prompt_tokens
        assert after.log_probability != alone.log_probability

    def test_it_weighs_what_its_parameters_take(self, folders, listeners, family):
        sizes = weigh(folders(family))
        numbers = sum(p.numel() for p in listeners(family).model.parameters())
        assert sizes["fp32"] >= 4 * numbers - 4 * 512
        assert sizes["fp32"] == 2 * sizes["bf16"] == 2 * sizes["fp16"]
        assert sizes["4bit"] < sizes["8bit"] < sizes["bf16"]


def flat_up(samples, hop):
    return np.zeros(-int(-len(samples) // (16_000 * hop)), np.float32)


@pytest.mark.parametrize("family", PROCESSORS)
def test_a_folder_that_a_processor_saved_is_the_same(folders, listeners, tmp_path, family):
    """All its parts are said in processor_config.json then, without one file for each."""
    whole = folders(family)
    own = processor(whole, family)
    if family not in ("audioflamingo3", "qwen2_audio"):  # it can't be saved without its eyes
        part = "audio_processor" if family == "phi4_multimodal" else "feature_extractor"
        settings = {part: getattr(own, part).to_dict(), "processor_class": type(own).__name__}
        own.tokenizer.save_pretrained(tmp_path)
        (tmp_path / "processor_config.json").write_text(json.dumps(settings, default=float))
        (tmp_path / "chat_template.jinja").write_text(own.chat_template)
    else:
        own.save_pretrained(tmp_path)
    assert not (tmp_path / "preprocessor_config.json").exists()
    for name in ("config.json", "generation_config.json", "model.safetensors"):
        shutil.copy(whole / name, tmp_path / name)
    card = replace(card_of(tmp_path), window_seconds=tiny.WINDOW.get(family, 1.0))
    assert card.tokens_per_second == card_of(whole).tokens_per_second
    lm, wanted = AudioLM.load(tmp_path, card, precision="fp32"), listeners(family)
    (window,) = sounds(lm, 1)
    assert torch.equal(lm.embed([window])[0], wanted.embed([window])[0])
    assert lm.backend.prompts.prefix() == wanted.backend.prompts.prefix()
    assert lm.backend.prompts.suffix("Who?") == wanted.backend.prompts.suffix("Who?")


def test_settings_for_drawing_answers_are_not_warned_of(folders, tmp_path, caplog):
    folder = shutil.copytree(folders("qwen2_audio"), tmp_path / "qwen")
    config = json.loads((folder / "generation_config.json").read_text())
    drawn = {"do_sample": True, "temperature": 0.7, "top_p": 0.5, "top_k": 20}
    (folder / "generation_config.json").write_text(json.dumps(config | drawn))
    lm = AudioLM.load(folder, card_of(folder), precision="fp32")
    index = lm.ingest(sounds(lm, 1), tmp_path / "i", levels=flat)
    plan = Listening(((0, index.meta.tokens),), 1.0, 4)
    transformers.utils.logging.enable_propagation()
    try:
        answers = {lm.answer(index, QUESTION, plan).text for _ in range(3)}
    finally:
        transformers.utils.logging.disable_propagation()
    assert len(answers) == 1
    assert not caplog.records


@pytest.mark.parametrize("template", [None, "{{ messages[0]['content'] }}"])
def test_qwen2_audio_is_asked_as_transformers_does_where_it_has_no_template(
    folders, tmp_path, template
):
    folder = shutil.copytree(folders("qwen2_audio"), tmp_path / "qwen")
    for file in folder.glob("tokenizer*"):
        file.write_text(file.read_text().replace("<audio>", "<|AUDIO|>"))  # as its makers call it
    (folder / "chat_template.jinja").unlink()
    if template:
        (folder / "chat_template.jinja").write_text(template)
    lm = AudioLM.load(folder, card_of(folder), precision="fp32")
    assert lm.tokenizer.decode(lm.backend.prompts.prefix()).startswith(
        "<|im_start|>system\nYou are"
    )


@pytest.mark.parametrize("family", ["qwen2_5_omni", "qwen3_omni_moe"])
def test_of_a_model_that_speaks_too_the_thinker_is_loaded_and_weighed_alone(tmp_path, family):
    alone = tiny.save(family, tmp_path / "alone")
    whole = tiny.with_a_talker(tiny.save(family, tmp_path / "whole"))
    sizes = weigh(alone)
    assert weigh(whole) == sizes
    loaded = AudioLM.load(whole, card_of(whole), precision="fp32")
    wanted = AudioLM.load(alone, card_of(alone), precision="fp32")
    assert card_of(whole).tokens_per_second == card_of(alone).tokens_per_second
    for name, weights in wanted.model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], weights), name
