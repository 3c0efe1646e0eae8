"""Cards of the tiny twins, and generations to ask of them."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from serve.card import Card
from serve.pipelines.base import Generation
from serve.protocol import Allowance, Defaults, Licence, Limits, Range, ResolvedParams, Role, Task
from tests.checkpoints import TWINS

WIDTH, HEIGHT = 64, 96


def card_for(name: str, folder: Path, **changes: Any) -> Card:
    twin = TWINS[name]
    parts = {
        key: part.model_copy(update={"source": str(folder / part.source)})
        for key, part in twin.parts.items()
    }
    anything = Range(minimum=1, maximum=100)
    return Card(
        id=f"twin-{name}",
        title="Twin",
        owned_by="tests",
        source=str(folder),
        licence=Licence(name="none", url="", commercial=True),
        pipeline=twin.pipeline,
        pipeline_class=twin.pipeline_class,
        video_pipeline_class=twin.video_pipeline_class,
        mask_pipeline_class=twin.mask_pipeline_class,
        tasks=[twin.task],
        parts=parts,
        defaults=Defaults(
            num_frames=5, fps=8, num_inference_steps=4, guidance_scale=3, strength=0.8
        ),
        limits=Limits(
            num_frames=anything,
            fps=anything,
            num_inference_steps=anything,
            guidance_scale=anything,
            strength=Range(minimum=0.1, maximum=1),
            sizes=[f"{WIDTH}x{HEIGHT}"],
            max_garments=3,
            max_images=4,
            prompt=twin.reads,
            negative_prompt=twin.reads,
            last_image=twin.last_image,
            extends=twin.extends,
        ),
        **({"dtype": "float32", "call": twin.call, "names": twin.names} | changes),
    )


def picture(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 4, 3), np.uint8)
    return Image.fromarray(coarse).resize((80, 120))


def clip(seed: int, num_frames: int) -> tuple[Image.Image, ...]:
    """A clip as pipelines are given it: in the size of the run."""
    return tuple(picture(seed + index).resize((WIDTH, HEIGHT)) for index in range(num_frames))


def generation(name: str, task: Task | None = None, **changes: Any) -> Generation:
    twin = TWINS[name]
    task = task or twin.task
    repaints, transfers = task is Task.VIDEO_TO_VIDEO, task is Task.MOTION_TRANSFER
    params = ResolvedParams(
        prompt="a red dress" if twin.reads else "",
        negative_prompt="",
        width=WIDTH,
        height=HEIGHT,
        num_frames=twin.num_frames,
        fps=8,
        num_inference_steps=5 if repaints else 4,
        guidance_scale=3,
        strength=0.8 if repaints else None,  # which leaves four steps of five
        seed=7,
    )
    few = {Task.TEXT_TO_VIDEO: 0, Task.VIDEO_TO_VIDEO: 0, Task.TEXT_TO_IMAGE: 0}
    images = (few | {Task.IMAGE_TO_VIDEO: 1, Task.MOTION_TRANSFER: 1}).get(task, 2)
    return Generation(
        task=task,
        params=params.model_copy(update=changes),
        images=tuple(picture(seed) for seed in range(images)),
        last_image=picture(9) if twin.last_image is Allowance.REQUIRED else None,
        video=clip(20, twin.extends or twin.num_frames) if repaints or transfers else (),
        clips={Role.FACE_VIDEO: clip(40, twin.num_frames)} if transfers else {},
    )
