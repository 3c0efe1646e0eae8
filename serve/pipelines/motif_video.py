"""Motif-Video: one checkpoint that follows a prompt, or continues a first frame."""

from diffusers import DiffusionPipeline

from serve.card import Card
from serve.pipelines import checkpoint, generic
from serve.pipelines.base import Generation


class Pipeline(generic.Pipeline):
    """``MotifVideoPipeline`` for a prompt, ``MotifVideoImage2VideoPipeline`` for a picture."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._animator = checkpoint.sibling(self._pipe, "MotifVideoImage2VideoPipeline")

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        """With guidance set on the pipeline, whose call has no argument for it."""
        pipe = self._animator if generation.images else self._pipe
        pipe.guider = pipe.guider.new(guidance_scale=generation.params.guidance_scale)
        return pipe
