"""LTX-2 with an IC-LoRA: a clip that leads another, or is painted in finer detail."""

from typing import Any

from diffusers import DiffusionPipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition

from serve.pipelines import ltx2
from serve.pipelines.base import Generation


class Pipeline(ltx2.Pipeline):
    """``LTX2InContextPipeline``, which sees the clip beside its own."""

    def _others(self) -> None:
        """It has no use for pictures."""

    def _caller(self, _generation: Generation) -> DiffusionPipeline:
        return self._pipe

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        reference = LTX2ReferenceCondition(frames=list(generation.video))
        return super()._arguments(generation) | {
            "num_frames": generation.params.num_frames,
            "reference_conditions": [reference],
        }
