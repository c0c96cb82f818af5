"""Assembling nano: first from tiny parts that the tests write, then the real one."""

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer, VoxtralForConditionalGeneration, WhisperFeatureExtractor
from transformers.utils import logging

from headrouter import models, nano
from headrouter.errors import PullError
from headrouter.nano import build, ct2, parts

EARS, WORDS = 8, 16  # hidden sizes of the tiny encoder and the tiny language model
ENCODER_LAYERS, LAYERS, HEADS, RANK = 2, 2, 2, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<reponame>"]
Arrays = dict[str, np.ndarray]
RNG = np.random.default_rng(0)


def random(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return RNG.normal(0, 0.3, shape).astype(dtype)


def encoder_arrays() -> Arrays:
    """A tiny Whisper encoder as CTranslate2 names it, float16."""
    arrays: Arrays = {
        "encoder/num_heads": np.array(HEADS, np.int16),
        "encoder/conv1/weight": random(EARS, 80, 3),
        "encoder/conv2/weight": random(EARS, EARS, 3),
        "encoder/position_encodings/encodings": random(1500, EARS),
        "decoder/embeddings/weight": random(3, EARS),
    }
    for i in range(ENCODER_LAYERS):
        arrays[f"encoder/layer_{i}/self_attention/linear_0/weight"] = random(3 * EARS, EARS)
        arrays[f"encoder/layer_{i}/self_attention/linear_1/weight"] = random(EARS, EARS)
        arrays[f"encoder/layer_{i}/ffn/linear_0/weight"] = random(4 * EARS, EARS)
        arrays[f"encoder/layer_{i}/ffn/linear_1/weight"] = random(EARS, 4 * EARS)
    for name in [name for name in arrays if name.endswith("weight")]:
        arrays[name.replace("weight", "bias")] = random(len(arrays[name]))
    inner = ["self_attention/", "ffn/"]
    for at in ["", *(f"layer_{i}/{part}" for i in range(ENCODER_LAYERS) for part in inner)]:
        arrays[f"encoder/{at}layer_norm/gamma"] = random(EARS)
        arrays[f"encoder/{at}layer_norm/beta"] = random(EARS)
    return {k: a.astype(np.float16) if a.dtype == np.float32 else a for k, a in arrays.items()}


def write_ct2(path: Path, arrays: Arrays, version: int = 6) -> None:
    """Write arrays in CTranslate2's binary format."""

    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    types = {dtype: i for i, dtype in enumerate(("float32", "int8", "int16", "int32", "float16"))}
    out = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(arrays))
    for name, array in arrays.items():
        out += text(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        out += struct.pack("<BI", types[array.dtype.name], array.nbytes) + array.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out + struct.pack("<I", 0))


