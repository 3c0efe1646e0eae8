"""Ready-made prompts, people, garments and looks that work at one click."""

from dataclasses import dataclass
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[1] / "examples" / "images"

MOTIONS = {
    "Walk": "walking towards the camera",
    "Turn": "turning around",
    "Pose": "posing with a hand on the hip",
    "Wave": "waving at the camera",
    "Dance": "dancing",
}
PLACES = {
    "As in the photo": "",
    "Studio": "in a studio",
    "Runway": "on a runway",
    "Park": "in a park",
    "City": "on a city street",
    "Beach": "on a beach at sunset",
    "Boutique": "in a boutique",
}
PROMPTS = (
    "a woman wearing a red dress walking towards the camera on a runway",
    "a man in a navy striped shirt and beige trousers waving at the camera in a park",
    "a young woman dressed in a yellow coat turning around on a city street",
    "a woman wearing a teal polka dot dress dancing on a beach at sunset",
    "a man wearing a black blazer posing with a hand on the hip in a studio",
)


@dataclass(frozen=True)
class Look:
    """A person, a garment and a direction that go together."""

    person: str
    garment: str
    prompt: str


LOOKS = (
    Look("person-1.png", "garment-1.png", "walking towards the camera on a runway"),
    Look("person-2.png", "garment-2.png", "posing with a hand on the hip in a studio"),
    Look("person-3.png", "garment-3.png", "turning around in a park"),
    Look("person-4.png", "garment-4.png", "dancing on a beach at sunset"),
)


def people() -> list[str]:
    """Paths of the example people."""
    return _pictures("person-*.png")


def garments() -> list[str]:
    """Paths of the example garments."""
    return _pictures("garment-*.png")


def looks() -> list[str]:
    """One picture per look, in the order of `LOOKS`."""
    return [str(IMAGES / f"look-{number}.jpg") for number in range(1, len(LOOKS) + 1)]


def prompt_pictures() -> list[tuple[str, str]]:
    """One picture per prompt, with the prompt as its caption."""
    return [(str(IMAGES / f"prompt-{n}.jpg"), prompt) for n, prompt in enumerate(PROMPTS, 1)]


def _pictures(pattern: str) -> list[str]:
    return [str(path) for path in sorted(IMAGES.glob(pattern))]
