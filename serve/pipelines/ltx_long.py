"""LTX-Video in windows of 80 frames: long clips, of one prompt or of several in a row."""

from typing import Any

from serve.pipelines import generic
from serve.pipelines.base import Generation
from serve.protocol import ResolvedParams

WINDOW, OVERLAP = 80, 24
"""Frames made at once, and how many of them the next window begins with."""
TILE = 128
"""Pixels of a side below which a frame is not decoded in more tiles."""


class Pipeline(generic.Pipeline):
    """``LTXI2VLongMultiPromptPipeline``, which parts a prompt at each ``|``: one for each window,
    the last also for all that follow.

    There are no previews: its callback is shown latents that are never denoised. The card names
    all ``sigmas`` down to 0, without which it would leave out the last step.
    """

    def _num_steps(self, params: ResolvedParams) -> int:
        """Those of every window."""
        each: int = self._pipe.vae_temporal_compression_ratio
        latents, window = (params.num_frames - 1) // each + 1, WINDOW // each
        windows = 1 + max(0, -(-(latents - window) // (window - OVERLAP // each)))
        return windows * params.num_inference_steps

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        return super()._arguments(generation) | {
            "temporal_tile_size": WINDOW,
            "temporal_overlap": OVERLAP,
            "decode_horizontal_tiles": _tiles(params.width),
            "decode_vertical_tiles": _tiles(params.height),
            "seed": None,  # else windows would have noise of their own, whatever the generator's
        }


def _tiles(side: int) -> int:
    return max(1, min(4, side // TILE))
