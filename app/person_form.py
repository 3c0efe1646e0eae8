"""Step 1 of *Try-on*: the person's photo, what may be better about it, and the leave to use it."""

import gradio as gr

from app import photo_checks, samples
from app.consent import Consent
from app.garments import Category, Garment
from app.hints import hints_html
from app.shelf import Shelf
from app.strip import strip
from app.studio import Studio
from app.wardrobe import Leave, Saved
from app.wiring import PRIVATE
from app.words import later, t

GUIDANCE = later("Front view, whole figure, one person, even light; arms away from the body.")


class PersonForm:
    """The slot, the example people, the saved people and the consent."""

    def __init__(self, studio: Studio) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("Person")}</h2>')
        self.person = person_photo("tryon-person")
        self.hints = gr.HTML(hints_html(t(GUIDANCE)), elem_id="person-hints")
        self.consent = Consent(studio, Leave.PHOTOS, "tryon-consent")
        self.people = strip(samples.people(), t("Example people"))
        self.shelf = Shelf(studio, "person")

    def wire(self) -> None:
        """Check each new photo; ask for leave once; take examples and saved people."""
        self.consent.wire(self.person)
        self.person.change(
            _hints,
            self.person,
            self.hints,
            concurrency_id="photo-checks",
            concurrency_limit=2,
            trigger_mode="always_last",
            **PRIVATE,
        )
        self.people.select(pick_person, None, self.person, **PRIVATE)
        self.shelf.wire(_shown, _place, {"inputs": [self.person], "outputs": [self.person]})


def person_photo(elem_id: str) -> gr.Image:
    """The slot for a photo of who is dressed or moved."""
    return gr.Image(
        label=t("Person"),
        show_label=False,
        type="filepath",
        sources=["upload", "clipboard", "webcam"],
        height=320,
        elem_classes="lr-upload",
        elem_id=elem_id,
    )


def _hints(person: str | None) -> str:
    return hints_html(t(GUIDANCE), photo_checks.person_hints(person) if person else [])


def pick_person(event: gr.SelectData) -> str:
    return samples.people()[int(event.index)]


def _shown(person: str | None) -> Garment | None:
    """The photo as the shelf saves it."""
    return Garment(Category.TOP, person) if person else None


def _place(saved: Saved, _person: str | None) -> str:
    return saved.front
