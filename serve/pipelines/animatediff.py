"""AnimateDiff: a motion adapter moves the pictures of a Stable Diffusion model."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``AnimateDiffPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        sample = self._pipe.decode_latents(latents[:, :, :1].to(self._pipe.vae.dtype))
        return only_frame(sample)
