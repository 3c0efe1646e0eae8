"""Every card that runs with diffusers: its own classes, scheduler, call and defaults, on a twin.

A card is served as shipped, but for where its weights come from and how large its frames are: by
the deployment that serves it in production, from a resolved request to the files of its result.
"""

import io
import itertools
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from diffusers import DiffusionPipeline
from PIL import Image

from serve.card import Card, Part
from serve.catalog import find, load_catalog
from serve.deployment import ModelDeployment
from serve.encoding import decode_mp4, encode_mp4
from serve.generation import GenerationEvent, GenerationRequest, StepDone, input_key
from serve.images import to_png
from serve.protocol import Allowance, ResolvedParams, Role, SamplingParams, Task
from serve.resolution import resolve
from serve.storage import Storage
from serve.wish import Wish
from tests.cards import HEIGHT, WIDTH, clip, picture
from tests.checkpoints import TWINS
from tests.twins import build_twin

CARDS = {card.id: card for card in load_catalog().models if card.engine == "diffusers"}
LAYOUTS = ("a14b", "ti2v", "flf2v", "croquis", "33ch", "2.3", "refine")
"""Of the twins of one class, by what the ids of their cards contain."""
LIKE = {"ltx-2.5": "2.3"}
FEW = 4
"""Steps where a model is not made for a certain number of them."""

Build = Callable[[Card], Path]


