"""A backend for tests of the app alone: the real protocol over HTTP, drawings instead of models.

Jobs go through the real states and stages and end as a genuine mp4 or PNG. ``python -m
tests.fake_backend PORT`` serves it, which is how the page is worked on without any model.
"""

import asyncio
import base64
import io
import json
import random
import sys
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from PIL import Image
from starlette.datastructures import UploadFile

from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4, encode_png
from serve.errors import BadRequest
from serve.exports import FILENAMES, chosen, export, numbered
from serve.formats import to_zip
from serve.marks import Mark
from serve.protocol import (
    Defaults,
    ErrorBody,
    ErrorResponse,
    FileRecord,
    Job,
    JobDeleted,
    JobError,
    JobEvent,
    JobPage,
    JobQuery,
    JobStatus,
    JobUpdateRequest,
    JsonObject,
    Licence,
    Limits,
    ModelCard,
    ModelList,
    Range,
    Readiness,
    RemixRequest,
    ResolvedParams,
    Role,
    Stage,
    Task,
)
from serve.records import read_record

STEPS = 4


def card(model: str, tasks: list[Task], **changes: Any) -> ModelCard:
    """A model card like those of the built-in models."""
    fields: dict[str, Any] = {
        "owned_by": "lookreel",
        "title": "Croquis Try-on" if Task.TRY_ON in tasks else "Croquis",
        "defaults": Defaults(
            num_frames=17,
            fps=8,
            num_inference_steps=STEPS,
            guidance_scale=4,
            strength=0.7 if Task.VIDEO_TO_VIDEO in tasks else None,
        ),
        "limits": Limits(
            num_frames=Range(minimum=5, maximum=33, step=4),
            fps=Range(minimum=4, maximum=24),
            num_inference_steps=Range(minimum=1, maximum=50),
            guidance_scale=Range(minimum=1, maximum=10, step=0.1),
            sizes=["192x256"],
            strength=Range(minimum=0.1, maximum=1, step=0.05)
            if Task.VIDEO_TO_VIDEO in tasks
            else None,
            max_garments=2,
            max_images=4,
        ),
        "licence": Licence(name="Apache-2.0", url="https://example.org/licence", commercial=True),
        "source": f"serve/weights/{model}",
        "sketch": True,
        "readiness": Readiness.READY,
    }
    return ModelCard(id=model, tasks=tasks, **(fields | changes))


