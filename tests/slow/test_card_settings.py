"""What a card says of its model reaches diffusers: schedulers, guidance, amounts of motion."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from serve.card import Scheduler
from serve.generation import StepDone
from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from tests.cards import card_for, generation
from tests.runs import Usual, run


def test_a_card_changes_only_what_it_names_of_the_checkpoints_scheduler(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="UniPCMultistepScheduler", config={"flow_shift": 5.0})
    pipeline = loader.load(card_for("wan-i2v", twin("wan-i2v"), scheduler=scheduler))
    config = pipeline._pipe.scheduler.config  # type: ignore[attr-defined]
    assert (config.flow_shift, config.use_flow_sigmas) == (5.0, True)


def test_distilled_ltx_visits_the_timesteps_of_its_card(
    pipelines: Callable[[str], Pipeline],
) -> None:
    pipeline = pipelines("ltx-distilled")
    run(pipeline, generation("ltx-distilled", guidance_scale=1))
    used = pipeline._pipe.scheduler.timesteps.tolist()  # type: ignore[attr-defined]
    assert used == pytest.approx([1000, 981, 909, 0.03])


def test_distilled_sampling_visits_its_three_timesteps_and_repeats_bit_for_bit(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="DMDScheduler", config={"timesteps": [1000, 757, 522]})
    pipeline = loader.load(card_for("wan", twin("wan"), scheduler=scheduler))
    wanted = generation("wan", num_inference_steps=3, guidance_scale=1)
    first, events = run(pipeline, wanted)
    again, _ = run(pipeline, wanted)
    used = pipeline._pipe.scheduler  # type: ignore[attr-defined]
    assert used.timesteps.tolist() == pytest.approx([1000, 757, 522])
    assert used.sigmas.tolist() == pytest.approx([1, 0.757, 0.522, 0])
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3]
    assert np.array_equal(first, again)


def test_both_experts_denoise_each_with_its_own_guidance(
    twin: Callable[[str], Path], usual: Usual
) -> None:
    before, _ = usual("wan2.2-a14b")
    card = card_for("wan2.2-a14b", twin("wan2.2-a14b"), call={"guidance_scale_2": 9.0})
    for wanted in (generation("wan2.2-a14b", guidance_scale=9), generation("wan2.2-a14b")):
        other, _ = run(loader.load(card), wanted)
        assert not np.array_equal(before, other)
        before = other


def test_how_much_svd_is_told_to_move_decides_what_comes_out(
    pipelines: Callable[[str], Pipeline], usual: Usual
) -> None:
    clips = [run(pipelines("svd"), generation("svd", motion_bucket_id=m))[0] for m in (1, 127, 255)]
    assert np.array_equal(clips[1], usual("svd")[0])  # 127 is what diffusers takes itself
    assert not np.array_equal(clips[0], clips[1])
    assert not np.array_equal(clips[1], clips[2])
