"""LTX-2 and its successors: one checkpoint that follows a prompt, continues a first frame, or goes
from it to a last one, and makes the sound to it."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from diffusers.pipelines.ltx2.utils import resolve_default_image_crf
from PIL import Image
from torch import Tensor

from serve.card import Card
from serve.encoding import compressed, encode_mp4, with_sound
from serve.pipelines import checkpoint, generic, ltx
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``LTX2Pipeline`` for a prompt, ``LTX2ImageToVideoPipeline`` for a picture and
    ``LTX2ConditionPipeline`` for two, of one copy."""

    draws = True

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._others()

    def _others(self) -> None:
        """The classes for pictures, over the same components."""
        self._animator = checkpoint.sibling(self._pipe, "LTX2ImageToVideoPipeline")
        self._joiner = checkpoint.sibling(self._pipe, "LTX2ConditionPipeline")

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        if generation.last_image is not None:
            return self._joiner
        return self._animator if generation.images else self._pipe

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        return draw(self._pipe, latents, params)

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
        # Diffusers would compress them itself, if PyAV were there.
        first = self._coarse(arguments.pop("image"))
        if "last_image" not in arguments:
            return arguments | {"image": first, "image_crf": 0}
        conditions = [
            LTX2VideoCondition(frames=first, crf=0),
            LTX2VideoCondition(frames=self._coarse(arguments.pop("last_image")), index=-1, crf=0),
        ]
        return arguments | {"conditions": conditions}

    def _coarse(self, picture: Image.Image) -> Image.Image:
        """As coarse as the frames that it was trained with, which its text encoder tells."""
        crf = resolve_default_image_crf(self._pipe.text_encoder)
        return Image.fromarray(compressed(np.asarray(picture), crf=crf))


def draw(pipe: DiffusionPipeline, latents: Tensor, params: ResolvedParams) -> Picture:
    """A frame of packed latents; tokens of what is given stand behind those of the clip."""
    return ltx.draw(pipe, latents[:, : ltx.num_tokens(pipe, params)], params)
