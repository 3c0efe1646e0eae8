"""Stills, of a person and garments (`/v1/images/edits`) or of words (`…/generations`)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from serve.backend import Backend, BackendDep, Order, Upload, place, wait_for
from serve.config import ServeArgs
from serve.errors import BadRequest
from serve.forms import read_body
from serve.images import aspect_ratio, read_image, read_mask, to_png
from serve.polling import suggest_polling
from serve.protocol import (
    ImageData,
    ImageEditRequest,
    ImageGenerationRequest,
    ImageRequest,
    ImagesResponse,
    Job,
    Role,
    Task,
)
from serve.resolution import resolve
from serve.routes.videos import body_schema
from serve.validation import parse
from serve.wish import Wish

_QUEUED: dict[int | str, dict[str, Any]] = {
    202: {"model": Job, "description": "Queued, with `background=true`"}
}

router = APIRouter(tags=["images"])

_FILES = {
    "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
    "mask": {"type": "string", "format": "binary"},
}


@router.post(
    "/v1/images/edits",
    response_model=ImagesResponse,
    responses=_QUEUED,
    openapi_extra=body_schema(ImageEditRequest, _FILES),
)
async def edit(request: Request, backend: BackendDep) -> Response | ImagesResponse:
    """Dress a still; waits for it unless `background` is true."""
    body = await read_body(request, backend.args, _FILES.keys())
    asked = parse(ImageEditRequest, body.fields)
    pictures = body.files.get("image", [])
    if not pictures:
        raise BadRequest("image is required.", param="image", code="missing_required_parameter")
    masks = body.files.get("mask", [])
    if len(masks) > 1:
        raise BadRequest(f"mask is given {len(masks)} times: one is taken.", param="mask")
    card = backend.choose(asked.model, Task.IMAGE_EDIT)
    wish = Wish(
        task=Task.IMAGE_EDIT,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        n=asked.n,
        num_garments=len(pictures) - 1,
        has_mask=bool(masks),
        aspect_ratio=aspect_ratio(pictures[0]),
    )
    params = resolve(card, wish)
    order = Order(
        kind="image",
        card=card,
        task=Task.IMAGE_EDIT,
        prompt=asked.prompt,
        params=params,
        user=asked.user,
        metadata=asked.metadata or {},
        uploads=[
            Upload(Role.GARMENT if index else Role.INPUT_REFERENCE, data, "image")
            for index, data in enumerate(pictures)
        ]
        + [await asyncio.to_thread(_mask, backend.args, data, pictures[0]) for data in masks],
    )
    return await _answer(order, asked, request, backend)


@router.post(
    "/v1/images/generations",
    response_model=ImagesResponse,
    responses=_QUEUED,
    openapi_extra=body_schema(ImageGenerationRequest, {}),
)
async def generate(request: Request, backend: BackendDep) -> Response | ImagesResponse:
    """Make stills of a prompt; waits for them unless `background` is true."""
    body = await read_body(request, backend.args)
    asked = parse(ImageGenerationRequest, body.fields)
    card = backend.choose(asked.model, Task.TEXT_TO_IMAGE)
    wish = Wish(
        task=Task.TEXT_TO_IMAGE,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        n=asked.n,
    )
    order = Order(
        kind="image",
        card=card,
        task=Task.TEXT_TO_IMAGE,
        prompt=asked.prompt,
        params=resolve(card, wish),
        user=asked.user,
        metadata=asked.metadata or {},
    )
    return await _answer(order, asked, request, backend)


async def _answer(
    order: Order, asked: ImageRequest, request: Request, backend: Backend
) -> Response | ImagesResponse:
    """The stills once they exist, or at once the job that makes them."""
    job = await place(backend, order, request, asked.model_dump(exclude={"background"}))
    if asked.background:
        answer = JSONResponse(job.model_dump(mode="json"), status_code=202)
        suggest_polling(answer, job)
        return answer
    job = await wait_for(backend, job)
    url = f"{request.base_url}v1/images/{job.id}/content"
    return ImagesResponse(
        created=job.created_at,
        data=[ImageData(url=f"{url}?index={index}") for index in range(job.params.n)],
        id=job.id,
    )


def _mask(args: ServeArgs, data: bytes, person: bytes) -> Upload:
    """The mask, checked against the picture it is for, which is checked first."""
    limit = args.max_pixels
    size = read_image(person, field="image", max_pixels=limit).size
    mask = read_mask(data, field="mask", max_pixels=limit, size=size)
    return Upload(Role.MASK, data, "mask", to_png(mask))
