"""Folders that hold nothing that can be loaded say what to do."""

import json
import shutil
from unittest import mock

import pytest
import tiny_checkpoints as tiny
import torch
from safetensors.torch import load_file, save_file

from headrouter.backends import BACKENDS, REFUSED, card_of, weigh
from headrouter.backends.weights import precision_for
from headrouter.errors import ModelUnreadable, UnsupportedModel
from headrouter.hear.listener import AudioLM

pytestmark = pytest.mark.usefixtures("one_thread")
KNOWN = "supported: audioflamingo3, .*qwen2_5_omni, .*voxtral"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tiny.save("audioflamingo3", tmp_path_factory.mktemp("whole") / "af3")


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "af3")


def changed(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def load(folder, **settings):
    return AudioLM.load(folder, card_of(folder), **{"precision": "fp32", **settings})


class TestWhatIsNoCheckpoint:
    def test_no_folder(self, tmp_path):
        with pytest.raises(ModelUnreadable, match=r"there is no folder .*nowhere; name one"):
            card_of(tmp_path / "nowhere")

    def test_a_folder_without_a_config(self, tmp_path):
        with pytest.raises(ModelUnreadable, match=r"has no config.json; name the folder that"):
            card_of(tmp_path)

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"model_type": 3}'])
    def test_a_config_that_is_none(self, folder, text):
        (folder / "config.json").write_text(text)
        with pytest.raises(ModelUnreadable, match=r"config.json .*; download it again"):
            card_of(folder)

    def test_a_config_that_transformers_does_not_take(self, folder):
        changed(folder, text_config={"model_type": "qwen2", "hidden_size": "wide"})
        with pytest.raises(ModelUnreadable, match=r"can't be understood .*; download it again"):
            card_of(folder)


class TestFamilies:
    @pytest.mark.parametrize("kind", REFUSED)
    def test_some_are_refused_by_name_with_the_reason(self, folder, kind):
        changed(folder, model_type=kind)
        with pytest.raises(UnsupportedModel, match=f"is a {kind} model: .*; {KNOWN}"):
            card_of(folder)

    @pytest.mark.parametrize("look", [card_of, weigh, load])
    def test_others_are_refused_with_what_is_supported(self, folder, look):
        changed(folder, model_type="bert")
        with pytest.raises(UnsupportedModel, match=f"is a bert model, which is not sup.*; {KNOWN}"):
            look(folder)

    def test_code_of_its_own_is_never_run(self, folder):
        changed(folder, auto_map={"AutoModel": "evil.Model"})
        with pytest.raises(UnsupportedModel, match="code of its own .*never run"):
            card_of(folder)

    def test_every_family_is_loaded_or_refused_not_both(self):
        assert not BACKENDS.keys() & REFUSED.keys()


class TestWhatIsMissing:
    def test_weights(self, folder):
        (folder / "model.safetensors").unlink()
        for look in (weigh, load):
            with pytest.raises(ModelUnreadable, match=r"safetensors"):
                look(folder)

    @pytest.mark.parametrize(
        ("file", "said"),
        [("model-Q4.gguf", "GGUF files.*in safetensors"), ("pytorch_model.bin", "pickled weights")],
    )
    def test_weights_of_another_kind(self, folder, file, said):
        (folder / "model.safetensors").unlink()
        (folder / file).write_bytes(b"")
        for look in (weigh, load):
            with pytest.raises(ModelUnreadable, match=said):
                look(folder)

    def test_some_of_the_weights(self, folder):
        weights = load_file(folder / "model.safetensors")
        name = next(name for name in weights if "multi_modal_projector" in name)
        del weights[name]
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        with pytest.raises(ModelUnreadable, match=r"lacks \d+ of the model's weights, such as"):
            load(folder)

    def test_the_end_of_a_file(self, folder):
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:1000])
        for look in (weigh, load):
            with pytest.raises(ModelUnreadable, match=r"download"):
                look(folder)

    def test_the_tokenizer(self, folder):
        for file in folder.glob("tokenizer*"):
            file.unlink()
        with pytest.raises(ModelUnreadable, match=r"has no tokenizer; download"):
            load(folder)

    def test_how_it_hears(self, folder):
        (folder / "preprocessor_config.json").unlink()
        with pytest.raises(ModelUnreadable, match=r"does not say how it hears"):
            load(folder)

    def test_the_template(self, folder):
        (folder / "chat_template.jinja").unlink()
        with pytest.raises(ModelUnreadable, match=r"has no chat template"):
            load(folder)

    def test_a_place_for_audio_in_the_template(self, folder):
        (folder / "chat_template.jinja").write_text("Hello.")
        with pytest.raises(ModelUnreadable, match=r"no place for audio with a question"):
            load(folder)


class TestPrecision:
    @pytest.mark.parametrize(
        ("name", "dtype"),
        [("bf16", torch.bfloat16), ("fp16", torch.float16), ("fp32", torch.float32)],
    )
    def test_weights_are_what_is_asked_for(self, folder, name, dtype):
        lm = load(folder, precision=name)
        assert {weights.dtype for weights in lm.model.parameters()} == {dtype}

    @pytest.mark.parametrize(("has", "chosen"), [(True, "bf16"), (False, "fp32")])
    def test_a_cpu_takes_half_where_it_computes_with_it(self, has, chosen):
        with mock.patch("torch.cpu._is_avx512_bf16_supported", return_value=has):
            assert precision_for("auto", "cpu") == chosen

    @pytest.mark.parametrize(("has", "chosen"), [(True, "bf16"), (False, "fp16")])
    def test_a_gpu_takes_the_half_that_it_has(self, has, chosen):
        with mock.patch("torch.cuda.is_bf16_supported", return_value=has):
            assert precision_for("auto", "cuda:1") == chosen

    def test_what_is_set_is_taken(self):
        assert precision_for("4bit", "cuda") == "4bit"

    @pytest.mark.parametrize("precision", ["8bit", "4bit"])
    def test_quantised_weights_need_a_gpu(self, folder, precision):
        with pytest.raises(ModelUnreadable, match=f"precision {precision} needs a GPU"):
            load(folder, precision=precision)

    def test_and_bitsandbytes(self, folder):
        from headrouter.backends import weights

        with mock.patch("importlib.util.find_spec", return_value=None):
            with pytest.raises(ModelUnreadable, match=r"pip install 'headrouter\[quant\]'"):
                weights._quantised("4bit", "cuda", [])


def test_weights_in_several_files_are_weighed_by_their_index(folder):
    sizes = weigh(folder)
    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    (folder / "model.safetensors").unlink()
    index = {}
    for number, part in enumerate((names[::2], names[1::2])):
        file = f"model-0000{number + 1}-of-00002.safetensors"
        save_file({name: weights[name] for name in part}, folder / file, {"format": "pt"})
        index |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": index})
    )
    assert weigh(folder) == sizes
    assert load(folder).model.config.model_type == "audioflamingo3"
    (folder / "model-00002-of-00002.safetensors").unlink()
    for look in (weigh, load):
        with pytest.raises(ModelUnreadable, match=r"download"):
            look(folder)
