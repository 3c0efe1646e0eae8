"""Runs of pipelines: what comes out of one and what it tells meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from serve.encoding import Frames, decode_mp4
from serve.generation import GenerationEvent, StepDone
from serve.pipelines.base import Cancelled, Generation, Pipeline

Ran: TypeAlias = tuple[Frames, list[GenerationEvent]]
Usual: TypeAlias = Callable[[str], Ran]
"""What a name's twin made when it was used for the first time."""


def run(pipeline: Pipeline, wanted: Generation) -> Ran:
    """The frames, of an mp4 those in it, and the events in order."""
    events: list[GenerationEvent] = []
    clip = pipeline.run(wanted, events.append)
    return decode_mp4(clip) if isinstance(clip, bytes) else clip, events


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
