"""Scenes: who wears what, moving how and where; sampling them, and turning them into pixels."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import skia
from numpy.typing import NDArray

from examples.croquis.backdrop import BACKDROPS, HEIGHT, WIDTH, backdrop_image
from examples.croquis.figure import Person, draw_figure, sample_person
from examples.croquis.motion import MOTIONS, Pose, pose_at, standing
from examples.croquis.photo import garment_photo
from examples.croquis.wardrobe import (
    BOTTOMS,
    ONE_PIECES,
    TOPS,
    Garment,
    garment_held_out,
    is_held_out,
    sample_garment,
)

__all__ = [
    "Scene",
    "dressed_photo",
    "garment_photo",
    "person_photo",
    "render_clip",
    "render_frame",
    "sample_scene",
]

Split = Literal["train", "held-out", "any"]


@dataclass(frozen=True)
class Scene:
    """Everything a clip shows. The first garment is the main one."""

    person: Person
    outfit: tuple[Garment, ...]
    motion: str
    backdrop: str


def combo_held_out(scene: Scene) -> bool:
    """Whether the main garment's colour and kind in this place and motion are kept for tests."""
    main = scene.outfit[0]
    return is_held_out("combo", main.color, main.kind, scene.backdrop, scene.motion)


def sample_outfit(rng: random.Random, gender: str) -> tuple[Garment, ...]:
    """A one-piece, or a top and a bottom, the more boldly patterned of the two first."""
    man = gender == "man"
    if rng.random() < 0.44:
        kinds = ("coat", "jumpsuit") if man and rng.random() < 0.9 else ONE_PIECES
        return (sample_garment(rng, rng.choice(kinds)),)
    bottoms = ("trousers", "shorts") if man and rng.random() < 0.9 else BOTTOMS
    top_first = rng.random() < 0.6
    top = sample_garment(rng, rng.choice(TOPS), plain=0.25 if top_first else 0.85)
    bottom = sample_garment(rng, rng.choice(bottoms), plain=0.85 if top_first else 0.25)
    if top.color == bottom.color:
        return sample_outfit(rng, gender)
    return (top, bottom) if top_first else (bottom, top)


def sample_scene(rng: random.Random, split: Split = "train") -> Scene:
    """A random scene. "train" never shows a held-out combination; "held-out" always has a held-out
    main garment."""
    while True:
        person = sample_person(rng)
        outfit = sample_outfit(rng, person.gender)
        scene = Scene(person, outfit, rng.choice(MOTIONS), rng.choice(BACKDROPS))
        if split == "train" and (any(map(garment_held_out, outfit)) or combo_held_out(scene)):
            continue
        if split == "held-out" and not garment_held_out(outfit[0]):
            continue
        return scene


def draw_frames(
    person: Person,
    outfit: tuple[Garment, ...],
    poses: Sequence[Pose],
    backdrop: str,
    width: int,
    height: int,
) -> NDArray[np.uint8]:
    """Draw the dressed person in each pose: uint8 [F, H, W, 3]."""
    pixels = np.empty((len(poses), height, width, 4), np.uint8)
    background = backdrop_image(backdrop, width, height)
    scale = height / HEIGHT
    for pose, frame in zip(poses, pixels, strict=True):
        with skia.Surface(frame, colorType=skia.kRGBA_8888_ColorType) as canvas:
            canvas.drawImage(background, 0, 0)
            canvas.translate((width - WIDTH * scale) / 2, 0)
            canvas.scale(scale, scale)
            draw_figure(canvas, person, outfit, pose)
    frames = np.empty((len(poses), height, width, 3), np.uint8)
    for channel in range(3):  # faster than one copy of [..., :3]
        frames[..., channel] = pixels[..., channel]
    return frames


def render_clip(
    scene: Scene,
    num_frames: int = 17,
    width: int = WIDTH,
    height: int = HEIGHT,
    progress: Sequence[float] | NDArray[np.floating] | None = None,
) -> NDArray[np.uint8]:
    """The clip, uint8 [F, H, W, 3]; `progress` gives each frame's moment in 0..1."""
    if progress is None:
        progress = np.linspace(0.0, 1.0, num_frames)
    poses = [pose_at(scene.motion, float(u)) for u in progress]
    return draw_frames(scene.person, scene.outfit, poses, scene.backdrop, width, height)


def render_frame(
    scene: Scene, u: float, width: int = WIDTH, height: int = HEIGHT
) -> NDArray[np.uint8]:
    """One frame of the clip, uint8 [H, W, 3]."""
    return render_clip(scene, 1, width, height, progress=[u]).reshape(height, width, 3)


def dressed_photo(
    scene: Scene, rng: random.Random, width: int = WIDTH, height: int = HEIGHT
) -> NDArray[np.uint8]:
    """The dressed still: the clip's first frame. Nothing about it is left to chance; `rng` is taken
    so that all photos are asked for alike."""
    return render_frame(scene, 0.0, width, height)


def person_photo(
    scene: Scene, rng: random.Random, width: int = WIDTH, height: int = HEIGHT
) -> NDArray[np.uint8]:
    """The same person standing in other clothes, half of the time in another place."""
    worn = {garment.kind for garment in scene.outfit}
    outfit = sample_outfit(rng, scene.person.gender)
    while any(garment.kind in worn or garment_held_out(garment) for garment in outfit):
        outfit = sample_outfit(rng, scene.person.gender)
    backdrop = scene.backdrop if rng.random() < 0.5 else rng.choice(BACKDROPS)
    pose = standing(rng.uniform(0, 3), rng.uniform(-1, 1), rng.uniform(-0.12, 0.12))
    picture = draw_frames(scene.person, outfit, [pose], backdrop, width, height)
    return picture.reshape(height, width, 3)
