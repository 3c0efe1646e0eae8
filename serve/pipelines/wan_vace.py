"""Wan VACE: dresses a person, as clip or still; continues a first frame; follows a prompt; is led
by a clip, such as of poses or depth; or paints a part of a clip anew."""

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
from serve.images import contain, cover, keep_outside
from serve.pipelines import checkpoint, denoising, device, stills, wan
from serve.pipelines.base import Generation, Report
from serve.pipelines.latents import statistics
from serve.protocol import Role, Task

UNKNOWN = (128, 128, 128)
"""The colour of frames that are to be made."""
HALF = 128
"""From here on a grey of a mask counts as white: a film of one is never pure."""


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

    knows_strength = False

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
        """As Wan's; outside of a mask the own pixels of person or clip stay."""
        frames = super().run(generation, report)
        if not generation.video:
            return stills.kept(frames, generation)
        masks = _masks(generation)
        whole = zip(frames, generation.video, masks, strict=True) if masks else ()
        kept = [keep_outside(Image.fromarray(new), old, mask) for new, old, mask in whole]
        return np.stack([np.asarray(frame) for frame in kept]) if kept else frames

    def _length(self, generation: Generation) -> dict[str, Any]:
        return {"num_frames": self._num_frames(generation)}

    def _led(self, generation: Generation) -> dict[str, Any]:
        """A clip that leads all of another; or with a mask the one whose rest is given."""
        size = generation.params.width, generation.params.height
        video, masks = list(generation.video), _masks(generation)
        if masks:
            blank = Image.new("RGB", size, UNKNOWN)
            pairs = zip(video, masks, strict=True)
            video = [Image.composite(blank, frame, mask) for frame, mask in pairs]
        everything = [Image.new("L", size, 255)] * len(video)
        references = [contain(image, *size) for image in generation.images]
        return {
            "video": video,
            "mask": masks or everything,
            "reference_images": references or None,
        }

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        if generation.video:
            return self._led(generation)
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
        if generation.video:
            return None
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


def _masks(generation: Generation) -> list[Image.Image]:
    """What of each frame of a given clip is painted anew, white; empty: no mask says it."""
    masks = list(generation.clips.get(Role.MASK_VIDEO, ()))
    if generation.mask is not None:
        one = cover(generation.mask, generation.params.width, generation.params.height)
        masks = [one] * len(generation.video)
    return [mask.convert("L").point(lambda value: 255 * (value >= HALF)) for mask in masks]
