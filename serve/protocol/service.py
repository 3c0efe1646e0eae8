"""The service itself: its health, and its errors."""

from typing import Literal

from pydantic import BaseModel

from serve.protocol.words import Readiness


class Health(BaseModel):
    """``GET /health``: ``ok`` once every model is ready."""

    status: Literal["ok", "loading", "degraded"]
    version: str
    models: dict[str, Readiness]
    queued: int
    in_progress: int


class ErrorBody(BaseModel):
    """What went wrong, in OpenAI's four fields."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(BaseModel):
    """The body of every answer that is not 2xx."""

    error: ErrorBody
