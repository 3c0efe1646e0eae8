"""Text to video with Wan and SkyReels-V2, and what their relatives build upon."""

from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.pipelines import checkpoint, denoising, loras
from serve.pipelines.base import Generation, Report
from serve.pipelines.latents import statistics
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams, Stage

MAX_SEQUENCE_LENGTH = 512
"""Tokens of a prompt that Wan's text encoder was trained for."""


class Pipeline:
    """``WanPipeline``, or one of SkyReels-V2, which has the same parts and calls; a given clip is
    repainted by the class that the card names beside it, with the same parts.

    Relatives say how they load and what pictures they are given.
    """

    knows_strength = True
    """False where a run with a clip begins with nothing but noise, so that all steps are done."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._pipe = self._load(card)
        self._repainter = self._pipe
        if card.video_pipeline_class:
            self._repainter = checkpoint.sibling(self._pipe, card.video_pipeline_class)
            # Stock derives them from the VAE's layers, which is wrong where it folds patches.
            for factor in ("vae_scale_factor_spatial", "vae_scale_factor_temporal"):
                setattr(self._repainter, factor, getattr(self._pipe, factor))

    def run(self, generation: Generation, report: Report) -> Frames:
        """Split at the latents, so that stages are reported and left when they really are."""
        params = generation.params
        steps_each = params.num_inference_steps
        if self.knows_strength:
            steps_each = denoising.num_steps(params)
        num_steps = params.n * steps_each
        with denoising.isolated(self._pipe), loras.added(self._pipe, self._card, params.loras):
            report(StageStarted(Stage.ENCODING_PROMPT))
            prompt = self._encode_prompt(params)
            pictures = self._pictures(generation)
            latents = []
            report(StageStarted(Stage.DENOISING, 0, num_steps))
            for index in range(params.n):
                generator = denoising.seeded(params.seed + index)
                steps = denoising.Steps(
                    report,
                    lambda clean: self._draw(clean, pictures),
                    num_steps=num_steps,
                    done=index * steps_each,
                    known=self._known_frame(generation, pictures, generator),
                )
                latents.append(self._denoise(generation, prompt | pictures, generator, steps))
            report(StageStarted(Stage.DECODING))
            start = _num_references(pictures)
            return np.concatenate([self._decode(clip[:, :, start:]) for clip in latents])

    def _load(self, card: Card) -> DiffusionPipeline:
        return checkpoint.load(checkpoint.class_of(card), card)

    def _caller(self, generation: Generation) -> DiffusionPipeline:
        """The diffusers pipeline that denoises."""
        return self._repainter if generation.video else self._pipe

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        """The keyword arguments that hand the request's pictures or clip to diffusers."""
        if not generation.video:
            return {}
        return {"video": list(generation.video), "strength": generation.params.strength}

    def _known_frame(
        self, generation: Generation, pictures: dict[str, Any], generator: torch.Generator
    ) -> denoising.KnownFrame | None:
        """The frame that the clip must keep, if any."""
        return None

    def _encode_prompt(self, params: ResolvedParams) -> dict[str, Any]:
        embeds, negative = self._pipe.encode_prompt(
            prompt=params.prompt,
            negative_prompt=params.negative_prompt,
            do_classifier_free_guidance=params.guidance_scale > 1,
            max_sequence_length=min(MAX_SEQUENCE_LENGTH, self._pipe.tokenizer.model_max_length),
        )
        # One class of SkyReels-V2 has no default for `prompt`.
        return {"prompt": None, "prompt_embeds": embeds, "negative_prompt_embeds": negative}

    def _denoise(
        self,
        generation: Generation,
        conditions: dict[str, Any],
        generator: torch.Generator,
        steps: denoising.Steps,
    ) -> Tensor:
        params = generation.params
        return self._caller(generation)(
            **conditions,
            **self._card.call,
            width=params.width,
            height=params.height,
            **self._length(generation),
            num_inference_steps=params.num_inference_steps,
            guidance_scale=params.guidance_scale,
            generator=generator,
            callback_on_step_end=steps,
            output_type="latent",
        ).frames

    def _length(self, generation: Generation) -> dict[str, Any]:
        """How long the clip is to be, where it is not as long as the given one."""
        return {} if generation.video else {"num_frames": self._num_frames(generation)}

    def _num_frames(self, generation: Generation) -> int:
        """Diffusers adds one unless `num_frames % factor == 1`, which none is for a factor of 1."""
        surplus = 1 if self._pipe.vae_scale_factor_temporal == 1 else 0
        return num_frames(generation) - surplus

    def _draw(self, latents: Tensor, pictures: dict[str, Any]) -> Picture:
        """One frame: the first, or where that is given anyway, one from the middle."""
        start = _num_references(pictures)
        is_given = "image" in pictures or "video" in pictures
        position = (start + latents.shape[2]) // 2 if is_given else start
        picture: Picture = self._decode(latents[:, :, position : position + 1])[0]
        return picture

    def _decode(self, latents: Tensor) -> Frames:
        mean, std = statistics(self._pipe.vae, latents)
        sample = self._pipe.vae.decode((latents * std + mean).to(self._pipe.vae.dtype)).sample
        return to_frames(sample[0].transpose(0, 1))


def num_frames(generation: Generation) -> int:
    """The length of a run: a still is a clip of one frame."""
    return 1 if generation.task.makes_stills else generation.params.num_frames


def _num_references(pictures: dict[str, Any]) -> int:
    """Latent frames that hold reference pictures; they come before the clip."""
    return len(pictures.get("reference_images") or ())
