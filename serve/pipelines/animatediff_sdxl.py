"""AnimateDiff with SDXL: a motion adapter moves its pictures."""

from functools import wraps
from typing import Any

from diffusers import AnimateDiffSDXLPipeline, DiffusionPipeline, UNetMotionModel

from serve.card import Card
from serve.pipelines import animatediff, checkpoint


class CorrectedSDXLPipeline(AnimateDiffSDXLPipeline):
    """Stock, which leaves the part of the UNet that takes sizes and the pooled prompt random."""

    @wraps(AnimateDiffSDXLPipeline.__init__)  # type: ignore[misc]  # components by its parameters
    def __init__(self, **components: Any) -> None:
        still = components["unet"]
        moving = UNetMotionModel.from_unet2d(still, components["motion_adapter"])
        moving.add_embedding.load_state_dict(still.add_embedding.state_dict())
        super().__init__(**components | {"unet": moving})


class Pipeline(animatediff.Pipeline):
    """``AnimateDiffSDXLPipeline``."""

    def _load(self, card: Card) -> DiffusionPipeline:
        return checkpoint.load(CorrectedSDXLPipeline, card)
