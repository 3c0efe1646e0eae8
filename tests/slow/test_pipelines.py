"""Every pipeline runs end to end on a twin that was saved and loaded as real checkpoints are."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import GenerationEvent, StageStarted, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, DeviceLost, Pipeline
from serve.protocol import Stage
from tests.cards import HEIGHT, WIDTH, card_for, clip, generation, picture
from tests.checkpoints import TWINS
from tests.runs import StopAfter, Usual, run

every_twin = pytest.mark.parametrize("name", TWINS)


@every_twin
def test_a_run_gives_frames_of_the_asked_size_and_count(name: str, usual: Usual) -> None:
    frames, _ = usual(name)
    count = 1 if TWINS[name].task.makes_stills else TWINS[name].num_frames
    assert frames.shape == (count, HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    assert frames.std() > 1


@every_twin
def test_stages_and_steps_are_reported_in_order_with_previews(name: str, usual: Usual) -> None:
    _, events = usual(name)
    assert [event.stage for event in events if isinstance(event, StageStarted)] == [
        Stage.ENCODING_PROMPT,
        Stage.DENOISING,
        Stage.DECODING,
    ]
    steps = [event for event in events if isinstance(event, StepDone)]
    total = 4 + TWINS[name].extra_steps
    assert [(step.step, step.num_steps) for step in steps] == [
        (i, total) for i in range(1, total + 1)
    ]
    previews = [step.preview for step in steps if step.preview]
    if not TWINS[name].previews:  # this family says nothing of its latents between steps
        assert previews == []
        return
    assert len(previews) == 2  # from the second step to the last but one
    assert Image.open(io.BytesIO(previews[0])).size == (WIDTH, HEIGHT)


@every_twin
def test_another_seed_gives_other_pixels(
    name: str, pipelines: Callable[[str], Pipeline], usual: Usual
) -> None:
    other, _ = run(pipelines(name), generation(name, seed=8))
    assert not np.array_equal(usual(name)[0], other)


@every_twin
def test_half_precision_runs(name: str, twin: Callable[[str], Path]) -> None:
    card = card_for(name, twin(name), dtype="bfloat16", vae_dtype=TWINS[name].vae_dtype)
    frames, _ = run(loader.load(card), generation(name))
    assert frames.std() > 1


@every_twin
def test_a_copy_loaded_with_offloading_differs_by_rounding_alone_and_survives_a_cancel(
    name: str, twin: Callable[[str], Path], usual: Usual
) -> None:
    plain, _ = usual(name)
    pipeline = loader.load(card_for(name, twin(name), offload=True))
    with pytest.raises(Cancelled):
        pipeline.run(generation(name, seed=99), StopAfter(1))
    offloaded, _ = run(pipeline, generation(name))
    assert np.abs(offloaded.astype(int) - plain).max() <= 1


@pytest.mark.parametrize("name", [name for name, twin in TWINS.items() if twin.reads])
def test_the_prompt_decides_what_comes_out(
    name: str, pipelines: Callable[[str], Pipeline], usual: Usual
) -> None:
    first, _ = usual(name)
    other, _ = run(pipelines(name), generation(name, prompt="a long green coat in a wide park"))
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "name", [name for name, twin in TWINS.items() if not twin.task.starts_from_words]
)
def test_what_is_given_decides_what_comes_out(
    name: str, pipelines: Callable[[str], Pipeline], usual: Usual
) -> None:
    wanted = generation(name)
    first, _ = usual(name)
    changed = (
        replace(wanted, video=clip(50, len(wanted.video)))
        if wanted.video
        else replace(wanted, images=(*wanted.images[:-1], picture(50)))
    )
    other, _ = run(pipelines(name), changed)
    assert not np.array_equal(first, other)


def test_a_missing_checkpoint_is_an_error_that_names_model_and_place(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ModelUnavailable, match=f"twin-wan could not be loaded from {folder}:"):
            loader.load(card_for("wan", folder))


def test_running_out_of_memory_fails_the_run_and_not_the_next(
    pipelines: Callable[[str], Pipeline], usual: Usual
) -> None:
    pipeline = pipelines("wan")
    clean, _ = usual("wan")

    def exhausted(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")

    with pytest.raises(ModelFailed, match="Fewer frames or a smaller size"):
        pipeline.run(generation("wan"), exhausted)
    assert np.array_equal(run(pipeline, generation("wan"))[0], clean)


def test_a_gpu_that_fails_is_told_apart_from_a_job_that_fails(
    pipelines: Callable[[str], Pipeline],
) -> None:
    def broken(event: GenerationEvent) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(DeviceLost):
        pipelines("wan").run(generation("wan"), broken)
