"""What tests of this library, and of code built on it, stand on.

Tiny random models of every supported family (from configs, no download), inputs for them, the
mask oracle (the same model with the dropped tokens masked instead of cut), and a fake listener.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor, nn

from headrouter.backends import SAMPLE_RATE
from headrouter.backends.prompts import CardPrompts
from headrouter.backends.voxtral import Voxtral
from headrouter.fakes import FakeListener
from headrouter.hear.listener import AudioLM
from headrouter.models import MODELS, ModelCard
from headrouter.prune.families import family_of
from headrouter.prune.profiles import uniform_profile
from headrouter.question.words import Spotting
from headrouter.testing.families import AUDIO, FRAMES, HIDDEN, MELS, TEXT, TINY, VOCAB, TinyFamily

__all__ = [
    "AUDIO",
    "FRAMES",
    "HIDDEN",
    "MELS",
    "TINY",
    "VOCAB",
    "FakeListener",
    "TinyFamily",
    "mask_oracle",
    "tiny_card",
    "tiny_inputs",
    "tiny_listener",
    "tiny_model",
    "tiny_tokenizer",
]


def tiny_model(family: str | TinyFamily, *, attention: str = "sdpa", seed: int = 0) -> Any:
    """A random float32 model of that family, in eval mode, about 0.1 M parameters."""
    kind = TINY[family] if isinstance(family, str) else family
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind.build()
    hears_otherwise = family == "gemma4"  # its ears know no sdpa
    decides: Any = model.get_decoder() if hears_otherwise else model  # type: ignore[operator]
    decides.set_attn_implementation(attention)
    return model.float().eval()


def tiny_tokenizer() -> Any:
    """One token a character, and the marks of a chat."""
    marks = ["<pad>", "<unk>", "<|im_start|>", "<|im_end|>", "<audio>"]
    letters = ["\n", *map(chr, range(32, 127))][: VOCAB - len(marks)]
    vocabulary = {token: number for number, token in enumerate(marks + letters)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in marks])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", clean_up_tokenization_spaces=False
    )


def tiny_card(**changes: Any) -> ModelCard:
    """Nano's card for the tiny listener, with what is to be changed of it."""
    own: dict[str, Any] = dict(
        name="tiny",
        tokens_per_second=10.0,
        window_seconds=1.0,
        spotting=Spotting(sharpness=30.0, merges=None),
    )
    return replace(MODELS["nano"], **own | changes)


def tiny_listener(card: ModelCard, model_id: str = "tiny@1") -> AudioLM:
    """AudioLM over a tiny random Voxtral, whose windows of a second become ten tokens."""
    tokenizer = tiny_tokenizer()
    backend = Voxtral(
        tiny_model("voxtral"),
        tokenizer,
        transformers.WhisperFeatureExtractor(feature_size=MELS, hop_length=200, chunk_length=1),
        CardPrompts(tokenizer, card),
        SAMPLE_RATE / card.tokens_per_second,
    )
    return AudioLM(
        backend,
        card,
        model_id,
        uniform_profile(model_id, 2, TEXT["num_attention_heads"]),
    )


def tiny_inputs(
    family: str | TinyFamily, clips: Sequence[int] = (3,), *, question: int = 6, seed: int = 0
) -> dict[str, Tensor]:
    """Inputs for a tiny model: prefix, ``clips[row]`` clips of noise, a question, left-padded.

    One row a batch entry; rows with fewer clips get padding, and an attention mask says so.
    """
    generator = torch.Generator().manual_seed(seed)
    kind = TINY[family] if isinstance(family, str) else family
    mel = torch.randn(sum(clips), MELS, FRAMES, generator=generator)
    rows = []
    for count in clips:
        prefix = torch.randint(11, VOCAB, (3,), generator=generator)
        audio = torch.full((count * kind.tokens,), AUDIO)
        asked = torch.randint(11, VOCAB, (question,), generator=generator)
        rows.append(torch.cat([prefix, audio, asked]))
    width = max(len(row) for row in rows)
    ids = torch.stack([nn.functional.pad(row, (width - len(row), 0)) for row in rows])
    mask = torch.stack([(torch.arange(width) >= width - len(row)).long() for row in rows])
    return {"input_ids": ids, "attention_mask": mask, **kind.features(mel)}


@contextmanager
def mask_oracle(model: Any, dropped: Tensor, layer: int) -> Iterator[None]:
    """Runs the model whole, with ``dropped`` positions hidden by the mask from ``layer`` on.

    dropped: (batch, positions) bool over the first positions of the sequence; later ones are
    visible. This is what pruning must equal, computed the slow and obvious way.
    """

    def hide(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        queries, total = _extent(args, kwargs)
        mask = kwargs.get("attention_mask")
        places = torch.arange(total, device=dropped.device)
        if mask is None:
            mask = (places <= places[total - queries :, None])[None, None]
        hidden = nn.functional.pad(dropped, (0, total - dropped.shape[1]))[:, None, None, :total]
        itself = places == places[total - queries :, None]
        hidden = hidden & ~itself  # no empty row: a dropped token may see itself
        if mask.dtype == torch.bool:
            mask = mask & ~hidden
        else:
            mask = mask.masked_fill(hidden, torch.finfo(mask.dtype).min)
        return args, {**kwargs, "attention_mask": mask}

    with ExitStack() as stack:
        for decoder_layer in family_of(model).layers(model)[layer:]:
            handle = decoder_layer.register_forward_pre_hook(hide, with_kwargs=True)
            stack.callback(handle.remove)
        yield


def _extent(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, int]:
    """(tokens of this pass, tokens so far) of a decoder layer call, before its cache update."""
    states = args[0] if args else kwargs["hidden_states"]
    cache = kwargs["cache"]
    queries = states.shape[1]
    return queries, queries if cache is None else cache.get_seq_length(0)
