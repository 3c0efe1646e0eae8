"""Previews: what a run is heading for, read from the scheduler after every step."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    SchedulerMixin,
    UniPCMultistepScheduler,
)

from serve.generation import GenerationEvent, StepDone
from serve.pipelines.denoising import Previews, Steps
from serve.pipelines.pixels import Picture


@pytest.mark.parametrize(
    "scheduler",
    [
        FlowMatchEulerDiscreteScheduler(shift=3.0),
        UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
        UniPCMultistepScheduler(prediction_type="sample", use_flow_sigmas=True),
        DPMSolverMultistepScheduler(
            prediction_type="sample", use_flow_sigmas=True, algorithm_type="sde-dpmsolver++"
        ),
    ],
    ids=["Euler, velocity", "UniPC, velocity", "UniPC, clean", "DPM-Solver++ with noise, clean"],
)
def test_a_preview_shows_where_the_run_is_heading(scheduler: SchedulerMixin) -> None:
    clean, noise = torch.randn(2, 1, 4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    is_velocity = getattr(scheduler.config, "prediction_type", "") != "sample"
    drawn: list[torch.Tensor] = []

    def draw(latents: torch.Tensor) -> Picture:
        drawn.append(latents)
        return np.zeros((16, 16, 3), np.uint8)

    events: list[GenerationEvent] = []
    steps = Steps(events.append, draw, num_steps=8)
    scheduler.set_timesteps(8)
    latents = noise
    predicted = noise - clean if is_velocity else clean
    for index, timestep in enumerate(scheduler.timesteps):
        latents = scheduler.step(predicted, timestep, latents, return_dict=False)[0]
        steps(SimpleNamespace(scheduler=scheduler), index, timestep, {"latents": latents})
    assert [e.step for e in events if isinstance(e, StepDone) and e.preview] == [2, 4, 6]
    for preview in drawn:
        torch.testing.assert_close(preview, clean, atol=1e-3, rtol=0)


def test_the_first_step_of_a_loop_is_not_compared_with_the_last_of_the_one_before() -> None:
    previews = Previews(lambda latents: np.zeros((16, 16, 3), np.uint8), num_steps=4)
    scheduler = FlowMatchEulerDiscreteScheduler()
    latents = torch.zeros(1, 4, 1, 8, 8)
    shown = []
    for step, index in ((1, 0), (2, 1), (3, 0)):
        if index == 0:
            scheduler.set_timesteps(2)
        timestep = scheduler.timesteps[index]
        latents = scheduler.step(latents, timestep, latents, return_dict=False)[0]
        shown.append(previews.after(step, scheduler, index, latents) is not None)
    assert shown == [False, True, False]
