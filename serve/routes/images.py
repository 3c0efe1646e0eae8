"""`POST /v1/images/edits`: stills of the first picture's person in the others' garments."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from serve.backend import BackendDep, Order, Upload, place, wait_for
from serve.errors import BadRequest
from serve.forms import read_body
from serve.images import aspect_ratio
from serve.polling import suggest_polling
from serve.protocol import ImageData, ImageEditRequest, ImagesResponse, Job, Role, Task
from serve.resolution import choose, resolve
from serve.routes.videos import body_schema
from serve.validation import parse
from serve.wish import Wish

router = APIRouter(tags=["images"])

_FILES = {"image": {"type": "array", "items": {"type": "string", "format": "binary"}}}


@router.post(
    "/v1/images/edits",
    response_model=ImagesResponse,
    responses={202: {"model": Job, "description": "Queued, with `background=true`"}},
    openapi_extra=body_schema(ImageEditRequest, _FILES),
)
async def edit(request: Request, backend: BackendDep) -> Response | ImagesResponse:
    """Dress a still; waits for it unless `background` is true."""
    body = await read_body(request, backend.args, _FILES.keys())
    asked = parse(ImageEditRequest, body.fields)
    pictures = body.files.get("image", [])
    if not pictures:
        raise BadRequest("image is required.", param="image", code="missing_required_parameter")
    card = choose(backend.cards, asked.model, Task.IMAGE_EDIT)
    wish = Wish(
        task=Task.IMAGE_EDIT,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        n=asked.n,
        num_garments=len(pictures) - 1,
        aspect_ratio=aspect_ratio(pictures[0]),
    )
    order = Order(
        kind="image",
        card=card,
        task=Task.IMAGE_EDIT,
        prompt=asked.prompt,
        params=resolve(card, wish),
        user=asked.user,
        metadata=asked.metadata or {},
        uploads=[
            Upload(Role.GARMENT if index else Role.INPUT_REFERENCE, data, "image")
            for index, data in enumerate(pictures)
        ],
    )
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
