"""A modular pipeline of diffusers: blocks, put together by whoever made the model, that make clips.

They have no callback, so there are no previews; their loops have a progress bar each.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ComponentsManager, ModularPipeline

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted
from serve.pipelines import denoising, device, generic
from serve.pipelines.base import Generation, Report
from serve.pipelines.progress_bar import ReportingBar
from serve.protocol import Stage

GUIDER = "guider"
"""The component that guidance is set on."""


class Pipeline(generic.Pipeline):
    """``ModularPipeline``, whose blocks say which inputs they take: it is given those of a request
    that they have, and what the card's ``call`` says."""

    def run(self, generation: Generation, report: Report) -> Frames:
        """One call, whose output is named ``videos``."""
        params = generation.params
        report(StageStarted(Stage.ENCODING_PROMPT))
        bar = ReportingBar(
            report, self._num_steps(params), lambda latents: self._draw(latents, params)
        )
        for block in _loops(self._pipe._blocks):  # `blocks` is a copy
            block.progress_bar = bar
        arguments = self._arguments(generation) | self._card.call
        guidance = arguments.pop("guidance_scale", None)
        if guidance is not None and GUIDER in self._pipe.component_names:
            guider = self._pipe.guider.new(guidance_scale=guidance, enabled=guidance > 1)
            self._pipe.update_components(guider=guider)
        with denoising.isolated(self._pipe):
            videos = self._pipe(
                **self._known(arguments),
                generator=denoising.seeded(params.seed),
                output_type="np",
                output="videos",
            )
        return generic.to_bytes(np.asarray(videos[0]))

    def _load(self, card: Card) -> ModularPipeline:
        """Components beside the index are taken from there, wherever they were when it was written;
        others from where it says."""
        offload = card.offload and torch.device(device.current()).type != "cpu"
        manager = ComponentsManager() if offload else None
        pipe = ModularPipeline.from_pretrained(
            card.location, trust_remote_code=card.trust_remote_code, components_manager=manager
        )
        for name in pipe.pretrained_component_names:
            spec = pipe.get_component_spec(name)
            if Path(card.location, spec.subfolder or name).is_dir():
                spec.pretrained_model_name_or_path = card.location
                pipe._component_specs[name] = spec
        dtype = device.resolve_dtype(card.dtype)
        vae_dtype = device.resolve_dtype(card.vae_dtype or card.dtype)
        pipe.load_components(dtype={"default": dtype, "vae": vae_dtype})
        missing = [name for name in pipe.null_component_names if name != GUIDER]
        if missing:
            raise ValueError(f"these components could not be loaded: {', '.join(missing)}")
        if manager is not None:
            manager.enable_auto_cpu_offload(device=device.current())
        else:
            pipe.to(device.current())
        pipe.maybe_free_model_hooks = lambda: None  # as other pipelines are left; it has no hooks
        return pipe

    def _known(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Those that the blocks take; one of the card's own that they do not is an error."""
        takes = {one.name for one in self._pipe.blocks.inputs}
        unknown = self._card.call.keys() - takes - {"guidance_scale"}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ValueError(f"{self._card.id}: its blocks have no input {names}")
        return {name: value for name, value in arguments.items() if name in takes}


def _loops(block: Any) -> Iterator[Any]:
    """The blocks below that have a progress bar."""
    if hasattr(block, "progress_bar"):
        yield block
    for inner in getattr(block, "sub_blocks", {}).values():
        yield from _loops(inner)
