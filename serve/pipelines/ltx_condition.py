"""LTX-Video from 0.9.5 on: follows a prompt, continues a first frame, ends with a last one,
or repaints a clip."""

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

    def _num_steps(self, params: ResolvedParams) -> int:
        """All of them, also where a clip is repainted."""
        return params.num_inference_steps

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        return ltx.draw(self._pipe, latents, params)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        if generation.video:
            # A frame that is given by so much begins, and stays, no noisier than the rest.
            keep = 1 - arguments.pop("strength")
            conditions = [LTXVideoCondition(video=arguments.pop("video"), strength=keep)]
            length = {"num_frames": generation.params.num_frames}
            return arguments | length | {"conditions": conditions}
        if "last_image" not in arguments:
            return arguments
        last = generation.params.num_frames - 1
        conditions = [
            LTXVideoCondition(image=arguments.pop("image")),
            LTXVideoCondition(image=arguments.pop("last_image"), frame_index=last),
        ]
        return arguments | {"conditions": conditions}
