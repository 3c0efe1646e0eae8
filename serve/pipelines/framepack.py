"""FramePack: HunyuanVideo that makes a clip in sections, the last one first."""

from typing import Any

from serve.pipelines import hunyuan
from serve.pipelines.base import Generation
from serve.protocol import ResolvedParams

SECTION = 36
"""Frames that each section adds to a clip of one: nine latents of four."""
WINDOW = 33
"""Frames that diffusers takes a section for when it counts how many it needs."""


class Pipeline(hunyuan.Pipeline):
    """``HunyuanVideoFramepackPipeline``; clips have 36 k + 1 frames."""

    def _num_steps(self, params: ResolvedParams) -> int:
        return _num_sections(params) * params.num_inference_steps

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        num_frames = WINDOW * _num_sections(generation.params)
        return super()._arguments(generation) | {"num_frames": num_frames}


def _num_sections(params: ResolvedParams) -> int:
    return params.num_frames // SECTION
