"""Mochi 1."""

import torch
from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``MochiPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        vae = self._pipe.vae
        first = latents[:, :, :1].to(vae.dtype)
        mean, std = (
            torch.tensor(values).view(1, -1, 1, 1, 1).to(first)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        sample = vae.decode(first * std / vae.config.scaling_factor + mean).sample
        return only_frame(sample)
