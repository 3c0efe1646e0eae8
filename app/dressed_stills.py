"""The dressed stills side by side: approve one, make one anew, compare it with the photo."""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from app.dressing import Dressing
from app.kept_garments import KeptGarments
from app.panel import Update
from app.wiring import PRIVATE
from app.words import t


class DressedStills:
    """The grid, the still that is approved in it, and the slider."""

    def __init__(self) -> None:
        self.dressing = gr.State(None)
        self.stills = gr.State([])
        self.chosen = gr.State(None)
        self.grid = gr.Gallery(
            visible=False,
            columns=2,
            allow_preview=False,
            label=t("Dressed stills"),
            show_label=False,
            object_fit="contain",
            buttons=[],
            interactive=False,
            elem_classes="lr-cards lr-stills",
            elem_id="tryon-stills",
        )
        with gr.Column(visible=False) as self.actions:
            with gr.Row(elem_classes="lr-actions"):
                self.again = gr.Button(
                    t("Another one instead"),
                    interactive=False,
                    elem_id="tryon-again",
                    min_width=120,
                )
                self.animate = gr.Button(
                    t("Click the still you approve"),
                    interactive=False,
                    elem_id="tryon-animate",
                    min_width=160,
                )
            self.kept = KeptGarments()
        self.slider = gr.ImageSlider(
            visible=False,
            label=t("Before and after"),
            show_label=False,
            interactive=False,
            buttons=["fullscreen"],
            max_height=560,
            elem_classes="lr-slider",
            elem_id="tryon-slider",
        )

    def wire(self, cards: gr.State, clip_model: gr.Dropdown) -> None:
        """A click on a still approves it; the clip's model decides what may go with it."""
        self.kept.wire(cards, clip_model)
        self.grid.select(
            self._approve,
            [self.stills, self.dressing],
            [self.chosen, *self.buttons, self.slider],
            **PRIVATE,
        )

    def settle(self, *runs: Any) -> None:
        """Show once more what was approved while these runs were ending.

        Gradio says the last update of a run again when the run is over, which undoes a quick click.
        """
        for run in runs:
            run.then(
                self._chosen,
                [self.chosen, self.stills, self.dressing],
                [*self.buttons, self.slider],
                **PRIVATE,
            )

    @property
    def inputs(self) -> list[Any]:
        """What `approved` and `garments` are told by."""
        return [self.stills, self.chosen, self.dressing, self.kept.ticked]

    @property
    def outputs(self) -> list[Any]:
        """What the updates below may name."""
        shown = [self.grid, self.actions, self.slider]
        return [self.stills, self.chosen, self.dressing, *shown, *self.buttons]

    @property
    def buttons(self) -> list[gr.Button]:
        """Those that need an approved still."""
        return [self.again, self.animate]

    @staticmethod
    def approved(stills: Sequence[str], chosen: int | None) -> str | None:
        """The still that was clicked."""
        return stills[chosen] if chosen is not None and chosen < len(stills) else None

    @staticmethod
    def garments(dressing: Dressing | None, ticked: bool) -> Sequence[str]:
        """The photos that are to go with the approved still."""
        return dressing.pictures[1:] if dressing is not None and ticked else ()

    def clear(self) -> Update:
        """No stills."""
        return {
            self.stills: [],
            self.chosen: None,
            self.dressing: None,
            self.grid: gr.Gallery(value=[], visible=False),
            self.actions: gr.Column(visible=False),
            self.slider: gr.ImageSlider(value=None, visible=False),
        }

    def show(self, stills: list[str], dressing: Dressing) -> Update:
        """New stills, none of them approved."""
        return {
            self.stills: stills,
            self.chosen: None,
            self.dressing: dressing,
            self.grid: gr.Gallery(
                stills, visible=True, columns=min(len(stills), 2), selected_index=None
            ),
            self.actions: gr.Column(visible=True),
        } | self.enabled(False, None)

    def replace(self, stills: Sequence[str], chosen: int, still: str, dressing: Dressing) -> Update:
        """One still in the place of another, approved as that was."""
        renewed = [*stills[:chosen], still, *stills[chosen + 1 :]]
        return {
            self.stills: renewed,
            self.chosen: chosen,
            self.grid: gr.Gallery(renewed, selected_index=chosen),
            self.slider: self._compared(still, dressing),
        }

    def enabled(self, working: bool, chosen: int | None) -> Update:
        """The buttons while a job runs and after it."""
        free = not working and chosen is not None
        return {
            self.again: gr.Button(interactive=free),
            self.animate: _animate_button(chosen is not None, free),
        }

    def _approve(
        self, event: gr.SelectData, stills: list[str], dressing: Dressing | None
    ) -> list[Any]:
        if dressing is None or event.index >= len(stills):
            return [gr.skip()] * 4
        return [event.index, *self._chosen(event.index, stills, dressing)]

    def _chosen(
        self, chosen: int | None, stills: list[str], dressing: Dressing | None
    ) -> list[Any]:
        """The buttons and the slider for the approved still; as they are where there is none."""
        still = self.approved(stills, chosen)
        if dressing is None or still is None:
            return [gr.skip()] * 3
        return [
            gr.Button(interactive=True),
            _animate_button(True, True),
            self._compared(still, dressing),
        ]

    @staticmethod
    def _compared(still: str, dressing: Dressing) -> gr.ImageSlider:
        with Image.open(still) as after, Image.open(dressing.pictures[0]) as before:
            # As the model was shown it, so that both lie exactly on one another.
            photo = ImageOps.fit(ImageOps.exif_transpose(before).convert("RGB"), after.size)
        return gr.ImageSlider(value=(photo, still), visible=True)


def _animate_button(approved: bool, free: bool) -> gr.Button:
    words = t("Animate this look") if approved else t("Click the still you approve")
    return gr.Button(words, variant="primary" if approved else "secondary", interactive=free)