def language_tensors() -> Arrays:
    """A tiny tied Llama as transformers names it."""
    tensors = {"embed_tokens": random(len(SPECIAL) + 257, WORDS), "norm": random(WORDS)}
    for i in range(LAYERS):
        for name, rows, columns in (
            ("self_attn.q_proj", WORDS, WORDS),
            ("self_attn.k_proj", WORDS // HEADS, WORDS),
            ("self_attn.v_proj", WORDS // HEADS, WORDS),
            ("self_attn.o_proj", WORDS, WORDS),
            ("mlp.gate_proj", 2 * WORDS, WORDS),
            ("mlp.up_proj", 2 * WORDS, WORDS),
            ("mlp.down_proj", WORDS, 2 * WORDS),
        ):
            tensors[f"layers.{i}.{name}"] = random(rows, columns)
        tensors[f"layers.{i}.input_layernorm"] = random(WORDS)
        tensors[f"layers.{i}.post_attention_layernorm"] = random(WORDS)
    return tensors


GGUF_NAMES = {
    "embed_tokens": "token_embd",
    "layers": "blk",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def rotary_order(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key weight in GGUF's order: its rotary pairs lie side by side."""
    halves = weight.reshape(heads, 2, len(weight) // heads // 2, -1)
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(weight.shape)


def write_gguf(path: Path, tensors: Arrays) -> None:
    """Write a tiny Llama with a byte-level tokenizer in GGUF."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(1024)
    writer.add_embedding_length(WORDS)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * WORDS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    tokens = [*SPECIAL, *sorted(ByteLevel.alphabet()), "th"]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIAL) + [1] * 257)
    writer.add_token_merges(["t h"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    for name, tensor in tensors.items():
        heads = {"q_proj": HEADS, "k_proj": 1}.get(name.rpartition(".")[2])
        for ours, theirs in GGUF_NAMES.items():
            name = name.replace(ours, theirs)
        name = "output_norm" if name == "norm" else name
        writer.add_tensor(f"{name}.weight", rotary_order(tensor, heads) if heads else tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def adapter_tensors() -> dict[str, torch.Tensor]:
    """Something of every kind that an adapter may hold."""
    query = "language_model.layers.0.self_attn.q_proj"
    shapes = {
        "multi_modal_projector.linear_1.weight": (WORDS, 4 * EARS),
        "multi_modal_projector.linear_2.weight": (WORDS, WORDS),
        "audio_tower.layer_norm.weight": (EARS,),
        "audio_tower.layers.1.fc1.bias": (4 * EARS,),
        f"{query}.lora_A.weight": (RANK, WORDS),
        f"{query}.lora_B.weight": (WORDS, RANK),
    }
    return {name: torch.from_numpy(random(*shape)).half() for name, shape in shapes.items()}


class Parts:
    """Tiny parts on disk, and what was written into them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.adapter = folder, folder / "adapter.safetensors"
        self.ears, self.words, self.added = encoder_arrays(), language_tensors(), adapter_tensors()
        folder.mkdir()
        save_file(self.added, self.adapter)
        settings = {"audio_token_id": 4, "lora_rank": RANK, "lora_alpha": 3 * RANK}
        self.adapter.with_suffix(".json").write_text(json.dumps(settings))

    def assemble(self, name: str) -> Path:
        sources, out = self.folder / f"{name}-sources", self.folder / name
        write_ct2(sources / "whisper/model.bin", self.ears)
        write_gguf(sources / "language.gguf", self.words)
        out.mkdir()
        build.assemble(sources, out, self.adapter, sha256=parts.sha256(self.adapter))
        return out


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(tmp_path_factory.mktemp("tiny") / "parts")


@pytest.fixture(scope="module")
def checkpoint(tiny: Parts) -> Path:
    return tiny.assemble("first")


@pytest.fixture(scope="module")
def model(checkpoint: Path) -> VoxtralForConditionalGeneration:
    return VoxtralForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32).eval()


def half(array: np.ndarray) -> torch.Tensor:
    """What is left of a weight that was stored as float16."""
    return torch.from_numpy(array).half().float()


def test_the_encoder_is_whispers_but_for_the_adapter(
    tiny: Parts, model: VoxtralForConditionalGeneration
) -> None:
    layer = model.model.audio_tower.layers[1]
    q, k, v = np.split(tiny.ears["encoder/layer_1/self_attention/linear_0/weight"], 3)
    q_bias, _, v_bias = np.split(tiny.ears["encoder/layer_1/self_attention/linear_0/bias"], 3)
    attention = layer.self_attn
    for mine, theirs in (
        (attention.q_proj.weight, q),
        (attention.k_proj.weight, k),
        (attention.v_proj.weight, v),
        (attention.q_proj.bias, q_bias),
        (attention.v_proj.bias, v_bias),
        (layer.fc2.weight, tiny.ears["encoder/layer_1/ffn/linear_1/weight"]),
        (layer.final_layer_norm.bias, tiny.ears["encoder/layer_1/ffn/layer_norm/beta"]),
        (model.model.audio_tower.layer_norm.bias, tiny.ears["encoder/layer_norm/beta"]),
        (layer.fc1.bias, tiny.added["audio_tower.layers.1.fc1.bias"].numpy()),
        (
            model.model.audio_tower.layer_norm.weight,
            tiny.added["audio_tower.layer_norm.weight"].numpy(),
        ),
    ):
        torch.testing.assert_close(mine, half(theirs), rtol=0, atol=0)
    assert attention.k_proj.bias is None


def test_the_language_model_is_the_ggufs_plus_the_low_rank_update(
    tiny: Parts, model: VoxtralForConditionalGeneration
) -> None:
    layers = model.model.language_model.layers
    embedding = half(tiny.words["embed_tokens"])
    query = "language_model.layers.0.self_attn.q_proj"
    a, b = (tiny.added[f"{query}.lora_{kind}.weight"].numpy() for kind in "AB")
    updated = tiny.words["layers.0.self_attn.q_proj"] + 3.0 * b.astype(float) @ a.astype(float)
    for mine, theirs in (
        (model.get_input_embeddings().weight, embedding),
        (model.lm_head.weight, embedding),
        (layers[1].self_attn.q_proj.weight, half(tiny.words["layers.1.self_attn.q_proj"])),
        (layers[1].self_attn.k_proj.weight, half(tiny.words["layers.1.self_attn.k_proj"])),
        (layers[1].mlp.down_proj.weight, half(tiny.words["layers.1.mlp.down_proj"])),
        (layers[0].self_attn.q_proj.weight, half(updated)),
    ):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_the_projector_is_the_adapters(tiny: Parts, model: VoxtralForConditionalGeneration) -> None:
    for name, weight in model.model.multi_modal_projector.named_parameters():
        assert torch.equal(weight, tiny.added[f"multi_modal_projector.{name}"].float())


def test_the_same_parts_give_the_same_bytes(tiny: Parts, checkpoint: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        again = tiny.assemble("second")
    finally:
        torch.set_num_threads(threads)
    files = {p.relative_to(checkpoint) for p in checkpoint.rglob("*") if p.is_file()}
    assert files >= {Path("model.safetensors"), Path("config.json"), Path("whisper/model.bin")}
    assert all((checkpoint / p).read_bytes() == (again / p).read_bytes() for p in files)


def test_the_configuration_names_no_place_of_this_machine(checkpoint: Path) -> None:
    for path in checkpoint.glob("*.json"):
        assert str(checkpoint.parent) not in path.read_text()


def test_assembling_is_silent_and_leaves_the_logging_as_it_was(
    tiny: Parts, capfd: pytest.CaptureFixture[str]
) -> None:
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    capfd.readouterr()
    tiny.assemble("third")
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_the_prompt_is_what_the_tokenizers_template_writes(checkpoint: Path) -> None:
    card, tokenizer = models.MODELS["nano"], AutoTokenizer.from_pretrained(checkpoint)
    message = {"role": "user", "content": "AUDIO\nWho speaks?"}
    written = tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
    assert written == card.prefix + "AUDIO" + card.suffix.format(question="Who speaks?")
    assert tokenizer.convert_tokens_to_ids(card.end) == 2
    assert tokenizer.decode(tokenizer(written).input_ids) == written


def ask(
    model: VoxtralForConditionalGeneration, folder: Path, samples: np.ndarray, question: str
) -> tuple[torch.Tensor, str]:
    """The new tokens and the text of nano's answer to a question about one window, 16 kHz."""
    card, tokenizer = models.MODELS["nano"], AutoTokenizer.from_pretrained(folder)
    features = WhisperFeatureExtractor.from_pretrained(folder)
    heard = features([samples], sampling_rate=16000, return_tensors="pt").input_features
    prompt = tokenizer(card.prefix).input_ids
    prompt += [model.config.audio_token_id] * int(card.window_seconds * card.tokens_per_second)
    prompt += tokenizer(card.suffix.format(question=question)).input_ids
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            input_features=heard,
            max_new_tokens=40,
        )
    return out[0, ids.shape[1] :], tokenizer.decode(out[0, ids.shape[1] :])


def test_stock_generate_hears_the_audio(
    model: VoxtralForConditionalGeneration, checkpoint: Path
) -> None:
    tokens, _ = ask(model, checkpoint, random(16000), "Hello?")
    assert 0 < len(tokens) <= 40
    assert model.generation_config.eos_token_id == 2
    assert model.generation_config.pad_token_id == 0


def test_an_adapter_of_other_bytes_is_refused(tiny: Parts, tmp_path: Path) -> None:
    with pytest.raises(PullError, match=r"adapter\.safetensors is damaged"):
        build.assemble(tmp_path, tmp_path, tiny.adapter, sha256="0" * 64)


Tensors = dict[str, torch.Tensor]


def with_stranger(adapter: Tensors) -> None:
    adapter["audio_tower.layers.9.fc1.bias"] = torch.zeros(1)


def without_projector(adapter: Tensors) -> None:
    del adapter["projector.weight"]


def without_b(adapter: Tensors) -> None:
    del adapter["query.lora_B.weight"]


def without_a(adapter: Tensors) -> None:
    del adapter["query.lora_A.weight"]


def with_large(adapter: Tensors) -> None:
    adapter["projector.weight"][0] = 1e6


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (with_stranger, r"layers\.9\.fc1\.bias has no home"),
        (without_projector, r"projector\.weight is in neither"),
        (without_b, r"query\.lora_B\.weight is the missing half"),
        (without_a, r"query\.lora_B\.weight has no home"),
        (with_large, r"projector\.weight is too large for float16"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(
    harm: Callable[[Tensors], None], message: str
) -> None:
    base = {"model.query.weight": torch.zeros(2, 2)}
    adapter = {
        "projector.weight": torch.ones(3),
        "query.lora_A.weight": torch.ones(1, 2),
        "query.lora_B.weight": torch.ones(2, 1),
    }
    homes = ["model.query.weight", "model.projector.weight"]
    assert build.merge(base, adapter, 2.0, homes)["model.query.weight"].tolist() == [[2, 2]] * 2
    harm(adapter)
    with pytest.raises(PullError, match=message):
        build.merge(base, adapter, 2.0, homes)


@pytest.mark.parametrize("content", [b"GGUF", b"\6\0\0\0\5\0ab", b"\6\0\0\0\0\0" + b"\1" * 40])
def test_other_files_are_not_taken_for_a_model(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ct2.NotWhisper, match="not a whole CTranslate2 model"):
        ct2.read_arrays(tmp_path / "model.bin")


def test_a_cut_model_is_not_read(tmp_path: Path) -> None:
    write_ct2(tmp_path / "model.bin", encoder_arrays())
    whole = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ct2.NotWhisper, match="not a whole"):
        ct2.read_arrays(tmp_path / "model.bin")


def test_another_version_of_the_format_is_named(tmp_path: Path) -> None:
    write_ct2(tmp_path / "model.bin", {}, version=7)
    with pytest.raises(ct2.NotWhisper, match="format is 7 where 6 is known"):
        ct2.read_arrays(tmp_path / "model.bin")


def test_a_quantised_encoder_is_refused() -> None:
    arrays = encoder_arrays()
    arrays["encoder/conv1/weight"] = arrays["encoder/conv1/weight"].astype(np.int8)
    with pytest.raises(ct2.NotWhisper, match=r"encoder/conv1/weight is quantised \(int8\)"):
        ct2.encoder_state(arrays)


def test_a_model_without_an_encoder_names_what_is_absent() -> None:
    arrays = encoder_arrays()
    del arrays["encoder/layer_1/ffn/linear_0/bias"]
    with pytest.raises(ct2.NotWhisper, match="no array 'encoder/layer_1/ffn/linear_0/bias'"):
        ct2.encoder_state(arrays)


def test_the_packaged_adapter_is_the_pinned_one() -> None:
    assert hashlib.sha256(nano.ADAPTER.read_bytes()).hexdigest() == nano.ADAPTER_SHA256


def test_the_real_nano_is_what_its_card_says(nano_cache: Path) -> None:
    from ctranslate2 import StorageView
    from ctranslate2.models import Whisper
    from faster_whisper import WhisperModel

    card, folder = models.MODELS["nano"], models.locate("nano", nano_cache)
    model = VoxtralForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    assert model.config.text_config.max_position_embeddings == card.max_positions
    assert torch.equal(model.lm_head.weight, model.get_input_embeddings().weight)

    noise = np.random.default_rng(0).normal(0, 0.05, 16000 * 5).astype(np.float32)
    tokens, text = ask(model, folder, noise, "Is the speaker a man or a woman?")
    assert text.endswith(card.end)
    assert tokens[-1] == model.generation_config.eos_token_id

    features = WhisperFeatureExtractor.from_pretrained(folder)
    heard = features([noise], sampling_rate=16000, return_tensors="np").input_features
    encoder = Whisper(str(folder / "whisper"), compute_type="float32")
    theirs = np.array(encoder.encode(StorageView.from_array(heard), to_cpu=True))
    tower = model.model.audio_tower
    tower.load_state_dict(ct2.encoder_state(ct2.read_arrays(folder / "whisper/model.bin")))
    with torch.inference_mode():
        mine = tower(torch.from_numpy(heard)).last_hidden_state.numpy()
    np.testing.assert_allclose(mine, theirs, atol=1e-3, rtol=1e-4)

    recogniser = WhisperModel(str(folder / "whisper"), compute_type="int8")
    _, heard_by_it = recogniser.transcribe(noise, language="en", temperature=0.0)
    assert heard_by_it.duration == 5.0
