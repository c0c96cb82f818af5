"""Reads Whisper's encoder out of a CTranslate2 `model.bin` into transformers' names.

The file is a header and then a plain list of named arrays. Only float arrays are understood (a
quantised encoder is refused), and the aliases that may follow the arrays are not read: they join
weights of the decoder. Little-endian machines only, as CTranslate2 itself.
"""

import mmap
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

Arrays = dict[str, npt.NDArray[np.generic]]

DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # by CTranslate2's type number
VERSION = 6  # of the binary format

ATTENTION = "self_attention/"
PLAIN_LAYERS = {  # CTranslate2's name -> ours, both inside one encoder layer
    ATTENTION + "linear_1": "self_attn.out_proj",
    "ffn/linear_0": "fc1",
    "ffn/linear_1": "fc2",
}
NORMS = {ATTENTION + "layer_norm": "self_attn_layer_norm", "ffn/layer_norm": "final_layer_norm"}


class NotWhisper(ValueError):
    """The file is not a float CTranslate2 model with a Whisper encoder."""


def read_arrays(path: Path) -> Arrays:
    """All arrays of a `model.bin` by name, as read-only views of the mapped file.

    Raises NotWhisper for any other file, a cut one included.
    """
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _read(_Cursor(data))
    except (struct.error, UnicodeDecodeError, IndexError, ValueError) as error:
        raise NotWhisper(f"{path} is not a whole CTranslate2 model ({error})") from error


class _Cursor:
    """Takes values off the front of a buffer."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def integer(self, kind: str) -> int:
        """One number in struct's notation."""
        value: int = struct.unpack_from(f"<{kind}", self.data, self.at)[0]
        self.at += struct.calcsize(kind)
        return value

    def text(self) -> str:
        """A string behind its length."""
        length = self.integer("H")
        self.at += length
        return self.data[self.at - length : self.at].decode().rstrip("\0")


def _read(cursor: _Cursor) -> Arrays:
    """The arrays that follow the header under the cursor."""
    if (version := cursor.integer("I")) != VERSION:
        raise ValueError(f"its format is {version} where {VERSION} is known")
    cursor.text()  # name of the specification
    cursor.integer("I")  # its revision
    return dict(_array(cursor) for _ in range(cursor.integer("I")))


def _array(cursor: _Cursor) -> tuple[str, npt.NDArray[np.generic]]:
    """The next array and its name."""
    name = cursor.text()
    shape = tuple(cursor.integer("I") for _ in range(cursor.integer("B")))
    dtype = np.dtype(DTYPES[cursor.integer("B")])
    size = cursor.integer("I")
    array = np.frombuffer(cursor.data, dtype, size // dtype.itemsize, cursor.at).reshape(shape)
    cursor.at += size
    return name, array


def encoder_config(arrays: Arrays) -> dict[str, int]:
    """The sizes of the encoder, named as in transformers' Voxtral encoder configuration."""
    positions, hidden = arrays["encoder/position_encodings/encodings"].shape
    return {
        "hidden_size": hidden,
        "intermediate_size": arrays["encoder/layer_0/ffn/linear_0/weight"].shape[0],
        "num_hidden_layers": _layers(arrays),
        "num_attention_heads": int(arrays["encoder/num_heads"]),
        "num_mel_bins": arrays["encoder/conv1/weight"].shape[1],
        "max_source_positions": positions,
    }


def encoder_state(arrays: Arrays) -> dict[str, torch.Tensor]:
    """The encoder's weights, float32, named as in transformers' Whisper and Voxtral encoders.

    Raises NotWhisper if an array is absent or quantised.
    """
    try:
        state = {"embed_positions.weight": _tensor(arrays, "encoder/position_encodings/encodings")}
        for name in ("conv1", "conv2"):
            state |= _linear(arrays, f"encoder/{name}", name)
        for i in range(_layers(arrays)):
            layer = _layer(arrays, f"encoder/layer_{i}/")
            state |= {f"layers.{i}.{name}": tensor for name, tensor in layer.items()}
        return state | _norm(arrays, "encoder/layer_norm", "layer_norm")
    except KeyError as error:
        raise NotWhisper(f"the model has no array {error}") from error


def _layers(arrays: Arrays) -> int:
    """How many layers the encoder has."""
    return len(
        {name.split("/")[1] for name in arrays if name.startswith("encoder/layer_")}
        - {"layer_norm"}
    )


def _layer(arrays: Arrays, at: str) -> dict[str, torch.Tensor]:
    """One encoder layer, without its number in the names."""
    state = _attention_inputs(arrays, at + ATTENTION + "linear_0")
    for theirs, ours in PLAIN_LAYERS.items():
        state |= _linear(arrays, at + theirs, ours)
    for theirs, ours in NORMS.items():
        state |= _norm(arrays, at + theirs, ours)
    return state


def _attention_inputs(arrays: Arrays, at: str) -> dict[str, torch.Tensor]:
    """Queries, keys and values, which CTranslate2 stacks; Whisper's keys have no bias."""
    q, k, v = _tensor(arrays, f"{at}/weight").chunk(3)
    q_bias, _, v_bias = _tensor(arrays, f"{at}/bias").chunk(3)
    return {
        "self_attn.q_proj.weight": q,
        "self_attn.q_proj.bias": q_bias,
        "self_attn.k_proj.weight": k,
        "self_attn.v_proj.weight": v,
        "self_attn.v_proj.bias": v_bias,
    }


def _linear(arrays: Arrays, at: str, name: str) -> dict[str, torch.Tensor]:
    """A linear layer or a convolution."""
    return {f"{name}.{kind}": _tensor(arrays, f"{at}/{kind}") for kind in ("weight", "bias")}


def _norm(arrays: Arrays, at: str, name: str) -> dict[str, torch.Tensor]:
    """A layer norm, whose weight and bias are called gamma and beta there."""
    return {
        f"{name}.weight": _tensor(arrays, f"{at}/gamma"),
        f"{name}.bias": _tensor(arrays, f"{at}/beta"),
    }


def _tensor(arrays: Arrays, name: str) -> torch.Tensor:
    """One float array as a float32 tensor of its own memory."""
    array = arrays[name]
    if array.dtype not in (np.float16, np.float32):
        raise NotWhisper(
            f"{name} is quantised ({array.dtype}); a float16 or float32 model is needed"
        )
    return torch.from_numpy(array.astype(np.float32))
