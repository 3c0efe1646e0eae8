"""Texts with ``{placeholders}``, as recipes and workflows have them, and what is put in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from PIL.Image import Image

from serve.card import Card
from serve.images import contain, cover
from serve.pipelines.base import Generation

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def settings_of(card: Card, generation: Generation) -> dict[str, Any]:
    """The request's settings by diffusers' names, and what the card's `call` adds."""
    return generation.params.model_dump() | card.call


def fill(node: Any, values: Mapping[str, Any]) -> Any:
    """`node`, a tree of texts, lists and mappings, with `values` for the placeholders.

    A text that is nothing but a placeholder becomes the value itself, so that numbers stay
    numbers. What has no value stays as it is: braces may mean something to a workflow.
    """
    if isinstance(node, dict):
        return {key: fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [fill(value, values) for value in node]
    if not isinstance(node, str):
        return node
    whole = PLACEHOLDER.fullmatch(node)
    if whole and whole[1] in values:
        return values[whole[1]]
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), node)


def names_in(node: Any) -> Iterator[str]:
    """Every placeholder in `node`."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from names_in(value)
    elif isinstance(node, str):
        yield from PLACEHOLDER.findall(node)


def pictures_of(generation: Generation) -> dict[str, Image]:
    """The pictures in the clip's size by the names of their placeholders.

    ``image`` is the person or first frame, cropped; then ``garment_1``, ``garment_2``, … whole,
    with white around them; ``last_image`` is cropped.
    """
    size = generation.params.width, generation.params.height
    found = {
        f"garment_{index}" if index else "image": (contain if index else cover)(image, *size)
        for index, image in enumerate(generation.images)
    }
    if generation.last_image is not None:
        found["last_image"] = cover(generation.last_image, *size)
    return found
