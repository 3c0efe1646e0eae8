"""A request's body: fields of JSON or of a form, and its files."""

import json
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from serve.protocol import Role


async def read(request: Request) -> tuple[dict[str, str], list[tuple[Role, bytes]]]:
    """The fields, and the files in the order of their roles."""
    if request.headers["content-type"].startswith("application/json"):
        return {name: _text(value) for name, value in (await request.json()).items()}, []
    async with request.form() as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        uploads = [
            (Role.GARMENT if index else Role.INPUT_REFERENCE, await upload.read())
            for index, upload in enumerate(form.getlist("image[]"))
            if isinstance(upload, UploadFile)
        ]
        uploads += [
            (role, await upload.read())
            for role in Role
            for upload in form.getlist(role)
            if isinstance(upload, UploadFile)
        ]
    return fields, uploads


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
