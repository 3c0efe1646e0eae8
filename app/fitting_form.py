"""The form of the *Try-on* tab: person, garments, look and how the stills are made."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app import samples
from app.components import (
    AS_PHOTO,
    ControlValues,
    cards_for,
    choose,
    model_choices,
    model_note,
    size_choices,
)
from app.directions import PLACES, rewritten
from app.fitting import DRESS, DRESSED, MODES, Fitting
from app.garment_form import GarmentForm
from app.garments import Garment, instruction
from app.kept_garments import KeptGarments
from app.last_frame import LastFrame
from app.look_form import LookForm
from app.mask_form import MaskForm
from app.person_form import PersonForm
from app.slots import MAX_GARMENTS, USUAL, GarmentSlots
from app.studio import Studio
from app.wiring import AT_ONCE
from app.words import t
from app.worn import remembered
from serve.protocol import Job, ModelCard, Task


class FittingForm:
    """The three steps."""

    def __init__(self, studio: Studio) -> None:
        self.mode = gr.Radio(
            [(t(mode), mode) for mode in MODES],
            value=DRESS,
            show_label=False,
            container=False,
            elem_classes="lr-chips lr-mode",
        )
        with gr.Row(elem_classes="lr-pictures"):
            with gr.Column(min_width=150):
                self.person = PersonForm(studio)
            with gr.Column(min_width=150) as self.garment_column:
                self.garments = GarmentForm(studio)
        self.part = MaskForm(studio.downloads)
        self.look = LookForm()
        with gr.Accordion(
            t("Still settings"), open=False, elem_classes="lr-advanced"
        ) as self.dressing:
            self.dresser = gr.Dropdown(label=t("Dressing model"), choices=[], interactive=True)
            self.dresser_note = gr.HTML(elem_classes="lr-note")
            self.n = gr.Slider(1, 4, value=2, step=1, label=t("How many stills"), interactive=True)
            self.size = gr.Dropdown(
                label=t("Shape of the stills"), choices=[], interactive=True, elem_id="tryon-size"
            )
            self.notes = gr.Textbox(
                label=t("Styling notes"), placeholder=t("worn open, sleeves rolled up")
            )
            self.instruction = gr.Textbox(
                label=t("Instruction"),
                info=t("What the dressing model is told. Garments, place and notes write it."),
                lines=3,
                max_lines=8,
                elem_id="tryon-instruction",
            )
            self.written = gr.Textbox("", visible=False)  # as with the direction's

    def wire(self, cards: gr.State, clip_model: gr.Dropdown) -> None:
        """Follow the model list, the choices, the examples and the mode."""
        self.person.wire()
        self.garments.wire(cards, self.dresser)
        self.part.wire(cards, self.dresser, self.mode, self.person.person)
        self.look.wire(cards, clip_model)
        self.mode.change(
            lambda mode: [gr.Column(visible=mode == DRESS), gr.Accordion(visible=mode == DRESS)],
            self.mode,
            [self.garment_column, self.dressing],
            **AT_ONCE,
        )
        gr.on(
            [cards.change, self.dresser.input],
            self._refresh,
            [cards, self.dresser, self.size],
            self.dresser_outputs,
            **AT_ONCE,
        )
        slots = self.garments.slots
        gr.on(
            [*slots.changed(), self.dresser.change, self.look.place.change, self.notes.change],
            self._instruct,
            [cards, self.dresser, self.look.place, self.notes, self.instruction, self.written]
            + slots.inputs,
            [self.instruction, self.written],
            trigger_mode="always_last",
            **AT_ONCE,
        )

    def open_with(self, page: gr.Blocks) -> None:
        """Show what this browser has saved when the page is opened."""
        self.person.shelf.open_with(page)
        self.garments.shelf.open_with(page)

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order in which `read` takes their values."""
        return [
            self.mode,
            self.person.person,
            self.person.consent.box,
            self.look.place,
            self.look.direction,
            self.notes,
            self.instruction,
            self.written,
            self.n,
            self.dresser,
            self.size,
            self.part.canvas,
            *self.garments.slots.inputs,
        ]

    @property
    def dresser_outputs(self) -> list[gr.components.Component]:
        """What `show_dresser` returns values for."""
        return [self.dresser, self.dresser_note, self.n, self.size]

    def read(
        self,
        cards: str,
        user: str | None,
        approved: str | None,
        values: Sequence[Any],
        settings: ControlValues,
        last_image: str | None,
        kept: Sequence[str],
    ) -> Fitting:
        """The values of `inputs`, with the cards of the chosen models."""
        mode, person, consent, place, direction, notes, told, written, n, dresser, *more = values
        size, painted, *slots = more
        clip_card = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), settings.model)
        dress_card = choose(cards_for(cards, Task.IMAGE_EDIT), dresser)
        garments, notes = GarmentSlots.read(slots), (notes or "").strip()
        listens = clip_card is None or clip_card.limits.prompt
        return Fitting(
            mode=mode,
            person=person,
            garments=garments,
            instruction=instructed(told, written, garments, dress_card, place, notes),
            direction=(direction or "").strip() if listens else "",
            notes=notes,
            n=int(n),
            size=size or None,
            settings=settings,
            dress_card=dress_card,
            clip_card=clip_card,
            approved=approved,
            user=user,
            consented=self.person.consent.given(bool(consent), user),
            last_image=LastFrame.taken(last_image, clip_card),
            kept=KeptGarments.taken(kept, clip_card) if mode == DRESS else (),
            mask=self.part.taken(painted, person, dress_card),
        )

    @property
    def filled(self) -> list[gr.components.Component]:
        """What `show_look` and `show_job` fill in."""
        look = [self.look.place, self.look.direction]
        told = [self.notes, self.instruction, self.written]
        return [self.mode, self.person.person, *look, *told, *self.garments.slots.outputs]

    def show_look(self, look: samples.Look) -> list[Any]:
        """An example's pictures and direction."""
        person, garment = samples.people()[look.person], samples.garments()[look.garment]
        words = [gr.skip(), look.prompt, gr.skip(), "", ""]
        return [DRESS, person, *words, *GarmentSlots.arrange([garment], 0)]

    def show_job(self, cards: str, job: Job, pictures: Sequence[str]) -> list[Any]:
        """An earlier job's pictures and words; one picture alone was animated as it was."""
        person, worn = (pictures[0] if pictures else None), pictures[1:]
        usual = [Garment(*one) for one in zip(USUAL, worn[:MAX_GARMENTS], strict=False)]
        garments = remembered(job.metadata, worn) or usual
        card = choose(cards_for(cards, Task.IMAGE_EDIT), job.model)
        words = _clip_words(job) if job.object == "video" else _still_words(job, garments, card)
        mode = DRESS if garments else DRESSED
        return [mode, person, *words, *GarmentSlots.arrange(garments, 0)]

    def show_dresser(
        self, cards: Sequence[ModelCard], card: ModelCard, size: str | None
    ) -> list[Any]:
        """The chosen dressing model, and the size of the stills if it makes that one."""
        sizes = card.limits.sizes
        return [
            gr.Dropdown(choices=model_choices(cards), value=card.id),
            model_note(card),
            gr.Slider(maximum=max(card.limits.max_images, 2)),
            gr.Dropdown(
                choices=[(t("As clip and photo"), AS_PHOTO), *size_choices(sizes)],
                value=size if size in sizes else AS_PHOTO,
            ),
        ]

    def _refresh(self, cards: str, dresser: str | None, size: str | None) -> list[Any]:
        found = cards_for(cards, Task.IMAGE_EDIT)
        card = choose(found, dresser)
        if card is None:
            return [gr.Dropdown(choices=[], value=None), "", gr.skip(), gr.skip()]
        return self.show_dresser(found, card, size)

    def _instruct(
        self,
        cards: str,
        dresser: str | None,
        place: str | None,
        notes: str | None,
        told: str | None,
        written: str,
        *slots: Any,
    ) -> list[str]:
        card = choose(cards_for(cards, Task.IMAGE_EDIT), dresser)
        garments = GarmentSlots.read(slots)
        own = written_for(garments, card, place, notes or "")
        return [instructed(told, written, garments, card, place, notes or ""), own]


