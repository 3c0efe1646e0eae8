"""The HTTP face of the backend."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from serve.content import MEDIA_TYPES
from serve.encoding import decode_mp4
from serve.errors import BadRequest, ServeError
from serve.exports import FILENAMES, chosen, export, numbered
from serve.formats import to_zip
from serve.marks import Mark
from serve.protocol import (
    FileRecord,
    Job,
    JobDeleted,
    JobEvent,
    JobPage,
    JobQuery,
    JobStatus,
    JobUpdateRequest,
    ModelList,
    Quality,
    RemixRequest,
    Role,
)
from serve.quality import measure
from serve.records import read_record
from tests.fake_backend.backend import FakeBackend, record_of
from tests.fake_backend.form import read
from tests.fake_backend.refusal import not_found, refusal, refused


def build(backend: FakeBackend) -> FastAPI:
    """The HTTP face of it."""
    app = FastAPI()

    @app.get("/v1/models")
    async def models() -> ModelList:
        return ModelList(data=backend.cards, unavailable=backend.unavailable)

    async def place(
        request: Request, fields: dict[str, str], uploads: list[tuple[Role, bytes]], kind: str
    ) -> Job | Response:
        key = request.headers.get("idempotency-key") or uuid.uuid4().hex
        if key not in backend.keys:
            if backend.is_full:
                return refusal("queue_full", "The queue is full.", 429, {"retry-after": "1"})
            try:
                backend.keys[key] = backend.submit(fields, uploads, kind).id
            except ServeError as error:
                return refused(error)
        return backend.jobs[backend.keys[key]]

    @app.post("/v1/videos", response_model=None)
    async def create_video(request: Request) -> Job | Response:
        fields, uploads = await read(request)
        return await place(request, fields, uploads, "video")

    @app.post("/v1/images/edits", status_code=202, response_model=None)
    async def edit_images(request: Request) -> Job | Response:
        fields, uploads = await read(request)
        return await place(request, fields, uploads, "image")

    @app.post("/v1/images/generations", status_code=202, response_model=None)
    async def generate_images(request: Request) -> Job | Response:
        fields, uploads = await read(request)
        return await place(request, fields, uploads, "image")

    @app.get("/v1/videos")
    async def list_jobs(asked: Annotated[JobQuery, Query()]) -> JobPage:
        found = backend.listed(asked)
        page = [job.model_copy(update={"user": asked.user}) for job in found[: asked.limit]]
        return JobPage(data=page, has_more=len(found) > asked.limit)

    _add_job_routes(app, backend)
    return app


def _add_job_routes(app: FastAPI, backend: FakeBackend) -> None:
    @app.get("/v1/{kind}/{job_id}", response_model=None)
    async def retrieve(job_id: str, user: str | None = None) -> Job | Response:
        job = backend.jobs.get(job_id)
        if job is None or (user is not None and job.user not in (None, user)):
            return not_found(job_id)
        return job if user is not None else _anonymous(job)

    @app.post("/v1/{kind}/{job_id}", response_model=None)
    async def update(job_id: str, changes: JobUpdateRequest) -> Job | Response:
        if job_id not in backend.jobs:
            return not_found(job_id)
        backend.jobs[job_id] = backend.jobs[job_id].model_copy(update=changes.model_dump())
        return _anonymous(backend.jobs[job_id])

    @app.post("/v1/{kind}/{job_id}/cancel")
    async def cancel(job_id: str) -> Job:
        backend.change(job_id, status=JobStatus.CANCELLED)
        return _anonymous(backend.jobs[job_id])

    @app.post("/v1/{kind}/{job_id}/remix")
    async def remix(job_id: str, changes: RemixRequest) -> Job:
        return _anonymous(backend.repeat(backend.jobs[job_id], changes.prompt))

    @app.delete("/v1/{kind}/{job_id}")
    async def delete(job_id: str) -> JobDeleted:
        job = backend.jobs.pop(job_id)
        return JobDeleted.model_validate({"id": job_id, "object": f"{job.object}.deleted"})

    @app.get("/v1/{kind}/{job_id}/events")
    async def events(job_id: str) -> StreamingResponse:
        return StreamingResponse(events_of(backend, job_id), media_type="text/event-stream")

    _add_file_routes(app, backend)


def _add_file_routes(app: FastAPI, backend: FakeBackend) -> None:
    @app.post("/v1/records", response_model=None)
    async def records(request: Request) -> FileRecord | Response:
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            data = await file.read()
        try:
            return read_record(data)
        except BadRequest as error:
            return refused(error)

    @app.get("/v1/{kind}/{job_id}/content")
    async def content(job_id: str, variant: str | None = None, index: int = 0) -> Response:
        job, files = backend.jobs[job_id], backend.files[job_id]
        try:
            name = chosen(job.object, variant, index)
        except BadRequest as error:
            return refused(error)
        if name == "zip":
            return Response(to_zip(numbered("still", files)))
        if name in FILENAMES:
            mark = Mark(record_of(job))
            return Response(await asyncio.to_thread(export, name, files[0], mark))
        return Response(files[1 if name == "thumbnail" and job.object == "video" else index])

    @app.get("/v1/videos/{job_id}/quality")
    async def quality(job_id: str) -> Quality:
        return await asyncio.to_thread(lambda: measure(decode_mp4(backend.files[job_id][0])))

    @app.get("/v1/{kind}/{job_id}/input/{index}")
    async def picture(job_id: str, index: int) -> Response:
        kind = MEDIA_TYPES[backend.jobs[job_id].inputs[index].suffix]
        return Response(backend.inputs[job_id][index], media_type=kind)


def _anonymous(job: Job) -> Job:
    """The job as it is told to anybody."""
    return job.model_copy(update={"user": None})


async def events_of(backend: FakeBackend, job_id: str) -> AsyncIterator[str]:
    """An event whenever there is something new, as from the real backend."""
    told = ""
    while True:
        job = _anonymous(backend.jobs[job_id])
        event = JobEvent(job=job, preview=backend.previews.get(job_id)).model_dump_json()
        if event != told:
            yield f"data: {event}\n\n"
            told = event
        if job.status.is_final:
            return
        await asyncio.sleep(backend.step_seconds / 2)
