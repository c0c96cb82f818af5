"""Weights: how large a checkpoint is, in which precision it is loaded, and loading it."""

import importlib.util
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open

from headrouter.backends.offloading import NOTHING, Offload, device_map
from headrouter.errors import ModelUnreadable
from headrouter.quiet import quiet

PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
QUANTISED = {"8bit": 1.0, "4bit": 0.56}  # bytes a number, with its share of the scales


def tensor_sizes(folder: Path) -> dict[str, tuple[tuple[int, ...], int]]:
    """Shape and stored bytes of each tensor by its name, from the headers alone.

    Raises ModelUnreadable for a folder without safetensors, or with damaged ones.
    """
    files = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.exists():
        files = sorted(
            {
                folder / name
                for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
            }
        )
    if not files:
        raise ModelUnreadable(_without_weights(folder))
    found = {}
    for file in files:
        try:
            with safe_open(file, "pt") as weights:
                for name in weights.keys():  # noqa: SIM118 - it is no dictionary
                    part = weights.get_slice(name)
                    shape = tuple(part.get_shape())
                    found[name] = (shape, math.prod(shape) * _width(part.get_dtype()))
        except (OSError, SafetensorError) as error:
            raise ModelUnreadable(
                f"{file.name} of {folder} can't be read ({error}); download it again"
            ) from error
    return found


def _width(dtype: str) -> int:
    """Bytes of a number of a safetensors type, such as BF16 or F8_E4M3."""
    return max(1, int("".join(filter(str.isdigit, dtype.split("_")[0])) or 8) // 8)


def _without_weights(folder: Path) -> str:
    if any(folder.glob("*.gguf")):
        return (
            f"{folder} holds GGUF files, which transformers reads without their audio part; "
            "take the checkpoint in safetensors"
        )
    if any(folder.glob("*.bin")):
        return f"{folder} holds pickled weights; take the checkpoint in safetensors"
    return f"{folder} holds no weights (*.safetensors); download the whole checkpoint"


def precision_for(wanted: str, device: str) -> str:
    """The precision that is loaded: what is wanted, or what is best on that device."""
    if wanted != "auto":
        return wanted
    kind = torch.device(device).type
    if kind == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    if kind == "mps":
        return "bf16" if _runs(torch.bfloat16, device) else "fp16"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "fp32"


def _runs(dtype: torch.dtype, device: str) -> bool:
    """Whether a device multiplies numbers of that type."""
    try:
        one = torch.ones(2, 2, dtype=dtype, device=device)
        return bool(torch.isfinite(one @ one).all())
    except (RuntimeError, TypeError):
        return False


def load_model(
    cls: Any,
    folder: Path,
    *,
    device: str,
    precision: str,
    keep_whole: list[str] | None = None,
    config: Any = None,
    key_mapping: dict[str, str] | None = None,
    offload: Offload = NOTHING,
) -> Any:
    """A transformers model in eval mode on ``device``, every weight of it from the folder.

    keep_whole: modules that quantisation leaves out. offload: layers that are not kept on the
    device. Raises ModelUnreadable.
    """
    tensor_sizes(folder)  # what can't be read is said in our words
    settings: dict[str, Any] = {"local_files_only": True, "output_loading_info": True}
    if config is not None:
        settings["config"] = config
    if key_mapping:
        settings["key_mapping"] = key_mapping
    if offload.layers and (precision in QUANTISED or _is_quantised(folder)):
        raise ModelUnreadable(
            f"{folder}: layers of 8 or 4 bits can't be offloaded; choose bf16, fp16 or fp32 of a "
            "checkpoint that is not quantised, or --offload off"
        )
    if precision in QUANTISED:
        settings |= _quantised(precision, device, keep_whole or [])
    elif _is_quantised(folder):
        settings |= {"dtype": "auto", "device_map": {"": device}}
    else:
        settings["dtype"] = PRECISIONS[precision]
    with quiet():
        try:
            if offload.layers:
                settings["device_map"] = device_map(cls, folder, config, device, offload)
            model, report = cls.from_pretrained(folder, **settings)
        except (OSError, ValueError, KeyError, SafetensorError, StrictDataclassError) as error:
            raise ModelUnreadable(f"{folder} can't be loaded: {first_line(error)}") from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelUnreadable(
            f"{folder} lacks {len(missing)} of the model's weights, such as {missing[0]}; "
            "download the whole checkpoint"
        )
    for name in ("temperature", "top_p", "top_k"):  # we draw nothing, and it would be warned of
        setattr(model.generation_config, name, None)
    if "device_map" not in settings:
        model.to(device)
    return model.eval()


def _quantised(precision: str, device: str, keep_whole: list[str]) -> dict[str, Any]:
    if torch.device(device).type == "cpu":
        raise ModelUnreadable(
            f"precision {precision} needs a GPU; on a CPU choose bf16 or fp32, or a smaller model"
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelUnreadable(
            f"precision {precision} needs bitsandbytes; run: pip install 'headrouter[quant]'"
        )
    from transformers import BitsAndBytesConfig

    sort: dict[str, Any] = {"load_in_8bit": True}
    if precision == "4bit":
        sort = {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": PRECISIONS[precision_for("auto", device)],
        }
    config = BitsAndBytesConfig(**sort, llm_int8_skip_modules=[*keep_whole, "lm_head"])
    dtype = PRECISIONS[precision_for("auto", device)]
    return {"quantization_config": config, "device_map": {"": device}, "dtype": dtype}


def _is_quantised(folder: Path) -> bool:
    return '"quantization_config"' in (folder / "config.json").read_text(encoding="utf-8")


def first_line(error: BaseException) -> str:
    """What an error says first."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def parameter_bytes(
    sizes: dict[str, tuple[tuple[int, ...], int]],
    used: Callable[[str], bool],
    quantised: Callable[[str], bool],
) -> dict[str, int]:
    """Bytes that the parameters take in memory, by precision.

    used: whether a tensor of that name is loaded; quantised: whether quantisation makes it small.
    """
    numbers = {name: math.prod(shape) for name, (shape, _) in sizes.items() if used(name)}
    small = sum(n for name, n in numbers.items() if quantised(name) and len(sizes[name][0]) > 1)
    whole = sum(numbers.values())
    found = {name: whole * dtype.itemsize for name, dtype in PRECISIONS.items()}
    for name, width in QUANTISED.items():
        found[name] = round(small * width) + 2 * (whole - small)
    return found
