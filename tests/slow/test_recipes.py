"""Every card that runs a program, with a strict stand-in for the script that its recipe names.

The stand-ins have the options of the real scripts and no other, so that a recipe with a wrong one
fails here; they write the real ones' files, and tqdm's bar.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from serve.card import Card
from serve.catalog import load_catalog
from serve.clips import read_clip
from serve.encoding import decode_mp4
from serve.engines import program, recipe, remote
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import Allowance, ResolvedParams, Role, Task
from serve.recordings import read_recording
from tests.api import film, speech
from tests.cards import picture
from tests.clones import clone_all

CARDS = [card for card in load_catalog().models if card.engine == "command"]
every_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
SECONDS = 2


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(program, "GRACE_SECONDS", 5)
    clone_all(tmp_path, monkeypatch)


def wanted(card: Card) -> Generation:
    """As little as the card allows of its first task, or of a photo where that is one of them."""
    limits = card.limits
    width, height = (int(side) for side in limits.sizes[0].split("x"))
    fps = card.defaults.fps
    allowed = limits.num_frames
    more = SECONDS * fps - allowed.minimum if films(card) else 0
    frames = int(allowed.minimum + more // allowed.step * allowed.step)
    params = ResolvedParams(
        prompt="a red dress, 'quoted' --and dashed",
        negative_prompt="",
        width=width,
        height=height,
        num_frames=frames,
        fps=fps,
        num_inference_steps=min(8, int(limits.num_inference_steps.maximum)),
        guidance_scale=card.defaults.guidance_scale,
        strength=card.defaults.strength,
        seed=7,
    )
    shown = Task.IMAGE_TO_VIDEO in card.tasks
    task = Task.IMAGE_TO_VIDEO if shown else card.tasks[0]
    photo = task in (Task.IMAGE_TO_VIDEO, Task.AUDIO_TO_VIDEO, Task.MOTION_TRANSFER)
    says = task is Task.AUDIO_TO_VIDEO
    return Generation(
        task,
        params,
        (picture(1),) if photo else (),
        picture(9) if limits.last_image is Allowance.REQUIRED else None,
        audio=read_recording(speech(SECONDS), field="audio", max_seconds=5).wav if says else None,
        films=films(card),
    )


def films(card: Card) -> dict[Role, bytes]:
    """The clip that it follows or repaints."""
    if card.tasks[0] not in (Task.MOTION_TRANSFER, Task.VIDEO_TO_VIDEO):
        return {}
    data = film(SECONDS * card.defaults.fps, fps=card.defaults.fps, size=(64, 64))
    return {Role.VIDEO: read_clip(data, field="video", max_pixels=10_000, max_seconds=5).mp4}


@every_card
def test_a_card_that_ships_makes_a_clip_and_tells_its_progress(card: Card) -> None:
    events: list[GenerationEvent] = []
    asked = wanted(card)
    clip = loader.load(card).run(asked, events.append)
    assert isinstance(clip, bytes)
    frames = decode_mp4(clip)
    params = asked.params
    if card.tasks[0] is Task.AUDIO_TO_VIDEO:
        assert len(frames) == SECONDS * params.fps  # as long as the recording
    else:
        assert len(frames) == params.num_frames
    if card.tasks[0] is not Task.MOTION_TRANSFER:  # which has the photo's size
        assert frames.shape[1:3] == (params.height, params.width)
    steps = [event.step for event in events if isinstance(event, StepDone)]
    assert steps == sorted(steps)
    if recipe.read(Path(card.location)).progress and params.num_inference_steps > 1:
        assert {*steps} - {0, params.num_inference_steps}


@every_card
def test_cancelling_ends_the_program_of_a_card_that_ships(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_HANGS", "1")
    ended: list[int | None] = []
    leave = program.Program.__exit__

    def watched(self: program.Program, *error: object) -> None:
        ended.append(self._process.poll())
        leave(self, *error)

    monkeypatch.setattr(program.Program, "__exit__", watched)

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card).run(wanted(card), stop)
    assert len(ended) == 1
    assert ended[0] not in (None, 0)  # SIGTERM was enough


@pytest.mark.parametrize("given", ["last_image", "video"])
def test_open_sora_joins_two_photos_and_continues_a_clip(given: str) -> None:
    """Its stand-in has a look at what it is given, and how much."""
    card = next(card for card in CARDS if card.id == "open-sora-2-256px")
    asked = wanted(card)
    params = asked.params.model_copy(update={"num_frames": 37})
    data = film(48, fps=24, size=(64, 64))
    clip = read_clip(data, field="video", max_pixels=10_000, max_seconds=5).mp4
    more = (
        replace(asked, last_image=picture(2))
        if given == "last_image"
        else replace(asked, task=Task.VIDEO_TO_VIDEO, images=(), films={Role.VIDEO: clip})
    )
    made = loader.load(card).run(replace(more, params=params), lambda _: None)
    assert isinstance(made, bytes)
    assert decode_mp4(made).shape == (37, params.height, params.width, 3)
