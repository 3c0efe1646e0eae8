"""The frames that a clip is told to begin and to end with, and clips that are told neither."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from serve.encoding import Frames
from serve.generation import StepDone
from serve.pipelines.base import Pipeline
from serve.protocol import Task
from tests.cards import HEIGHT, WIDTH, generation, picture
from tests.runs import run, with_seed


@pytest.mark.parametrize(
    "name",
    [
        "wan-flf2v",
        "wan2.2-i2v-a14b",
        "ltx-0.9.5",
        "ltx-distilled",
        "ltx2-i2v",
    ],
)
def test_a_last_frame_decides_how_the_clip_ends(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    clips = [
        run(
            pipelines(name),
            replace(generation(name, Task.IMAGE_TO_VIDEO), last_image=last),
        )[0]
        for last in (Image.new("RGB", (80, 120), "black"), Image.new("RGB", (80, 120), "white"))
    ]
    assert clips[0].shape == (5, HEIGHT, WIDTH, 3)
    assert not np.array_equal(clips[0][-1], clips[1][-1])


def test_skyreels_forcing_sees_a_last_frame(
    pipelines: Callable[[str], Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its twin's answer differs by less than a shade, so latents are looked at."""
    pipeline, made = pipelines("skyreels-forcing-i2v"), []
    decode = pipeline._decode  # type: ignore[attr-defined]

    def watched(latents: Tensor) -> Frames:
        made.append(latents)
        frames: Frames = decode(latents)
        return frames

    monkeypatch.setattr(pipeline, "_decode", watched)
    for last in (picture(9), picture(10)):
        run(pipeline, replace(generation("skyreels-forcing-i2v"), last_image=last))
    first, other = (latents for latents in made if latents.shape[2] == 2)
    assert torch.equal(first[:, :, 0], other[:, :, 0])
    assert not torch.equal(first[:, :, 1], other[:, :, 1])


def test_ltx_is_told_where_in_the_clip_each_picture_is(
    pipelines: Callable[[str], Pipeline],
) -> None:
    wanted = replace(generation("ltx-0.9.5", num_frames=9), last_image=picture(9))
    handed = pipelines("ltx-0.9.5")._arguments(wanted)  # type: ignore[attr-defined]
    assert [condition.frame_index for condition in handed["conditions"]] == [0, 8]
    assert "image" not in handed


def test_ltx_long_goes_from_one_prompt_to_the_next_in_windows_that_join(
    pipelines: Callable[[str], Pipeline],
) -> None:
    first, other = (
        run(
            pipelines("ltx-long"),
            generation("ltx-long", Task.TEXT_TO_VIDEO, prompt=prompt, num_frames=113),
        )
        for prompt in ("a red dress | a long green coat", "a red dress | a dog in a wide park")
    )
    assert len(first[0]) == 113
    steps = [event.step for event in first[1] if isinstance(event, StepDone)]
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8]  # four of each window
    apart = np.abs(first[0].astype(int) - other[0]).mean((1, 2, 3))
    assert apart[:40].max() < apart[-20:].min() / 4  # the decoder looks a little ahead


@pytest.mark.parametrize(
    "name", ["wan2.2-ti2v", "ltx-i2v", "ltx-0.9.5", "ltx-distilled", "ltx2-i2v"]
)
def test_a_model_for_both_makes_a_clip_from_a_prompt_alone(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    clip, _ = run(pipelines(name), generation(name, Task.TEXT_TO_VIDEO))
    assert clip.shape == (5, HEIGHT, WIDTH, 3)


def test_ti2v_begins_with_the_given_frame(pipelines: Callable[[str], Pipeline]) -> None:
    wanted = generation("wan2.2-ti2v")
    first, other = (run(pipelines("wan2.2-ti2v"), with_seed(wanted, seed))[0] for seed in (7, 8))
    assert np.array_equal(first[0], other[0])
    assert not np.array_equal(first[4], other[4])
