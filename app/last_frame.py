"""The picture that a clip is to end with, for the clip models that take one."""

import gradio as gr

from app.components import cards_for, choose
from app.wiring import AT_ONCE
from app.words import t
from serve.protocol import Allowance, ModelCard, Task


class LastFrame:
    """The slot, there only where the chosen model has a use for it."""

    def __init__(self) -> None:
        self.picture = gr.Image(
            visible=False,
            label=t("Last frame"),
            type="filepath",
            sources=["upload", "clipboard"],
            height=200,
            elem_id="tryon-last-frame",
        )

    def wire(self, cards: gr.State, model: gr.Dropdown) -> None:
        """Follow the chosen model."""
        gr.on([cards.change, model.change], self._show, [cards, model], self.picture, **AT_ONCE)

    @staticmethod
    def taken(picture: str | None, card: ModelCard | None) -> str | None:
        """The picture, if the model takes one."""
        refused = card is None or card.limits.last_image is Allowance.REFUSED
        return None if refused else picture

    @staticmethod
    def problem(picture: str | None, card: ModelCard | None) -> str | None:
        """What the model misses, in words."""
        needs = card is not None and card.limits.last_image is Allowance.REQUIRED
        if needs and picture is None:
            return t("This clip model needs a last frame: add one in the clip settings.")
        return None

    @staticmethod
    def _show(cards: str, model: str | None) -> gr.Image:
        card = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), model)
        allowed = card.limits.last_image if card else Allowance.REFUSED
        label = t("Last frame") if allowed is Allowance.REQUIRED else t("Last frame (optional)")
        return gr.Image(visible=allowed is not Allowance.REFUSED, label=label)
