"""AnimateDiff with an IP-Adapter: a clip that looks like a picture and does as the prompt says."""

from typing import Any

from diffusers import DiffusionPipeline

from serve.card import Card
from serve.images import contain
from serve.pipelines import animatediff, checkpoint
from serve.pipelines.animatediff_sdxl import CorrectedSDXLPipeline
from serve.pipelines.base import Generation

ADAPTER = "ip_adapter"
"""The part with its weights, which belong to the UNet rather than to a component of their own."""
SCALE = 0.6
"""How much the picture counts beside the prompt: at 1 hardly any of that is heard."""


class Pipeline(animatediff.Pipeline):
    """``AnimateDiffPipeline`` or ``AnimateDiffSDXLPipeline``."""

    def _load(self, card: Card) -> DiffusionPipeline:
        named = checkpoint.class_of(card)
        wanted = CorrectedSDXLPipeline if issubclass(CorrectedSDXLPipeline, named) else named
        pipe = checkpoint.load(wanted, card.without_part(ADAPTER))
        adapter = card.parts[ADAPTER]
        pipe.load_ip_adapter(adapter.source, subfolder="", weight_name=adapter.weight_name)
        pipe.set_ip_adapter_scale(SCALE)
        return pipe

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        # Its encoder sees a square out of the middle: all of the picture is to be in it.
        side = max(generation.images[0].size)
        arguments["ip_adapter_image"] = contain(generation.images[0], side, side)
        return arguments
