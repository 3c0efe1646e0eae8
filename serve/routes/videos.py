"""`POST /v1/videos`: a clip from a prompt, from first and last frames, or a person and garments."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from serve.backend import BackendDep, Order, Picture, place
from serve.encoding import decode_mp4
from serve.errors import BadRequest
from serve.forms import read_body
from serve.generation import Role
from serve.images import aspect_ratio, from_png
from serve.polling import suggest_polling
from serve.protocol import Job, Quality, Variant, VideoCreateRequest
from serve.quality import measure
from serve.resolution import Wish, choose, resolve, video_task
from serve.storage import Storage
from serve.validation import parse

router = APIRouter(tags=["videos"])

_PICTURES = {
    "input_reference": {"type": "string", "format": "binary"},
    "garment": {"type": "array", "items": {"type": "string", "format": "binary"}},
    "last_image": {"type": "string", "format": "binary"},
}


def body_schema(model: type[Any], pictures: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI description of a body that is taken as JSON and as a form."""
    schema = model.model_json_schema()
    schema["properties"] |= pictures
    content = {kind: {"schema": schema} for kind in ("multipart/form-data", "application/json")}
    return {"requestBody": {"content": content}}


@router.get("/v1/videos/{job_id}/quality")
async def quality(job_id: str, backend: BackendDep) -> Quality:
    """A finished clip's figures."""
    record = await backend.jobs.record(job_id)
    key = await backend.jobs.file(job_id, Variant.VIDEO)
    garments = [one for one in record.images if Role.of(one) is Role.GARMENT]
    return await asyncio.to_thread(_measured, backend.storage, key, garments)


def _measured(storage: Storage, clip: str, garments: list[str]) -> Quality:
    frames = decode_mp4(storage.read(clip))
    return measure(frames, [from_png(storage.read(garment)) for garment in garments])


@router.post("/v1/videos", openapi_extra=body_schema(VideoCreateRequest, _PICTURES))
async def create(request: Request, response: Response, backend: BackendDep) -> Job:
    """Queue a clip."""
    body = await read_body(
        request, pictures=_PICTURES.keys(), max_upload_bytes=backend.args.max_upload_bytes
    )
    asked = parse(VideoCreateRequest, body.fields)
    references = body.pictures.get("input_reference", [])
    garments = body.pictures.get("garment", [])
    last = body.pictures.get("last_image", [])
    if len(last) > 1:
        raise BadRequest(
            f"last_image is given {len(last)} times: one is taken.", param="last_image"
        )
    task = video_task(len(references), len(garments), asked.task)
    card = choose(backend.cards, asked.model, task)
    wish = Wish(
        task=task,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        seconds=asked.seconds,
        num_garments=len(garments),
        has_last_image=bool(last),
        aspect_ratio=aspect_ratio(references[0]) if references else None,
    )
    order = Order(
        kind="video",
        card=card,
        task=task,
        prompt=asked.prompt,
        params=resolve(card, wish),
        user=asked.user,
        metadata=asked.metadata or {},
        pictures=[
            *Picture.each(Role.INPUT_REFERENCE, references),
            *Picture.each(Role.GARMENT, garments),
            *Picture.each(Role.LAST_IMAGE, last),
        ],
    )
    job = await place(backend, order, request, asked.model_dump())
    suggest_polling(response, job)
    return job
