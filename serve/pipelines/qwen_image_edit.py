"""Picture editing with Qwen-Image-Edit: a person and garments in, dressed stills out."""

from typing import Any

import torch
from diffusers import DiffusionPipeline, QwenImageEditPlusPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock
from PIL import Image
from torch import Tensor
from transformers import Qwen2VLProcessor

from serve.card import Card
from serve.images import contain, cover, in_rows
from serve.pipelines import checkpoint, qwen_image
from serve.pipelines.base import Generation


class StillProcessor(Qwen2VLProcessor):
    """Stock, without its part for clips, which would need torchvision."""

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None
    ) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template)


class Pipeline(qwen_image.Pipeline):
    """``QwenImageEditPlusPipeline``, since Qwen-Image-Edit-2509."""

    def _load(self, card: Card) -> DiffusionPipeline:
        processor = StillProcessor.from_pretrained(
            card.location, subfolder="processor", revision=card.revision
        )
        return checkpoint.load(QwenImageEditPlusPipeline, card, processor=processor)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """It scales every picture to a megapixel of the picture's own shape: no white borders."""
        params = generation.params
        size = params.width, params.height
        first, *garments = generation.images
        in_each = self._card.limits.in_each(len(garments))
        if max(in_each, default=1) > 1:  # halves and thirds are told by their places
            garments = in_rows([contain(one, *size) for one in garments], in_each)
        pictures = [cover(first, *size), *garments]
        words = self._guided(params, lambda prompt: self._read(prompt, pictures))
        return {"image": pictures, **words}

    def _read(self, prompt: str, pictures: list[Image.Image]) -> tuple[Tensor, Tensor]:
        """A prompt as the language model reads it beside small copies of the pictures."""
        copies = []
        for one in pictures:
            ratio = one.width / one.height
            width, height = stock.calculate_dimensions(stock.CONDITION_IMAGE_SIZE, ratio)
            copies.append(self._pipe.image_processor.resize(one, height, width))
        embeds, _ = self._pipe.encode_prompt(prompt, copies)
        return embeds, torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device)
