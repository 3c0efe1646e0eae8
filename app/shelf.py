"""A shelf of the wardrobe under a picture: saved people or garments, one click from their slot."""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from app.garments import Garment
from app.strip import NAMED, filled, strip
from app.studio import Studio
from app.wardrobe import Kind, Saved, Wardrobe, WardrobeError
from app.wiring import PRIVATE
from app.words import later, t

LABELS: dict[Kind, str] = {"person": later("Saved people"), "garment": later("Saved garments")}
SAVE: dict[Kind, str] = {"person": later("Save this person"), "garment": later("Save this garment")}
MISSING: dict[Kind, str] = {
    "person": later("Add a photo of the person first (step 1)."),
    "garment": later("Add a photo of the garment first (step 2)."),
}


class Shelf:
    """The strip of saved items, and the fold in which one is saved, renamed and deleted."""

    def __init__(self, studio: Studio, kind: Kind) -> None:
        self._wardrobe: Wardrobe = studio.wardrobe
        self._browser = studio.browser
        self._kind: Kind = kind
        self.items = gr.State([])
        self.chosen = gr.State(None)
        self.strip = strip(
            [],
            t(LABELS[kind]),
            visible=False,
            columns=3,
            elem_classes=NAMED,
            elem_id=f"saved-{kind}",
        )
        with gr.Accordion(t("Wardrobe"), open=False, elem_classes="lr-wardrobe"):
            with gr.Row(elem_classes="lr-pair"):
                self.name = gr.Textbox(label=t("Name"), max_length=80, min_width=100)
                self.sku = gr.Textbox(
                    label=t("SKU"), max_length=80, min_width=80, visible=kind == "garment"
                )
            with gr.Row(elem_classes="lr-actions"):
                self.save = gr.Button(t(SAVE[kind]), size="sm", elem_id=f"save-{kind}")
                self.rename = gr.Button(t("Rename"), size="sm", visible=False)
                self.delete = gr.Button(t("Delete"), size="sm", variant="stop", visible=False)
            self.note = gr.HTML(
                f'<p class="lr-hint">{t("Kept for this browser alone, until you delete it.")}</p>'
            )

    @property
    def outputs(self) -> list[Any]:
        """What `_shown` fills in."""
        return [self.items, self.strip, self.chosen, self.name, self.sku, self.rename, self.delete]

    def wire(
        self,
        subject: Callable[..., Garment | None],
        place: Callable[..., Any],
        slot: dict[str, list[Any]],
    ) -> None:
        """Save `subject` of the slot's inputs; `place` an item that is clicked into the slot.

        `place` takes the item and the slot's inputs and returns its outputs.
        """
        own = [self._browser, self.chosen, self.name, self.sku]
        gr.on(
            [self.save.click, self.name.submit],
            partial(self._save, subject),
            [*own, *slot["inputs"]],
            self.outputs,
            **PRIVATE,
        )
        self.rename.click(self._rename, own, self.outputs, **PRIVATE)
        self.delete.click(self._delete, own, self.outputs, **PRIVATE)
        self.strip.select(self._choose, self.items, self.outputs[2:], **PRIVATE)

        def pick(event: gr.SelectData, items: list[Saved], *values: Any) -> Any:
            return place(items[event.index], *values)

        self.strip.select(pick, [self.items, *slot["inputs"]], slot["outputs"], **PRIVATE)

    def open_with(self, page: gr.Blocks) -> None:
        """List what there is when the page is opened."""
        page.load(self._list, self._browser, self.outputs, **PRIVATE)

    def _list(self, browser: str) -> list[Any]:
        return self._shown(browser) if browser else [gr.skip()] * len(self.outputs)

    def _choose(self, event: gr.SelectData, items: list[Saved]) -> list[Any]:
        saved = items[event.index]
        named = [gr.Button(visible=True)] * 2
        return [saved.id, saved.item.name, saved.item.sku, *named]

    def _save(
        self,
        subject: Callable[..., Garment | None],
        browser: str,
        _chosen: str | None,
        name: str,
        sku: str,
        *values: Any,
    ) -> list[Any]:
        shown = subject(*values)
        if shown is None:
            return self._warned(t(MISSING[self._kind]))
        category = shown.category if self._kind == "garment" else None
        try:
            saved = self._wardrobe.save(
                browser,
                self._kind,
                name,
                shown.front,
                back=shown.back,
                category=category,
                sku=sku,
            )
        except WardrobeError as error:
            return self._warned(str(error))
        gr.Info(t("{name} is in the wardrobe.", name=saved.item.name), title=t("Info"))
        return self._shown(browser)

    def _rename(self, browser: str, chosen: str | None, name: str, sku: str) -> list[Any]:
        try:
            self._wardrobe.change(browser, chosen or "", name=name, sku=sku)
        except WardrobeError as error:
            return self._warned(str(error))
        return self._shown(browser)

    def _delete(self, browser: str, chosen: str | None, *_words: str) -> list[Any]:
        try:
            self._wardrobe.delete(browser, chosen or "")
        except WardrobeError as error:
            return self._warned(str(error))
        return self._shown(browser)

    def _shown(self, browser: str) -> list[Any]:
        """The strip as it is now, and nothing chosen."""
        items = self._wardrobe.list(browser, self._kind)
        return [items, filled(items), None, "", "", *[gr.Button(visible=False)] * 2]

    def _warned(self, message: str) -> list[Any]:
        gr.Warning(message, title=t("Warning"))
        return [gr.skip()] * len(self.outputs)
