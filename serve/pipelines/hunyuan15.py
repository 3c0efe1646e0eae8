"""HunyuanVideo 1.5, which shows no latents between steps: progress without previews."""

from diffusers import DiffusionPipeline

from serve.card import Card
from serve.pipelines import generic
from serve.pipelines.base import Generation


class Pipeline(generic.Pipeline):
    """``HunyuanVideo15Pipeline`` and ``HunyuanVideo15ImageToVideoPipeline``."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        # Without tiles the decoder's last layers hold 26 GiB each at 720p: 128 channels in half
        # precision of 121 frames.
        self._pipe.vae.enable_tiling()

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        """With guidance and size set on the pipeline, whose call has no arguments for them."""
        pipe, params = self._pipe, generation.params
        pipe.guider = pipe.guider.new(guidance_scale=params.guidance_scale)
        # Diffusers would look the size up by the picture's shape, and rounds on the way:
        # a picture of 480x848 makes a clip of 480x832.
        size = params.height, params.width
        pipe.video_processor.calculate_default_height_width = lambda *_, **__: size
        return pipe
