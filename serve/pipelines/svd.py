"""Stable Video Diffusion: brings a picture to life, without any words."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``StableVideoDiffusionPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        first = latents[:, :1].to(self._pipe.vae.dtype)
        sample = self._pipe.decode_latents(first, num_frames=1, decode_chunk_size=1)
        return only_frame(sample)
