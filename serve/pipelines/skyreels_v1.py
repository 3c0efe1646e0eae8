"""SkyReels-V1: HunyuanVideo, tuned to bring photos of people to life."""

from typing import Any

from serve.pipelines import hunyuan
from serve.pipelines.base import Generation

PREFIX = "FPS-24, "
"""How every prompt that it was trained on begins."""


class Pipeline(hunyuan.Pipeline):
    """``HunyuanSkyreelsImageToVideoPipeline``."""

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        arguments["prompt"] = PREFIX + arguments["prompt"].removeprefix(PREFIX)
        return arguments
