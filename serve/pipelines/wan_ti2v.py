"""Wan 2.2 TI2V: one checkpoint that follows a prompt, or continues a first frame."""

from typing import Any

from diffusers import DiffusionPipeline, WanImageToVideoPipeline, WanPipeline

from serve.card import Card
from serve.pipelines import checkpoint, wan_i2v
from serve.pipelines.base import Generation


class Pipeline(wan_i2v.Pipeline):
    """``WanPipeline`` for a prompt, ``WanImageToVideoPipeline`` for a picture, of one copy."""

    def _load(self, card: Card) -> DiffusionPipeline:
        pipe = checkpoint.load(WanPipeline, card)
        # Some copies do not say it, but these weights know no other way to be given a picture.
        self._animator = WanImageToVideoPipeline(**pipe.components, expand_timesteps=True)
        self._animator.set_progress_bar_config(disable=True)
        return pipe

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        return self._animator if generation.images else self._pipe

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        return super()._pictures(generation) if generation.images else {}
