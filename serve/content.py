"""Serves a stored file over HTTP, whole or the range that a player asks for."""

import asyncio
import re
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from serve.errors import RangeNotSatisfiable
from serve.storage import Storage

CHUNK = 2**20
MEDIA_TYPES = {
    "mp4": "video/mp4",
    "wav": "audio/wav",
    "jpg": "image/jpeg",
    "png": "image/png",
    "json": "application/json",
    "webm": "video/webm",
    "gif": "image/gif",
    "zip": "application/zip",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def send_file(request: Request, storage: Storage, key: str) -> Response:
    """The file under `key`: 200, 206 for a range, 304 if the client has it, 416 if beyond it."""
    size = await asyncio.to_thread(storage.size, key)
    name = key.rpartition("/")[2]
    headers = {
        "accept-ranges": "bytes",
        "etag": f'"{key}"',  # what is stored under a key never changes
        "cache-control": "private, max-age=31536000, immutable",
        "content-disposition": f'inline; filename="{key.partition("/")[0]}-{name}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    start, end, status = 0, size, 200
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted and request.headers.get("if-range", headers["etag"]) == headers["etag"]:
        start, end = _bounds(wanted[1], wanted[2], size)
        if start >= end:
            raise RangeNotSatisfiable(f"The file has {size} bytes.", param="Range")
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    return StreamingResponse(
        _chunks(storage, key, start, end),
        status,
        headers,
        media_type=MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Start, and end without it; an empty stretch where nothing can be sent."""
    if first:
        return int(first), min(int(last) + 1, size) if last else size
    return (max(size - int(last), 0), size) if last else (size, size)


async def _chunks(storage: Storage, key: str, start: int, end: int) -> AsyncIterator[bytes]:
    for offset in range(start, end, CHUNK):
        yield await asyncio.to_thread(storage.read, key, offset, min(offset + CHUNK, end))
