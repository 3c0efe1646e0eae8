"""AnimateDiff: a motion adapter moves the pictures of a Stable Diffusion model."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``AnimateDiffPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        sample = self._pipe.decode_latents(latents[:, :, :1].to(self._pipe.vae.dtype))
        picture: Picture = to_frames(sample[0].transpose(0, 1))[0]
        return picture
