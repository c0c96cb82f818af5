"""What the HTTP API refuses, in OpenAI's envelope: one sentence, its kind and its status."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from assistant.doors.codes import code_of
from assistant.errors import EXPECTED, Busy, without_folders
from headrouter.errors import UnknownModel

AGAIN = 5  # seconds after which who was told 429 may come again; its claim to a place lasts longer


def add_errors(app: FastAPI) -> None:
    """Puts what answers errors on an application."""
    for kind in (*EXPECTED, RequestValidationError):
        app.add_exception_handler(kind, envelope)
    app.add_exception_handler(StarletteHTTPException, plain)


def envelope(request: Request, error: Exception) -> Response:
    """An error in OpenAI's envelope, with its status."""
    again = {"Retry-After": str(AGAIN)} if isinstance(error, Busy) else None
    return JSONResponse(problem(error), code_of(error).status, headers=again)


async def plain(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself, such as a body that can't be parsed, in the same shape."""
    assert isinstance(error, StarletteHTTPException)
    if not request.url.path.startswith("/v1/"):
        return await http_exception_handler(request, error)
    body = {"message": str(error.detail), "type": "BadRequest", "code": error.status_code}
    return JSONResponse({"error": body}, error.status_code)


def problem(error: Exception) -> dict[str, Any]:
    """The body of an error."""
    message = without_folders(str(error))
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}"
    code = "model_not_found" if isinstance(error, UnknownModel) else code_of(error).status
    return {"error": {"message": message, "type": type(error).__name__, "code": code}}