def _clip_words(job: Job) -> list[Any]:
    """Place, direction, notes and instruction after which a clip is the same again."""
    # The direction was sent with place and notes in it.
    return [gr.skip(), job.prompt, "", "", ""]


def _still_words(job: Job, garments: Sequence[Garment], card: ModelCard | None) -> list[Any]:
    """Place, direction, notes, instruction and what of it the page would write by itself."""
    place = next((one for one in PLACES if _is_told(job, garments, card, one)), next(iter(PLACES)))
    return [place, gr.skip(), "", job.prompt, written_for(garments, card, place, "")]


def _is_told(job: Job, garments: Sequence[Garment], card: ModelCard | None, place: str) -> bool:
    words = written_for(garments, card, place, "")
    return bool(words) and words in job.prompt


def written_for(
    garments: Sequence[Garment], card: ModelCard | None, place: str | None, notes: str
) -> str:
    """What the page itself would tell the dresser."""
    if card is None:
        return ""
    return instruction(garments, card, place=PLACES.get(place or "", ""), notes=notes.strip())


def instructed(
    told: str | None,
    written: str,
    garments: Sequence[Garment],
    card: ModelCard | None,
    place: str | None,
    notes: str,
) -> str:
    """The instruction with what the page wrote brought up to date; the user's own words stay."""
    told = (told or "").strip()
    if told and (not written or written not in told):
        return told
    return rewritten(told, written, written_for(garments, card, place, notes))
