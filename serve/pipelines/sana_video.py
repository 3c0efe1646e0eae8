"""SANA-Video: one checkpoint that follows a prompt, or continues a first frame."""

from diffusers import DiffusionPipeline, SanaImageToVideoPipeline
from torch import Tensor

from serve.card import Card
from serve.pipelines import generic
from serve.pipelines.base import Generation
from serve.pipelines.latents import statistics
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``SanaVideoPipeline`` for a prompt, ``SanaImageToVideoPipeline`` for a picture."""

    draws = True

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._animator = SanaImageToVideoPipeline(**self._pipe.components)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        return self._animator if generation.images else self._pipe

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        """The frame in the middle, as Wan's autoencoder has it: the first may be given."""
        mean, std = statistics(self._pipe.vae, latents)
        middle = latents[:, :, latents.shape[2] // 2 :][:, :, :1]
        return only_frame(
            self._pipe.vae.decode((middle * std + mean).to(self._pipe.vae.dtype)).sample
        )
