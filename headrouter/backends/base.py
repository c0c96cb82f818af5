"""Backend: one loaded checkpoint, with what is particular to its family.

A family is a subclass that says which transformers class it is, how fast its audio tokens come,
and how windows of sound become embeddings. Everything else is the same for all.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoFeatureExtractor, AutoTokenizer

from headrouter.backends.offloading import NOTHING, Offload
from headrouter.backends.prompts import CardPrompts, Prompts, TemplatePrompts
from headrouter.backends.weights import load_model, precision_for
from headrouter.errors import ModelUnreadable
from headrouter.models import ModelCard

SAMPLE_RATE = 16_000
LEAST_SAMPLES = SAMPLE_RATE // 10  # that an encoder is given: of less, some make nothing
Samples = NDArray[np.float32]  # (n,) mono at SAMPLE_RATE, in [-1, 1]
Config = Any
"""Of transformers: what a config.json says, and defaults for what it does not say."""


VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")


@dataclass(frozen=True)
class Ears:
    """How a model hears: what an index of it is made of."""

    tokens_per_second: float
    window_seconds: float  # that are encoded at once
    most_seconds: float  # of audio that it was made to be given at once


@dataclass
class Backend:
    """A checkpoint in memory. Make one with ``load``."""

    model: Any  # of transformers, as HeadRouter takes it
    tokenizer: Any
    features: Any  # of transformers: samples to spectrograms
    prompts: Prompts
    hop: float  # samples in an audio token
    offload: Offload = NOTHING  # of its decoder layers

    family: ClassVar[str]  # its name in lists
    class_name: ClassVar[str]  # in transformers
    audio_mark: ClassVar[str | None] = None  # how the chat template writes a clip; None: the token
    ears_modules: ClassVar[tuple[str, ...]] = ("audio_tower", "multi_modal_projector")
    """Left out of quantisation: they are small, and suffer most."""

    # -- what is known without the weights

    @classmethod
    def ears(cls, config: Config, folder: Path) -> Ears:
        """How a checkpoint of this family hears."""
        raise NotImplementedError

    @classmethod
    def uses(cls, tensor: str) -> bool:
        """Whether a tensor of a checkpoint is loaded."""
        return True

    @classmethod
    def waiting_places(cls, folder: Path) -> tuple[str, ...]:
        """Where decoder layers of a checkpoint may wait for their turn."""
        return "memory", "disk"

    # -- loading

    @classmethod
    def load(
        cls,
        folder: Path,
        card: ModelCard,
        *,
        device: str,
        precision: str,
        offload: Offload = NOTHING,
    ) -> Self:
        """Loads a checkpoint. Raises ModelUnreadable.

        precision: bf16, fp16, fp32, 8bit, 4bit, or auto. A card with a prompt of its own (nano's)
        is asked with that, and others as their chat template says.
        """
        own = bool(card.suffix)
        precision = "fp32" if own and precision == "auto" else precision_for(precision, device)
        if not offload.places <= {*cls.waiting_places(folder)}:
            raise ModelUnreadable(
                f"decoder layers of {folder} can't wait in {' and '.join(offload.places)}: "
                "choose --offload off, or another model"
            )
        model = cls.load_model(folder, device, precision, offload)
        tokenizer = cls.load_tokenizer(folder)
        prompts = (
            CardPrompts(tokenizer, card) if own else cls.load_prompts(folder, model, tokenizer)
        )
        hop = SAMPLE_RATE / card.tokens_per_second
        features, offload = cls.load_features(folder), offload.of_model(model)
        return cls(model, tokenizer, features, prompts, hop, offload)

    @classmethod
    def load_model(
        cls, folder: Path, device: str, precision: str, offload: Offload = NOTHING
    ) -> Any:
        """The transformers model."""
        return load_model(
            getattr(transformers, cls.class_name),
            folder,
            device=device,
            precision=precision,
            keep_whole=list(cls.ears_modules),
            offload=offload,
        )

    @classmethod
    def load_tokenizer(cls, folder: Path) -> Any:
        """The tokenizer."""
        if not any((folder / name).exists() for name in VOCABULARIES):  # one is made up then
            raise ModelUnreadable(f"{folder} has no tokenizer; download the whole checkpoint")
        try:
            return AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnreadable(
                f"{folder} has no tokenizer that can be read ({error}); "
                "download the whole checkpoint"
            ) from error

    @classmethod
    def load_features(cls, folder: Path) -> Any:
        """What makes spectrograms of samples."""
        try:
            return AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnreadable(
                f"{folder} does not say how it hears (preprocessor_config.json); "
                "download the whole checkpoint"
            ) from error

    @classmethod
    def load_prompts(cls, folder: Path, model: Any, tokenizer: Any) -> Prompts:
        """How the checkpoint is asked."""
        template = cls.template(folder, tokenizer)
        audio = cls.audio_mark or tokenizer.convert_ids_to_tokens(cls.audio_token_id(model))
        try:
            return TemplatePrompts(
                tokenizer,
                template,
                audio,
                around=cls.around(model, tokenizer),
                end=end_ids(model, tokenizer),
            )
        except ValueError as error:
            raise ModelUnreadable(f"{folder} can't be asked about audio: {error}") from error

    @classmethod
    def template(cls, folder: Path, tokenizer: Any) -> str:
        """The chat template. Raises ModelUnreadable."""
        return chat_template(folder, tokenizer)

    @classmethod
    def audio_token_id(cls, model: Any) -> int:
        """The placeholder of an audio token."""
        return int(model.config.audio_token_id)

    @classmethod
    def around(cls, model: Any, tokenizer: Any) -> tuple[str, str]:
        """What the processor writes before and after a clip's audio tokens."""
        return "", ""

    # -- hearing

    @torch.inference_mode()
    def embed(self, windows: Sequence[Samples]) -> list[Tensor]:
        """For each window (tokens, width), as the language model is given them."""
        found = []
        for samples in windows:
            heard = np.pad(samples, (0, max(0, LEAST_SAMPLES - len(samples))))
            found.append(self.encode(self.spectrogram(heard))[: self.tokens(len(samples))])
        return found

    def embed_and_states(
        self, windows: Sequence[Samples], layers: Sequence[int]
    ) -> tuple[list[Tensor], list[list[Tensor]]]:
        """The same, and what goes into these layers of the encoder, for a reader of sounds.

        Only of families that there is a reader for.
        """
        raise NotImplementedError

    def tokens(self, samples: int) -> int:
        """How many audio tokens so many samples have at most."""
        return math.ceil(samples / self.hop)

    def spectrogram(self, samples: Samples) -> dict[str, Tensor]:
        """What the model's processor makes of a window: its features and their mask."""
        mel = self.features(
            [samples],
            sampling_rate=SAMPLE_RATE,
            return_attention_mask=True,
            return_tensors="pt",
            **self.padding(len(samples)),
        )
        return {
            "features": mel["input_features"].to(self.device, self.dtype),
            "mask": mel["attention_mask"].to(self.device),
        }

    def padding(self, samples: int) -> dict[str, Any]:
        """How so many samples are padded before their spectrogram is made."""
        return {"padding": "max_length"}

    def encode(self, mel: dict[str, Tensor]) -> Tensor:
        """(tokens, width) of one window's features."""
        raise NotImplementedError

    def besides(self, before: Sequence[int], audio: int, after: Sequence[int]) -> dict[str, Tensor]:
        """What the decoder takes besides embeddings of so many audio tokens between two texts."""
        return {}

    @property
    def device(self) -> torch.device:
        """Where embeddings are: that of weights that are never offloaded."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """Of embeddings."""
        dtype: torch.dtype = self.model.get_input_embeddings().weight.dtype
        return dtype


def chat_template(folder: Path, tokenizer: Any) -> str:
    """The template of a checkpoint, from where its version of transformers put it.

    Raises ModelUnreadable where there is none.
    """
    if (file := folder / "chat_template.jinja").exists():
        return file.read_text(encoding="utf-8")
    if (file := folder / "chat_template.json").exists():
        return str(json.loads(file.read_text(encoding="utf-8"))["chat_template"])
    if isinstance(template := getattr(tokenizer, "chat_template", None), str):
        return template
    raise ModelUnreadable(
        f"{folder} has no chat template (chat_template.jinja), so it can't be asked; "
        "download the whole checkpoint, of a model that is made for questions"
    )


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """The tokens of which each ends an answer."""
    config = getattr(model, "generation_config", None)
    found = getattr(config, "eos_token_id", None)
    if found is None:
        found = tokenizer.eos_token_id
    return list(found) if isinstance(found, list) else [] if found is None else [int(found)]


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file; an empty one where there is no file."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def extractor_setting(folder: Path, name: str, default: float) -> float:
    """A number from what a checkpoint says of its feature extractor."""
    for file in ("preprocessor_config.json", "processor_config.json"):
        found = read_json(folder / file)
        found = found.get("feature_extractor", found)
        if name in found:
            return float(found[name])
    return default


def chunk_seconds(folder: Path) -> float:
    """How many seconds the feature extractor of a checkpoint takes at once."""
    return extractor_setting(folder, "chunk_length", 30.0)


def frames_per_second(folder: Path) -> float:
    """Of its spectrograms."""
    return SAMPLE_RATE / extractor_setting(folder, "hop_length", 160.0)
