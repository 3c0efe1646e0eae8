"""What a model's limits come to in a stylist's words: shapes by use, steps by purpose."""

import math
from collections.abc import Sequence

from app.words import later, t
from serve.protocol import ModelCard, Range

USES = {
    later("9:16 story"): 9 / 16,
    later("3:4 lookbook"): 3 / 4,
    later("4:5 feed"): 4 / 5,
    later("1:1 square"): 1.0,
    later("16:9 wide"): 16 / 9,
}
"""Where a clip is shown, and its width by its height there."""
NEAR = 0.05
"""How far, as a logarithm, a size may be from a use's shape: a crop of about a twentieth. Less than
from 3:4 to 4:5, for nothing here crops."""
SAME = 0.04
"""Sizes this near to one another in shape are equally good; then the model's own order counts."""

DRAFT, STANDARD, FINAL = later("Draft"), later("Standard"), later("Final")


def size_for(sizes: Sequence[str], shape: float) -> str | None:
    """The model's size for a use of that width by height; None if it has none that is near."""
    distances = [abs(math.log(_shape(size) / shape)) for size in sizes]
    near = [index for index, distance in enumerate(distances) if distance <= NEAR]
    if not near:
        return None
    return sizes[min(near, key=lambda index: (int(distances[index] / SAME), index))]


def size_choices(sizes: Sequence[str]) -> list[tuple[str, str]]:
    """Each size with the uses it is for: those first, in the order of `USES`, then the others."""
    uses: dict[str, list[str]] = {}
    for use, shape in USES.items():
        size = size_for(sizes, shape)
        if size is not None:
            uses.setdefault(size, []).append(t(use))
    named = [(f"{', '.join(names)} · {_pixels(size)}", size) for size, names in uses.items()]
    return named + [(_with_shape(size), size) for size in sizes if size not in uses]


def steps_for(card: ModelCard) -> dict[str, int]:
    """Steps of a draft, of the model's standard and of a final clip, as far as they differ."""
    allowed, usual = card.limits.num_inference_steps, card.defaults.num_inference_steps
    steps = {
        DRAFT: snapped(usual / 2, allowed),
        STANDARD: usual,
        FINAL: snapped(usual * 2, allowed),
    }
    return {name: value for name, value in steps.items() if name == STANDARD or value != usual}


def final_steps(card: ModelCard) -> int:
    """The most careful of `steps_for`."""
    return max(steps_for(card).values())


def snapped(value: float, allowed: Range) -> int:
    """The nearest of the allowed values."""
    steps = round((value - allowed.minimum) / allowed.step)
    last = round((allowed.maximum - allowed.minimum) / allowed.step)
    return int(allowed.minimum + min(max(steps, 0), last) * allowed.step)


def _shape(size: str) -> float:
    width, height = _sides(size)
    return width / height


def _pixels(size: str) -> str:
    return " × ".join(str(side) for side in _sides(size))


def _with_shape(size: str) -> str:
    """``192x256`` as *192 × 256 (3:4)*."""
    width, height = _sides(size)
    divisor = math.gcd(width, height)
    ratio = f" ({width // divisor}:{height // divisor})"
    return _pixels(size) + (ratio if max(width, height) // divisor <= 16 else "")


def _sides(size: str) -> tuple[int, int]:
    width, height = (int(side) for side in size.split("x"))
    return width, height
