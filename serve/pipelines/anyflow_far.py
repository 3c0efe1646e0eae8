"""AnyFlow that goes from chunk to chunk: a prompt, or a first frame, in very few steps."""

import warnings
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from torch import Tensor

from serve.encoding import Frames
from serve.pipelines import device, generic
from serve.pipelines.base import Generation, Report
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``AnyFlowFARPipeline``, whose frames come in the chunks that its weights were made for."""

    def _num_steps(self, params: ResolvedParams) -> int:
        """Those of every chunk; a first frame is one that is not denoised."""
        given = 1 if self._is_given_a_frame else 0
        chunks = len(self._pipe.transformer.config.chunk_partition) - given
        return chunks * params.num_inference_steps

    def _caller(self, _generation: Generation) -> DiffusionPipeline:
        return self._pipe

    def run(self, generation: Generation, report: Report) -> Frames | bytes:
        """As any; how many chunks there are to denoise is known from here on."""
        self._is_given_a_frame = bool(generation.images)
        with warnings.catch_warnings():
            # Its attention is not compiled: slower, and right.
            warnings.filterwarnings("ignore", message="flex_attention called without")
            return super().run(generation, report)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """Its loops have bars of tqdm's own: steps are told by the callback instead."""
        arguments = super()._arguments(generation)
        if "image" in arguments:
            frame = torch.from_numpy(np.asarray(arguments.pop("image"), np.float32) / 255)
            arguments["video"] = frame.permute(2, 0, 1)[None, None].to(device.current())
        bar = self._pipe.progress_bar

        def step(
            _pipe: DiffusionPipeline, _index: int, _timestep: Tensor, tensors: dict[str, Tensor]
        ) -> dict[str, Tensor]:
            with bar:
                bar.update()
            return tensors

        return arguments | {"callback_on_step_end": step}
