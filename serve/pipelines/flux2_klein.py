"""Picture editing with FLUX.2 klein: a person and garments in, dressed stills out."""

import numpy as np
import torch
from diffusers import Flux2KleinPipeline
from torch import Tensor

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.images import contain, cover
from serve.pipelines import checkpoint, denoising
from serve.pipelines.base import Generation, Report
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams, Stage


class Pipeline:
    """``Flux2KleinPipeline``, one candidate after the other, so that memory does not grow."""

    def __init__(self, card: Card) -> None:
        self._pipe = checkpoint.load(Flux2KleinPipeline, card)

    def run(self, generation: Generation, report: Report) -> Frames:
        """Split at the latents, so that stages are reported and left when they really are."""
        params = generation.params
        num_steps = params.n * params.num_inference_steps
        with denoising.isolated(self._pipe):
            report(StageStarted(Stage.ENCODING_PROMPT))
            embeds, _ = self._pipe.encode_prompt(params.prompt)
            first, *garments = generation.images
            pictures = [cover(first, params.width, params.height)]
            pictures += [contain(garment, params.width, params.height) for garment in garments]
            latents = []
            report(StageStarted(Stage.DENOISING, 0, num_steps))
            for index in range(params.n):
                steps = denoising.Steps(
                    report,
                    lambda packed: self._draw(packed, params),
                    num_steps=num_steps,
                    done=index * params.num_inference_steps,
                )
                still = self._pipe(
                    image=pictures,
                    prompt_embeds=embeds,
                    width=params.width,
                    height=params.height,
                    num_inference_steps=params.num_inference_steps,
                    guidance_scale=params.guidance_scale,
                    generator=denoising.seeded(params.seed + index),
                    callback_on_step_end=steps,
                    output_type="latent",
                ).images
                latents.append(still)
            report(StageStarted(Stage.DECODING))
            return np.concatenate([self._decode(still) for still in latents])

    def _decode(self, latents: Tensor) -> Frames:
        return to_frames(self._pipe.vae.decode(latents.to(self._pipe.vae.dtype)).sample)

    def _draw(self, packed: Tensor, params: ResolvedParams) -> Picture:
        """A picture of latents as they are while denoising: normalised patches in rows."""
        vae = self._pipe.vae
        patch = self._pipe.vae_scale_factor * 2
        grid = (params.height // patch, params.width // patch)
        latents = packed.transpose(1, 2).unflatten(2, grid)
        statistics = vae.bn.running_mean, vae.bn.running_var + vae.config.batch_norm_eps
        mean, variance = (values.view(1, -1, 1, 1).to(latents) for values in statistics)
        latents = latents * torch.sqrt(variance) + mean
        picture: Picture = self._decode(self._pipe._unpatchify_latents(latents))[0]
        return picture
