"""Step 3 of *Try-on*: motion, camera and place by presets, and the prompt that they add up to."""

from typing import Any

import gradio as gr

from app import directions
from app.directions import CAMERAS, MOTIONS, PLACES
from app.words import t

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


class LookForm:
    """Chips that write the direction, which stays the user's to edit."""

    def __init__(self) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>3</span>{t("Look")}</h2>')
        self.motion = _chips(t("Motion"), list(MOTIONS))
        with gr.Row(elem_classes="lr-pair"):
            self.place = _choice(t("Place"), list(PLACES))
            self.camera = _choice(t("Camera"), list(CAMERAS))
        first = directions.direction(self.motion.value, self.place.value, self.camera.value)
        self.direction = gr.Textbox(
            label=t("Direction"),
            info=t("What the clip's model is told: the choices above write it; change it freely."),
            value=first,
            lines=2,
            max_lines=6,
        )
        self.written = gr.State(first)

    def wire(self) -> None:
        """A choice rewrites its own words and leaves the user's."""
        gr.on(
            [self.motion.input, self.place.input, self.camera.input],
            _rewrite,
            [self.motion, self.place, self.camera, self.direction, self.written],
            [self.direction, self.written],
            **PRIVATE,
        )


def _rewrite(
    motion: str | None, place: str | None, camera: str | None, direction: str, written: str
) -> list[str]:
    new = directions.direction(motion, place, camera)
    return [directions.rewritten(direction or "", written, new), new]


def _shown(choices: list[str]) -> list[tuple[str, str]]:
    return [(t(choice), choice) for choice in choices]


def _chips(label: str, choices: list[str]) -> gr.Radio:
    return gr.Radio(_shown(choices), value=choices[0], label=label, elem_classes="lr-chips")


def _choice(label: str, choices: list[str]) -> gr.Dropdown:
    return gr.Dropdown(
        _shown(choices), value=choices[0], label=label, interactive=True, min_width=140
    )
