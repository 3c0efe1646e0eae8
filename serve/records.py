"""Reads the settings that a file made here carries, and what its signature says."""

import io
import json
import re
import tempfile
import warnings
from pathlib import Path

from PIL import Image
from pydantic import BaseModel, ValidationError

from serve.errors import ModelFailed, NotARecord
from serve.ffmpeg import ffmpeg
from serve.protocol import FileRecord, JsonObject, RecordedInput, Task
from serve.signing import statement_in

_STARTS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x1aE\xdf\xa3": "video/webm",
}
_DEMUXERS = {"video/mp4": "mov", "video/webm": "matroska"}
"""Named, so that an upload cannot choose one that opens other files."""


class _Input(BaseModel):
    role: str
    jpeg: str


class _Record(BaseModel):
    """What every record has."""

    model: str
    task: Task
    prompt: str
    seed: int
    inputs: list[_Input] = []


def read_record(data: bytes) -> FileRecord:
    """The record in an mp4, WebM, PNG or JPEG; `NotARecord` if it is none that was made here."""
    media_type = _media_type(data)
    comment = _comment(data, media_type) if media_type else None
    if media_type is None or comment is None:
        raise _no_record()
    try:
        record: JsonObject = json.loads(comment)
        found = _Record.model_validate(record)
    except (ValueError, ValidationError):
        raise _no_record() from None
    record.pop("inputs", None)
    state, signer = statement_in(data, media_type) or (None, None)
    return FileRecord(
        record=record,
        inputs=[
            RecordedInput(role=one.role, image_url=f"data:image/jpeg;base64,{one.jpeg}")
            for one in found.inputs
        ],
        signature=state,
        signed_by=signer,
    )


def _media_type(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)


def _comment(data: bytes, media_type: str) -> str | None:
    if media_type in _DEMUXERS:
        return _comment_of_video(data, _DEMUXERS[media_type])
    try:
        with warnings.catch_warnings():
            # Only the header is read, however many pixels follow.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            info = Image.open(io.BytesIO(data), formats=("PNG", "JPEG")).info
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    comment = info.get("Comment", info.get("comment"))
    return comment.decode(errors="replace") if isinstance(comment, bytes) else comment


def _comment_of_video(data: bytes, demuxer: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(data)
        try:
            listed = ffmpeg(["-f", demuxer, "-i", str(source), "-f", "ffmetadata", "-"])
        except ModelFailed:
            return None
    line = re.search(r"^comment=(.*)$", listed.decode(errors="replace"), re.M | re.I)
    return re.sub(r"\\(.)", r"\1", line[1]) if line else None


def _no_record() -> NotARecord:
    return NotARecord(
        "file: this is not an mp4, WebM, PNG or JPEG made by Lookreel, or it lost its settings "
        "when another program wrote it anew.",
        param="file",
    )
