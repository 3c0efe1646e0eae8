"""What every route works with, and how a request becomes a stored job."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from serve.card import Card
from serve.catalog import Catalog
from serve.clips import Clip, read_clip
from serve.config import ServeArgs
from serve.errors import BadRequest, Conflict, ModelFailed, ServeError
from serve.exports import Exports, sent_key
from serve.generation import input_key, role_of
from serve.images import read_image, to_png
from serve.job_store import JobRecord, ObjectKind
from serve.jobs import Jobs
from serve.metrics import RequestMetrics
from serve.protocol import Job, JobStatus, ResolvedParams, Role, Task
from serve.recordings import Recording, read_recording
from serve.resolution import choose
from serve.storage import Storage

MAX_KEY_LENGTH = 255


@dataclass(frozen=True)
class Backend:
    """The parts that routes share; a request finds them on the application's state."""

    args: ServeArgs
    cards: Sequence[Card]
    jobs: Jobs
    storage: Storage
    exports: Exports
    catalog: Catalog
    """Every model that is known, served or not."""
    metrics: RequestMetrics = field(default_factory=RequestMetrics)

    def choose(
        self,
        name: str | None,
        task: Task,
        suits: Callable[[Card], bool] = lambda _card: True,
    ) -> Card:
        """The served model that is named, or else the first that can do the task and `suits`."""
        return choose(self.cards, self.catalog, name, task, suits)


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


BackendDep = Annotated[Backend, Depends(_backend)]


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture, clip or recording that came with a request."""

    role: Role
    data: bytes
    field: str
    """The field it came in, to name it by."""
    read: bytes | None = None
    """What is to be stored of it; pictures are read only when they are stored."""

    @classmethod
    def each(cls, role: Role, uploads: Sequence[bytes]) -> "list[Upload]":
        """Uploads of the field that is called like their role."""
        return [cls(role, data, role) for data in uploads]


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be, before it has an id."""

    kind: ObjectKind
    card: Card
    task: Task
    prompt: str
    params: ResolvedParams
    user: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    uploads: Sequence[Upload] = ()
    """The person or first frame, then the garments, then the last frame; or the clip; then what
    drives it."""
    copied: Sequence[str] = ()
    """Storage keys of another job's inputs to take over instead."""
    remixed_from: str | None = None


async def place(backend: Backend, order: Order, request: Request, fields: Mapping[str, Any]) -> Job:
    """Store the inputs and the job; a repeated Idempotency-Key gets the job of the first time."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise BadRequest(
            f"Idempotency-Key has {len(key)} characters: it must have 1 to {MAX_KEY_LENGTH}.",
            param="Idempotency-Key",
        )
    if order.remixed_from is None and not order.params.label:
        _check_label(backend)
    fingerprint = _fingerprint(request.url.path, fields, order.uploads)
    if key is not None:
        earlier = await backend.jobs.repeated(key, fingerprint)
        if earlier is not None:
            return _owned(earlier, order)
    job_id = f"{order.kind}_{uuid.uuid4().hex}"
    images = await asyncio.to_thread(_store_inputs, backend, job_id, order)
    record = JobRecord(
        id=job_id,
        object=order.kind,
        model=order.card.id,
        task=order.task,
        prompt=order.prompt,
        params=order.params,
        created_at=int(time.time()),
        images=images,
        remixed_from=order.remixed_from,
        user=order.user,
        metadata=dict(order.metadata),
        idempotency_key=key,
        fingerprint=fingerprint,
    )
    try:
        job = await backend.jobs.submit(record)
    except ServeError:
        await asyncio.to_thread(backend.storage.delete, job_id)
        raise
    if job.id != job_id:
        await asyncio.to_thread(backend.storage.delete, job_id)
    return _owned(job, order)


def _owned(job: Job, order: Order) -> Job:
    """The job with the user whom the request named; a remix is asked for by anybody."""
    named = None if order.remixed_from else order.user
    return job.model_copy(update={"user": named})


async def read_video(backend: Backend, data: bytes, field: str) -> Clip:
    """An uploaded clip, checked and made plain."""
    args = backend.args
    clean = await asyncio.to_thread(backend.exports.clean, data)
    return await asyncio.to_thread(
        lambda: read_clip(
            data if clean is None else clean,
            field=field,
            max_pixels=args.max_video_pixels,
            max_seconds=args.max_video_seconds,
        )
    )


async def read_audio(backend: Backend, data: bytes, field: str) -> Recording:
    """An uploaded recording, checked and made plain."""
    most = backend.args.max_audio_seconds
    return await asyncio.to_thread(read_recording, data, field=field, max_seconds=most)


def _check_label(backend: Backend) -> None:
    if backend.exports.marks.label_is_required:
        raise BadRequest(
            "label is False: this server labels everything it makes (label_optional is off).",
            param="label",
        )


async def wait_for(backend: Backend, job: Job) -> Job:
    """The job once it is completed; its failure as an error. The job outlives whoever waits."""
    async for event in backend.jobs.follow(job.id):
        job = event.job
    if job.status is JobStatus.COMPLETED:
        return job
    if job.error is not None:
        raise ModelFailed(job.error.message, code=job.error.code)
    raise Conflict(f"The job {job.id} was cancelled.", code="cancelled")


def _store_inputs(backend: Backend, job_id: str, order: Order) -> tuple[str, ...]:
    keys: list[str] = []

    def store(role: Role, content: bytes, sent: bytes | None) -> None:
        keys.append(input_key(job_id, len(keys), role))
        backend.storage.put(keys[-1], content)
        if sent is not None:
            backend.storage.put(sent_key(keys[-1]), sent)

    try:
        for one in order.uploads:
            store(one.role, *_content(backend, one))
        for key in order.copied:
            sent = sent_key(key)
            store(
                role_of(key),
                backend.storage.read(key),
                backend.storage.read(sent) if backend.storage.exists(sent) else None,
            )
    except ServeError:
        backend.storage.delete(job_id)
        raise
    return tuple(keys)


def _content(backend: Backend, one: Upload) -> tuple[bytes, bytes | None]:
    """What the model is given; and what was sent, where that is a file of ours with its label."""
    clean = backend.exports.clean(one.data)
    sent = None if clean is None else one.data
    if one.read is not None:
        return one.read, sent
    picture = read_image(
        one.data if clean is None else clean, field=one.field, max_pixels=backend.args.max_pixels
    )
    return to_png(picture), sent


def _fingerprint(path: str, fields: Mapping[str, Any], uploads: Sequence[Upload]) -> str:
    digest = hashlib.sha256(path.encode())
    for name in sorted(fields):
        digest.update(f"\0{name}={fields[name]}".encode())
    for one in uploads:
        digest.update(f"\0{one.role}:".encode() + hashlib.sha256(one.data).digest())
    return digest.hexdigest()
