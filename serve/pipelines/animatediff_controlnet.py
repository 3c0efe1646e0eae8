"""AnimateDiff led by a clip's lines: they stay, and as much of its colours as is wanted."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline
from PIL import Image
from skimage.feature import canny

from serve.card import Card
from serve.pipelines import animatediff, checkpoint
from serve.pipelines.base import Generation


class Pipeline(animatediff.Pipeline):
    """``AnimateDiffVideoToVideoControlNetPipeline``, which begins with the clip's own frames; at
    strength 1, where nothing of them is to stay but lines, ``AnimateDiffControlNetPipeline``."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        name = "AnimateDiffVideoToVideoControlNetPipeline"
        self._repainter = checkpoint.sibling(self._pipe, name)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        return self._repainter if _keeps_colours(generation) else self._pipe

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        arguments["conditioning_frames"] = [lines(frame) for frame in generation.video]
        if not _keeps_colours(generation):
            del arguments["video"], arguments["strength"]
            arguments["num_frames"] = generation.params.num_frames
        return arguments


def lines(frame: Image.Image) -> Image.Image:
    """White on black, as the control networks of lllyasviel named ``canny`` were taught."""
    grey = np.asarray(frame.convert("L"), np.float32) / 255
    return Image.fromarray(canny(grey)).convert("RGB")


def _keeps_colours(generation: Generation) -> bool:
    strength = generation.params.strength
    return strength is not None and strength < 1
