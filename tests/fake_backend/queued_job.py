"""Of a request's fields and inputs the job, as the real backend would queue it."""

import json
import random
import time
import uuid
from typing import cast

from serve import extent
from serve.card import Card
from serve.errors import ModelNotFound
from serve.protocol import (
    Job,
    JobStatus,
    ModelCard,
    ResolvedParams,
    Role,
    SamplingParams,
    Task,
)
from serve.wish import Wish
from tests.fake_backend.model_card import STEPS


def queued_job(
    cards: list[ModelCard],
    fields: dict[str, str],
    inputs: list[Role],
    kind: str,
    aspect_ratio: float | None = None,
) -> Job:
    """The queued job that these fields and inputs ask for; the first picture has that shape."""
    task = Task(fields.get("task", _task(inputs, kind)))
    able = [card for card in cards if task in card.tasks]
    if not able:
        raise ModelNotFound(f"No model that is served here can do {task}.", param="model")
    fitting = next((card for card in able if card.id == fields.get("model")), able[0])
    size = fields.get("size") or _size_of(fitting, task, aspect_ratio)
    motion = fields.get("motion_bucket_id")
    params = ResolvedParams(
        prompt=fields.get("prompt", ""),
        negative_prompt=fields.get("negative_prompt", ""),
        width=int(size.split("x")[0]),
        height=int(size.split("x")[1]),
        num_frames=_num_frames(fields, fitting.defaults.num_frames) if kind == "video" else 1,
        fps=int(fields.get("fps", 8)),
        num_inference_steps=int(fields.get("num_inference_steps", STEPS)),
        guidance_scale=float(fields.get("guidance_scale", 4)),
        seed=int(fields.get("seed", random.randrange(2**32))),
        n=int(fields.get("n", 1)),
        strength=float(fields.get("strength", 0.7)) if task is Task.VIDEO_TO_VIDEO else None,
        loras=json.loads(fields.get("loras", "{}")),
        motion_bucket_id=int(motion) if motion else None,
        label=fields.get("label", "true").lower() == "true",
        embed_inputs=fields.get("embed_inputs", "false").lower() == "true",
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


def _task(inputs: list[Role], kind: str) -> Task:
    """What the real backend would take it for."""
    if kind == "image":
        return Task.IMAGE_EDIT if inputs else Task.TEXT_TO_IMAGE
    if Role.AUDIO in inputs:
        return Task.AUDIO_TO_VIDEO
    if Role.VIDEO in inputs:
        return Task.MOTION_TRANSFER if Role.INPUT_REFERENCE in inputs else Task.VIDEO_TO_VIDEO
    if Role.GARMENT in inputs:
        return Task.TRY_ON
    return Task.IMAGE_TO_VIDEO if inputs else Task.TEXT_TO_VIDEO


def _size_of(card: ModelCard, task: Task, aspect_ratio: float | None) -> str:
    """The model's size for a picture of that shape, by the real rule."""
    wish = Wish(task, "", SamplingParams(), aspect_ratio=aspect_ratio)
    width, height = extent.size(cast(Card, card), wish)
    return f"{width}x{height}"


def _num_frames(fields: dict[str, str], usual: int) -> int:
    """As asked for, or the nearest to the seconds that there is, or else the model's default."""
    if "num_frames" in fields or "seconds" not in fields:
        return int(fields.get("num_frames", usual))
    wanted = float(fields["seconds"]) * int(fields.get("fps", 8))
    return 5 + round(min(max(wanted - 5, 0), 28) / 4) * 4
