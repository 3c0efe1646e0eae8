"""SkyReels-V2 with diffusion forcing: from a prompt, from a first frame and perhaps to a last one,
or on from the end of a clip."""

from typing import Any

import torch
from diffusers import DiffusionPipeline, UniPCMultistepScheduler
from torch import Tensor

from serve.card import Card
from serve.pipelines import checkpoint, denoising, wan_i2v
from serve.pipelines.base import Generation

PHOTO_SHIFT = 5.0
"""What its authors shift the noise of a clip from a photo by; others have the card's."""


class Pipeline(wan_i2v.Pipeline):
    """``SkyReelsV2DiffusionForcingPipeline`` and its relatives for photos and clips."""

    knows_strength = False

    def _load(self, card: Card) -> DiffusionPipeline:
        pipe = checkpoint.load(checkpoint.class_of(card), card)
        named = "SkyReelsV2DiffusionForcing{}Pipeline"
        self._animator = checkpoint.sibling(pipe, named.format("ImageToVideo"))
        self._animator.scheduler = UniPCMultistepScheduler.from_config(
            pipe.scheduler.config, flow_shift=PHOTO_SHIFT
        )
        self._extender = checkpoint.sibling(pipe, named.format("VideoToVideo"))
        return pipe

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        if generation.video:
            return self._extender
        return self._animator if generation.images else self._pipe

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        if generation.video:
            clip = list(generation.video)
            return {"video": clip, "overlap_history": len(clip)}
        return super()._pictures(generation) if generation.images else {}

    def _length(self, generation: Generation) -> dict[str, Any]:
        return {"num_frames": self._num_frames(generation)}

    def _denoise(
        self,
        generation: Generation,
        conditions: dict[str, Any],
        generator: torch.Generator,
        steps: denoising.Steps,
    ) -> Tensor:
        """Without the last picture, which diffusers puts behind the clip while it is denoised."""
        latents = super()._denoise(generation, conditions, generator, steps)
        each = self._pipe.vae_scale_factor_temporal
        return latents[:, :, : (generation.params.num_frames - 1) // each + 1]
