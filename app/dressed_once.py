"""One still of a person in a garment, for models that can only set a picture in motion.

Several models are compared by one input. Those that dress a person themselves are given the person
and the garment; the others are all given the same dressed still.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from app.following import stop_all
from app.progress import final_words
from serve.protocol import ImageEditRequest, Job, JobStatus, ModelCard, Task

KEPT = ("seed", "user")
"""What the still has of the request for the clips."""


def only_animates(card: ModelCard) -> bool:
    """Whether it takes a person who wears the garment already, and no garment."""
    return Task.IMAGE_TO_VIDEO in card.tasks and Task.TRY_ON not in card.tasks


class DressedOnce:
    """Makes the still, whose file is `path` then."""

    def __init__(self, client: BackendClient, downloads: Downloads) -> None:
        self._client = client
        self._downloads = downloads
        self.path: str | None = None
        self.job: Job | None = None

    async def make(
        self, dresser: str, fields: dict[str, Any], person: str, garment: str
    ) -> AsyncIterator[Job]:
        """The job whenever it changes; it is cancelled if nobody asks on.

        Raises the `BackendError` that says why there is no still.
        """
        kept = {name: fields[name] for name in KEPT if name in fields}
        request = build_request(ImageEditRequest, kept | {"model": dresser, "n": 1})
        job = await self._client.edit_images(request, images=[Path(person), Path(garment)])
        try:
            yield job
            async for event in self._client.follow(job):
                job = event.job
                yield job
        finally:
            await stop_all(self._client, [job])
        if job.status is not JobStatus.COMPLETED:
            raise BackendError(f"{dresser}: {final_words(job)}")
        self.job, self.path = job, await self._downloads.still(job, 0)
