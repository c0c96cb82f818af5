"""Low-rank updates of the language model (Hu et al. 2021), made by peft."""

import warnings

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from headrouter.lab.train.training import Nano, multiplies_bfloat16
from headrouter.nano.build import Tensors

RANK, ALPHA = 16, 32
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def add_lora(nano: Nano, seed: int) -> nn.Module:
    """Low-rank updates on all linear layers of the language model, in place.

    What stays as it is is kept as it is multiplied: autocast would convert it anew at each step.
    """
    if multiplies_bfloat16(nano.device):
        for module in nano.model.model.language_model.layers.modules():
            if isinstance(module, nn.Linear):
                module.bfloat16()
    torch.manual_seed(seed)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=LINEAR)
    with warnings.catch_warnings():  # it asks for an attribute that transformers renamed
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(nano.model.model.language_model, config)


def lora_tensors(language: nn.Module) -> Tensors:
    """The low-rank tensors by their names in an adapter."""
    return {adapter_name(n): p.data for n, p in language.named_parameters() if ".lora_" in n}


def load_lora(language: nn.Module, tensors: Tensors) -> None:
    """Put the low-rank tensors of an adapter in place."""
    for name, parameter in language.named_parameters():
        if ".lora_" in name:
            parameter.data.copy_(tensors[adapter_name(name)])


def adapter_name(name: str) -> str:
    """The name in an adapter of a tensor that peft names."""
    return "language_model." + name.removeprefix("base_model.model.").replace(".default.", ".")
