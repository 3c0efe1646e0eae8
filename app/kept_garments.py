"""The garments' own photos beside an approved still, for the clip models that look at both."""

from collections.abc import Sequence

import gradio as gr

from app.components import cards_for, choose
from app.wiring import AT_ONCE
from app.words import t
from serve.protocol import ModelCard, Task


class KeptGarments:
    """The tick, there only where the chosen model has a use for it."""

    def __init__(self) -> None:
        self.ticked = gr.Checkbox(
            label=t("Keep the garment photos beside the still"),
            info=t("The clip model sees them, too, and stays truer to pattern and cut."),
            visible=False,
            container=False,
            elem_id="tryon-keep",
        )

    def wire(self, cards: gr.State, model: gr.Dropdown) -> None:
        """Follow the chosen model."""
        gr.on([cards.change, model.change], self._show, [cards, model], self.ticked, **AT_ONCE)

    @staticmethod
    def taken(garments: Sequence[str], card: ModelCard | None) -> Sequence[str]:
        """The pictures, if the model looks at them."""
        return garments if can_keep(card) else ()

    @staticmethod
    def _show(cards: str, model: str | None) -> gr.Checkbox:
        return gr.Checkbox(visible=can_keep(choose(cards_for(cards, Task.IMAGE_TO_VIDEO), model)))


def can_keep(card: ModelCard | None) -> bool:
    """Whether the model takes garments beside a first frame; sketch models have not learnt to."""
    return card is not None and Task.TRY_ON in card.tasks and not card.sketch