@pytest.fixture(scope="module")
def build(small_references: None, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The folder with a card's twin, built when first asked for."""
    folders: dict[tuple[str, str, str | None], Path] = {}

    def folder(card: Card) -> Path:
        found = next((layout for layout in LAYOUTS if layout in card.id), "")
        layout = LIKE.get(card.id, found)
        kind = card.pipeline_class, layout, card.variant
        if kind not in folders:
            new = tmp_path_factory.mktemp("twin")
            folders[kind] = build_twin(
                card.pipeline_class, new, layout=layout, variant=card.variant
            )
        return folders[kind]

    return folder


def on_twin(card: Card, folder: Path, *sizes: str) -> Card:
    """The card with its weights from `folder`, LoRAs apart, which `test_loras` adds to twins."""
    alike = [twin for twin in TWINS.values() if twin.pipeline_class == card.pipeline_class]
    apart = next((twin for twin in alike if twin.pipeline == card.pipeline), alike[0]).parts

    def here(name: str, part: Part) -> Part:
        inside = apart.get(name, Part(class_name=part.class_name, source="", subfolder=name))
        return inside.model_copy(update={"source": str(folder / inside.source)})

    return card.model_copy(
        update={
            "source": str(folder),
            "revision": None,
            "parts": {name: here(name, part) for name, part in card.parts.items()},
            "loras": {},
            "limits": card.limits.model_copy(
                update={"sizes": list(sizes) or [f"{WIDTH}x{HEIGHT}"]}
            ),
        }
    )


class Served:
    """A card's deployment with the storage that its jobs read and write."""

    def __init__(self, card: Card, outputs: Path) -> None:
        self.card, self._outputs = card, outputs
        self._storage = Storage(str(outputs))
        self._deployment = ModelDeployment(card, str(outputs))
        self._numbers = itertools.count()

    async def run(
        self, request: GenerationRequest, until_step: int | None = None
    ) -> list[GenerationEvent]:
        """All that happens, or what does up to a step at which the job is cancelled."""
        events: list[GenerationEvent] = []
        stream = self._deployment.generate(request)
        async for event in stream:
            events.append(event)
            if isinstance(event, StepDone) and event.step == until_step:
                await stream.aclose()
                break
        return events

    def result(self, request: GenerationRequest) -> bytes:
        """The clip or the first still."""
        name = "still-0.png" if request.task.makes_stills else "video.mp4"
        return (self._outputs / request.job_id / name).read_bytes()

    def request(
        self, task: Task, pictures: Sequence[Image.Image] | None = None
    ) -> GenerationRequest:
        """The shortest job of that task, with seed 7, of what it needs or of these pictures."""
        images = [picture(seed) for seed in range(_needed(self.card, task))]
        images = list(images if pictures is None else pictures)
        params = self._params(task, images)
        given: list[tuple[Role, bytes]] = [
            (Role.GARMENT if index else Role.INPUT_REFERENCE, to_png(image))
            for index, image in enumerate(images)
        ]
        if self._ends(task):
            given.append((Role.LAST_IMAGE, to_png(picture(9))))
        given += [(role, self._film(params)) for role in _films(self.card, task)]
        job_id = f"job-{next(self._numbers)}"
        keys = []
        for index, (role, content) in enumerate(given):
            keys.append(input_key(job_id, index, role))
            self._storage.put(keys[-1], content)
        return GenerationRequest(job_id, 1, self.card.id, task, params, tuple(keys))

    def _ends(self, task: Task) -> bool:
        needed = self.card.limits.last_image is Allowance.REQUIRED
        return needed and task is Task.IMAGE_TO_VIDEO

    def _params(self, task: Task, images: Sequence[Image.Image]) -> ResolvedParams:
        card, given = self.card, SamplingParams(seed=7)
        frames = _fewest(card, task)
        given.num_frames = None if task.makes_stills else frames
        if card.defaults.num_inference_steps > 3 * FEW:
            few = FEW + (task is Task.VIDEO_TO_VIDEO)
            given.num_inference_steps = max(few, int(card.limits.num_inference_steps.minimum))
        wish = Wish(
            task=task,
            prompt="a red dress" if card.limits.prompt else "",
            sampling=given,
            num_garments=len(images[1:]),
            has_last_image=self._ends(task),
            roles=frozenset(_films(card, task)),
            aspect_ratio=images[0].width / images[0].height if images else None,
            clip_seconds=frames / card.defaults.fps if _films(card, task) else None,
        )
        return resolve(card, wish)

    def _film(self, params: ResolvedParams) -> bytes:
        frames = [np.asarray(frame) for frame in clip(20, params.num_frames)]
        return encode_mp4(np.stack(frames), fps=params.fps, record={})


def _needed(card: Card, task: Task) -> int:
    """Pictures that the task is about; of garments one."""
    if task in (Task.TEXT_TO_VIDEO, Task.TEXT_TO_IMAGE, Task.VIDEO_TO_VIDEO):
        return 0
    return 1 + (task in (Task.TRY_ON, Task.IMAGE_EDIT))


def _films(card: Card, task: Task) -> list[Role]:
    if task is Task.MOTION_TRANSFER:
        faces = [Role.FACE_VIDEO] if card.limits.face_video is Allowance.REQUIRED else []
        return [Role.VIDEO, *faces]
    return [Role.VIDEO] if task is Task.VIDEO_TO_VIDEO else []


def _fewest(card: Card, task: Task) -> int:
    """Frames that the card allows and its twin can make."""
    allowed = card.limits.num_frames
    like = [one.num_frames for one in TWINS.values() if one.pipeline_class == card.pipeline_class]
    least = like[0]
    if task is Task.VIDEO_TO_VIDEO and card.limits.extends:
        least = card.limits.extends + 1
    more = max(0, math.ceil((least - allowed.minimum) / allowed.step))
    return int(allowed.minimum + more * allowed.step)


@pytest.mark.parametrize("name", CARDS)
async def test_a_card_makes_its_files_stops_when_told_and_then_makes_them_again(
    name: str, build: Build, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    card = CARDS[name]
    served = Served(on_twin(card, build(card)), tmp_path)
    for task in card.tasks:
        request = served.request(task)
        events = await served.run(request)
        steps = [event for event in events if isinstance(event, StepDone)]
        assert [one.step for one in steps] == list(range(1, steps[-1].num_steps + 1))
        width, height, count = WIDTH, HEIGHT, request.params.num_frames
        if task.makes_stills:
            with Image.open(io.BytesIO(served.result(request))) as still:
                assert still.size == (width, height)
        else:
            frames = decode_mp4(served.result(request))
            assert frames.shape == (count, height, width, 3)
        record_property("card", (name, task.value, count, steps[-1].num_steps))
    stopped = await served.run(served.request(task), until_step=1)
    assert [event.step for event in stopped if isinstance(event, StepDone)] == [1]
    again = served.request(task)
    await served.run(again)
    assert served.result(again) == served.result(request)


async def test_a_checkpoint_that_names_a_class_which_diffusers_lacks_is_served_as_its_card_says(
    tmp_path: Path,
) -> None:
    """As FastWan's do, whose index names FastVideo's own class."""
    card = find("fastwan2.1-t2v-1.3b")
    folder = build_twin(card.pipeline_class, tmp_path / "twin")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"WanPipeline"', '"WanDMDPipeline"'))
    assert json.loads(index.read_text())["_class_name"] == "WanDMDPipeline"
    with pytest.raises(AttributeError, match="WanDMDPipeline"):
        DiffusionPipeline.from_pretrained(folder)
    served = Served(on_twin(card, folder), tmp_path / "clips")
    request = served.request(Task.TEXT_TO_VIDEO)
    events = await served.run(request)
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3]
    assert len(decode_mp4(served.result(request))) == request.params.num_frames


@pytest.mark.parametrize("mover", ["wan2.1-i2v-14b-480p", "wan2.1-vace-1.3b"])
@pytest.mark.parametrize("dresser", ["flux.2-klein-4b", "qwen-image-edit-2511"])
@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (HEIGHT, WIDTH)])
async def test_a_person_is_dressed_by_one_card_and_set_in_motion_by_another_in_the_photo_s_shape(
    dresser: str, mover: str, size: tuple[int, int], build: Build, tmp_path: Path
) -> None:
    sizes = f"{WIDTH}x{HEIGHT}", f"{HEIGHT}x{WIDTH}"
    person, garment = picture(1).resize(size), picture(2)
    first = Served(on_twin(find(dresser), build(find(dresser)), *sizes), tmp_path / "stills")
    dressing = first.request(Task.IMAGE_EDIT, [person, garment])
    await first.run(dressing)
    still = Image.open(io.BytesIO(first.result(dressing)))
    assert still.size == size
    second = Served(on_twin(find(mover), build(find(mover)), *sizes), tmp_path / "clips")
    worn = [garment] if find(mover).limits.max_garments else []
    animating = second.request(Task.IMAGE_TO_VIDEO, [still, *worn])
    await second.run(animating)
    frames = decode_mp4(second.result(animating))
    assert frames.shape == (animating.params.num_frames, size[1], size[0], 3)
