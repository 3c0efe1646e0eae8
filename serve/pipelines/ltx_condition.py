"""LTX-Video from 0.9.5 on: follows a prompt, continues a first frame, or ends with a last one."""

from typing import Any

from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from torch import Tensor

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
        arguments = super()._arguments(generation)
        if "last_image" not in arguments:
            return arguments
        last = generation.params.num_frames - 1
        conditions = [
            LTXVideoCondition(image=arguments.pop("image")),
            LTXVideoCondition(image=arguments.pop("last_image"), frame_index=last),
        ]
        return arguments | {"conditions": conditions}
