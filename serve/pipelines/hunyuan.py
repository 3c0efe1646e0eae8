"""HunyuanVideo, and the models that were made of it."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``HunyuanVideoPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        vae = self._pipe.vae
        first = latents[:, :, :1].to(vae.dtype) / vae.config.scaling_factor
        return only_frame(vae.decode(first).sample)
