"""A file that was made here, read as the job that made it."""

import base64
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.client import BackendClient, BackendError
from app.downloads import Downloads
from app.words import t
from serve.protocol import FileRecord, Job, JobStatus, ResolvedParams, Role, Task

FILE_TYPES = [".mp4", ".webm", ".png", ".jpg", ".jpeg"]
"""What carries its settings."""


async def read_file(
    client: BackendClient, downloads: Downloads, file: Path
) -> tuple[Job, list[str], FileRecord]:
    """The job, the pictures that travelled with it, and all that the file says.

    A `BackendError` says what is wrong with a file that was not made here.
    """
    found = await client.read_record(file)
    job = _job(found)
    pictures = [base64.b64decode(one.image_url.partition(",")[2]) for one in found.inputs]
    return job, [downloads.hold(data, "jpg") for data in pictures], found


def _job(found: FileRecord) -> Job:
    """A finished job with these settings; of pictures it had those in the file, or some."""
    record = found.record
    try:
        task, params = Task(record["task"]), ResolvedParams.model_validate(record)
    except (KeyError, ValueError, ValidationError) as error:
        raise BackendError(
            t("This file's settings are of another version of Lookreel and cannot be read."),
            status=422,
        ) from error
    return Job(
        id="file",
        object="image" if task.makes_stills else "video",
        model=str(record["model"]),
        task=task,
        status=JobStatus.COMPLETED,
        progress=100,
        created_at=0,
        prompt=params.prompt,
        seconds=str(params.num_frames / params.fps),
        size=f"{params.width}x{params.height}",
        params=params,
        metadata=_notes(record.get("metadata")),
        num_inputs=len(found.inputs) or (0 if task.starts_from_words else 1),
        inputs=[Role(one.role) for one in found.inputs],
    )


def _notes(given: Any) -> dict[str, str]:
    """What was noted on the job, where the file has it."""
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
