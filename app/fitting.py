"""The fitting form of the *Try-on* tab: person, garments and look, and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app import samples
from app.components import ControlValues, cards_for, choose, model_choices, model_note
from serve.protocol import Job, ModelCard, Task

DRESS = "Dress a person"
DRESSED = "Animate a dressed photo"
MODES = (DRESS, DRESSED)


@dataclass(frozen=True)
class Fitting:
    """Everything the user has entered, read once when a button is pressed."""

    mode: str
    person: str | None
    garments: list[str]
    place: str
    direction: str
    notes: str
    n: int
    settings: ControlValues
    dress_card: ModelCard | None
    clip_card: ModelCard | None
    approved: str | None
    user: str | None

    def problem(self, *, needs_garment: bool) -> str | None:
        """What is missing, in words; None if the job can be queued."""
        if self.clip_card is None or (needs_garment and self.dress_card is None):
            return "No model is ready yet. Please wait a moment."
        if not needs_garment:
            return None if self.first_frame else "Choose a photo or a dressed still first."
        if self.person is None:
            return "Add a photo of the person first (step 1)."
        if not self.garments:
            return "Add a photo of the garment first (step 2)."
        most = max(self.dress_card.limits.max_garments, 1) if self.dress_card else 1
        if len(self.garments) > most:
            garments = "one garment" if most == 1 else f"{most} garments"
            return f"This model dresses with at most {garments}; you added {len(self.garments)}."
        return None

    @property
    def dresser(self) -> str | None:
        """The dressing model's id."""
        return self.dress_card.id if self.dress_card else None

    @property
    def can_try_on(self) -> bool:
        """Whether the clip's model takes person and garments in one job."""
        return self.clip_card is not None and Task.TRY_ON in self.clip_card.tasks

    @property
    def first_frame(self) -> list[str]:
        """The picture to animate, if there is one yet."""
        picture = self.person if self.mode == DRESSED else self.approved
        return [picture] if picture else []

    @property
    def pictures(self) -> list[str]:
        """The person, then the garments."""
        return [*filter(None, [self.person]), *self.garments]

    @property
    def dress_prompt(self) -> str:
        """The dresser's own instruction, followed by the place and the notes, if any."""
        wishes = " ".join(filter(None, (self.place, self.notes)))
        own = self.dress_card.defaults.prompt if self.dress_card else ""
        return f"{own} {wishes}".strip() if wishes else ""

    @property
    def still_size(self) -> str | None:
        """The clip's size where the dresser offers it, so that nothing is cropped twice."""
        sizes = self.dress_card.limits.sizes if self.dress_card else []
        return self.settings.size if self.settings.size in sizes else None


