"""Text2Video-Zero: a model of stills makes a first frame, moves it and denoises the copies."""

from typing import Any

import numpy as np
from diffusers import DiffusionPipeline, TextToVideoZeroPipeline

from serve.card import Card
from serve.pipelines import checkpoint, generic
from serve.pipelines.base import Generation
from serve.protocol import ResolvedParams


class OrderedPipeline(TextToVideoZeroPipeline):
    """Stock, but it says in which order its components are used, for offloading."""

    model_cpu_offload_seq = "text_encoder->unet->vae"


class Pipeline(generic.Pipeline):
    """``TextToVideoZeroPipeline``, or ``TextToVideoZeroSDXLPipeline``, which says the order."""

    def _load(self, card: Card) -> DiffusionPipeline:
        named = checkpoint.class_of(card)
        pipe = checkpoint.load(OrderedPipeline if named is TextToVideoZeroPipeline else named, card)
        pipe.vae.enable_slicing()  # else all frames are decoded at once
        return pipe

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        t0, t1 = _window(generation.params.num_inference_steps)
        return super()._arguments(generation) | {"t0": t0, "t1": t1}

    def _num_steps(self, params: ResolvedParams) -> int:
        """The first frame goes through the window alone, and again with the others."""
        t0, t1 = _window(params.num_inference_steps)
        return params.num_inference_steps + t1 - t0

    def _frames(self, output: Any) -> np.ndarray:
        frames: np.ndarray = output.images
        return frames


def _window(num_steps: int) -> tuple[int, int]:
    """Where the first frame is moved and how far back it is noised: 44 and 47 of 50 steps, counted
    from the end, and the same share of any other number."""
    t1 = num_steps - 1 - max(1, round(num_steps * 2 / 50))
    return t1 - max(1, round(num_steps * 3 / 50)), t1
