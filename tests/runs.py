"""Runs of pipelines: what comes out of one and what it tells meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from serve.encoding import Frames
from serve.generation import GenerationEvent, StepDone
from serve.pipelines.base import Cancelled, Generation, Pipeline

Ran: TypeAlias = tuple[Frames, list[GenerationEvent]]
Usual: TypeAlias = Callable[[str], Ran]
"""What a name's twin made when it was used for the first time."""


def run(pipeline: Pipeline, wanted: Generation) -> Ran:
    """The frames, and the events in order."""
    events: list[GenerationEvent] = []
    frames = pipeline.run(wanted, events.append)
    assert not isinstance(frames, bytes)
    return frames, events


def with_seed(wanted: Generation, seed: int) -> Generation:
    """The same request with another seed."""
    return replace(wanted, params=wanted.params.model_copy(update={"seed": seed}))


class StopAfter:
    """A report that cancels once `step` steps are done."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.events: list[GenerationEvent] = []

    def __call__(self, event: GenerationEvent) -> None:
        self.events.append(event)
        if isinstance(event, StepDone) and event.step == self.step:
            raise Cancelled
