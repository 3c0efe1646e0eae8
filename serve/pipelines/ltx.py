"""LTX-Video before 0.9.5: one checkpoint that follows a prompt, or continues a first frame."""

import math

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
        return draw(self._pipe, latents, params)


def draw(pipe: DiffusionPipeline, latents: Tensor, params: ResolvedParams) -> Picture:
    """The frame in the middle of packed latents, shape (1, tokens, channels): the first and the
    last may be given. Tokens of given frames stand before those of the clip."""
    vae, shape = pipe.vae, _shape(pipe, params)
    num_frames = shape[0]
    clip = pipe._unpack_latents(latents[:, -math.prod(shape) :], *shape)
    clip = pipe._denormalize_latents(
        clip, vae.latents_mean, vae.latents_std, vae.config.scaling_factor
    )
    middle = clip[:, :, num_frames // 2 :][:, :, :1]
    noise_level = None
    if vae.config.timestep_conditioning:
        noise_level = torch.zeros(1, device=clip.device, dtype=vae.dtype)
    return only_frame(vae.decode(middle.to(vae.dtype), noise_level).sample)


def num_tokens(pipe: DiffusionPipeline, params: ResolvedParams) -> int:
    """How many stand for the clip."""
    return math.prod(_shape(pipe, params))


def _shape(pipe: DiffusionPipeline, params: ResolvedParams) -> tuple[int, int, int]:
    """Latent frames, and their height and width."""
    side = pipe.vae_spatial_compression_ratio
    num_frames = (params.num_frames - 1) // pipe.vae_temporal_compression_ratio + 1
    return num_frames, params.height // side, params.width // side