class FittingForm:
    """The three steps."""

    def __init__(self) -> None:
        self.mode = gr.Radio(
            MODES, value=DRESS, show_label=False, container=False, elem_classes="lr-chips lr-mode"
        )
        with gr.Row(elem_classes="lr-pictures"):
            self._build_person()
            self._build_garments()
        gr.HTML('<h2 class="lr-step"><span>3</span>Look</h2>')
        self.motion = _chips("Motion", list(samples.MOTIONS))
        self.place = _chips("Place", list(samples.PLACES))
        self.direction = gr.Textbox(
            label="Direction", value=_direction("Walk", "As in the photo"), lines=2
        )
        with gr.Accordion(
            "Still settings", open=False, elem_classes="lr-advanced"
        ) as self.dressing:
            self.dresser = gr.Dropdown(label="Dressing model", choices=[], interactive=True)
            self.dresser_note = gr.HTML(elem_classes="lr-note")
            self.n = gr.Slider(1, 4, value=2, step=1, label="How many stills", interactive=True)
            self.notes = gr.Textbox(
                label="Styling notes", placeholder="worn open, sleeves rolled up"
            )

    def _build_person(self) -> None:
        with gr.Column(min_width=150):
            gr.HTML('<h2 class="lr-step"><span>1</span>Person</h2>')
            self.person = gr.Image(
                label="Person",
                show_label=False,
                type="filepath",
                sources=["upload", "clipboard", "webcam"],
                height=320,
                elem_classes="lr-upload",
                elem_id="tryon-person",
            )
            gr.HTML('<p class="lr-hint">Front view, whole figure, one person.</p>')
            self.people = _strip(samples.people(), "Example people")

    def _build_garments(self) -> None:
        with gr.Column(min_width=150) as self.garment_column:
            gr.HTML('<h2 class="lr-step"><span>2</span>Garment</h2>')
            self.garments = gr.Gallery(
                label="Garments",
                show_label=False,
                type="filepath",
                file_types=["image"],
                interactive=True,
                columns=1,
                height=320,
                object_fit="contain",
                allow_preview=False,
                buttons=[],
                elem_classes="lr-upload",
                elem_id="tryon-garments",
            )
            gr.HTML('<p class="lr-hint">Flat or worn, uncropped, in good light.</p>')
            self.wardrobe = _strip(samples.garments(), "Example garments")

    def wire(self, cards: gr.State) -> None:
        """Follow the model list, the chips, the examples and the mode."""
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on(
            [self.motion.input, self.place.input],
            _direction,
            [self.motion, self.place],
            self.direction,
            queue=False,
            **private,
        )
        self.people.select(_pick_person, None, self.person, **private)
        self.wardrobe.select(_pick_garment, None, self.garments, **private)
        self.mode.change(
            lambda mode: [gr.Column(visible=mode == DRESS), gr.Accordion(visible=mode == DRESS)],
            self.mode,
            [self.garment_column, self.dressing],
            queue=False,
            **private,
        )
        gr.on(
            [cards.change, self.dresser.input],
            self._refresh,
            [cards, self.dresser],
            [self.dresser, self.dresser_note, self.n],
            queue=False,
            **private,
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order in which `read` takes their values."""
        return [
            self.mode,
            self.person,
            self.garments,
            self.place,
            self.direction,
            self.notes,
            self.n,
            self.dresser,
        ]

    def read(
        self,
        cards: str,
        user: str | None,
        approved: str | None,
        values: Sequence[Any],
        settings: ControlValues,
    ) -> Fitting:
        """The values of `inputs`, with the cards of the chosen models."""
        mode, person, garments, place, direction, notes, n, dresser = values
        clip_card = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), settings.model)
        listens = clip_card is None or clip_card.limits.prompt
        return Fitting(
            mode=mode,
            person=person,
            garments=[path for path, _caption in garments or []],
            place=samples.PLACES.get(place, ""),
            direction=(direction or "").strip() if listens else "",
            notes=(notes or "").strip(),
            n=int(n),
            settings=settings,
            dress_card=choose(cards_for(cards, Task.IMAGE_EDIT), dresser),
            clip_card=clip_card,
            approved=approved,
            user=user,
        )

    @property
    def filled(self) -> list[gr.components.Component]:
        """What `show_look` and `show_job` fill in."""
        return [self.mode, self.person, self.garments, self.direction]

    def show_look(self, look: samples.Look) -> list[Any]:
        """An example's pictures and direction."""
        return [
            DRESS,
            str(samples.IMAGES / look.person),
            [str(samples.IMAGES / look.garment)],
            look.prompt,
        ]

    def show_job(self, job: Job, pictures: Sequence[str]) -> list[Any]:
        """An earlier job's pictures and direction; one picture alone was animated as it was."""
        person, garments = (pictures[0] if pictures else None), list(pictures[1:])
        direction = job.prompt if job.object == "video" else gr.skip()
        return [DRESS if garments else DRESSED, person, garments, direction]

    def _refresh(self, cards: str, dresser: str | None) -> list[Any]:
        found = cards_for(cards, Task.IMAGE_EDIT)
        card = choose(found, dresser)
        if card is None:
            return [gr.Dropdown(choices=[], value=None), "", gr.skip()]
        dropdown = gr.Dropdown(choices=model_choices(found), value=card.id)
        return [dropdown, model_note(card), gr.Slider(maximum=max(card.limits.max_images, 2))]


def _direction(motion: str | None, place: str | None) -> str:
    words = (samples.MOTIONS.get(motion or "", ""), samples.PLACES.get(place or "", ""))
    return " ".join(filter(None, words))


def _pick_person(event: gr.SelectData) -> str:
    return samples.people()[int(event.index)]


def _pick_garment(event: gr.SelectData) -> list[str]:
    return [samples.garments()[event.index]]


def _chips(label: str, choices: list[str]) -> gr.Radio:
    return gr.Radio(choices, value=choices[0], label=label, elem_classes="lr-chips")


def _strip(pictures: list[str], label: str) -> gr.Gallery:
    return gr.Gallery(
        pictures,
        label=label,
        show_label=False,
        columns=4,
        allow_preview=False,
        object_fit="cover",
        buttons=[],
        interactive=False,
        elem_classes="lr-cards lr-strip",
    )
