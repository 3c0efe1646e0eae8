"""Reads a request body, JSON or form, into plain fields and files: pictures, clips, recordings.

Every client's way of writing is taken: `garment`, `garment[]`, files, `data:` URLs as text or as
`{"image_url": ...}`. Nothing is ever fetched from elsewhere or read from the server's disk.
"""

import base64
import binascii
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from serve.config import ServeArgs
from serve.errors import BadRequest, PayloadTooLarge
from serve.protocol import Role
from serve.validation import shown

MAX_FILES = 16
MAX_FIELDS = 100
MAYBE_CLIPS = ("file", *(role for role in Role if role.is_video))
"""Fields that may hold a clip, which may be larger than a picture."""
KEPT_EMPTY = ("prompt", "negative_prompt")
"""An empty text says something here; elsewhere an empty form field is one left out."""

_DATA_URL = re.compile(r"data:[\w.+-]*/?[\w.+-]*(;[\w=.+-]+)*;base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """What a client sent."""

    fields: dict[str, Any]
    files: dict[str, list[bytes]] = field(default_factory=dict)


async def read_body(request: Request, args: ServeArgs, files: Collection[str] = ()) -> Body:
    """The body's fields; those named in `files` are decoded from whatever form they came in."""
    limits = dict.fromkeys(files, args.max_upload_bytes)
    limits |= {name: args.max_video_bytes for name in files if name in MAYBE_CLIPS}
    limits |= {name: args.max_audio_bytes for name in files if name == Role.AUDIO}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        async with request.form(
            max_files=MAX_FILES,
            max_fields=MAX_FIELDS,
            max_part_size=2 * max(limits.values(), default=args.max_upload_bytes),
        ) as form:
            body = await _from_form(form, files)
    elif kind in ("application/json", ""):
        body = _from_json(await request.body(), files)
    else:
        raise BadRequest(
            f"Content-Type is {kind!r}: it must be application/json or multipart/form-data.",
            param="Content-Type",
        )
    for name, uploads in body.files.items():
        for data in uploads:
            if len(data) > limits[name]:
                raise PayloadTooLarge(
                    f"{name}: the file has {len(data):,} bytes, the limit is {limits[name]:,}.",
                    param=name,
                )
    return body


def decode_data_url(text: str, name: str) -> bytes:
    """The bytes of a `data:` URL."""
    found = _DATA_URL.match(text)
    if found is None:
        raise BadRequest(
            f"{name} is {shown(text)}: it must be an uploaded file or a data: URL "
            "(data:image/png;base64,...). Remote URLs and paths are not fetched.",
            param=name,
        )
    return decode_base64(text[found.end() :], name)


def decode_base64(text: str, name: str) -> bytes:
    """The bytes that `text` encodes."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(f"{name} is not valid base64: {error}.", param=name) from None


async def _from_form(form: FormData, files: Collection[str]) -> Body:
    body = Body(fields={})
    for key, value in form.multi_items():
        name = re.sub(r"(\[\d*\])?(\[image_url\])?$", "", key)
        if name in files:
            if isinstance(value, UploadFile):
                body.files.setdefault(name, []).append(await value.read())
            elif value:
                body.files.setdefault(name, []).extend(_decode(_unwrap(value), name))
        elif isinstance(value, UploadFile):
            raise BadRequest(
                f"{key}: a file is only taken as {', '.join(sorted(files))}.", param=key
            )
        elif inner := re.fullmatch(r"(\w+)\[([\w.-]+)\]", key):
            # How the OpenAI client writes a mapping.
            body.fields.setdefault(inner[1], {})[inner[2]] = value
        elif key in body.fields:
            raise BadRequest(f"{key} is given more than once.", param=key)
        elif value != "" or key in KEPT_EMPTY:
            body.fields[key] = value
    return body


def _from_json(content: bytes, files: Collection[str]) -> Body:
    try:
        values = json.loads(content or b"{}")
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.", param="body") from None
    if not isinstance(values, dict):
        raise BadRequest("The body must be a JSON object.", param="body")
    body = Body(fields={})
    for key, value in values.items():
        name = key.removesuffix("[]")
        if name in files and not _is_reference(value):
            if value is not None:
                body.files.setdefault(name, []).extend(_decode(value, name))
        else:
            body.fields[key] = value
    return body


def _is_reference(value: Any) -> bool:
    """Whether it names a file that is here already: no file, but a field of the request."""
    return isinstance(value, dict) and value.keys() == {"id"}


def _unwrap(text: str) -> Any:
    """A form field may hold JSON: `{"image_url": ...}`."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _decode(value: Any, name: str) -> list[bytes]:
    if isinstance(value, list):
        return [data for entry in value for data in _decode(entry, name)]
    if isinstance(value, dict):
        if value.keys() != {"image_url"}:
            raise BadRequest(
                f"{name} has the keys {sorted(value)}: only image_url is taken.", param=name
            )
        value = value["image_url"]
    if not isinstance(value, str):
        raise BadRequest(f"{name} is {shown(value)}: it must be a data: URL.", param=name)
    return [decode_data_url(value, name)]
