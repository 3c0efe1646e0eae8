"""What a file made here says of itself."""

from typing import Any, Literal

from pydantic import BaseModel


class RecordedInput(BaseModel):
    """A small copy of a picture that the file was made from."""

    role: str
    """The field it came in: ``input_reference``, ``garment`` or ``last_image``."""
    image_url: str
    """A ``data:image/jpeg;base64,…`` URL."""


class FileRecord(BaseModel):
    """The answer to ``POST /v1/records``."""

    object: Literal["record"] = "record"
    record: dict[str, Any]
    """Model, task and every parameter, as the job's variant ``record`` has them."""
    inputs: list[RecordedInput] = []
    """The pictures, if the request said ``embed_inputs``."""
    signature: Literal["valid", "invalid"] | None = None
    """Whether the file is as it was signed; None: it is not signed."""
    signed_by: str | None = None
    """Whom the certificate names; whether that is so is for a verifier with a trust list."""
