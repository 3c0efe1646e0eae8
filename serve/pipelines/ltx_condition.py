"""LTX-Video from 0.9.5 on: follows a prompt, continues a first frame, or ends with a last one."""

from typing import Any

from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from torch import Tensor

from serve.images import cover
from serve.pipelines import generic, ltx
from serve.pipelines.base import Generation
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``LTXConditionPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        return ltx.draw(self._pipe, latents, params)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments, params = super()._arguments(generation), generation.params
        if generation.last_image is None:
            return arguments
        last = cover(generation.last_image, params.width, params.height)
        conditions = [
            LTXVideoCondition(image=arguments.pop("image")),
            LTXVideoCondition(image=last, frame_index=params.num_frames - 1),
        ]
        return arguments | {"conditions": conditions}
