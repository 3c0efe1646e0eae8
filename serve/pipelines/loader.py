"""Finds the code that runs a card: ``pipeline: wan`` means ``class Pipeline`` in ``wan.py``.

Importing this module loads no model library; that happens in the replica that calls `load`.
"""

import importlib
import os
from typing import cast

from serve.catalog import Card
from serve.errors import ModelUnavailable
from serve.pipelines.base import Pipeline


def load(card: Card, *, gpu_fraction: float = 0) -> Pipeline:
    """The ready pipeline of `card`; `gpu_fraction` is this replica's share of its GPU's memory."""
    # Read once by OpenMP, when torch is first imported: threads that spin while they wait starve
    # the other processes of a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from serve.pipelines import device

    device.claim(gpu_fraction)
    module = importlib.import_module(f"serve.pipelines.{card.pipeline}")
    try:
        return cast(Pipeline, module.Pipeline(card))
    except (OSError, ValueError, RuntimeError) as error:
        # Missing or damaged files, a hub out of reach, weights of another shape, no memory left.
        reason = " ".join(str(error).split())
        message = f"{card.id} could not be loaded from {card.location}: {reason}"
        raise ModelUnavailable(message) from error
