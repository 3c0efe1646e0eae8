"""A pipeline's progress bar, replaced by one that reports: every diffusers pipeline has one.

Some pipelines have no callback after a step, and some call theirs at the wrong moment; the bar is
the one thing that all of them move on after a step.
"""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from diffusers import DiffusionPipeline
from torch import Tensor

from serve.generation import StageStarted, StepDone
from serve.pipelines import denoising, device
from serve.pipelines.base import Report
from serve.pipelines.pixels import Picture
from serve.protocol import Stage


class ReportingBar:
    """Set as ``pipe.progress_bar``, which pipelines call for a bar or to go through a list."""

    def __init__(self, report: Report, num_steps: int, draw: Callable[[Tensor], Picture]) -> None:
        """`num_steps` of all bars of the run together; `draw` makes previews, with `look`."""
        self._report = report
        self._num_steps = num_steps
        self._previews = denoising.Previews(draw, num_steps)
        self._step = 0
        self._preview: bytes | None = None

    def look(
        self, pipe: DiffusionPipeline, index: int, _timestep: Tensor, tensors: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """A ``callback_on_step_end``, called before the bar moves on."""
        latents = tensors["latents"]
        self._preview = self._previews.after(self._step + 1, pipe.scheduler, index, latents)
        return tensors

    def __call__(self, iterable: Iterable[Any] | None = None, total: int | None = None) -> Any:
        """As ``DiffusionPipeline.progress_bar``."""
        return self if iterable is None else self._each(iterable)

    def __enter__(self) -> "ReportingBar":
        """Denoising begins, or goes on in another loop."""
        if not self._step:
            self._report(StageStarted(Stage.DENOISING, 0, self._num_steps))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """A loop is over; after the last one comes decoding."""
        if kind is None and self._step >= self._num_steps:
            self._report(StageStarted(Stage.DECODING))

    def update(self, steps: int = 1) -> None:
        """So many more steps were asked of the device."""
        device.synchronize()
        self._step += steps
        preview, self._preview = self._preview, None
        self._report(StepDone(self._step, self._num_steps, preview))

    def _each(self, iterable: Iterable[Any]) -> Iterator[Any]:
        with self:
            for one in iterable:
                yield one
                self.update()
