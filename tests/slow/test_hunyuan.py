"""What the relatives of HunyuanVideo each do in a way of their own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from serve.encoding import Frames
from serve.generation import GenerationEvent, StageStarted, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Generation
from serve.protocol import Stage
from tests.cards import HEIGHT, WIDTH, card_for, generation
from tests.checkpoints import TWINS

Make = Callable[[Generation], tuple[Frames, list[GenerationEvent]]]


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Make]:
    """What makes a clip with the twin of a name, loaded when first asked for."""
    loaded: dict[str, Make] = {}

    def maker(name: str) -> Make:
        if name not in loaded:
            folder = TWINS[name].build(tmp_path_factory.mktemp(name))
            pipeline = loader.load(card_for(name, folder))

            def make(wanted: Generation) -> tuple[Frames, list[GenerationEvent]]:
                events: list[GenerationEvent] = []
                frames = pipeline.run(wanted, events.append)
                assert not isinstance(frames, bytes)
                return frames, events

            loaded[name] = make
        return loaded[name]

    return maker


@pytest.mark.parametrize("name", ["framepack", "skyreels-v1", "hunyuan1.5", "hunyuan-i2v"])
def test_guidance_is_heard_though_each_takes_it_in_another_place(
    name: str, makers: Callable[[str], Make]
) -> None:
    weak, _ = makers(name)(generation(name, guidance_scale=1))
    strong, _ = makers(name)(generation(name, guidance_scale=9))
    assert not np.array_equal(weak, strong)


@pytest.mark.parametrize(("width", "height"), [(48, 96), (96, 64)])
def test_hunyuan_1_5_makes_a_clip_of_the_asked_size_of_any_picture(
    width: int, height: int, makers: Callable[[str], Make]
) -> None:
    make = makers("hunyuan1.5-i2v")
    wanted = generation("hunyuan1.5-i2v", width=width, height=height)
    for shape in ((90, 30), (30, 90)):
        clip, _ = make(replace(wanted, images=(Image.new("RGB", shape, "red"),)))
        assert clip.shape == (5, height, width, 3)


def test_skyreels_is_told_its_frame_rate_once(makers: Callable[[str], Make]) -> None:
    plain, _ = makers("skyreels-v1")(generation("skyreels-v1"))
    told, _ = makers("skyreels-v1")(generation("skyreels-v1", prompt="FPS-24, a red dress"))
    assert np.array_equal(plain, told)


def test_framepack_goes_through_its_steps_in_every_section_of_a_clip(
    makers: Callable[[str], Make],
) -> None:
    clip, events = makers("framepack")(generation("framepack", num_frames=73))
    assert clip.shape == (73, HEIGHT, WIDTH, 3)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [(step.step, step.num_steps) for step in steps] == [(i, 8) for i in range(1, 9)]
    assert [step.step for step in steps if step.preview] == [2, 4, 6]
    stages = [event.stage for event in events if isinstance(event, StageStarted)]
    assert stages == [Stage.ENCODING_PROMPT, Stage.DENOISING, Stage.DECODING]


def test_framepack_is_told_how_a_clip_ends(makers: Callable[[str], Make]) -> None:
    free, _ = makers("framepack")(generation("framepack"))
    last = Image.new("RGB", (80, 120), "white")
    told, _ = makers("framepack")(replace(generation("framepack"), last_image=last))
    assert told.shape == free.shape
    assert not np.array_equal(told[-1], free[-1])
