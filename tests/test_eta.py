"""What is expected of a run, from runs gone by."""

import pytest

from serve.eta import Run, RunTimes, time_left
from serve.protocol import Task
from tests.jobs import PARAMS


def run(**changes: object) -> Run:
    return Run.of("m", Task.TEXT_TO_VIDEO, PARAMS.model_copy(update=changes))


def test_nothing_is_expected_before_the_first_run() -> None:
    times = RunTimes()
    times.learn(Run.of("other", Task.TEXT_TO_VIDEO, PARAMS), 3)
    assert times.estimate(run()) is None


def test_the_same_run_takes_as_long_as_it_lately_did() -> None:
    times = RunTimes()
    for seconds in (90, 4, 4, 5, 4, 60):  # the oldest no longer counts, one slip hardly does
        times.learn(run(), seconds)
    assert times.estimate(run()) == 4


def test_the_prompt_and_the_seed_do_not_matter() -> None:
    times = RunTimes()
    times.learn(run(prompt="a", seed=1), 4)
    assert times.estimate(run(prompt="b", seed=2)) == 4


def test_another_length_or_number_of_steps_is_scaled_by_its_work() -> None:
    times = RunTimes()
    times.learn(run(num_inference_steps=4), 10)  # guided: 8 passes and 2 more
    assert times.estimate(run(num_inference_steps=9)) == pytest.approx(20)
    assert times.estimate(run(num_frames=34)) == pytest.approx(20)
    assert times.estimate(run(guidance_scale=1)) == pytest.approx(6)


def test_the_time_left_shrinks_and_is_never_negative() -> None:
    assert time_left(10, 4, step=0, num_steps=0) == 6
    assert time_left(10, 14, step=3, num_steps=4) == 0


def test_an_unknown_run_is_judged_by_its_own_pace() -> None:
    assert time_left(None, 3, step=1, num_steps=8) is None
    assert time_left(None, 4, step=2, num_steps=8) == pytest.approx(16)
