"""AnimateDiff: a motion adapter moves the pictures of a Stable Diffusion model."""

from torch import Tensor

from serve.card import Card
from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``AnimateDiffPipeline`` and its relatives, some of which continue a first frame."""

    draws = True

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._pipe.vae.enable_slicing()  # else sixteen frames are decoded at once

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        sample = self._pipe.decode_latents(latents[:, :, :1].to(self._pipe.vae.dtype))
        return only_frame(sample)
