"""What a lookbook is laid out from: pictures or a CSV, and the settings that all rows share."""

import random
from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.cards import cards_for, choose
from app.controls import AS_PHOTO, ControlValues, ModelControls
from app.directions import MOTIONS
from app.lookbook.book import Kind, Recipe, Row
from app.lookbook.catalogue import MAX_SEED, Shared
from app.lookbook.picker import PicturePicker
from app.lookbook.problems import LookbookError
from app.model_notes import model_choices, model_note
from app.presets import size_choices
from app.studio import Studio
from app.wiring import AT_ONCE
from app.words import later, t
from serve.protocol import Task

DEFAULT_SEED = 7
"""One seed for the whole catalogue, so that its pictures belong together."""


class LookbookForm:
    """The components of the first two steps."""

    def __init__(self, studio: Studio) -> None:
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=6, min_width=320):
                self.picker = PicturePicker(studio)
            with gr.Column(scale=5, min_width=320):
                self._build_looks()

    def _build_looks(self) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("Looks")}</h2>')
        self.what = gr.Radio(
            [(t("Stills"), Kind.STILL.value), (t("Clips"), Kind.CLIP.value)],
            value=Kind.STILL.value,
            label=t("What to make"),
            elem_classes="lr-chips",
            elem_id="lookbook-what",
        )
        self.notes = gr.Textbox(
            label=t("Styling notes"), placeholder=t("worn open, sleeves rolled up"), lines=2
        )
        self.direction = gr.Textbox(
            next(iter(MOTIONS.values())), label=t("Direction"), lines=2, visible=False
        )
        with gr.Row(elem_classes="lr-pair"):
            self.title = gr.Textbox(label=t("Name of the lookbook"), max_length=80, min_width=150)
            self.seed = gr.Number(
                DEFAULT_SEED,
                label=t("Seed, the same for all"),
                placeholder=t("a new one"),
                precision=0,
                minimum=0,
                min_width=120,
            )
        with gr.Accordion(t("Still settings"), open=False, elem_classes="lr-advanced"):
            with gr.Row(elem_classes="lr-pair"):
                self.dresser = gr.Dropdown(
                    label=t("Dressing model"), choices=[], interactive=True, min_width=160
                )
                self.size = gr.Dropdown(
                    label=t("Size"), choices=[], interactive=True, min_width=120
                )
            self.dresser_note = gr.HTML(elem_classes="lr-note")
        self.clip = ModelControls(Task.IMAGE_TO_VIDEO, label=later("Clip model"), folded=True)
        self.clip.seed.visible = False  # the lookbook has one

    def wire(self, cards: gr.State, browser: gr.BrowserState) -> None:
        """Follow the model list, the examples, and what is to be made of what."""
        self.picker.wire(browser)
        self.clip.wire(cards)
        self.what.change(
            lambda what: [gr.Textbox(visible=what == kind) for kind in Kind],
            self.what,
            [self.notes, self.direction],
            **AT_ONCE,
        )
        gr.on(
            [cards.change, self.dresser.input],
            dresser_shown,
            [cards, self.dresser, self.size],
            [self.dresser, self.dresser_note, self.size],
            **AT_ONCE,
        )

    @property
    def layout_inputs(self) -> list[gr.components.Component]:
        """What `lay_out` takes."""
        return [*self.picker.inputs, self.what, self.notes, self.direction, self.seed]

    def lay_out(self, browser: str, values: Sequence[Any]) -> tuple[list[Row], str]:
        """The rows of that browser's user, and what there is to say about them."""
        *pictures, what, notes, direction, seed = values
        kind = Kind(what)
        words = notes if kind is Kind.STILL else direction
        shared = Shared(kind, one_seed(seed), (words or "").strip())
        return self.picker.rows(browser, pictures, shared)

    @property
    def recipe_inputs(self) -> list[gr.components.Component]:
        """What `recipe` takes after the model list."""
        return [self.dresser, self.size, *self.clip.inputs]

    def recipe(self, cards: str, values: Sequence[Any]) -> Recipe:
        """How to make the rows, as the settings say."""
        dresser, size, *controls = values
        return recipe_of(cards, dresser, size, ControlValues(*controls))


def dresser_shown(cards: str, dresser: str | None, size: str | None) -> list[Any]:
    """The models, a word on the chosen one, and its sizes: what is still a choice stays chosen.

    A size that is none any more would make Gradio refuse every event that reads it.
    """
    found = cards_for(cards, Task.IMAGE_EDIT)
    card = choose(found, dresser)
    if card is None:
        return [gr.Dropdown(choices=[], value=None), "", gr.skip()]
    sizes = [(t("As the photo"), AS_PHOTO), *size_choices(card.limits.sizes)]
    stays, fits = card.id == dresser, size in (AS_PHOTO, *card.limits.sizes)
    return [
        gr.Dropdown(choices=model_choices(found), **({} if stays else {"value": card.id})),
        model_note(card),
        gr.Dropdown(choices=sizes, **({} if fits else {"value": AS_PHOTO})),
    ]


def recipe_of(cards: str, dresser: str | None, size: str | None, clip: ControlValues) -> Recipe:
    """The settings as request fields; where a clip needs a still first, in the clip's size."""
    dress_card = choose(cards_for(cards, Task.IMAGE_EDIT), dresser)
    clip_card = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), clip.model)
    fields = clip.request_fields()
    fields.pop("seed", None)
    if clip_card is not None:
        fields["model"] = clip_card.id
    still: dict[str, Any] = {"model": dress_card.id} if dress_card is not None else {}
    if size:
        still["size"] = size
    return Recipe(
        still=still,
        clip=fields,
        dresses_first=clip_card is not None and Task.TRY_ON not in clip_card.tasks,
        dress_prompt=dress_card.defaults.prompt if dress_card is not None else "",
        picture_word=dress_card.picture_word if dress_card is not None else "",
    )


def one_seed(seed: float | None) -> int:
    """The seed of all rows; a new one where none is given."""
    if seed is None:
        return random.randrange(MAX_SEED + 1)
    if not 0 <= seed <= MAX_SEED:
        raise LookbookError(
            t("The seed is {n}: it must be from 0 to {most}.", n=int(seed), most=MAX_SEED)
        )
    return int(seed)
