"""What every named endpoint does: queue a job, wait, hand over its files, put errors in words."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from app.lookbook.problems import LookbookError
from app.progress import final_words, stage_words
from app.wardrobe import WardrobeError
from serve.protocol import (
    ImageEditRequest,
    ImageGenerationRequest,
    Job,
    JobStatus,
    VideoCreateRequest,
)


class Calls:
    """Jobs as an endpoint sees them: one call each, cancelled with the caller."""

    def __init__(self, client: BackendClient, downloads: Downloads) -> None:
        self.client = client
        self.downloads = downloads

    async def video(
        self,
        fields: dict[str, Any],
        progress: gr.Progress,
        *,
        garments: Sequence[str] = (),
        **files: str | None,
    ) -> str:
        """A clip of ``files``, by the client's names for them: the path of its mp4."""
        there: dict[str, Any] = {name: Path(path) for name, path in files.items() if path}
        with refusals():
            request = build_request(VideoCreateRequest, fields)
            worn = [Path(path) for path in garments]
            job = await self.client.create_video(request, garments=worn, **there)
            return await self.downloads.video(await self.finish(job, progress))

    async def stills(
        self,
        fields: dict[str, Any],
        progress: gr.Progress,
        *,
        person: str,
        garments: Sequence[str],
        mask: str | None = None,
    ) -> list[str]:
        """Dressed stills: the paths of their PNGs."""
        required("garments", garments)
        images = [Path(required("person", person)), *(Path(path) for path in garments)]
        with refusals():
            request = build_request(ImageEditRequest, fields)
            where = Path(mask) if mask else None
            job = await self.client.edit_images(request, images=images, mask=where)
            return await self.downloads.stills(await self.finish(job, progress))

    async def pictures(self, fields: dict[str, Any], progress: gr.Progress) -> list[str]:
        """Stills of a prompt alone: the paths of their PNGs."""
        with refusals():
            request = build_request(ImageGenerationRequest, fields)
            job = await self.client.generate_images(request)
            return await self.downloads.stills(await self.finish(job, progress))

    async def own(self, job_id: str, user: str | None) -> Job:
        """The job, if this user may know of it."""
        with refusals():
            return await self.client.find_job(required("job_id", job_id), user or "")

    async def finish(self, job: Job, progress: gr.Progress) -> Job:
        """Wait for the job, which must have made something then."""
        job = await self.wait(job, progress)
        if job.status is not JobStatus.COMPLETED:
            raise BackendError(final_words(job))
        return job

    async def wait(self, job: Job, progress: gr.Progress) -> Job:
        """The job once it has ended, however; a cancelled call cancels it."""
        try:
            async for event in self.client.follow(job):
                job = event.job
                progress((job.progress, 100), desc=stage_words(job), unit="%")
        except asyncio.CancelledError:
            await asyncio.shield(self.client.cancel(job))
            raise
        return job


@contextmanager
def refusals() -> Iterator[None]:
    """What is refused in here, by the backend or by the app, is told to the caller in its words."""
    try:
        yield
    except (BackendError, LookbookError, WardrobeError) as error:
        raise gr.Error(str(error), print_exception=False) from error


def given(values: dict[str, Any], *pictures: str) -> dict[str, Any]:
    """The request fields among a function's arguments that the caller has set; not its pictures."""
    other = ("self", "progress", *pictures)
    return {
        name: value for name, value in values.items() if name not in other and value is not None
    }


def required(name: str, value: Any) -> Any:
    """The value, or an error that names what is missing."""
    if not value:
        raise gr.Error(f"{name} is missing.", print_exception=False)
    return value
