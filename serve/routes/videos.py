"""`POST /v1/videos`: a clip from a prompt, from first and last frames, or a person and garments."""

from typing import Any

from fastapi import APIRouter, Request, Response

from serve.backend import BackendDep, Order, Picture, place
from serve.errors import BadRequest
from serve.forms import read_body
from serve.generation import Role
from serve.images import aspect_ratio
from serve.polling import suggest_polling
from serve.protocol import Job, VideoCreateRequest
from serve.resolution import Wish, choose, resolve, video_task
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
        pictures=[
            *Picture.each(Role.INPUT_REFERENCE, references),
            *Picture.each(Role.GARMENT, garments),
            *Picture.each(Role.LAST_IMAGE, last),
        ],
    )
    job = await place(backend, order, request, asked.model_dump())
    suggest_polling(response, job)
    return job
