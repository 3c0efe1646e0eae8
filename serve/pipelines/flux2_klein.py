"""FLUX.2 klein: a person and garments in, dressed stills out; or a prompt alone."""

from typing import Any

import torch
from torch import Tensor

from serve.encoding import Frames
from serve.images import alike, contain, cover, in_rows
from serve.pipelines import stills
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams

REFERENCE_PIXELS = 1024 * 1024
"""Most of each reference beside a mask: what is larger diffusers scales, but not several."""


class Pipeline(stills.Pipeline):
    """``Flux2KleinPipeline``, or ``Flux2KleinInpaintPipeline`` where a mask says what stays."""

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        embeds, _ = self._pipe.encode_prompt(params.prompt)
        size = params.width, params.height
        person = [cover(one, *size) for one in generation.images[:1]]
        garments = [contain(one, *size) for one in generation.images[1:]]
        words = {"prompt_embeds": embeds, "guidance_scale": params.guidance_scale}
        rows = in_rows(garments, self._card.limits.in_each(len(garments)))
        if generation.mask is None:
            return {"image": [*person, *rows] or None, **words}
        return {
            "image": person[0],
            "mask_image": cover(generation.mask, *size),
            "image_reference": alike(rows, REFERENCE_PIXELS) if rows else None,
            "strength": 1.0,
            **words,
        }

    def _decode(self, latents: Tensor, params: ResolvedParams) -> Frames:
        return to_frames(self._pipe.vae.decode(latents.to(self._pipe.vae.dtype)).sample)

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        """Unlike finished latents, those between steps are normalised patches in rows."""
        vae = self._pipe.vae
        patch = self._pipe.vae_scale_factor * 2
        grid = (params.height // patch, params.width // patch)
        latents = latents.transpose(1, 2).unflatten(2, grid)
        statistics = vae.bn.running_mean, vae.bn.running_var + vae.config.batch_norm_eps
        mean, variance = (values.view(1, -1, 1, 1).to(latents) for values in statistics)
        latents = latents * torch.sqrt(variance) + mean
        return super()._draw(self._pipe._unpatchify_latents(latents), params)
