"""Makers of stills: a prompt or a person and garments in, candidates out."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.pipelines import checkpoint, denoising, loras
from serve.pipelines.base import Generation, Report
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams, Stage


class Pipeline:
    """One candidate after the other, so that memory does not grow with their number."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._pipe = self._load(card)

    def run(self, generation: Generation, report: Report) -> Frames:
        """Split at the latents, so that stages are reported and left when they really are."""
        params = generation.params
        num_steps = params.n * params.num_inference_steps
        with denoising.isolated(self._pipe), loras.added(self._pipe, self._card, params.loras):
            report(StageStarted(Stage.ENCODING_PROMPT))
            arguments = self._arguments(generation)
            latents = []
            report(StageStarted(Stage.DENOISING, 0, num_steps))
            for index in range(params.n):
                steps = denoising.Steps(
                    report,
                    lambda unfinished: self._draw(unfinished, params),
                    num_steps=num_steps,
                    done=index * params.num_inference_steps,
                )
                still = self._pipe(
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
            return np.concatenate([self._decode(still, params) for still in latents])

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
