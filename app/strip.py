"""A strip of small pictures to choose from at a click."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

NAMED = "lr-cards lr-shelf"
"""The look of pictures that have names below them."""


def strip(pictures: Sequence[str], label: str, **look: Any) -> gr.Gallery:
    """Paths of pictures as a row of tiles; `look` is what else a `gr.Gallery` can be told."""
    given = {"columns": 4, "elem_classes": "lr-cards lr-strip", **look}
    return gr.Gallery(
        list(pictures),
        label=label,
        show_label=False,
        allow_preview=False,
        object_fit="cover",
        buttons=[],
        interactive=False,
        **given,
    )
