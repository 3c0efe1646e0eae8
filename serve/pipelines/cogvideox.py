"""CogVideoX."""

from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``CogVideoXPipeline`` and ``CogVideoXImageToVideoPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        picture: Picture = to_frames(self._pipe.decode_latents(latents[:, :1])[0].transpose(0, 1))[
            0
        ]
        return picture
