"""Qwen-Image: a prompt in, stills out; and what its editing relative shares with it."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from serve.encoding import Frames
from serve.pipelines import stills
from serve.pipelines.base import Generation
from serve.pipelines.latents import statistics
from serve.pipelines.pixels import to_frames
from serve.protocol import ResolvedParams

Read = Callable[[str], tuple[Tensor, Tensor | None]]
"""A prompt as the language model reads it: its states, and which of them count (None: all)."""
NOTHING = " "
"""What its authors give as the negative prompt where there is none."""


class Pipeline(stills.Pipeline):
    """``QwenImagePipeline``."""

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        return self._guided(generation.params, self._pipe.encode_prompt)

    def _guided(self, params: ResolvedParams, read: Read) -> dict[str, Any]:
        """The prompt and what is to be kept out, as `read` understands them."""
        embeds, mask = read(params.prompt)
        arguments: dict[str, Any] = {
            "prompt_embeds": embeds,
            "prompt_embeds_mask": mask,
            "true_cfg_scale": params.guidance_scale,
        }
        if params.guidance_scale > 1:
            embeds, mask = read(params.negative_prompt or NOTHING)
            arguments["negative_prompt_embeds"] = embeds
            arguments["negative_prompt_embeds_mask"] = mask
        return arguments

    def _decode(self, latents: Tensor, params: ResolvedParams) -> Frames:
        pipe, vae = self._pipe, self._pipe.vae
        scale = pipe.vae_scale_factor
        latents = pipe._unpack_latents(latents, params.height, params.width, scale).to(vae.dtype)
        mean, std = statistics(vae, latents)
        return to_frames(vae.decode(latents * std + mean).sample[:, :, 0])
