"""The endpoints around jobs that exist: list, look at, cancel, delete and download them.

A job that names a ``user`` is found by who gives that user alone, and by nobody else; a job that
names none is found by its id. Neither a user nor an id can be guessed, if they are chosen as the
page does it; nothing else protects them.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from app.client import BackendError, build_request
from app.endpoints.calls import Calls, given, required
from serve.protocol import Job, JobQuery, Variant

ENDPOINTS = {
    "list_jobs": (
        "jobs",
        "The jobs of one user, newest first: at most limit (20), after the last id of the page "
        "before. q: words of the prompt; kind: video, image or all; sort: created_at or seconds, "
        "order: asc or desc. Returns {data, has_more, last_id}.",
    ),
    "get_job": ("job", "One job as it stands: state, progress, every parameter, timings."),
    "cancel": ("job", "Stop a job that waits or runs. Returns it."),
    "delete": ("job", "Stop a job if need be and delete it and its files. Returns {id, deleted}."),
    "download": (
        "file",
        "A file of a finished job. variant: "
        + ", ".join(Variant)
        + "; left out, the clip's mp4 or the still of that index.",
    ),
    "read_settings": (
        "job",
        "The settings in a clip or still that was made here: model, task and every parameter.",
    ),
}


class Library:
    """What gradio_client calls."""

    def __init__(self, calls: Calls) -> None:
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
        try:
            asked = build_request(JobQuery, {"kind": "all"} | fields)
            page = await self._client.list_jobs(asked)
        except BackendError as error:
            raise _shown(error) from error
        return page.model_dump(mode="json")

    async def get_job(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """The job."""
        return (await self._own(job_id, user)).model_dump(mode="json")

    async def cancel(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """The job, cancelled."""
        job = await self._own(job_id, user)
        try:
            return (await self._client.cancel(job)).model_dump(mode="json")
        except BackendError as error:
            raise _shown(error) from error

    async def delete(self, job_id: str, user: str | None = None) -> dict[str, Any]:
        """Nothing is left of it."""
        job = await self._own(job_id, user)
        try:
            await self._client.delete(job)
        except BackendError as error:
            raise _shown(error) from error
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
        try:
            if variant:
                return await self._downloads.export(job, Variant(variant))
            if job.object == "image":
                return await self._downloads.still(job, index or 0)
            return await self._downloads.video(job)
        except BackendError as error:
            raise _shown(error) from error

    async def read_settings(self, file: str) -> dict[str, Any]:
        """The record in a file."""
        try:
            found = await self._client.read_record(Path(required("file", file)))
        except BackendError as error:
            raise _shown(error) from error
        return found.record

    async def _own(self, job_id: str, user: str | None) -> Job:
        """The job, if this user may know of it."""
        try:
            job = await self._client.find_job(required("job_id", job_id))
        except BackendError as error:
            raise _shown(error) from error
        if job.user and job.user != user:
            raise gr.Error(f"There is no job {job_id!r}.", print_exception=False)
        return job


def _shown(error: BackendError) -> gr.Error:
    return gr.Error(error.message, print_exception=False)
