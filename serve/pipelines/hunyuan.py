"""HunyuanVideo, from a prompt or a first frame, and the models that were made of it."""

from typing import Any

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams

CUT_OFF = 4
"""Frames that diffusers drops from the front of a clip of the 33-channel model."""


class Pipeline(generic.Pipeline):
    """``HunyuanVideoPipeline``, ``HunyuanVideoImageToVideoPipeline`` and
    ``HunyuanSkyreelsImageToVideoPipeline``."""

    draws = True

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        if self._pipe.transformer.config.image_condition_type == "latent_concat":
            arguments["num_frames"] += CUT_OFF
        return arguments

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        """One frame from the middle: the first may be given anyway."""
        vae, middle = self._pipe.vae, latents.shape[2] // 2
        frame = latents[:, :, middle : middle + 1].to(vae.dtype) / vae.config.scaling_factor
        return only_frame(vae.decode(frame).sample)
