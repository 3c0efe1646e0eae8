"""One run of a diffusers pipeline as seen from outside: progress, previews, a clean end."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DiffusionPipeline
from torch import Tensor

from serve.encoding import encode_jpeg
from serve.errors import ModelFailed
from serve.generation import StepDone
from serve.pipelines import device
from serve.pipelines.base import DeviceLost, Report
from serve.pipelines.pixels import Picture
from serve.protocol import ResolvedParams

PREVIEWS = 4
"""How often a run decodes a preview, about."""
PREVIEW_SIDE = 384

log = logging.getLogger(__name__)


@contextmanager
def isolated(pipe: DiffusionPipeline) -> Iterator[None]:
    """However a run ends, the next one finds the pipeline as new."""
    out_of_memory = False
    try:
        with torch.no_grad():
            yield
    except torch.OutOfMemoryError:
        # Raised further down: within this block the traceback still holds the run's tensors.
        log.exception("out of GPU memory")
        out_of_memory = True
    except torch.AcceleratorError as error:
        raise DeviceLost from error
    finally:
        pipe.maybe_free_model_hooks()
    if out_of_memory:
        torch.cuda.empty_cache()
        raise ModelFailed(
            "The GPU ran out of memory. Fewer frames or a smaller size may fit.",
            code="out_of_memory",
        )


def num_steps(params: ResolvedParams) -> int:
    """Denoising steps that are really done: a given clip is noised so far that some fall away.

    Computed as diffusers' pipelines do.
    """
    strength = 1.0 if params.strength is None else params.strength
    return min(int(params.num_inference_steps * strength), params.num_inference_steps)


def seeded(seed: int) -> torch.Generator:
    """The noise of `seed`, the same on every device; also what samplers draw on their own."""
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """A latent frame that is given, so that denoising only has to continue it."""

    clean: Tensor
    noise: Tensor
    position: int
    where: Tensor | None = None
    """1 where it is given and 0 where it is not, in its shape; None: everywhere."""

    def impose(self, latents: Tensor, sigma: Tensor) -> Tensor:
        """Put the frame in, as noisy as the frames around it."""
        latents = latents.clone()
        frame = (1 - sigma) * self.clean + sigma * self.noise
        if self.where is not None:
            frame = torch.lerp(latents[:, :, self.position].to(frame), frame, self.where)
        latents[:, :, self.position] = frame.to(latents)
        return latents


class Previews:
    """Every few steps a picture of what the model takes for the clean latents."""

    def __init__(self, draw: Callable[[Tensor], Picture], num_steps: int) -> None:
        """`draw` makes a picture of clean latents."""
        self._draw = draw
        self._num_steps = num_steps
        self._before: Tensor | None = None

    def after(self, step: int, scheduler: Any, index: int, latents: Tensor) -> bytes | None:
        """A JPEG if one is due after `step` of all, which is step `index` of this clip or still."""
        before, self._before = (self._before if index else None), latents
        due = step % -(-self._num_steps // PREVIEWS) == 0 and step < self._num_steps
        if not due or before is None:
            return None
        clean = _predicted_clean(scheduler, before, latents)
        return encode_jpeg(self._draw(clean), max_side=PREVIEW_SIDE)


class Steps:
    """A ``callback_on_step_end`` that reports finished steps, and stops where `report` raises."""

    def __init__(
        self,
        report: Report,
        draw: Callable[[Tensor], Picture],
        *,
        num_steps: int,
        done: int = 0,
        known: KnownFrame | None = None,
    ) -> None:
        """`draw` makes a picture of clean latents; `done` steps went before this call."""
        self._report = report
        self._previews = Previews(draw, num_steps)
        self._num_steps = num_steps
        self._done = done
        self._known = known

    def __call__(
        self, pipe: DiffusionPipeline, index: int, _timestep: Tensor, tensors: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Called by diffusers after step `index`."""
        if self._known is not None:
            sigma = pipe.scheduler.sigmas[index + 1]
            tensors["latents"] = self._known.impose(tensors["latents"], sigma)
        latents = tensors["latents"]
        device.synchronize()
        step = self._done + index + 1
        preview = self._previews.after(step, pipe.scheduler, index, latents)
        self._report(StepDone(step, self._num_steps, preview))
        return tensors


def _predicted_clean(scheduler: Any, before: Tensor, after: Tensor) -> Tensor:
    """What the model takes for the picture: the scheduler knows, or it is where the line from noise
    to picture through the last two latents ends."""
    config = scheduler.config
    if config.get("predict_x0") or "++" in config.get("algorithm_type", ""):
        known = scheduler.model_outputs[-1]
        return after if known is None else known  # where each frame has a scheduler of its own
    if config.get("stochastic_sampling"):
        return after  # these two do not lie on one line
    if "Euler" not in type(scheduler).__name__:
        return after  # other steps do not go straight
    index = scheduler.step_index  # of the next step; a clip that is repainted begins later
    sigma, next_sigma = scheduler.sigmas[index - 1], scheduler.sigmas[index]
    return after + (after - before) * next_sigma / (sigma - next_sigma)
