"""A strip of small pictures to choose from at a click."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.wardrobe import Saved

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


def filled(items: Sequence[Saved]) -> gr.Gallery:
    """An update of a strip: what is saved, with its names, and nothing chosen."""
    tiles = [(saved.front, saved.caption) for saved in items]
    return gr.Gallery(tiles, visible=bool(items), selected_index=None)
