"""`POST /v1/records`: the settings that a downloaded file carries, so that it can be made again."""

import asyncio

from fastapi import APIRouter, Request

from serve.backend import BackendDep
from serve.errors import BadRequest
from serve.forms import read_body
from serve.protocol import FileRecord
from serve.records import read_record
from serve.validation import unknown_field

router = APIRouter(tags=["records"])

_FILE = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}


@router.post(
    "/v1/records",
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"schema": _FILE}}}},
)
async def read(request: Request, backend: BackendDep) -> FileRecord:
    """Read a file; nothing of it is kept."""
    body = await read_body(request, backend.args, ("file",))
    for name in body.fields:
        raise unknown_field(name, ["file"])
    files = body.files.get("file", [])
    if len(files) != 1:
        raise BadRequest(
            f"file is given {len(files)} times: one is read.",
            param="file",
            code=None if files else "missing_required_parameter",
        )
    return await asyncio.to_thread(read_record, files[0])
