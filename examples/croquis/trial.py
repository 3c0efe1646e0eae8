"""What the models are tried on: scenes they never saw, asked for in words or shown in pictures.

It makes the same requests as a user would; it does not know how answers are judged.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from examples.croquis.backdrop import BACKDROPS, HEIGHT, WIDTH
from examples.croquis.caption import caption
from examples.croquis.motion import standing
from examples.croquis.scene import (
    Scene,
    draw_frames,
    dressed_photo,
    garment_photo,
    person_photo,
    sample_scene,
)
from examples.croquis.wardrobe import BOTTOMS, TOPS, sample_garment
from serve.card import Card
from serve.pipelines.base import Generation
from serve.protocol import SamplingParams, Task
from serve.resolution import resolve
from serve.wish import Wish

Pictures = tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True)
class Part:
    """One way of using the models: what is shown to which of them, and how well it must do."""

    title: str
    task: Task
    model: str
    pictures: Callable[[Scene, random.Random], Pictures]
    goals: dict[str, float]
    """The share of clips in which this must be right, by the names of `classifier.Look`."""


@dataclass(frozen=True)
class Trial:
    """A scene that was never trained on, and the request for it."""

    scene: Scene
    pictures: Pictures
    generation: Generation


def held_out_scenes(count: int, seed: int) -> list[Scene]:
    """Scenes whose main garment no training sample has shown in this colour and pattern."""
    rng = random.Random(f"evaluate-{seed}")
    return [sample_scene(rng, "held-out") for _ in range(count)]


def set_trial(part: Part, scene: Scene, card: Card, sampling: SamplingParams) -> Trial:
    """Ask for this scene, with the model's own settings where `sampling` has none."""
    rng = random.Random(sampling.seed)
    pictures = part.pictures(scene, rng)
    silent = bool(pictures)
    prompt = caption(scene, rng, drop_garment=silent, drop_motion=0, drop_backdrop=0, drop_person=0)
    wish = Wish(part.task, prompt, sampling, num_garments=max(0, len(pictures) - 1))
    images = tuple(Image.fromarray(picture) for picture in pictures)
    return Trial(scene, pictures, Generation(part.task, resolve(card, wish), images))


def no_pictures(scene: Scene, rng: random.Random) -> Pictures:
    """The words say everything."""
    return ()


def person_and_garment(scene: Scene, rng: random.Random) -> Pictures:
    """The person before, and the garment as a seller shows it."""
    return (
        _person_before(scene, rng),
        garment_photo(scene.outfit[0], rng, flat=rng.random() < 0.35),
    )


def first_frame(scene: Scene, rng: random.Random) -> Pictures:
    """The dressed person, about to move."""
    return (dressed_photo(scene, rng),)


def _person_before(scene: Scene, rng: random.Random) -> NDArray[np.uint8]:
    """The person in other clothes, but for the trousers, say, that a new shirt is worn with."""
    main, *kept = scene.outfit
    if not kept:
        return person_photo(scene, rng)
    kinds = {*(TOPS if main.kind in TOPS else BOTTOMS)} - {main.kind}
    if scene.person.gender == "man":
        kinds -= {"skirt"}
    other = sample_garment(rng, rng.choice(sorted(kinds)))
    while other.color == main.color:
        other = sample_garment(rng, other.kind)
    backdrop = rng.choice((scene.backdrop, rng.choice(BACKDROPS)))
    pose = standing(rng.uniform(0, 3), rng.uniform(-1, 1), rng.uniform(-0.12, 0.12))
    frames = draw_frames(scene.person, (other, *kept), [pose], backdrop, WIDTH, HEIGHT)
    return frames.reshape(HEIGHT, WIDTH, 3)


_TAKEN_OVER = {"kind": 0.9, "color": 0.9, "pattern": 0.9, "skin": 0.9, "hair": 0.9}
PARTS = (
    Part(
        "Text to video",
        Task.TEXT_TO_VIDEO,
        "croquis-t2v",
        no_pictures,
        {"kind": 0.9, "color": 0.95, "pattern": 0.85, "motion": 0.9, "backdrop": 0.95},
    ),
    Part("Try-on clip", Task.TRY_ON, "croquis-tryon", person_and_garment, _TAKEN_OVER),
    Part("Dressed still", Task.IMAGE_EDIT, "croquis-tryon", person_and_garment, _TAKEN_OVER),
    Part("First frame to clip", Task.IMAGE_TO_VIDEO, "croquis-tryon", first_frame, {}),
)
