"""HunyuanVideo, and the models that were made of it."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``HunyuanVideoPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        vae = self._pipe.vae
        first = latents[:, :, :1].to(vae.dtype) / vae.config.scaling_factor
        picture: Picture = to_frames(vae.decode(first).sample[0].transpose(0, 1))[0]
        return picture