@dataclass
class FakeBackend:
    """What the backend holds; tests read and change it freely."""

    cards: list[ModelCard] = field(
        default_factory=lambda: [
            card("croquis-t2v", [Task.TEXT_TO_VIDEO, Task.VIDEO_TO_VIDEO, Task.TEXT_TO_IMAGE]),
            card("croquis-tryon", [Task.TRY_ON, Task.IMAGE_TO_VIDEO, Task.IMAGE_EDIT]),
        ]
    )
    step_seconds: float = 0.02
    fail_with: str | None = None
    """Jobs fail with this message."""
    max_queued_jobs: int = 1000
    """Unfinished jobs beyond which further ones are refused, to be tried again in a second."""
    jobs: dict[str, Job] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Of each Idempotency-Key the job."""
    inputs: dict[str, list[bytes]] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=dict)
    previews: dict[str, str] = field(default_factory=dict)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def submit(self, fields: dict[str, str], uploads: list[tuple[Role, bytes]], kind: str) -> Job:
        """Queue a job and let it run."""
        job = self._new_job(fields, [role for role, _ in uploads], kind)
        return self._start(job, [data for _, data in uploads])

    def repeat(self, job: Job, prompt: str) -> Job:
        """Queue the same again with that prompt."""
        changes = {
            "id": f"{job.object}_{uuid.uuid4().hex[:12]}",
            "status": JobStatus.QUEUED,
            "progress": 0,
            "prompt": prompt,
            "error": None,
            "remixed_from_video_id": job.id,
        }
        return self._start(job.model_copy(update=changes), self.inputs[job.id])

    def _start(self, job: Job, pictures: list[bytes]) -> Job:
        self.jobs[job.id], self.inputs[job.id] = job, pictures
        task = asyncio.get_running_loop().create_task(self._run(job.id))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return job

    @property
    def is_full(self) -> bool:
        """Whether no further job is taken now."""
        unfinished = [job for job in self.jobs.values() if not job.status.is_final]
        return len(unfinished) >= self.max_queued_jobs

    def change(self, job_id: str, **changes: Any) -> None:
        """Replace fields of a job that is still there and not yet over."""
        job = self.jobs.get(job_id)
        if job and not job.status.is_final:
            self.jobs[job_id] = job.model_copy(update=changes)

    def listed(self, asked: JobQuery) -> list[Job]:
        """What the real backend would list, from the cursor on."""
        found = list(self.jobs.values())
        if asked.sort == "seconds":
            found.sort(key=lambda job: float(job.seconds))
        if asked.order == "desc":
            found.reverse()
        if asked.after is not None:
            found = found[[job.id for job in found].index(asked.after) + 1 :]
        return [job for job in found if _is_asked_for(job, asked)]

    def _new_job(self, fields: dict[str, str], inputs: list[Role], kind: str) -> Job:
        task = Task(fields.get("task", _task(inputs, kind)))
        fitting = next(c for c in self.cards if task in c.tasks)
        size = fields.get("size", fitting.limits.sizes[0])
        motion = fields.get("motion_bucket_id")
        params = ResolvedParams(
            prompt=fields.get("prompt", ""),
            negative_prompt=fields.get("negative_prompt", ""),
            width=int(size.split("x")[0]),
            height=int(size.split("x")[1]),
            num_frames=_num_frames(fields) if kind == "video" else 1,
            fps=int(fields.get("fps", 8)),
            num_inference_steps=int(fields.get("num_inference_steps", STEPS)),
            guidance_scale=float(fields.get("guidance_scale", 4)),
            seed=int(fields.get("seed", random.randrange(2**32))),
            n=int(fields.get("n", 1)),
            strength=float(fields.get("strength", 0.7)) if task is Task.VIDEO_TO_VIDEO else None,
            loras=json.loads(fields.get("loras", "{}")),
            motion_bucket_id=int(motion) if motion else None,
        )
        return Job(
            id=f"{kind}_{uuid.uuid4().hex[:12]}",
            object="video" if kind == "video" else "image",
            model=fields.get("model", fitting.id),
            task=task,
            status=JobStatus.QUEUED,
            progress=0,
            created_at=int(time.time()),
            prompt=params.prompt,
            seconds=str(params.num_frames / params.fps),
            size=size,
            user=fields.get("user"),
            metadata=json.loads(fields.get("metadata", "{}")),
            params=params,
            queue_position=1,
            num_inputs=len(inputs),
            inputs=inputs,
        )

    async def _run(self, job_id: str) -> None:
        params = self.jobs[job_id].params
        await asyncio.sleep(self.step_seconds)
        self.change(job_id, status=JobStatus.IN_PROGRESS, started_at=int(time.time()))
        frames = render_clip(sample_scene(random.Random(params.seed), "any"), params.num_frames)
        steps = params.num_inference_steps
        for step in range(steps):
            left = (steps - step) * self.step_seconds
            self.change(
                job_id,
                stage=Stage.DENOISING,
                step=step,
                num_steps=steps,
                eta_seconds=left,
                progress=100 * step // steps,
            )
            self.previews[job_id] = _data_url(frames[0], 1 - step / steps)
            await asyncio.sleep(self.step_seconds)
        if self.fail_with:
            error = JobError(code="model_failed", message=self.fail_with)
            self.change(job_id, status=JobStatus.FAILED, error=error)
            return
        record = _record(self.jobs[job_id])
        scenes = [sample_scene(random.Random(params.seed + i), "any") for i in range(params.n)]
        stills = [encode_png(render_clip(scene, 1)[0], record=record) for scene in scenes]
        self.files[job_id] = (
            stills
            if job_id.startswith("image")
            else [encode_mp4(frames, fps=params.fps, record=record), _picture(frames[0])]
        )
        done = {"status": JobStatus.COMPLETED, "progress": 100, "completed_at": int(time.time())}
        self.change(job_id, **done)


def build(backend: FakeBackend) -> FastAPI:
    """The HTTP face of it."""
    app = FastAPI()

    @app.get("/v1/models")
    async def models() -> ModelList:
        return ModelList(data=backend.cards)

    async def place(
        request: Request, fields: dict[str, str], uploads: list[tuple[Role, bytes]], kind: str
    ) -> Job | Response:
        key = request.headers.get("idempotency-key") or uuid.uuid4().hex
        if key not in backend.keys:
            if backend.is_full:
                return _refusal("queue_full", "The queue is full.", 429, {"retry-after": "1"})
            backend.keys[key] = backend.submit(fields, uploads, kind).id
        return backend.jobs[backend.keys[key]]

    @app.post("/v1/videos", response_model=None)
    async def create_video(request: Request) -> Job | Response:
        fields, uploads = await _read(request)
        return await place(request, fields, uploads, "video")

    @app.post("/v1/images/edits", status_code=202, response_model=None)
    async def edit_images(request: Request) -> Job | Response:
        fields, uploads = await _read(request)
        return await place(request, fields, uploads, "image")

    @app.post("/v1/images/generations", status_code=202, response_model=None)
    async def generate_images(request: Request) -> Job | Response:
        fields, uploads = await _read(request)
        return await place(request, fields, uploads, "image")

    @app.get("/v1/videos")
    async def list_jobs(asked: Annotated[JobQuery, Query()]) -> JobPage:
        found = backend.listed(asked)
        return JobPage(data=found[: asked.limit], has_more=len(found) > asked.limit)

    _add_job_routes(app, backend)
    return app


def _add_job_routes(app: FastAPI, backend: FakeBackend) -> None:
    @app.get("/v1/{kind}/{job_id}", response_model=None)
    async def retrieve(job_id: str) -> Job | Response:
        return backend.jobs.get(job_id) or _not_found(job_id)

    @app.post("/v1/{kind}/{job_id}", response_model=None)
    async def update(job_id: str, changes: JobUpdateRequest) -> Job | Response:
        if job_id not in backend.jobs:
            return _not_found(job_id)
        backend.jobs[job_id] = backend.jobs[job_id].model_copy(update=changes.model_dump())
        return backend.jobs[job_id]

    @app.post("/v1/{kind}/{job_id}/cancel")
    async def cancel(job_id: str) -> Job:
        backend.change(job_id, status=JobStatus.CANCELLED)
        return backend.jobs[job_id]

    @app.post("/v1/{kind}/{job_id}/remix")
    async def remix(job_id: str, changes: RemixRequest) -> Job:
        return backend.repeat(backend.jobs[job_id], changes.prompt)

    @app.delete("/v1/{kind}/{job_id}")
    async def delete(job_id: str) -> JobDeleted:
        job = backend.jobs.pop(job_id)
        return JobDeleted.model_validate({"id": job_id, "object": f"{job.object}.deleted"})

    @app.get("/v1/{kind}/{job_id}/events")
    async def events(job_id: str) -> StreamingResponse:
        return StreamingResponse(_events(backend, job_id), media_type="text/event-stream")

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
            return _refused(error)

    @app.get("/v1/{kind}/{job_id}/content")
    async def content(job_id: str, variant: str | None = None, index: int = 0) -> Response:
        job, files = backend.jobs[job_id], backend.files[job_id]
        try:
            name = chosen(job.object, variant, index)
        except BadRequest as error:
            return _refused(error)
        if name == "zip":
            return Response(to_zip(numbered("still", files)))
        if name in FILENAMES:
            mark = Mark(_record(job))
            return Response(await asyncio.to_thread(export, name, files[0], mark))
        return Response(files[1 if name == "thumbnail" and job.object == "video" else index])

    @app.get("/v1/{kind}/{job_id}/input/{index}")
    async def picture(job_id: str, index: int) -> Response:
        kind = "video/mp4" if backend.jobs[job_id].inputs[index].is_video else "image/png"
        return Response(backend.inputs[job_id][index], media_type=kind)


def _is_asked_for(job: Job, asked: JobQuery) -> bool:
    same = {name: getattr(asked, name) for name in ("user", "task", "model", "favourite")}
    return (
        all(value in (None, getattr(job, name)) for name, value in same.items())
        and (asked.kind or "video") in ("all", job.object)
        and (not asked.status or job.status in asked.status)
        and all(word in job.prompt.lower() for word in (asked.q or "").lower().split())
    )


async def _events(backend: FakeBackend, job_id: str) -> AsyncIterator[str]:
    while True:
        job = backend.jobs[job_id]
        event = JobEvent(job=job, preview=backend.previews.get(job_id))
        yield f"data: {event.model_dump_json()}\n\n"
        if job.status.is_final:
            return
        await asyncio.sleep(backend.step_seconds / 2)


async def _read(request: Request) -> tuple[dict[str, str], list[tuple[Role, bytes]]]:
    """The fields, and the files in the order of their roles."""
    if request.headers["content-type"].startswith("application/json"):
        return {name: _text(value) for name, value in (await request.json()).items()}, []
    async with request.form() as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        uploads = [
            (role, await upload.read())
            for role in Role
            for upload in form.getlist(role)
            if isinstance(upload, UploadFile)
        ]
        for index, upload in enumerate(form.getlist("image[]")):
            if isinstance(upload, UploadFile):
                role = Role.GARMENT if index else Role.INPUT_REFERENCE
                uploads.append((role, await upload.read()))
    return fields, uploads


def _task(inputs: list[Role], kind: str) -> Task:
    """What the real backend would take it for."""
    if kind == "image":
        return Task.IMAGE_EDIT if inputs else Task.TEXT_TO_IMAGE
    if Role.VIDEO in inputs:
        return Task.VIDEO_TO_VIDEO
    if Role.GARMENT in inputs:
        return Task.TRY_ON
    return Task.IMAGE_TO_VIDEO if inputs else Task.TEXT_TO_VIDEO


def _num_frames(fields: dict[str, str]) -> int:
    """As asked for, or the nearest to the seconds that there is."""
    if "num_frames" in fields or "seconds" not in fields:
        return int(fields.get("num_frames", 17))
    wanted = float(fields["seconds"]) * int(fields.get("fps", 8))
    return 5 + round(min(max(wanted - 5, 0), 28) / 4) * 4


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _not_found(job_id: str) -> JSONResponse:
    return _refusal("job_not_found", f"There is no job {job_id!r}.", 404)


def _refusal(
    code: str, message: str, status: int, headers: dict[str, str] | None = None
) -> JSONResponse:
    body = ErrorBody(message=message, type="invalid_request_error", code=code)
    return JSONResponse(ErrorResponse(error=body).model_dump(), status, headers)


def _refused(error: BadRequest) -> JSONResponse:
    body = ErrorBody(message=error.message, type=error.type, param=error.param, code=error.code)
    return JSONResponse(ErrorResponse(error=body).model_dump(), status_code=error.status)


def _record(job: Job) -> JsonObject:
    return {"model": job.model, "task": job.task, **job.params.model_dump(mode="json")}


def _picture(frame: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG")
    return buffer.getvalue()


def _data_url(frame: np.ndarray[Any, Any], noise: float) -> str:
    grain = np.random.default_rng(0).integers(0, 256, frame.shape)
    mixed = (frame * (1 - noise) + grain * noise).astype(np.uint8)
    return f"data:image/jpeg;base64,{base64.b64encode(_picture(mixed)).decode()}"


if __name__ == "__main__":
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    uvicorn.run(
        build(FakeBackend(step_seconds=seconds)), port=int(sys.argv[1]), log_level="warning"
    )
