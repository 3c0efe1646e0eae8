"""A slider for each of a model's LoRAs: how strongly it is added, 0 for not at all."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from app.wiring import AT_ONCE
from app.words import t

MOST = 8
"""LoRAs of one card that are shown; requests may name further ones."""
CHOSEN_JS = """(names, ...scales) => Object.fromEntries(
    names.map((name, index) => [name, scales[index]]).filter(([, scale]) => scale))"""


class LoraControls:
    """Hidden until a model has LoRAs."""

    def __init__(self) -> None:
        self.head = gr.HTML(
            f'<p class="lr-hint">{t("LoRAs, by their strength")}</p>', visible=False
        )
        self.scales = [
            gr.Slider(-2, 2, step=0.05, value=0, interactive=True, visible=False)
            for _ in range(MOST)
        ]
        self.names = gr.JSON(visible=False)
        self.chosen = gr.JSON(visible=False)
        """Name to scale of those that are used."""

    def wire(self) -> None:
        """Gather the scales as they are moved."""
        given = [self.names, *self.scales]
        for scale in self.scales:
            scale.input(None, given, self.chosen, js=CHOSEN_JS, **AT_ONCE)

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `show` returns values for."""
        return [self.head, self.names, *self.scales]

    def show(self, names: Sequence[str], scales: Mapping[str, float]) -> list[Any]:
        """The LoRAs of one model at these scales."""
        shown = list(names[:MOST])
        sliders = [gr.Slider(label=name, value=scales.get(name, 0), visible=True) for name in shown]
        hidden = [gr.Slider(value=0, visible=False)] * (MOST - len(shown))
        return [gr.HTML(visible=bool(shown)), shown, *sliders, *hidden]
