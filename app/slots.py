"""The garment slots of the *Try-on* tab: one is open, the others are lines with a small picture."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from app.garments import Category, Garment
from app.wiring import PRIVATE
from app.words import later, t

MAX_GARMENTS = 4
LABELS = {
    Category.TOP: later("Top"),
    Category.BOTTOM: later("Bottom"),
    Category.DRESS: later("Dress"),
    Category.OUTERWEAR: later("Outerwear"),
    Category.ACCESSORY: later("Accessory"),
}
USUAL = (Category.TOP, Category.BOTTOM, Category.OUTERWEAR, Category.ACCESSORY)
"""What the first, second… garment is until somebody says otherwise."""

Values = Sequence[Any]
"""How many slots are in use, which one is open, then category, front and back of every slot."""


class GarmentSlot:
    """One garment: its line while closed; its category, front and back picture while open."""

    def __init__(self, number: int) -> None:
        first = number == 0
        with gr.Row(visible=False, elem_classes="lr-slot-line") as self.line:
            self.chip = gr.HTML(elem_classes="lr-slot-chip")
            self.open = gr.Button(t("Open"), size="sm")
            self.remove = gr.Button(t("Remove"), size="sm")
        with gr.Column(visible=first, elem_classes="lr-slot") as self.body:
            self.front = _picture(t("Front"), f"tryon-garment-{number + 1}")
            self.category = gr.Dropdown(
                [(t(label), category.value) for category, label in LABELS.items()],
                value=USUAL[number].value,
                label=t("Kind of garment"),
                show_label=False,
                container=False,
                interactive=True,
            )
            with gr.Accordion(t("Back view"), open=False, elem_classes="lr-back") as self.more:
                self.back = _picture(t("Back"), f"tryon-back-{number + 1}", height=200)

    @property
    def inputs(self) -> list[Any]:
        """What the user sets."""
        return [self.category, self.front, self.back]

    @property
    def outputs(self) -> list[Any]:
        """What `GarmentSlots.arrange` sets."""
        return [self.line, self.chip, self.body, *self.inputs, self.more]


class GarmentSlots:
    """All slots. The components hold the truth; slots in use come first, without gaps."""

    def __init__(self) -> None:
        self.count = gr.State(1)
        self.active = gr.State(0)
        self.slots = [GarmentSlot(number) for number in range(MAX_GARMENTS)]
        with gr.Row(elem_classes="lr-slot-actions"):
            self.remove = gr.Button(
                t("Remove this one"), size="sm", visible=False, elem_id="tryon-remove-garment"
            )
            self.add = gr.Button(t("Add a garment"), size="sm", elem_id="tryon-add-garment")

    @property
    def inputs(self) -> list[Any]:
        """In the order of `Values`."""
        own = [component for slot in self.slots for component in slot.inputs]
        return [self.count, self.active, *own]

    @property
    def outputs(self) -> list[Any]:
        """In the order in which `arrange` returns them."""
        own = [component for slot in self.slots for component in slot.outputs]
        return [self.count, self.active, self.add, self.remove, *own]

    def wire(self) -> None:
        """Add, open and remove."""
        # Queued, since Gradio tells a page only then that a state, here the count, has changed.
        every: dict[str, Any] = {"inputs": self.inputs, "outputs": self.outputs, **PRIVATE}
        self.add.click(self._add, **every)
        self.remove.click(self._remove_open, **every)
        for number, slot in enumerate(self.slots):
            slot.open.click(partial(self._open, number), **every)
            slot.remove.click(partial(self._remove, number), **every)

    def changed(self) -> list[Any]:
        """The events after which other garments are chosen than before."""
        return [component.change for slot in self.slots for component in slot.inputs]

    @staticmethod
    def read(values: Values) -> list[Garment]:
        """The garments that have a picture."""
        return [garment for garment in _slots(values) if garment.front]

    @staticmethod
    def opened(*values: Any) -> Garment | None:
        """The garment of the open slot."""
        garment = _slots(values)[values[1]]
        return garment if garment.front else None

    @staticmethod
    def limit(most: int, values: Values) -> dict[str, Any]:
        """The update of *Add a garment*: no more slots than a model takes pictures."""
        update: dict[str, Any] = gr.update(interactive=len(_slots(values)) < most)
        return update

    @classmethod
    def put(cls, garment: Garment, values: Values) -> list[Any]:
        """Into the first slot that is empty, or else in place of the open one."""
        garments, active = _slots(values), values[1]
        empty = (number for number, slot in enumerate(garments) if not slot.front)
        at = next(empty, active)
        return cls.arrange([*garments[:at], garment, *garments[at + 1 :]], at)

    @staticmethod
    def arrange(garments: Sequence[Garment], active: int) -> list[Any]:
        """These garments in the first slots, the others empty, one of them open."""
        shown = list(garments[:MAX_GARMENTS]) or [Garment(USUAL[0], "")]
        active = min(active, len(shown) - 1)
        updates: list[Any] = [
            len(shown),
            active,
            gr.Button(visible=len(shown) < MAX_GARMENTS),
            gr.Button(visible=len(shown) > 1),
        ]
        for number in range(MAX_GARMENTS):
            garment = shown[number] if number < len(shown) else Garment(USUAL[number], "")
            closed = number < len(shown) and number != active
            updates += [
                gr.Row(visible=closed),
                chip(garment),
                gr.Column(visible=number == active),
                garment.category.value,
                garment.front or None,
                garment.back,
                gr.Accordion(open=bool(garment.back)),
            ]
        return updates

    def _add(self, *values: Any) -> list[Any]:
        garments = _slots(values)
        empty = next((n for n, garment in enumerate(garments) if not garment.front), None)
        if empty is not None:  # one more would only be another empty one
            return self.arrange(garments, empty)
        taken = {garment.category for garment in garments}
        free = next((category for category in USUAL if category not in taken), USUAL[-1])
        return self.arrange([*garments, Garment(free, "")], len(garments))

    def _open(self, number: int, *values: Any) -> list[Any]:
        return self.arrange(_slots(values), number)

    def _remove_open(self, *values: Any) -> list[Any]:
        return self._remove(values[1], *values)

    def _remove(self, number: int, *values: Any) -> list[Any]:
        garments, active = _slots(values), values[1]
        del garments[number]
        return self.arrange(garments, active - 1 if number < active else active)


def chip(garment: Garment) -> str:
    """A closed slot in a line: a small picture and what it is."""
    words = escape(t(LABELS[garment.category]))
    if not garment.front:
        return f"<span>{words}</span>"
    sides = escape(t("front and back") if garment.back else t("front"))
    source = escape(f"gradio_api/file={garment.front}")
    return f'<img src="{source}" alt=""><span>{words}<small>{sides}</small></span>'


def _slots(values: Values) -> list[Garment]:
    count, _active, *rest = values
    triples = [rest[start : start + 3] for start in range(0, 3 * count, 3)]
    return [Garment(Category(kind), front or "", back) for kind, front, back in triples]


def _picture(label: str, elem_id: str, height: int = 320) -> gr.Image:
    return gr.Image(
        label=label,
        show_label=False,
        type="filepath",
        sources=["upload", "clipboard"],
        height=height,
        elem_classes="lr-upload",
        elem_id=elem_id,
    )
