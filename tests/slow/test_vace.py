"""What VACE does with a first frame, a last one, and none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from PIL import Image

from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from serve.protocol import Role, Task
from tests.cards import HEIGHT, WIDTH, card_for, clip, generation, picture
from tests.runs import run


@pytest.mark.parametrize("name", ["wan-vace", "croquis-tryon"])
@pytest.mark.parametrize("images", [1, 3])
def test_vace_animates_a_first_frame_which_the_clip_keeps(
    name: str, images: int, pipelines: Callable[[str], Pipeline]
) -> None:
    pictures = tuple(picture(seed) for seed in range(images))
    clip, other = (
        run(
            pipelines(name),
            replace(generation(name, Task.IMAGE_TO_VIDEO, seed=seed), images=pictures),
        )[0]
        for seed in (7, 8)
    )
    assert clip.shape == (5, HEIGHT, WIDTH, 3)
    # Whatever the noise, frame 0 is the picture as the autoencoder knows it; the rest is free.
    assert np.array_equal(clip[0], other[0])
    assert not np.array_equal(clip[4], other[4])


def test_vace_is_told_the_last_frame_as_it_is_told_the_first(
    pipelines: Callable[[str], Pipeline],
) -> None:
    """Its twin's answer differs by less than a shade, so what diffusers is handed is looked at."""
    first, last = (Image.new("RGB", (WIDTH, HEIGHT), color) for color in ("black", "white"))
    wanted = generation("wan-vace", Task.IMAGE_TO_VIDEO)
    wanted = replace(wanted, images=(first,), last_image=last)
    handed = pipelines("wan-vace")._pictures(wanted)  # type: ignore[attr-defined]
    assert [frame.getpixel((0, 0))[0] for frame in handed["video"]] == [0, 128, 128, 128, 255]
    assert [frame.getpixel((0, 0)) for frame in handed["mask"]] == [0, 255, 255, 255, 0]
    assert run(pipelines("wan-vace"), wanted)[0].shape == (5, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("film", [False, True])
def test_vace_paints_a_clip_anew_where_the_mask_is_white_and_keeps_its_pixels_elsewhere(
    film: bool, pipelines: Callable[[str], Pipeline]
) -> None:
    wanted = generation("wan-vace-led")
    mask = Image.new("L", (2 * WIDTH, 2 * HEIGHT))
    mask.paste(200, (0, HEIGHT, 2 * WIDTH, 2 * HEIGHT))  # a film of a mask is never pure
    filmed = (mask.resize((WIDTH, HEIGHT)).convert("RGB"),) * len(wanted.video)
    masked = (
        replace(wanted, clips={Role.MASK_VIDEO: filmed}) if film else replace(wanted, mask=mask)
    )
    handed = pipelines("wan-vace-led")._pictures(masked)  # type: ignore[attr-defined]
    for given, frame in zip(handed["video"], wanted.video, strict=True):
        assert np.array_equal(np.asarray(given)[: HEIGHT // 2], np.asarray(frame)[: HEIGHT // 2])
        assert (np.asarray(given)[HEIGHT // 2 :] == 128).all()
    made, _ = run(pipelines("wan-vace-led"), masked)
    kept = np.stack([np.asarray(frame) for frame in wanted.video])
    assert np.array_equal(made[:, : HEIGHT // 2], kept[:, : HEIGHT // 2])
    assert not np.array_equal(made[:, HEIGHT // 2 :], kept[:, HEIGHT // 2 :])


@pytest.mark.parametrize("name", ["wan-vace-led", "wan-vace-motion"])
def test_vace_is_led_by_all_of_a_clip_and_told_of_pictures_beside_it(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    wanted = replace(generation(name), images=(picture(1),))
    handed = pipelines(name)._pictures(wanted)  # type: ignore[attr-defined]
    assert handed["video"] == list(wanted.video)
    assert [mask.getextrema() for mask in handed["mask"]] == [(255, 255)] * len(wanted.video)
    assert len(handed["reference_images"]) == 1
    first, _ = run(pipelines(name), wanted)
    other, _ = run(pipelines(name), replace(wanted, video=clip(60, len(wanted.video))))
    assert first.shape == (5, HEIGHT, WIDTH, 3)
    assert not np.array_equal(first, other)


def test_vace_makes_a_clip_from_a_prompt_alone(pipelines: Callable[[str], Pipeline]) -> None:
    clip, _ = run(pipelines("croquis-tryon"), generation("croquis-tryon", Task.TEXT_TO_VIDEO))
    assert clip.shape == (5, HEIGHT, WIDTH, 3)


def test_vace_encodes_an_empty_clip_once_and_makes_the_same_of_it(
    twin: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    encode = AutoencoderKLWan._encode

    def counted(self: AutoencoderKLWan, clip: torch.Tensor) -> torch.Tensor:
        lengths.append(clip.shape[2])
        return encode(self, clip)

    monkeypatch.setattr(AutoencoderKLWan, "_encode", counted)
    pipeline = loader.load(card_for("croquis-tryon", twin("croquis-tryon")))
    first, _ = run(pipeline, generation("croquis-tryon"))
    assert sorted(lengths) == [1, 1, 5]  # two references and the clip; stock encodes it twice
    again, _ = run(pipeline, generation("croquis-tryon"))
    assert sorted(lengths) == [1, 1, 1, 1, 5]
    assert np.array_equal(first, again)
