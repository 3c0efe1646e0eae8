"""Requests and answers of a backend as typed records, and the errors that a user can read."""

from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from serve.protocol import ErrorResponse

T = TypeVar("T", bound=BaseModel)


class BackendError(Exception):
    """The backend refused or could not be reached; the message is fit for a user."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.retry_after = retry_after
        """Seconds after which the backend asks to be tried again."""

    @property
    def is_unreachable(self) -> bool:
        """True if no answer came, or only a proxy's: trying again may help."""
        return self.status in (None, 502, 503, 504)


def build_request(kind: type[T], fields: dict[str, Any]) -> T:
    """A request of these fields, or a `BackendError` that names the wrong one."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        wrong = "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())
        raise BackendError(f"Please correct {wrong}.", status=400) from error


def parse(kind: type[T], response: httpx.Response) -> T:
    """The record in the answer; a `BackendError` if something else is."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise BackendError(
            f"{response.request.url} does not answer like a Lookreel backend.",
            status=response.status_code,
        ) from error


async def raise_for_error(response: httpx.Response) -> None:
    """A `BackendError` unless the request was taken."""
    if response.is_success:
        return
    body = await response.aread()
    try:
        error = ErrorResponse.model_validate_json(body).error
        message, code = error.message, error.code
    except ValidationError:
        message, code = f"The backend answered {response.status_code}.", None
    wait = response.headers.get("retry-after", "")
    retry_after = float(wait) if wait.isdigit() else None  # else it is a date or missing
    raise BackendError(message, status=response.status_code, code=code, retry_after=retry_after)
