"""Ready-made prompts, people, garments and looks that work at one click."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from app.garments import Category, Garment

IMAGES = Path(__file__).resolve().parents[1] / "examples" / "images"

PROMPTS = (
    "a woman wearing a red dress walking towards the camera on a runway",
    "a man in a navy striped shirt and beige trousers waving at the camera in a park",
    "a young woman dressed in a yellow coat turning around on a city street",
    "a woman wearing a teal polka dot dress dancing on a beach at sunset",
    "a man wearing a black blazer posing with a hand on the hip in a studio",
)


CATEGORIES = (
    Category.DRESS,
    Category.OUTERWEAR,
    Category.OUTERWEAR,
    Category.DRESS,
    Category.TOP,
    Category.DRESS,
)
"""What the example garments are, in order."""


@dataclass(frozen=True)
class Look:
    """A person, a garment and a direction that go together."""

    person: int
    garment: int
    prompt: str


LOOKS = (
    Look(0, 0, "walking towards the camera on a runway"),
    Look(1, 1, "posing with a hand on the hip in a studio"),
    Look(2, 2, "turning around in a park"),
    Look(3, 3, "dancing on a beach at sunset"),
)


def people() -> list[str]:
    """Paths of the example people."""
    return _pictures("person-*.png")


def garments() -> list[Garment]:
    """The example garments."""
    fronts = _pictures("garment-*.png")
    return [Garment(kind, front) for kind, front in zip(CATEGORIES, fronts, strict=True)]


def is_example(picture: str) -> bool:
    """Whether it shows what an example person shows, wherever and however it was saved."""
    return _digest(picture) in _digests()


def looks() -> list[str]:
    """One picture per look, in the order of `LOOKS`."""
    return [str(IMAGES / f"look-{number}.jpg") for number in range(1, len(LOOKS) + 1)]


def prompt_pictures() -> list[tuple[str, str]]:
    """One picture per prompt, with the prompt as its caption."""
    return [(str(IMAGES / f"prompt-{n}.jpg"), prompt) for n, prompt in enumerate(PROMPTS, 1)]


def _digest(picture: str) -> str:
    """What tells one picture from any other, by its pixels; empty if it is none."""
    try:
        with Image.open(picture) as image:
            return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""


@cache
def _digests() -> frozenset[str]:
    return frozenset(_digest(person) for person in people())


def _pictures(pattern: str) -> list[str]:
    return [str(path) for path in sorted(IMAGES.glob(pattern))]
