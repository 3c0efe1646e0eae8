"""Dressers of stills, as far as they differ from other models."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from serve.generation import StepDone
from serve.images import beside, contain, cover
from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from serve.protocol import Task
from tests.cards import HEIGHT, WIDTH, card_for, generation, picture
from tests.runs import run


@pytest.mark.parametrize("name", ["flux2-klein", "qwen-image-edit"])
def test_a_still_has_the_asked_size_whatever_the_shapes_of_the_pictures(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    person, garment = picture(0).resize((90, 70)), picture(1).resize((240, 60))
    wanted = replace(
        generation(name, num_inference_steps=2),
        images=(person, garment, Image.new("RGB", (50, 200))),
    )
    stills, _ = run(pipelines(name), wanted)
    assert stills.shape == (1, HEIGHT, WIDTH, 3)


def asked_of_diffusers() -> dict[str, Any]:
    """What `generation` asks for, but for the words and pictures."""
    size = {"width": WIDTH, "height": HEIGHT}
    seeded = torch.Generator().manual_seed(7)
    return {**size, "num_inference_steps": 4, "generator": seeded, "output_type": "np"}


def test_klein_sees_four_garments_and_a_back_in_the_three_pictures_that_it_takes(
    twin: Callable[[str], Path],
) -> None:
    name = "flux2-klein"
    usual = card_for(name, twin(name))
    limits = usual.limits.model_copy(update={"max_garments": 8, "max_references": 3})
    pipeline = loader.load(usual.model_copy(update={"limits": limits}))
    worn = tuple(picture(seed) for seed in range(6))
    ours = pipeline.run(replace(generation(name), images=worn), lambda event: None)
    person, *garments = worn
    shown = [contain(one, WIDTH, HEIGHT) for one in garments]
    pipe = pipeline._pipe  # type: ignore[attr-defined]
    stock = pipe(
        image=[cover(person, WIDTH, HEIGHT), beside(shown[:2]), beside(shown[2:4]), shown[4]],
        prompt=generation(name).params.prompt,
        guidance_scale=3.0,
        **asked_of_diffusers(),
    ).images
    assert np.abs(ours - stock * 255).max() <= 1
    fewer = pipeline.run(replace(generation(name), images=worn[:5]), lambda event: None)
    assert not np.array_equal(ours, fewer)
    # Beside a mask they are in the same pictures, all of one size.
    mask = Image.new("L", person.size, 255)
    ours = pipeline.run(replace(generation(name), images=worn, mask=mask), lambda event: None)
    wide = contain(shown[4], 2 * WIDTH, HEIGHT)
    stock = pipeline._masked(  # type: ignore[attr-defined]
        image=cover(person, WIDTH, HEIGHT),
        mask_image=cover(mask, WIDTH, HEIGHT),
        image_reference=[beside(shown[:2]), beside(shown[2:4]), wide],
        strength=1.0,
        prompt=generation(name).params.prompt,
        guidance_scale=3.0,
        **asked_of_diffusers(),
    ).images
    assert np.abs(ours - stock * 255).max() <= 1


@pytest.mark.parametrize(
    ("guidance", "asked", "handed"), [(3.0, "", " "), (3.0, "a hat", "a hat"), (1.0, "a hat", None)]
)
def test_qwen_makes_what_diffusers_makes_of_prompt_and_pictures(
    guidance: float, asked: str, handed: str | None, pipelines: Callable[[str], Pipeline]
) -> None:
    pipeline = pipelines("qwen-image-edit")
    wanted = generation("qwen-image-edit", guidance_scale=guidance, negative_prompt=asked)
    ours, _ = run(pipeline, wanted)
    person, garment = wanted.images
    stock = pipeline._pipe(  # type: ignore[attr-defined]
        image=[cover(person, WIDTH, HEIGHT), garment],
        prompt=wanted.params.prompt,
        negative_prompt=handed,
        true_cfg_scale=guidance,
        **asked_of_diffusers(),
    ).images
    assert np.abs(ours - stock * 255).max() <= 1


@pytest.mark.parametrize("name", ["croquis-tryon", "flux2-klein", "qwen-image-edit"])
def test_candidates_have_the_seeds_that_follow(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    three, events = run(
        pipelines(name), generation(name, Task.IMAGE_EDIT, n=3, num_inference_steps=2)
    )
    assert three.shape == (3, HEIGHT, WIDTH, 3)
    assert [e.step for e in events if isinstance(e, StepDone)] == list(range(1, 7))
    third, _ = run(
        pipelines(name), generation(name, Task.IMAGE_EDIT, seed=9, num_inference_steps=2)
    )
    assert np.array_equal(three[2], third[0])


@pytest.mark.parametrize(
    "name", ["flux2-klein-words", "qwen-image", "croquis-t2v", "croquis-tryon"]
)
def test_stills_are_made_of_words_alone(name: str, pipelines: Callable[[str], Pipeline]) -> None:
    two, _ = run(pipelines(name), generation(name, Task.TEXT_TO_IMAGE, n=2, num_inference_steps=2))
    assert two.shape == (2, HEIGHT, WIDTH, 3)
    assert not np.array_equal(two[0], two[1])
    second, _ = run(
        pipelines(name), generation(name, Task.TEXT_TO_IMAGE, seed=8, num_inference_steps=2)
    )
    assert np.array_equal(two[1], second[0])


@pytest.mark.parametrize("garments", [1, 3])
def test_vace_dresses_a_still_whatever_the_number_of_garments(
    garments: int, pipelines: Callable[[str], Pipeline]
) -> None:
    wanted = generation("croquis-tryon", Task.IMAGE_EDIT, num_inference_steps=1)
    wanted = replace(wanted, images=tuple(picture(seed) for seed in range(garments + 1)))
    still, _ = run(pipelines("croquis-tryon"), wanted)
    assert still.shape == (1, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", ["croquis-tryon", "flux2-klein"])
@pytest.mark.parametrize("garments", [0, 1, 2])
def test_outside_of_a_mask_a_still_keeps_the_persons_pixels(
    name: str, garments: int, pipelines: Callable[[str], Pipeline]
) -> None:
    person = picture(0).resize((WIDTH, HEIGHT))
    mask = Image.new("L", person.size, 0)
    mask.paste(255, (0, 0, WIDTH // 2, HEIGHT))
    wanted = replace(
        generation(name, Task.IMAGE_EDIT),
        images=(person, *(picture(seed) for seed in range(1, garments + 1))),
        mask=mask,
    )
    still, events = run(pipelines(name), wanted)
    assert still.shape == (1, HEIGHT, WIDTH, 3)
    assert [e.step for e in events if isinstance(e, StepDone)] == [1, 2, 3, 4]
    kept, free = slice(WIDTH // 2, None), slice(0, WIDTH // 2)
    assert np.array_equal(still[0, :, kept], np.asarray(person)[:, kept])
    assert not np.array_equal(still[0, :, free], np.asarray(person)[:, free])
