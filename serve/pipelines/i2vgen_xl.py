"""I2VGen-XL: a first frame and a prompt."""

from types import SimpleNamespace

from serve.card import Card
from serve.pipelines import generic


class Pipeline(generic.Pipeline):
    """``I2VGenXLPipeline``, with the text encoder as it knew it."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        # It takes the last layer but one, and then looks for the final norm where transformers 4
        # had it.
        encoder = self._pipe.text_encoder
        text_model = SimpleNamespace(final_layer_norm=encoder.final_layer_norm)
        object.__setattr__(encoder, "text_model", text_model)
