"""Step 2 of *Try-on*: the garments in their slots, what may be better, and the saved ones."""

from html import escape
from typing import Any

import gradio as gr

from app import photo_checks, samples
from app.components import cards_for, choose
from app.garments import Category, Garment, too_many
from app.hints import hints_html
from app.shelf import Shelf
from app.slots import MAX_GARMENTS, GarmentSlots
from app.strip import strip
from app.studio import Studio
from app.wardrobe import Saved
from app.wiring import AT_ONCE, PRIVATE
from app.words import later, t
from serve.protocol import Task

EVERY = 2 * MAX_GARMENTS
"""Pictures that the slots have room for: of each garment its front and its back."""
GUIDANCE = later("Front, flat or worn, uncropped, in good light; logos and print readable.")


class GarmentForm:
    """The slots, the example garments and the saved garments."""

    def __init__(self, studio: Studio) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("Garments")}</h2>')
        self.slots = GarmentSlots()
        self.room = gr.HTML(elem_id="garment-room")
        self.hints = gr.HTML(hints_html(t(GUIDANCE)), elem_id="garment-hints")
        self.wardrobe = strip(
            [garment.front for garment in samples.garments()], t("Example garments")
        )
        self.shelf = Shelf(studio, "garment")

    def wire(self, cards: gr.State, dresser: gr.Dropdown) -> None:
        """Check each new picture and their number; take examples and saved garments."""
        self.slots.wire()
        gr.on(
            [*self.slots.changed(), dresser.change],
            _hints,
            [cards, dresser, *self.slots.inputs],
            self.hints,
            concurrency_id="photo-checks",
            concurrency_limit=2,
            trigger_mode="always_last",
            **PRIVATE,
        )
        gr.on(
            [self.slots.count.change, cards.change, dresser.change],
            room,
            [cards, dresser, *self.slots.inputs],
            [self.room, self.slots.add],
            trigger_mode="always_last",
            **AT_ONCE,
        )
        self.wardrobe.select(_pick, self.slots.inputs, self.slots.outputs, **PRIVATE)
        slot = {"inputs": self.slots.inputs, "outputs": self.slots.outputs}
        self.shelf.wire(self.slots.opened, _place, slot)


def _hints(cards: str, dresser: str | None, *values: Any) -> str:
    garments = GarmentSlots.read(values)
    hints = [hint for garment in garments for hint in _garment_hints(garment)]
    problem = too_many(garments, choose(cards_for(cards, Task.IMAGE_EDIT), dresser))
    return hints_html(t(GUIDANCE), [*filter(None, [problem]), *dict.fromkeys(hints)])


def room(cards: str, dresser: str | None, *values: Any) -> list[Any]:
    """What the model takes, said before anything is added, and no slots beyond it."""
    card = choose(cards_for(cards, Task.IMAGE_EDIT), dresser)
    most = min(card.limits.max_garments if card else EVERY, EVERY)
    if card is None or most == EVERY:
        return ["", GarmentSlots.limit(most, values)]
    told = t(
        "{model} takes at most {most} garment pictures, backs included.",
        model=card.title,
        most=most,
    )
    if most == 1:
        told = t("{model} takes one garment picture.", model=card.title)
    return [f'<p class="lr-hint">{escape(told)}</p>', GarmentSlots.limit(most, values)]


def _garment_hints(garment: Garment) -> list[str]:
    shown = [picture for picture in (garment.front, garment.back) if picture]
    return [hint for picture in shown for hint in photo_checks.garment_hints(picture)]


def _pick(event: gr.SelectData, *values: Any) -> list[Any]:
    return GarmentSlots.put(samples.garments()[int(event.index)], values)


def _place(saved: Saved, *values: Any) -> list[Any]:
    garment = Garment(saved.item.category or Category.TOP, saved.front, saved.back)
    return GarmentSlots.put(garment, values)
