"""Wan VACE: dresses a person, as clip or still; continues a first frame; or follows a prompt."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline, WanVACEPipeline
from diffusers.video_processor import VideoProcessor
from PIL import Image
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.images import contain, cover
from serve.pipelines import checkpoint, denoising, device, stills, wan
from serve.pipelines.base import Generation, Report
from serve.pipelines.latents import statistics
from serve.protocol import Task

UNKNOWN = (128, 128, 128)
"""The colour of frames that are to be made."""


class CorrectedVACEPipeline(WanVACEPipeline):
    """Stock, but a clip may have fewer latent frames than it has reference pictures."""

    def prepare_masks(
        self,
        mask: Tensor,
        reference_images: list[list[Tensor]],
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Pad with one empty mask per reference; stock cuts the padding to the clip's length."""
        masks = super().prepare_masks(mask, [[] for _ in reference_images], generator)
        batch, channels, _, height, width = masks.shape
        padding = masks.new_zeros(batch, channels, len(reference_images[0]), height, width)
        return torch.cat([padding, masks], dim=2)


class BlankClips:
    """A VAE's ``encode`` that remembers empty clips: runs without a first frame encode two each."""

    def __init__(self, encode: Callable[[Tensor], Any]) -> None:
        self._encode = encode
        self._encoded: dict[torch.Size, Any] = {}

    def __call__(self, clip: Tensor) -> Any:
        """What `encode` says of `clip`."""
        if clip.any():
            return self._encode(clip)
        if clip.shape not in self._encoded:
            self._encoded[clip.shape] = self._encode(clip)
        return self._encoded[clip.shape]


class Pipeline(wan.Pipeline):
    """``WanVACEPipeline``."""

    def _load(self, card: Card) -> DiffusionPipeline:
        pipe = checkpoint.load(CorrectedVACEPipeline, card)
        # Stock derives the factors from the VAE's layers, which is wrong where it folds patches.
        config = pipe.vae.config
        pipe.vae_scale_factor_spatial = config.scale_factor_spatial
        pipe.vae_scale_factor_temporal = config.scale_factor_temporal
        pipe.video_processor = VideoProcessor(vae_scale_factor=config.scale_factor_spatial)
        pipe.vae.encode = BlankClips(pipe.vae.encode)
        return pipe

    def run(self, generation: Generation, report: Report) -> Frames:
        """As Wan's; of a still with a mask the person's own pixels stay outside of it."""
        return stills.kept(super().run(generation, report), generation)

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        if not generation.images:
            return {}
        size = generation.params.width, generation.params.height
        first, *garments = generation.images
        person = cover(first, *size)
        references = [contain(garment, *size) for garment in garments]
        if generation.task is not Task.IMAGE_TO_VIDEO:
            return {"reference_images": [person, *references]}
        last = [cover(generation.last_image, *size)] if generation.last_image else []
        rest = wan.num_frames(generation) - 1 - len(last)
        known = [Image.new("L", size, 0)]
        return {
            "video": [person] + [Image.new("RGB", size, UNKNOWN)] * rest + last,
            "mask": known + [Image.new("L", size, 255)] * rest + known * len(last),
            "reference_images": references or None,
        }

    def _known_frame(
        self, generation: Generation, pictures: dict[str, Any], generator: torch.Generator
    ) -> denoising.KnownFrame | None:
        if generation.mask is not None:
            # Of a frame that is given in part Croquis has learnt nothing; noised with the rest and
            # put in after each step, the kept part is what the rest is painted to fit.
            size = generation.params.width, generation.params.height
            first = cover(generation.images[0], *size)
            where = self._kept(cover(generation.mask, *size))
        elif "video" in pictures:
            first, where = pictures["video"][0], None
        else:
            return None
        pipe = self._pipe
        sample = pipe.video_processor.preprocess(first).unsqueeze(2)
        latents = pipe.vae.encode(sample.to(device.current(), pipe.vae.dtype)).latent_dist
        mean, std = statistics(self._pipe.vae, latents.mode().float())
        clean = (latents.mode().float() - mean) / std
        noise = torch.randn(clean.shape, generator=generator).to(clean)
        position = len(pictures["reference_images"] or ())
        return denoising.KnownFrame(clean[:, :, 0], noise[:, :, 0], position, where)

    def _kept(self, mask: Image.Image) -> Tensor:
        """1 for each latent none of whose pixels may be edited, shape (1, 1, height, width)."""
        side = self._pipe.vae_scale_factor_spatial
        free = torch.from_numpy(np.asarray(mask) > 0).float()[None, None]
        return 1 - torch.nn.functional.max_pool2d(free, side).to(device.current())
