"""Finds the code that runs a card: ``pipeline: wan`` means ``class Pipeline`` in ``wan.py``.

``pipeline: my_package.my_module:MyPipeline`` names a class of anybody's, and so does the name of an
entry point in the group ``lookreel.pipelines`` of an installed package.

Importing this module loads no model library; that happens in the replica that calls `load`.
"""

import importlib
import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from serve.card import Card
from serve.errors import ModelUnavailable
from serve.pipelines.base import Pipeline

GROUP = "lookreel.pipelines"


def load(
    card: Card, *, gpu_fraction: float = 0, report: Callable[[int, int], None] = lambda *_: None
) -> Pipeline:
    """The ready pipeline of `card`; `gpu_fraction` is this replica's share of its GPU's memory.

    `report` is told how many bytes of a download are here, and of how many.
    """
    if card.engine != "diffusers":
        module = importlib.import_module(f"serve.engines.{card.engine.replace('-', '_')}")
        return cast(Pipeline, module.Pipeline(card))
    # Read once by OpenMP, when torch is first imported: threads that spin while they wait starve
    # the other processes of a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from serve.pipelines import device, weights

    device.claim(gpu_fraction)
    pipeline_class = _find(card)
    try:
        return pipeline_class(weights.install(card, report))
    except (OSError, ValueError, LookupError, RuntimeError) as error:
        # Missing or damaged files, a hub out of reach, weights of another shape, no memory left.
        reason = " ".join(str(error).split())
        message = f"{card.id} could not be loaded from {card.location}: {reason}"
        raise ModelUnavailable(message) from error


def _find(card: Card) -> type[Pipeline]:
    """The class that runs `card`."""
    name = card.pipeline
    foreign = {one.name: one for one in entry_points(group=GROUP)}
    if ":" in name:
        point = EntryPoint(name, name, GROUP)
    else:
        point = foreign.get(name) or EntryPoint(name, f"serve.pipelines.{name}:Pipeline", GROUP)
    try:
        found: type[Pipeline] = point.load()
    except (ImportError, AttributeError) as error:
        message = f"{card.id} names the pipeline {name!r}, which cannot be imported: {error}"
        raise ModelUnavailable(message) from error
    return found
