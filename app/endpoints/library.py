"""The endpoints around jobs that exist: list, look at, mark, repeat, cancel, delete, download.

A job that names a ``user`` is found by who gives that user alone, and by nobody else; a job that
names none is found by its id. Neither a user nor an id can be guessed, if they are chosen as the
page does it; nothing else protects them.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from app.client import build_request
from app.endpoints.calls import Calls, given, refusals, required
from serve.protocol import JobQuery, Variant

ENDPOINTS = {
    "list_jobs": (
        "jobs",
        "The jobs of one user, newest first: at most limit (20), after the last id of the page "
        "before. q: words of the prompt; kind: video, image or all; sort: created_at or seconds, "
        "order: asc or desc. Returns {data, has_more, last_id}.",
    ),
    "get_job": ("job", "One job as it stands: state, progress, every parameter, timings."),
    "favourite": (
        "job",
        "Mark a job to be found again, or with favourite=false take the mark away. Returns it.",
    ),
    "remix": (
        "job",
        "Queue a job again with the same pictures, settings and seed, and with a new prompt if one "
        "is given: also what failed or was cancelled. Returns the new job at once; get_job tells "
        "how it stands, download fetches what it has made.",
    ),
    "cancel": ("job", "Stop a job that waits or runs. Returns it."),
    "delete": ("job", "Stop a job if need be and delete it and its files. Returns {id, deleted}."),
    "download": (
        "file",
        "A file of a finished job. variant: "
        + ", ".join(Variant)
        + "; left out, the clip's mp4 or the still of that index.",
    ),
    "quality": (
        "job",
        "How steady a finished clip is, and how true to its pictures: temporal_flicker, "
        "motion_smoothness, subject_consistency, garment_consistency, each 0 to 1 or null.",
    ),
    "read_settings": (
        "job",
        "What a clip or still that was made here says of itself: record (model, task and every "
        "parameter), inputs (small copies of its pictures, where they were embedded), signature "
        "(valid, invalid or null) and signed_by.",
    ),
}


class Library:
    """What gradio_client calls."""

    def __init__(self, calls: Calls) -> None:
        self._own = calls.own
        self._client = calls.client
        self._downloads = calls.downloads

    async def list_jobs(
        self,
        user: str,
        q: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        task: str | None = None,
        model: str | None = None,
        favourite: bool | None = None,
        sort: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> dict[str, Any]:
        """One page of a user's jobs."""
        fields = given(locals())
        fields = {name: value for name, value in fields.items() if value != ""}
        required("user", user)
        if status:
            fields["status"] = [status]
        with refusals():
            asked = build_request(JobQuery, {"kind": "all"} | fields)
            page = await self._client.list_jobs(asked)
        return page.model_dump(mode="json")

    async def get_job(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """The job."""
        return (await self._own(job_id, user)).model_dump(mode="json")

    async def favourite(
        self, job_id: str, user: str | None = None, favourite: bool | None = None
    ) -> dict[str, Any]:
        """The job, marked unless it is said otherwise."""
        job = await self._own(job_id, user)
        with refusals():
            marked = await self._client.set_favourite(job, favourite is not False)
        return marked.model_dump(mode="json")

    async def remix(
        self, job_id: str, prompt: str | None = None, user: str | None = None
    ) -> dict[str, Any]:
        """The new job, queued."""
        job = await self._own(job_id, user)
        with refusals():
            again = await self._client.remix(job, prompt or job.prompt)
        return again.model_dump(mode="json")

    async def cancel(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """The job, cancelled."""
        job = await self._own(job_id, user)
        with refusals():
            return (await self._client.cancel(job)).model_dump(mode="json")

    async def delete(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """Nothing is left of it."""
        job = await self._own(job_id, user)
        with refusals():
            await self._client.delete(job)
        self._downloads.forget(job)
        return {"id": job.id, "deleted": True}

    async def download(
        self,
        job_id: str,
        variant: str | None = None,
        index: int | None = None,
        user: str | None = None,
    ) -> str:
        """The path of the file."""
        job = await self._own(job_id, user)
        if variant and variant not in list(Variant):
            raise gr.Error(
                f"variant is {variant!r}: it must be one of {', '.join(Variant)}.",
                print_exception=False,
            )
        with refusals():
            if variant:
                return await self._downloads.export(job, Variant(variant))
            if job.object == "image":
                return await self._downloads.still(job, index or 0)
            return await self._downloads.video(job)

    async def quality(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """The figures of the clip."""
        job = await self._own(job_id, user)
        with refusals():
            return (await self._client.quality(job)).model_dump(mode="json")

    async def read_settings(self, file: str) -> dict[str, Any]:
        """The record in a file, and whether the file is as it was signed."""
        with refusals():
            found = await self._client.read_record(Path(required("file", file)))
        return found.model_dump(mode="json", exclude={"object"})
