"""An earlier job comes back whole: its garments' kinds and backs, its instruction, its size."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.client import BackendClient
from app.components import ControlValues
from app.downloads import Downloads
from app.dressing import dressing_for
from app.fitting import DRESS as DRESSING
from app.fitting import Fitting
from app.fitting_form import FittingForm
from app.garments import Category, Garment
from app.restoring import losses
from app.samples import people
from app.slots import GarmentSlots
from app.studio import Studio
from app.wardrobe import Wardrobe
from app.worn import noted, remembered
from serve import catalog
from serve.protocol import Job, ModelList, Readiness, Role, Task
from tests.fake_backend import FakeBackend, card

DRESS = Garment(Category.DRESS, "dress.png", "dress-back.png")
COAT = Garment(Category.OUTERWEAR, "coat.png")
KLEIN = catalog.find("flux.2-klein-4b").on_the_wire(Readiness.READY)


def test_a_note_says_kinds_and_backs_in_the_order_in_which_they_are_sent() -> None:
    notes = noted([COAT, DRESS])
    assert notes == {"garments": "dress+back, outerwear"}
    assert remembered(notes, ["dress.png", "dress-back.png", "coat.png"]) == [DRESS, COAT]
    assert noted([]) == {}


@pytest.mark.parametrize(
    "note", ["", "dress", "dress+back", "hat, top, top", "dress+back, top, top"]
)
def test_a_note_that_is_not_of_these_pictures_says_nothing(note: str) -> None:
    assert remembered({"garments": note}, ["1.png", "2.png", "3.png"]) is None


def stills(notes: dict[str, str], size: str = "192x256") -> tuple[Job, str]:
    """A job for stills of a person and three pictures of garments, and the cards it is among."""
    backend = FakeBackend(cards=[card("croquis-tryon", [Task.IMAGE_EDIT])])
    roles = [Role.INPUT_REFERENCE, *[Role.GARMENT] * 3]
    job = backend.new_job({"size": size}, roles, "image").model_copy(update={"metadata": notes})
    return job, ModelList(data=backend.cards).model_dump_json()


def test_what_is_not_on_record_is_said() -> None:
    job, cards = stills(noted([DRESS, COAT]))
    assert losses(cards, job, 4) == []
    job, cards = stills({}, size="384x512")
    assert losses(cards, job, 4) == [
        "What kind each garment is, and which picture is a back: say so again.",
        "The size, 384 × 512.",
    ]


class Form:
    """The form of *Try-on* as a browser fills it in, without one."""

    def __init__(self, folder: Path) -> None:
        """Call in a running loop; outside of one Gradio opens another for good."""
        client = BackendClient("http://127.0.0.1:9")
        with gr.Blocks():
            browser, cards = gr.BrowserState(""), gr.State("")
            downloads, wardrobe = Downloads(client, folder), Wardrobe(folder)
            self._form = FittingForm(Studio(client, downloads, browser, cards, wardrobe, {}))
        self.cards = ModelList(data=[KLEIN]).model_dump_json()
        self._values = {component: component.value for component in self._form.inputs}
        self._values |= {self._form.mode: DRESSING, self._form.person.person: people()[0]}

    def put(self, garments: list[Garment], place: str) -> None:
        """As slots and choices say it."""
        slots = self._form.garments.slots
        self._take(dict(zip(slots.outputs, GarmentSlots.arrange(garments, 0), strict=True)))
        self._values[self._form.look.place] = place

    def restore(self, job: Job, pictures: list[str]) -> None:
        """What *Reuse settings* fills in."""
        shown = self._form.show_job(self.cards, job, pictures)
        self._take(dict(zip(self._form.filled, shown, strict=True)))
        found = self._form.show_dresser([KLEIN], KLEIN, job.size)
        self._take(dict(zip(self._form.dresser_outputs, found, strict=True)))

    def read(self) -> Fitting:
        """What a button would send."""
        settings = ControlValues(*[None] * 8)
        values = list(self._values.values())
        return self._form.read(self.cards, "me", None, values, settings, None, ())

    def _take(self, updates: dict[Any, Any]) -> None:
        for component, value in updates.items():
            told = {"value": value}
            if isinstance(value, gr.components.Component):
                told = value.constructor_args
            if component in self._values and "value" in told and value != gr.skip():
                self._values[component] = told["value"]


async def test_a_dress_with_its_back_is_made_again_with_the_same_words_and_roles(
    tmp_path: Path,
) -> None:
    form, again = Form(tmp_path), Form(tmp_path)
    form.put([DRESS, COAT], place="Park")
    asked = dressing_for(form.read())
    assert "the dress of image 2 (image 3 shows its back) and the coat" in asked.request.prompt
    assert "in a park" in asked.request.prompt
    fields = {"prompt": asked.request.prompt, "model": KLEIN.id, "size": "1024x768"}
    roles = [Role.INPUT_REFERENCE, *[Role.GARMENT] * 3]
    job = FakeBackend(cards=[KLEIN]).new_job(fields, roles, "image")
    job = job.model_copy(update={"metadata": asked.request.metadata})
    again.put([COAT], place="Beach")
    again.restore(job, list(asked.pictures))
    made = dressing_for(again.read())
    assert made.pictures == asked.pictures
    assert made.request.model_dump(exclude={"size"}) == asked.request.model_dump(exclude={"size"})
    assert made.request.size == "1024x768"
