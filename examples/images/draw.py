"""Draws the pictures of this folder: ``python -m examples.images.draw`` (needs the croquis extra).

People and garments are what a user would upload; ``look-*`` and ``prompt-*`` are the cards that the
app shows for its one-click examples.
"""

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from examples.croquis.figure import Person
from examples.croquis.motion import standing
from examples.croquis.photo import garment_photo
from examples.croquis.scene import Scene, draw_frames, render_frame
from examples.croquis.wardrobe import Garment

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 384, 512

WHITE_TEE, JEANS = Garment("t-shirt", "white"), Garment("trousers", "blue")
PEOPLE = (
    (Person("woman", 1, "auburn", "long"), (WHITE_TEE, JEANS), "studio"),
    (Person("man", 4, "black", "short", beard=True), (Garment("t-shirt", "beige"), JEANS), "city"),
    (Person("woman", 5, "black", "curly"), (Garment("sweater", "white"), JEANS), "boutique"),
    (
        Person("woman", 2, "blonde", "bob"),
        (Garment("t-shirt", "black"), Garment("shorts", "beige")),
        "white",
    ),
)
GARMENTS = (
    (Garment("dress", "red", "floral", "white"), True),
    (Garment("blazer", "navy", "checked", "beige"), True),
    (Garment("coat", "yellow"), True),
    (Garment("dress", "teal", "polka dot", "white"), False),
    (Garment("sweater", "green", "striped", "white"), True),
    (Garment("gown", "purple"), True),
)
PROMPT_SCENES = (
    Scene(PEOPLE[0][0], (Garment("dress", "red"),), "walk", "runway"),
    Scene(
        PEOPLE[1][0],
        (Garment("shirt", "navy", "striped"), Garment("trousers", "beige")),
        "wave",
        "park",
    ),
    Scene(PEOPLE[3][0], (Garment("coat", "yellow"),), "turn", "city"),
    Scene(PEOPLE[2][0], (Garment("dress", "teal", "polka dot"),), "dance", "beach"),
    Scene(
        Person("man", 1, "brown", "short"),
        (Garment("blazer", "black"), Garment("trousers", "black")),
        "pose",
        "studio",
    ),
)


def main() -> None:
    """Write every picture, the same ones each time."""
    people, garments = [], []
    for number, (person, outfit, place) in enumerate(PEOPLE, 1):
        frames = draw_frames(person, outfit, [standing(1.5, 0.3, 0.0)], place, WIDTH, HEIGHT)
        people.append(frames.reshape(HEIGHT, WIDTH, 3))
        _save(people[-1], f"person-{number}.png")
    for number, (garment, flat) in enumerate(GARMENTS, 1):
        rng = random.Random(number)
        garments.append(garment_photo(garment, rng, WIDTH, HEIGHT, flat=flat))
        _save(garments[-1], f"garment-{number}.png")
    for number, (person_image, garment_image) in enumerate(
        zip(people, garments[: len(people)], strict=True), 1
    ):
        _save(np.hstack([person_image, garment_image]), f"look-{number}.jpg")
    for number, scene in enumerate(PROMPT_SCENES, 1):
        _save(render_frame(scene, 0.1, WIDTH, HEIGHT), f"prompt-{number}.jpg")


def _save(pixels: NDArray[np.uint8], name: str) -> None:
    Image.fromarray(pixels).save(FOLDER / name, optimize=True, quality=88)


if __name__ == "__main__":
    main()
