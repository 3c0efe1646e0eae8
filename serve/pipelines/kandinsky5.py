"""Kandinsky 5.0, from a prompt or a first frame."""

from diffusers import DiffusionPipeline

from serve.card import Card
from serve.pipelines import checkpoint, generic
from serve.pipelines.qwen_image_edit import StillProcessor


class Pipeline(generic.Pipeline):
    """``Kandinsky5T2VPipeline`` or ``Kandinsky5I2VPipeline``, whose tokenizer is a processor.

    There are no previews: the latents after a step lie where those before it were.
    """

    def _load(self, card: Card) -> DiffusionPipeline:
        processor = StillProcessor.from_pretrained(
            card.location, subfolder="tokenizer", revision=card.revision
        )
        return checkpoint.load(checkpoint.class_of(card), card, tokenizer=processor)
