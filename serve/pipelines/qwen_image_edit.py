"""Picture editing with Qwen-Image-Edit: a person and garments in, dressed stills out."""

from typing import Any

import torch
from diffusers import DiffusionPipeline, QwenImageEditPlusPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as stock
from PIL import Image
from torch import Tensor
from transformers import Qwen2VLProcessor

from serve.card import Card
from serve.encoding import Frames
from serve.images import cover
from serve.pipelines import checkpoint, stills
from serve.pipelines.base import Generation
from serve.pipelines.pixels import to_frames
from serve.protocol import ResolvedParams

NOTHING = " "
"""What its authors give as the negative prompt where there is none."""


class StillProcessor(Qwen2VLProcessor):
    """Stock, without its part for clips, which would need torchvision."""

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None
    ) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template)


class Pipeline(stills.Pipeline):
    """``QwenImageEditPlusPipeline``, since Qwen-Image-Edit-2509."""

    def _load(self, card: Card) -> DiffusionPipeline:
        processor = StillProcessor.from_pretrained(
            card.location, subfolder="processor", revision=card.revision
        )
        return checkpoint.load(QwenImageEditPlusPipeline, card, processor=processor)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """It scales every picture to a megapixel of the picture's own shape: no white borders."""
        params = generation.params
        first, *garments = generation.images
        pictures = [cover(first, params.width, params.height), *garments]
        embeds, mask = self._read(params.prompt, pictures)
        arguments: dict[str, Any] = {
            "image": pictures,
            "prompt_embeds": embeds,
            "prompt_embeds_mask": mask,
            "true_cfg_scale": params.guidance_scale,
        }
        if params.guidance_scale > 1:
            embeds, mask = self._read(params.negative_prompt or NOTHING, pictures)
            arguments["negative_prompt_embeds"] = embeds
            arguments["negative_prompt_embeds_mask"] = mask
        return arguments

    def _read(self, prompt: str, pictures: list[Image.Image]) -> tuple[Tensor, Tensor]:
        """A prompt as the language model reads it beside small copies of the pictures."""
        copies = []
        for one in pictures:
            ratio = one.width / one.height
            width, height = stock.calculate_dimensions(stock.CONDITION_IMAGE_SIZE, ratio)
            copies.append(self._pipe.image_processor.resize(one, height, width))
        embeds, _ = self._pipe.encode_prompt(prompt, copies)
        return embeds, torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device)

    def _decode(self, latents: Tensor, params: ResolvedParams) -> Frames:
        pipe, vae = self._pipe, self._pipe.vae
        scale = pipe.vae_scale_factor
        latents = pipe._unpack_latents(latents, params.height, params.width, scale).to(vae.dtype)
        mean, std = (
            torch.tensor(values).view(1, -1, 1, 1, 1).to(latents)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        return to_frames(vae.decode(latents * std + mean).sample[:, :, 0])
