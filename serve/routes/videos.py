"""`POST /v1/videos`: a clip of a prompt, of first and last frames, of a person and garments, of
another clip, or of somebody and a recording."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from serve.backend import Backend, BackendDep, Order, Upload, place, read_audio, read_video
from serve.clips import Clip
from serve.encoding import decode_mp4
from serve.errors import BadRequest
from serve.forms import Body, read_body
from serve.generation import role_of
from serve.images import aspect_ratio, from_png, read_clip_mask, to_png
from serve.polling import suggest_polling
from serve.protocol import Job, Quality, Role, Variant, VideoCreateRequest
from serve.quality import measure
from serve.recordings import Recording
from serve.resolution import resolve, suits
from serve.storage import Storage
from serve.tasks import video_task
from serve.validation import parse
from serve.wish import Wish

router = APIRouter(tags=["videos"])

_FILES = {
    "input_reference": {"type": "string", "format": "binary"},
    "garment": {"type": "array", "items": {"type": "string", "format": "binary"}},
    "last_image": {"type": "string", "format": "binary"},
    "mask": {"type": "string", "format": "binary"},
} | {role.value: {"type": "string", "format": "binary"} for role in Role if not role.is_picture}
_EDITED = {name: _FILES[name] for name in ("video", "garment", "mask", "mask_video")}


def body_schema(model: type[Any], files: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI description of a body that is taken as JSON and as a form."""
    schema = model.model_json_schema()
    schema["properties"] |= files
    content = {kind: {"schema": schema} for kind in ("multipart/form-data", "application/json")}
    return {"requestBody": {"content": content}}


@router.get("/v1/videos/{job_id}/quality")
async def quality(job_id: str, backend: BackendDep) -> Quality:
    """A finished clip's figures."""
    record = await backend.jobs.record(job_id)
    key = await backend.jobs.file(job_id, Variant.VIDEO)
    garments = [one for one in record.images if role_of(one) is Role.GARMENT]
    return await asyncio.to_thread(_measured, backend.storage, key, garments)


def _measured(storage: Storage, clip: str, garments: list[str]) -> Quality:
    frames = decode_mp4(storage.read(clip))
    return measure(frames, [from_png(storage.read(garment)) for garment in garments])


@router.post("/v1/videos", openapi_extra=body_schema(VideoCreateRequest, _FILES))
async def create(request: Request, response: Response, backend: BackendDep) -> Job:
    """Queue a clip."""
    body = await read_body(request, backend.args, _FILES.keys())
    return await _queue(body, request, response, backend)


@router.post("/v1/videos/edits", openapi_extra=body_schema(VideoCreateRequest, _EDITED))
async def edit(request: Request, response: Response, backend: BackendDep) -> Job:
    """Repaint a clip that is sent, or the finished one whose `id` is given, as OpenAI writes it."""
    body = await read_body(request, backend.args, _EDITED.keys())
    reference = body.fields.pop("video", None)
    if reference is not None:
        if not isinstance(reference, dict) or reference.keys() != {"id"}:
            raise BadRequest("video must be a clip, or {'id': of a finished one}.", param="video")
        key = await backend.jobs.file(str(reference["id"]), Variant.VIDEO)
        clip = await asyncio.to_thread(backend.storage.read, key)
        body.files.setdefault("video", []).append(clip)
    if not body.files.get("video"):
        raise BadRequest(
            "video is required: the clip to repaint, or {'id': of a finished one}.", param="video"
        )
    return await _queue(body, request, response, backend)


async def _queue(body: Body, request: Request, response: Response, backend: Backend) -> Job:
    """The job that a request's fields and files ask for."""
    asked = parse(VideoCreateRequest, body.fields)
    given = {role: body.files.get(role, []) for role in Role}
    task = video_task({role: len(files) for role, files in given.items()}, asked.task)
    roles = frozenset(role for role, files in given.items() if files)
    card = backend.choose(asked.model, task, suits(roles))
    films = {role: data for role in Role if role.is_video for data in given[role]}
    clips = {role: await read_video(backend, data, role) for role, data in films.items()}
    recording = await _recording(backend, given[Role.AUDIO])
    clip = clips[Role.VIDEO] if clips and not recording else None
    wish = Wish(
        task=task,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        seconds=asked.seconds,
        num_garments=len(given[Role.GARMENT]),
        has_last_image=bool(given[Role.LAST_IMAGE]),
        roles=roles,
        aspect_ratio=_shape(given[Role.INPUT_REFERENCE], clips),
        clip_seconds=clip.seconds if clip else None,
        clip_fps=clip.fps if clip else None,
        audio_seconds=recording.seconds if recording else None,
    )
    order = Order(
        kind="video",
        card=card,
        task=task,
        prompt=asked.prompt,
        params=resolve(card, wish),
        user=asked.user,
        metadata=asked.metadata or {},
        uploads=[
            *Upload.each(Role.INPUT_REFERENCE, given[Role.INPUT_REFERENCE]),
            *Upload.each(Role.GARMENT, given[Role.GARMENT]),
            *Upload.each(Role.LAST_IMAGE, given[Role.LAST_IMAGE]),
            *(Upload(role, films[role], role, clip.mp4) for role, clip in clips.items()),
            *[await _mask(backend, data, clips[Role.VIDEO]) for data in given[Role.MASK]],
            *(
                Upload(Role.AUDIO, data, Role.AUDIO, recording.wav if recording else None)
                for data in given[Role.AUDIO]
            ),
        ],
    )
    job = await place(backend, order, request, asked.model_dump())
    suggest_polling(response, job)
    return job


async def _mask(backend: Backend, data: bytes, clip: Clip) -> Upload:
    """The mask of every frame, checked against the clip that it is for."""
    size = clip.width, clip.height
    mask = await asyncio.to_thread(
        read_clip_mask, data, field="mask", max_pixels=backend.args.max_pixels, size=size
    )
    return Upload(Role.MASK, data, "mask", to_png(mask))


async def _recording(backend: Backend, files: Sequence[bytes]) -> Recording | None:
    return await read_audio(backend, files[0], Role.AUDIO) if files else None


def _shape(pictures: Sequence[bytes], clips: Mapping[Role, Clip]) -> float | None:
    """Width by height of what decides how the clip is to look."""
    if Role.VIDEO in clips:
        return clips[Role.VIDEO].width / clips[Role.VIDEO].height
    return aspect_ratio(pictures[0]) if pictures else None
