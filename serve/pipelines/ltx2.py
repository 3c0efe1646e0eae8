"""LTX-2 and its successors: one checkpoint that follows a prompt, or continues a first frame, and
makes the sound to it."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline, LTX2ImageToVideoPipeline
from diffusers.pipelines.ltx2.utils import resolve_default_image_crf
from PIL import Image
from torch import Tensor

from serve.card import Card
from serve.encoding import compressed, encode_mp4, with_sound
from serve.pipelines import generic, ltx
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``LTX2Pipeline`` for a prompt, ``LTX2ImageToVideoPipeline`` for a picture, of one copy."""

    draws = True

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._animator = LTX2ImageToVideoPipeline(**self._pipe.components)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        return self._animator if generation.images else self._pipe

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        return ltx.draw(self._pipe, latents, params)

    def _clip(self, output: Any, params: ResolvedParams) -> bytes:
        """An mp4, since the sound belongs to it."""
        mp4 = encode_mp4(generic.to_bytes(self._frames(output)), fps=params.fps, record={})
        return with_sound(
            mp4,
            output.audio[0].float().cpu().numpy(),
            rate=self._pipe.vocoder.config.output_sampling_rate,
            seconds=params.num_frames / params.fps,
        )

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        if "image" not in arguments:
            return arguments
        # As coarse as the first frames that it was trained with, which its text encoder tells.
        crf = resolve_default_image_crf(self._pipe.text_encoder)
        frame = compressed(np.asarray(arguments["image"]), crf=crf)
        # Diffusers would compress it itself, if PyAV were there.
        return arguments | {"image": Image.fromarray(frame), "image_crf": 0}
