"""One still of a person in a garment, for models that can only set a picture in motion.

Several models are compared by one input. Those that dress a person themselves are given the person
and the garment; the others are all given the same dressed still.
"""

from pathlib import Path
from typing import Any

from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from app.progress import final_words
from serve.protocol import ImageEditRequest, Job, JobStatus, ModelCard, Task

KEPT = ("seed", "user")
"""What the still has of the request for the clips."""


def only_animates(card: ModelCard) -> bool:
    """Whether it takes a person who wears the garment already, and no garment."""
    return Task.IMAGE_TO_VIDEO in card.tasks and Task.TRY_ON not in card.tasks


async def begin_still(
    client: BackendClient, dresser: str, fields: dict[str, Any], person: str, garment: str
) -> Job:
    """The still's job, just queued."""
    kept = {name: fields[name] for name in KEPT if name in fields}
    request = build_request(ImageEditRequest, kept | {"model": dresser, "n": 1})
    return await client.edit_images(request, images=[Path(person), Path(garment)])


async def finished_still(downloads: Downloads, job: Job) -> str:
    """The still's file, of a job that has ended; raises the `BackendError` that says why not."""
    if job.status is not JobStatus.COMPLETED:
        raise BackendError(f"{job.model}: {final_words(job)}")
    return await downloads.still(job, 0)
