"""The leave to use people's pictures and voices, given once in each browser."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.studio import Studio
from app.wardrobe import PERFORMANCE
from app.words import t

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


class Consent:
    """The line, there once something was added, until it has been said in this browser."""

    def __init__(self, studio: Studio, elem_id: str) -> None:
        self._wardrobe, self._browser = studio.wardrobe, studio.browser
        self.box = gr.Checkbox(
            label=t(
                "I have the right to use these pictures, clips and voices, and everybody in them "
                "has agreed to what is made of them."
            ),
            visible=False,
            container=False,
            elem_classes="lr-consent",
            elem_id=elem_id,
        )

    def wire(self, slots: Sequence[Any]) -> None:
        """Ask once one of these is filled."""
        added = [slot.change for slot in slots]
        gr.on(added, self._ask, [self.box, self._browser], self.box, **PRIVATE)
        self.box.input(self._remember, [self.box, self._browser], None, **PRIVATE)

    def given(self, ticked: bool, browser: str | None) -> bool:
        """Whether the user has said so, now or before."""
        return ticked or self._wardrobe.has_consent(browser, PERFORMANCE)

    def _ask(self, ticked: bool, browser: str | None) -> Any:
        if ticked:
            return gr.skip()
        return gr.Checkbox(visible=not self._wardrobe.has_consent(browser, PERFORMANCE))

    def _remember(self, ticked: bool, browser: str | None) -> None:
        if browser:
            self._wardrobe.set_consent(browser, ticked, PERFORMANCE)
