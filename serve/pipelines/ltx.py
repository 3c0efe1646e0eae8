"""LTX-Video: one checkpoint that follows a prompt, or continues a first frame."""

import torch
from diffusers import DiffusionPipeline, LTXImageToVideoPipeline
from torch import Tensor

from serve.card import Card
from serve.pipelines import generic
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``LTXPipeline`` for a prompt, ``LTXImageToVideoPipeline`` for a picture, of one copy."""

    draws = True

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._animator = LTXImageToVideoPipeline(**self._pipe.components)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        return self._animator if generation.images else self._pipe

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        pipe, vae = self._pipe, self._pipe.vae
        side, span = pipe.vae_spatial_compression_ratio, pipe.vae_temporal_compression_ratio
        clip = pipe._unpack_latents(
            latents,
            (params.num_frames - 1) // span + 1,
            params.height // side,
            params.width // side,
            pipe.transformer_spatial_patch_size,
            pipe.transformer_temporal_patch_size,
        )
        clip = pipe._denormalize_latents(
            clip, vae.latents_mean, vae.latents_std, vae.config.scaling_factor
        )
        noise_level = None
        if vae.config.timestep_conditioning:
            noise_level = torch.zeros(1, device=clip.device, dtype=vae.dtype)
        sample = vae.decode(clip[:, :, :1].to(vae.dtype), noise_level).sample
        return only_frame(sample)
