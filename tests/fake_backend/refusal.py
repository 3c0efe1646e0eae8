"""Errors as the real backend answers with them."""

from fastapi.responses import JSONResponse

from serve.errors import ServeError
from serve.protocol import ErrorBody, ErrorResponse


def not_found(job_id: str) -> JSONResponse:
    return refusal("job_not_found", f"There is no job {job_id!r}.", 404)


def refusal(
    code: str, message: str, status: int, headers: dict[str, str] | None = None
) -> JSONResponse:
    body = ErrorBody(message=message, type="invalid_request_error", code=code)
    return JSONResponse(ErrorResponse(error=body).model_dump(), status, headers)


def refused(error: ServeError) -> JSONResponse:
    body = ErrorBody(message=error.message, type=error.type, param=error.param, code=error.code)
    return JSONResponse(ErrorResponse(error=body).model_dump(), status_code=error.status)
