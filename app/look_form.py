"""Step 3 of *Try-on*: motion, camera and place by presets, and the prompt that they add up to."""

from typing import Any

import gradio as gr

from app import directions
from app.cards import cards_for, choose
from app.directions import CAMERAS, MOTIONS, PLACES
from app.wiring import AT_ONCE
from app.words import t
from serve.protocol import ModelCard, Task


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
        # In the browser like the direction, no state of the server's: the two change together.
        self.written = gr.Textbox(first, visible=False)

    def wire(self, cards: gr.State, model: gr.Dropdown) -> None:
        """A choice rewrites its own words and leaves the user's; the clip's model limits them."""
        choices = [cards, model, self.motion, self.place, self.camera]
        texts = [self.direction, self.written]
        gr.on(
            [self.motion.input, self.place.input, self.camera.input],
            _rewrite,
            [*choices, *texts],
            texts,
            trigger_mode="always_last",
            **AT_ONCE,
        )
        gr.on(
            [cards.change, model.change],
            _follow,
            [*choices, *texts],
            [self.motion, self.camera, *texts],
            **AT_ONCE,
        )


def _rewrite(
    cards: str,
    model: str | None,
    motion: str | None,
    place: str | None,
    camera: str | None,
    direction: str,
    written: str,
) -> list[str]:
    new = directions.direction(motion, place, None if _draws(cards, model) else camera)
    return [directions.rewritten(direction or "", written, new), new]


def _follow(
    cards: str,
    model: str | None,
    motion: str | None,
    place: str | None,
    camera: str | None,
    *texts: str,
) -> list[Any]:
    """The choices that mean something to this model; what they wrote keeps to them."""
    card = _card(cards, model)
    if card is None:
        return [gr.skip()] * 4
    known = directions.motions_for(card)
    kept = motion if motion in known else known[0]
    direction, written = texts
    if written and written in (direction or ""):  # else it is all the user's own
        texts = tuple(_rewrite(cards, model, kept, place, camera, direction, written))
    return [gr.Radio(_choices(known), value=kept), gr.Dropdown(visible=not card.sketch), *texts]


def _card(cards: str, model: str | None) -> ModelCard | None:
    return choose(cards_for(cards, Task.IMAGE_TO_VIDEO), model)


def _draws(cards: str, model: str | None) -> bool:
    card = _card(cards, model)
    return card is not None and card.sketch


def _choices(choices: list[str]) -> list[tuple[str, str]]:
    return [(t(choice), choice) for choice in choices]


def _chips(label: str, choices: list[str]) -> gr.Radio:
    return gr.Radio(_choices(choices), value=choices[0], label=label, elem_classes="lr-chips")


def _choice(label: str, choices: list[str]) -> gr.Dropdown:
    return gr.Dropdown(
        _choices(choices), value=choices[0], label=label, interactive=True, min_width=140
    )
