"""The model that dresses a person before a clip is made of them, as an endpoint is given it."""

from collections.abc import Sequence
from typing import Any

from app.client import BackendError
from serve.protocol import ModelCard, Task


def dresser_for(
    cards: Sequence[ModelCard], dresser: str | None, still_size: str | None
) -> ModelCard:
    """The model of that id, or the first that makes stills of that size.

    Raises a `BackendError` that names the parameter and what it may be.
    """
    able = [card for card in cards if Task.IMAGE_EDIT in card.tasks]
    if not able:
        raise BackendError("No model that is served here can dress a person.")
    named = [card for card in able if dresser in (None, card.id)]
    if not named:
        ids = ", ".join(card.id for card in able)
        raise BackendError(f"dresser: {dresser!r} is not one of {ids}.")
    fitting = [card for card in named if still_size is None or still_size in card.limits.sizes]
    if not fitting:
        sizes = dict.fromkeys(size for card in named for size in card.limits.sizes)
        raise BackendError(f"still_size: {still_size!r} is not one of {', '.join(sizes)}.")
    return fitting[0]


def still_fields(dresser: ModelCard, still_size: str | None) -> dict[str, Any]:
    """What an `ImageEditRequest` says of them."""
    return {"model": dresser.id} | ({"size": still_size} if still_size else {})
