"""What a setting may be: the types of values that users give."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:  # a user that does not exist
        raise ValueError(str(error)) from error


Folder = Annotated[Path, AfterValidator(_absolute)]
Bytes = Annotated[ByteSize, Field(gt=0)]
Keep = Annotated[float, Field(gt=0, le=1)]
PRECISIONS_OF_OLD = {"fast": "auto", "full": "fp32"}
Precision = Annotated[
    Literal["auto", "bf16", "fp16", "fp32", "8bit", "4bit"],
    BeforeValidator(lambda value: PRECISIONS_OF_OLD.get(str(value), value)),
]
