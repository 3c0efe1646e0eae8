"""Every failure as OpenAI's error object with its real status, whoever raised it."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from serve.errors import ServeError
from serve.protocol import ErrorBody, ErrorResponse
from serve.validation import as_bad_request

logger = logging.getLogger(__name__)


def error_response(error: ServeError, more: Mapping[str, Any] | None = None) -> JSONResponse:
    """The answer to a failed request; `more` joins the error object in the body."""
    if error.retry_after is not None:
        headers = {"retry-after": str(error.retry_after)}
    else:
        # OpenAI's client repeats 409 and 5xx by itself, even POST, which would repeat the work.
        headers = {"x-should-retry": "false"}
    body = ErrorResponse(
        error=ErrorBody(message=error.message, type=error.type, param=error.param, code=error.code)
    )
    return JSONResponse({**(more or {}), **body.model_dump()}, error.status, headers)


def install(app: FastAPI) -> None:
    """Answer all errors of `app` this way."""

    @app.exception_handler(ServeError)
    async def known(_request: Request, error: ServeError) -> JSONResponse:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return error_response(as_bad_request(error.errors()))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return error_response(_from_http(request, error))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return error_response(ServeError("The server failed unexpectedly.", code="internal_error"))


def _from_http(request: Request, error: HTTPException) -> ServeError:
    """What the framework itself refuses: unknown routes, wrong methods, broken forms."""
    messages = {
        404: f"There is nothing at {request.method} {request.url.path}.",
        405: f"{request.method} is not allowed at {request.url.path}.",
    }
    codes = {404: "not_found", 405: "method_not_allowed"}
    failure = ServeError(
        messages.get(error.status_code, str(error.detail)),
        code=codes.get(error.status_code, "invalid_request"),
    )
    failure.status = error.status_code
    if error.status_code < 500:
        failure.type = "invalid_request_error"
    return failure
