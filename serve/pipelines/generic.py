"""Any diffusers pipeline that makes clips of a prompt, a first frame or a clip, run from its card
alone.

Families that show previews have a file of their own, which says what their latents look like.
"""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.images import cover
from serve.pipelines import checkpoint, denoising, loras
from serve.pipelines.base import Generation, Report
from serve.pipelines.pixels import Picture
from serve.pipelines.progress_bar import ReportingBar
from serve.protocol import ResolvedParams, Stage


class Pipeline:
    """The class that the card names, called as the card says."""

    draws = False
    """Whether `_draw` is there for previews."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._pipe = self._load(card)
        self._repainter = self._pipe
        if card.video_pipeline_class:
            self._repainter = checkpoint.sibling(self._pipe, card.video_pipeline_class)

    def run(self, generation: Generation, report: Report) -> Frames | bytes:
        """One call; the pipeline's own progress bar says where it stands."""
        params = generation.params
        with denoising.isolated(self._pipe), loras.added(self._pipe, self._card, params.loras):
            report(StageStarted(Stage.ENCODING_PROMPT))
            bar = ReportingBar(
                report, self._num_steps(params), lambda latents: self._draw(latents, params)
            )
            pipe = self._caller(generation)
            pipe.progress_bar = bar
            output = pipe(
                **self._arguments(generation),
                **self._card.call,
                **({"callback_on_step_end": bar.look} if self.draws else {}),
                generator=denoising.seeded(params.seed),
                output_type="np",
            )
            return self._clip(output, params)

    def _load(self, card: Card) -> DiffusionPipeline:
        """The checkpoint, as the class that the card names."""
        return checkpoint.load(checkpoint.class_of(card), card)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        """The diffusers pipeline that does it."""
        return self._repainter if generation.video else self._pipe

    def _num_steps(self, params: ResolvedParams) -> int:
        """How often the progress bar moves; where no strength is known, all steps are done."""
        if self._card.names.get("strength", "strength") is None:
            return params.num_inference_steps
        return denoising.num_steps(params)

    def _clip(self, output: Any, _params: ResolvedParams) -> Frames | bytes:
        """The clip of what the pipeline returns."""
        return to_bytes(self._frames(output))

    def _frames(self, output: Any) -> np.ndarray:
        """The only clip of what the pipeline returns; values in 0..1."""
        frames: np.ndarray = output.frames[0]
        return frames

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        """One frame of a family's latents."""
        raise NotImplementedError

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """The request by the names that this pipeline has for it."""
        card, params = self._card, generation.params
        values: dict[str, Any] = {
            "width": params.width,
            "height": params.height,
            "num_frames": params.num_frames,
            "num_inference_steps": params.num_inference_steps,
            "guidance_scale": params.guidance_scale,
        }
        if card.limits.prompt:
            values["prompt"] = params.prompt
        if card.limits.negative_prompt:
            values["negative_prompt"] = params.negative_prompt
        if params.motion_bucket_id is not None:
            values["motion_bucket_id"] = params.motion_bucket_id
        if generation.images:
            values["image"] = cover(generation.images[0], params.width, params.height)
        if generation.video:  # which is as long as the clip is to be
            del values["num_frames"]
            values |= {"video": list(generation.video), "strength": params.strength}
        if generation.last_image is not None:
            values["last_image"] = cover(generation.last_image, params.width, params.height)
        names = {name: card.names.get(name, name) for name in values}
        if card.names.get("fps"):
            values["fps"], names["fps"] = params.fps, card.names["fps"]
        return {name: values[key] for key, name in names.items() if name is not None}


def to_bytes(frames: np.ndarray) -> Frames:
    """Frames from values in 0..1, shape (frames, height, width, 3)."""
    scaled: Frames = (np.asarray(frames, np.float32) * 255).round().clip(0, 255).astype(np.uint8)
    return scaled
