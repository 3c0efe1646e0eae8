"""The leave to use what shows people or lets them be heard, given once in each browser."""

from typing import Any

import gradio as gr

from app import samples
from app.studio import Studio
from app.wardrobe import Leave
from app.wiring import AT_ONCE
from app.words import later, t

WORDS = {
    Leave.PHOTOS: later("I have the right to use these photos, and whoever they show has agreed."),
    Leave.CLIPS: later("I have the right to use this clip, and whoever it shows has agreed."),
    Leave.PERFORMANCES: later(
        "I have the right to use these pictures, clips and voices, and everybody in them "
        "has agreed to what is made of them."
    ),
}
ASK_FOR_PHOTOS = later(
    "Please confirm once, below the photo, that you have the right to use these photos."
)


class Consent:
    """The line, there once something of one's own was added, until it has been said."""

    def __init__(self, studio: Studio, leave: Leave, elem_id: str) -> None:
        self._wardrobe, self._browser, self._leave = studio.wardrobe, studio.browser, leave
        self.box = gr.Checkbox(
            label=t(WORDS[leave]),
            visible=False,
            container=False,
            elem_classes="lr-consent",
            elem_id=elem_id,
        )

    def wire(self, *slots: Any) -> None:
        """Ask once one of these is filled."""
        added = [slot.change for slot in slots]
        asked = [self.box, self._browser]
        gr.on(added, self._ask, [*asked, *slots], self.box, trigger_mode="always_last", **AT_ONCE)
        self.box.input(self._remember, asked, None, **AT_ONCE)

    def given(self, ticked: bool, browser: str | None) -> bool:
        """Whether the user has said so, now or before."""
        return ticked or self._wardrobe.has_consent(browser, self._leave)

    def _ask(self, ticked: bool, browser: str | None, *files: str | None) -> Any:
        if ticked:
            return gr.skip()
        return gr.Checkbox(visible=any(map(needs_leave, files)) and not self.given(False, browser))

    def _remember(self, ticked: bool, browser: str | None) -> None:
        if browser:
            self._wardrobe.set_consent(browser, ticked, self._leave)


def needs_leave(file: str | None) -> bool:
    """Whether somebody must have agreed to it: the drawn example people need nobody's leave."""
    return file is not None and not samples.is_example(file)
