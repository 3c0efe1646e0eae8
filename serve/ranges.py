"""A value against what a card allows, and the sentence that says what that is."""

from typing import TypeVar

from serve.card import Card
from serve.errors import BadRequest
from serve.protocol import Range

T = TypeVar("T")


def check(name: str, value: float, allowed: Range, card: Card, *, in_steps: bool = True) -> None:
    """Refuse `value` where it is not one that `card` takes."""
    inside = allowed.minimum <= value <= allowed.maximum
    if inside and (not in_steps or (value - allowed.minimum) % allowed.step == 0):
        return
    raise BadRequest(
        f"{name} is {value:g}: {card.id} takes {_in_words(allowed, in_steps)}.", param=name
    )


def _in_words(allowed: Range, in_steps: bool) -> str:
    first, step, last = allowed.minimum, allowed.step, allowed.maximum
    if first == last:
        return f"only {first:g}"
    if not in_steps or step == 1:
        return f"{first:g} to {last:g}"
    return f"{first:g}, {first + step:g}, {first + 2 * step:g}, … {last:g} (steps of {step:g})"


def either(given: T | None, default: T) -> T:
    """What was given, or else the default."""
    return default if given is None else given
