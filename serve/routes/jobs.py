"""What can be done with a job once it exists; the same for clips and for stills."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from serve.backend import Backend, BackendDep, Order, place
from serve.content import send_file
from serve.errors import JobNotFound
from serve.events import as_lines
from serve.exports import ALLOWED, chosen, sent_key, source_of
from serve.forms import read_body
from serve.job_store import JobRecord, ObjectKind
from serve.polling import suggest_polling
from serve.protocol import (
    Job,
    JobDeleted,
    JobPage,
    JobQuery,
    JobUpdateRequest,
    RemixRequest,
)
from serve.resolution import prompt_for
from serve.routes.videos import body_schema
from serve.validation import parse


async def _job(backend: Backend, kind: ObjectKind, job_id: str, user: str | None = None) -> Job:
    """The job, if it is of the kind whose routes were called."""
    job = await backend.jobs.get(job_id, user)
    if job.object != kind:
        raise JobNotFound(f"{job_id!r} is not of /v1/{kind}s but of /v1/{job.object}s.")
    return job


def job_routes(kind: ObjectKind) -> APIRouter:
    """The routes below `/v1/videos` or `/v1/images`."""
    router = APIRouter(prefix=f"/v1/{kind}s", tags=[f"{kind}s"])

    @router.get("")
    async def list_jobs(backend: BackendDep, asked: Annotated[JobQuery, Query()]) -> JobPage:
        """The jobs that the query asks for, newest first."""
        return await backend.jobs.page(asked.model_copy(update={"kind": asked.kind or kind}))

    @router.get("/{job_id}")
    async def retrieve(
        job_id: str, response: Response, backend: BackendDep, user: str | None = None
    ) -> Job:
        """The job as it stands; a failed one is an answer, not an error.

        With `user`, only a job of that user or of nobody, and the answer says of which.
        """
        job = await _job(backend, kind, job_id, user)
        suggest_polling(response, job)
        return job

    _add_changes(router, kind)
    _add_files(router, kind)
    return router


def _add_changes(router: APIRouter, kind: ObjectKind) -> None:
    @router.delete("/{job_id}")
    async def delete(job_id: str, backend: BackendDep) -> JobDeleted:
        """Stop the job if it is not done, and remove it and its files."""
        await _job(backend, kind, job_id)
        await backend.jobs.delete(job_id)
        return JobDeleted(id=job_id, object="video.deleted" if kind == "video" else "image.deleted")

    @router.post("/{job_id}", openapi_extra=body_schema(JobUpdateRequest, {}))
    async def update(job_id: str, request: Request, backend: BackendDep) -> Job:
        """Mark the job as a favourite, or unmark it."""
        body = await read_body(request, backend.args)
        asked = parse(JobUpdateRequest, body.fields)
        await _job(backend, kind, job_id)
        return await backend.jobs.update(job_id, asked.favourite)

    @router.post("/{job_id}/cancel")
    async def cancel(job_id: str, backend: BackendDep) -> Job:
        """Stop the job: at once while it waits, within one step while it runs."""
        await _job(backend, kind, job_id)
        return await backend.jobs.cancel(job_id)

    @router.post("/{job_id}/remix")
    async def remix(job_id: str, request: Request, response: Response, backend: BackendDep) -> Job:
        """The same settings, inputs and seed with a new prompt."""
        body = await read_body(request, backend.args)
        asked = parse(RemixRequest, body.fields)
        await _job(backend, kind, job_id)
        source = await backend.jobs.record(job_id)
        job = await place(
            backend, await _remixed(backend, source, asked.prompt), request, body.fields
        )
        suggest_polling(response, job)
        return job


async def _remixed(backend: Backend, source: JobRecord, prompt: str) -> Order:
    card = backend.choose(source.model, source.task)
    params = source.params.model_copy(update={"prompt": prompt_for(card, source.task, prompt)})
    return Order(
        kind=source.object,
        card=card,
        task=source.task,
        prompt=prompt,
        params=params,
        user=source.user,
        copied=source.images,
        remixed_from=source.id,
    )


def _add_files(router: APIRouter, kind: ObjectKind) -> None:
    @router.get("/{job_id}/content")
    @router.head("/{job_id}/content", include_in_schema=False)
    async def content(
        job_id: str,
        request: Request,
        backend: BackendDep,
        variant: Annotated[str | None, Query(json_schema_extra={"enum": [*ALLOWED[kind]]})] = None,
        index: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """A finished job's file: its `variant`, or the still of that `index`."""
        await _job(backend, kind, job_id)
        name = chosen(kind, variant, index)
        await backend.jobs.file(job_id, source_of(kind, name))
        key = await backend.exports.key(await backend.jobs.record(job_id), name)
        return await send_file(request, backend.storage, key)

    @router.get("/{job_id}/input/{index}")
    async def input_(job_id: str, index: int, request: Request, backend: BackendDep) -> Response:
        """A PNG, mp4 or WAV file that came with the job, as it was understood."""
        await _job(backend, kind, job_id)
        key = await backend.jobs.input(job_id, index)
        sent = sent_key(key)
        key = sent if await asyncio.to_thread(backend.storage.exists, sent) else key
        return await send_file(request, backend.storage, key)

    @router.get("/{job_id}/preview")
    async def preview(job_id: str, backend: BackendDep) -> Response:
        """The newest half-denoised frame of a running job."""
        await _job(backend, kind, job_id)
        jpeg = await backend.jobs.preview(job_id)
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})

    @router.get("/{job_id}/events")
    async def events(job_id: str, backend: BackendDep) -> Response:
        """Every change of the job as server-sent events, until it has ended."""
        await _job(backend, kind, job_id)
        return StreamingResponse(
            as_lines(backend.jobs.follow(job_id)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
