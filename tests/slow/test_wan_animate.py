"""Wan 2.2 Animate puts a photo's person in the place of a clip's, on its twin."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from serve.encoding import Frames
from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from serve.protocol import Role
from tests.cards import HEIGHT, WIDTH, card_for, clip, generation
from tests.checkpoints import TWINS

NAME = "wan-animate"
NUM_FRAMES = 5
Film = tuple[Image.Image, ...]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return loader.load(card_for(NAME, TWINS[NAME].build(tmp_path_factory.mktemp(NAME))))


def one_colour(colour: str, height: int = HEIGHT) -> Film:
    return (Image.new("RGB", (WIDTH, height), colour),) * NUM_FRAMES


def replaced(pipeline: Pipeline, other: Mapping[Role, Film]) -> Frames:
    """The clip with somebody else in it; `other` in place of the usual clips."""
    usual = {
        Role.FACE_VIDEO: one_colour("gray", WIDTH),
        Role.BACKGROUND_VIDEO: clip(60, NUM_FRAMES),
        Role.MASK_VIDEO: one_colour("white"),
    }
    wanted = generation(NAME, num_frames=NUM_FRAMES, num_inference_steps=1)
    wanted = replace(wanted, video=clip(20, NUM_FRAMES), clips=usual | dict(other))
    frames = pipeline.run(wanted, lambda _event: None)
    assert not isinstance(frames, bytes)
    return frames


def test_the_background_and_the_mask_decide_what_is_kept(pipeline: Pipeline) -> None:
    first = replaced(pipeline, {})
    assert first.shape == (NUM_FRAMES, HEIGHT, WIDTH, 3)
    assert np.array_equal(first, replaced(pipeline, {}))
    for role, colour in ((Role.BACKGROUND_VIDEO, "red"), (Role.MASK_VIDEO, "black")):
        changed = replaced(pipeline, {role: one_colour(colour)})
        assert not np.array_equal(first, changed), role
