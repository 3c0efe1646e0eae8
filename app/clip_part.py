"""*Only change a part* of a clip: a mask, and the clothing that is to be worn there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.panel import Update
from app.words import t
from serve.protocol import ModelCard, Role


class ClipPart:
    """The fold, there only where the chosen model takes such a mask."""

    def __init__(self) -> None:
        with gr.Accordion(
            t("Only change a part"),
            open=False,
            visible=False,
            elem_classes="lr-advanced",
            elem_id="v2v-part",
        ) as self.fold:
            hint = t(
                "What is white in the mask is painted anew, the rest of the clip stays. Without a "
                "mask the clip only leads another: it must show drawn poses, depth or lines."
            )
            gr.HTML(f'<p class="lr-hint">{hint}</p>')
            self.mask = gr.File(
                label=t("Mask, in the clip's shape: a PNG, or a clip that moves with it"),
                file_types=[".png", "video"],
                height=96,
                elem_id="v2v-mask",
            )
            self.garments = gr.File(
                label=t("Photos of the clothing to be worn there"),
                file_count="multiple",
                file_types=["image"],
                height=96,
                elem_id="v2v-garments",
            )

    @property
    def inputs(self) -> list[Any]:
        """What `files` is given, in order."""
        return [self.mask, self.garments]

    def files(
        self, card: ModelCard | None, mask: str | None, garments: list[str] | None
    ) -> dict[str, Any]:
        """By the client's names for them, what of it the model has a use for."""
        if card is None or not card.limits.video_mask:
            return {}
        found: dict[str, Any] = {"garments": [Path(path) for path in garments or ()]}
        if mask:
            name = "mask" if Path(mask).suffix.lower() == ".png" else "mask_video"
            found[name] = Path(mask)
        return found

    def show(self, given: Sequence[tuple[Role, str]]) -> Update:
        """What of an earlier job's inputs belongs here."""
        masks = [path for role, path in given if role in (Role.MASK, Role.MASK_VIDEO)]
        worn = [path for role, path in given if role is Role.GARMENT]
        return {self.mask: masks[0] if masks else None, self.garments: worn or None}
