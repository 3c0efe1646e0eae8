"""Models that paint a clip anew."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops
from torch import Tensor

from serve.card import Scheduler
from serve.generation import StepDone
from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from serve.protocol import Task
from tests.cards import HEIGHT, WIDTH, card_for, generation
from tests.checkpoints import TWINS
from tests.runs import run

REPAINTERS = [name for name, twin in TWINS.items() if twin.task is Task.VIDEO_TO_VIDEO]
ALWAYS_WHOLLY = (
    "lucy",
    "ltx-upsample",
    "ltx2-upsample",
    "ltx2-reference",
    "cogvideox-control",
    "wan-vace-led",
    "skyreels-forcing-v2v",
)
"""Those that know no strength."""


@pytest.mark.parametrize("name", [name for name in REPAINTERS if TWINS[name].video_pipeline_class])
def test_a_model_that_repaints_also_makes_a_clip_of_a_prompt_alone(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    made, _ = run(pipelines(name), generation(name, Task.TEXT_TO_VIDEO, num_inference_steps=1))
    assert made.shape == (TWINS[name].num_frames, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    "name", [*(one for one in REPAINTERS if one not in ALWAYS_WHOLLY), "ltx-0.9.5"]
)
def test_the_weaker_it_is_repainted_the_more_of_a_clip_stays(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    assert difference(pipelines(name), name, 0.2) > difference(pipelines(name), name, 0.9)


def test_an_editor_that_begins_with_noise_sees_the_clip_all_the_same(
    pipelines: Callable[[str], Pipeline],
) -> None:
    assert difference(pipelines("lucy"), "lucy", 1.0) > 0


def test_a_clip_s_lines_alone_lead_it_at_full_strength_and_its_colours_too_below(
    pipelines: Callable[[str], Pipeline],
) -> None:
    pipeline, name = pipelines("animatediff-controlnet"), "animatediff-controlnet"
    results = []
    for strength in (1.0, 0.6):
        wanted = generation(name, strength=strength)
        inverted = tuple(ImageChops.invert(frame) for frame in wanted.video)
        plain = tuple(Image.new("RGB", (WIDTH, HEIGHT)) for _ in wanted.video)
        results.append(
            [
                run(pipeline, replace(wanted, video=one))[0]
                for one in (wanted.video, inverted, plain)
            ]
        )
    lined, with_colours = results
    assert np.array_equal(lined[0], lined[1])  # the same lines
    assert not np.array_equal(lined[0], lined[2])
    assert not np.array_equal(with_colours[0], with_colours[1])


def test_an_upscaler_is_given_the_clip_in_half_the_size_of_what_comes_out(
    pipelines: Callable[[str], Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = pipelines("ltx-upsample")
    vae = pipeline._pipe.vae  # type: ignore[attr-defined]
    seen: list[tuple[int, ...]] = []
    encode = vae.encode

    def watched(frames: Tensor) -> Any:
        seen.append(tuple(frames.shape))
        return encode(frames)

    monkeypatch.setattr(vae, "encode", watched)
    frames, _ = run(pipeline, generation("ltx-upsample"))
    assert seen == [(1, 3, len(frames), HEIGHT // 2, WIDTH // 2)]
    assert frames.shape[1:3] == (HEIGHT, WIDTH)


def difference(pipeline: Pipeline, name: str, strength: float) -> float:
    """By how much two clips still differ once they were repainted alike."""
    wanted = generation(name, Task.VIDEO_TO_VIDEO, strength=strength, num_inference_steps=5)
    shades = [
        tuple(Image.new("RGB", (WIDTH, HEIGHT), shade) for _ in wanted.video)
        for shade in ("black", "white")
    ]
    dark, light = (run(pipeline, replace(wanted, video=one))[0] for one in shades)
    return float(np.abs(dark.astype(int) - light).mean())


def test_a_model_of_three_steps_repaints_a_clip_with_the_last_two(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="DMDScheduler", config={"timesteps": [1000, 757, 522]})
    pipeline = loader.load(card_for("wan-v2v", twin("wan-v2v"), scheduler=scheduler))
    wanted = generation("wan-v2v", num_inference_steps=3, guidance_scale=1, strength=0.7)
    first, events = run(pipeline, wanted)
    again, _ = run(pipeline, wanted)
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2]
    assert np.array_equal(first, again)


def test_a_clip_is_continued_from_its_end_which_the_new_one_begins_with(
    pipelines: Callable[[str], Pipeline],
) -> None:
    name = "skyreels-forcing-v2v"
    wanted = generation(name)
    made, other = (
        run(pipelines(name), replace(wanted, video=video))[0]
        for video in (wanted.video, tuple(ImageChops.invert(frame) for frame in wanted.video))
    )
    assert len(made) == wanted.params.num_frames > len(wanted.video)
    # Whatever the noise, the first frames are the clip's end as the autoencoder knows it.
    again, _ = run(pipelines(name), generation(name, seed=8))
    assert np.array_equal(made[:1], again[:1])
    assert not np.array_equal(made[-1], again[-1])
    assert not np.array_equal(made[-1], other[-1])
