"""The built-in models on a real CUDA GPU: what the CPU's tests cannot see."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from serve.catalog import find
from serve.encoding import Frames
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation, Pipeline
from serve.protocol import ResolvedParams, Task

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")

STEPS, FRAMES, WIDTH, HEIGHT = 4, 9, 192, 256


@pytest.fixture(scope="module")
def croquis() -> Iterator[Pipeline]:
    yield loader.load(find("croquis-t2v"))
    torch.cuda.empty_cache()


def generation(steps: int = STEPS) -> Generation:
    params = ResolvedParams(
        prompt="a woman in a red dress walking",
        negative_prompt="",
        width=WIDTH,
        height=HEIGHT,
        num_frames=FRAMES,
        fps=8,
        num_inference_steps=steps,
        guidance_scale=4.0,
        seed=7,
    )
    return Generation(Task.TEXT_TO_VIDEO, params)


def run(pipeline: Pipeline, wanted: Generation) -> tuple[Frames, list[GenerationEvent]]:
    events: list[GenerationEvent] = []
    frames = pipeline.run(wanted, events.append)
    assert not isinstance(frames, bytes)
    return frames, events


def test_a_clip_is_computed_on_the_gpu_and_told_step_by_step(croquis: Pipeline) -> None:
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    frames, events = run(croquis, generation())
    assert before > 0
    assert torch.cuda.max_memory_allocated() > before
    assert frames.shape == (FRAMES, HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    assert frames.std() > 5
    steps = [event.step for event in events if isinstance(event, StepDone)]
    assert steps == list(range(1, STEPS + 1))


def test_a_cancelled_run_ends_within_a_step_and_leaves_the_next_unharmed(
    croquis: Pipeline,
) -> None:
    wanted, _ = run(croquis, generation())
    told: list[int] = []

    def stop_after_two(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            told.append(event.step)
            if event.step == 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        croquis.run(generation(50), stop_after_two)
    assert told == [1, 2]
    again, _ = run(croquis, generation())
    assert np.array_equal(wanted, again)
