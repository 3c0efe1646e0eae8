"""Mochi 1."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.latents import statistics
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``MochiPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        vae = self._pipe.vae
        first = latents[:, :, :1].to(vae.dtype)
        mean, std = statistics(vae, first)
        sample = vae.decode(first * std / vae.config.scaling_factor + mean).sample
        return only_frame(sample)
