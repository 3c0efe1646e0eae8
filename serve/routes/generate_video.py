"""`POST /generate_video`: one call that waits for its clip, as the FastVideo demo's page makes it.

A job of the queue like any other lies beneath; what differs is only the shape of the answer.
"""

import asyncio
import base64
import time

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from serve.backend import Backend, BackendDep, Order, Upload, place, wait_for
from serve.errors import BadRequest, ServeError
from serve.failures import error_response
from serve.fastvideo import GenerateVideoRequest, GenerateVideoResponse
from serve.forms import decode_base64, decode_data_url, read_body
from serve.images import aspect_ratio
from serve.protocol import Job, Role, SamplingParams, Stage, Task, Variant
from serve.resolution import resolve
from serve.routes.videos import body_schema
from serve.validation import parse
from serve.wish import Wish

router = APIRouter(tags=["FastVideo demo"])

_TASKS = {"t2v": Task.TEXT_TO_VIDEO, "i2v": Task.IMAGE_TO_VIDEO}


@router.post(
    "/generate_video",
    response_model=GenerateVideoResponse,
    openapi_extra=body_schema(GenerateVideoRequest, {}),
)
async def generate_video(request: Request, backend: BackendDep) -> JSONResponse:
    """A clip as a data URL, once it is done; failures have this shape too, and a real status."""
    begun = time.monotonic()
    seed = 0
    try:
        body = await read_body(request, backend.args)
        asked = parse(GenerateVideoRequest, body.fields)
        seed = asked.seed
        job = await wait_for(backend, await _place(request, backend, asked))
        answer = await _answer(backend, job)
    except ServeError as error:
        failure = GenerateVideoResponse(seed=seed, success=False, error_message=error.message)
        return error_response(error, failure.model_dump())
    answer.total_time = time.monotonic() - begun
    return JSONResponse(answer.model_dump())


async def _place(request: Request, backend: Backend, asked: GenerateVideoRequest) -> Job:
    picture = _picture(asked.image_data)
    task = Task.TEXT_TO_VIDEO if picture is None else Task.IMAGE_TO_VIDEO
    if asked.model_type is not None and _TASKS.get(asked.model_type.lower()) is not task:
        raise BadRequest(
            f"model_type is {asked.model_type!r}: it must be t2v without image_data and i2v with.",
            param="model_type",
        )
    card = backend.choose(asked.model_path, task)
    wish = Wish(
        task=task,
        prompt=asked.prompt,
        sampling=SamplingParams.model_validate(
            {
                "negative_prompt": asked.negative_prompt if asked.use_negative_prompt else None,
                "num_frames": asked.num_frames,
                "guidance_scale": asked.guidance_scale,
                "seed": None if asked.randomize_seed else asked.seed,
            }
        ),
        size=_size(asked),
        aspect_ratio=None if picture is None else aspect_ratio(picture),
    )
    order = Order(
        kind="video",
        card=card,
        task=task,
        prompt=asked.prompt,
        params=resolve(card, wish),
        user=None,
        uploads=[] if picture is None else [Upload(Role.INPUT_REFERENCE, picture, "image_data")],
    )
    return await place(backend, order, request, asked.model_dump())


def _picture(image_data: str | None) -> bytes | None:
    if not image_data:
        return None
    decode = decode_data_url if image_data.startswith("data:") else decode_base64
    return decode(image_data, "image_data")


def _size(asked: GenerateVideoRequest) -> str | None:
    if asked.width is None and asked.height is None:
        return None
    if asked.width is None or asked.height is None:
        missing = "width" if asked.width is None else "height"
        raise BadRequest(f"width and height go together: {missing} is missing.", param=missing)
    return f"{asked.width}x{asked.height}"


async def _answer(backend: Backend, job: Job) -> GenerateVideoResponse:
    await backend.jobs.file(job.id, Variant.VIDEO)
    key = await backend.exports.key(await backend.jobs.record(job.id), Variant.VIDEO)
    clip = await asyncio.to_thread(backend.storage.read, key)
    video_data = await asyncio.to_thread(lambda: base64.b64encode(clip).decode())
    timings = job.timings
    encoding = timings.get(Stage.WRITING, 0.0)
    loading = timings.get(Stage.LOADING, 0.0)
    return GenerateVideoResponse(
        video_data=f"data:video/mp4;base64,{video_data}",
        seed=job.params.seed,
        success=True,
        generation_time=sum(timings.values()),
        model_load_time=loading,
        inference_time=sum(timings.values()) - encoding - loading,
        encoding_time=encoding,
        stage_names=list(timings),
        stage_execution_times=list(timings.values()),
    )
