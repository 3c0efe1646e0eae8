"""Dressers of stills, as far as they differ from other models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from serve.images import cover
from serve.pipelines import loader
from tests.cards import HEIGHT, TWINS, WIDTH, card_for, generation, picture


@pytest.mark.parametrize("name", ["flux2-klein", "qwen-image-edit"])
def test_a_still_has_the_asked_size_whatever_the_shapes_of_the_pictures(
    name: str, tmp_path: Path
) -> None:
    pipeline = loader.load(card_for(name, TWINS[name].build(tmp_path)))
    person, garment = picture(0).resize((90, 70)), picture(1).resize((240, 60))
    wanted = replace(generation(name), images=(person, garment, Image.new("RGB", (50, 200))))
    stills = pipeline.run(wanted, lambda event: None)
    assert not isinstance(stills, bytes)
    assert stills.shape == (1, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    ("guidance", "asked", "handed"), [(3.0, "", " "), (3.0, "a hat", "a hat"), (1.0, "a hat", None)]
)
def test_qwen_makes_what_diffusers_makes_of_prompt_and_pictures(
    guidance: float, asked: str, handed: str | None, tmp_path: Path
) -> None:
    name = "qwen-image-edit"
    pipeline = loader.load(card_for(name, TWINS[name].build(tmp_path)))
    wanted = generation(name, guidance_scale=guidance, negative_prompt=asked)
    ours = pipeline.run(wanted, lambda event: None)
    person, garment = wanted.images
    stock = pipeline._pipe(  # type: ignore[attr-defined]
        image=[cover(person, WIDTH, HEIGHT), garment],
        prompt=wanted.params.prompt,
        negative_prompt=handed,
        true_cfg_scale=guidance,
        width=WIDTH,
        height=HEIGHT,
        num_inference_steps=4,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images
    assert np.abs(ours - stock * 255).max() <= 1
