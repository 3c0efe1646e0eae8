"""CogVideoX."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, only_frame
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``CogVideoXPipeline``, ``CogVideoXImageToVideoPipeline``, ``CogVideoXFunControlPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        return only_frame(self._pipe.decode_latents(latents[:, :1]))
