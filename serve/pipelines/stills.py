"""Makers of stills: a prompt or a person and garments in, candidates out."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline
from PIL import Image
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.images import keep_outside
from serve.pipelines import checkpoint, denoising, loras
from serve.pipelines.base import Generation, Report
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams, Stage


class Pipeline:
    """One candidate after the other, so that memory does not grow with their number."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._pipe = self._load(card)
        self._masked = self._pipe
        if card.mask_pipeline_class:
            self._masked = checkpoint.sibling(self._pipe, card.mask_pipeline_class)

    def run(self, generation: Generation, report: Report) -> Frames:
        """Split at the latents, so that stages are reported and left when they really are."""
        params = generation.params
        num_steps = params.n * params.num_inference_steps
        with denoising.isolated(self._pipe), loras.added(self._pipe, self._card, params.loras):
            report(StageStarted(Stage.ENCODING_PROMPT))
            arguments = self._arguments(generation)
            pipe = self._pipe if generation.mask is None else self._masked
            latents = []
            report(StageStarted(Stage.DENOISING, 0, num_steps))
            for index in range(params.n):
                steps = denoising.Steps(
                    report,
                    lambda unfinished: self._draw(unfinished, params),
                    num_steps=num_steps,
                    done=index * params.num_inference_steps,
                )
                still = pipe(
                    **arguments,
                    width=params.width,
                    height=params.height,
                    num_inference_steps=params.num_inference_steps,
                    generator=denoising.seeded(params.seed + index),
                    callback_on_step_end=steps,
                    output_type="latent",
                ).images
                latents.append(still)
            report(StageStarted(Stage.DECODING))
            stills = np.concatenate([self._decode(still, params) for still in latents])
            return kept(stills, generation)

    def _load(self, card: Card) -> DiffusionPipeline:
        """The checkpoint, as the class that the card names."""
        return checkpoint.load(checkpoint.class_of(card), card)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """The pictures, the encoded prompt and the guidance, by a family's own names."""
        raise NotImplementedError

    def _decode(self, latents: Tensor, params: ResolvedParams) -> Frames:
        """The still of a family's latents, as its pipeline returns them."""
        raise NotImplementedError

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        """A picture of latents as they are while denoising."""
        picture: Picture = self._decode(latents, params)[0]
        return picture


def kept(stills: Frames, generation: Generation) -> Frames:
    """The stills, with the person's own pixels outside of the mask, if there is one."""
    if generation.mask is None:
        return stills
    person, mask = generation.images[0], generation.mask
    pictures = [keep_outside(Image.fromarray(still), person, mask) for still in stills]
    return np.stack([np.asarray(picture) for picture in pictures])
