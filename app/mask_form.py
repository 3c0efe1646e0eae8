"""*Only change a part*: where the person's photo may change, painted over it or chosen."""

import io
import json
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from app import masks
from app.cards import cards_for, choose
from app.downloads import Downloads
from app.fitting import DRESS
from app.panel import Update, warn
from app.wiring import AT_ONCE, PRIVATE
from app.words import t
from serve.protocol import ModelCard, Task

JS = (Path(__file__).parent / "assets" / "mask.js").read_text(encoding="utf-8")
UPPER_BODY, LOWER_BODY = (0.17, 0.58), (0.48, 1.0)
"""From where to where of the height they reach on a photo of a whole standing figure."""


class MaskForm:
    """The fold, there only where the chosen dressing model takes a mask."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        with gr.Accordion(
            t("Only change a part"),
            open=False,
            visible=False,
            elem_classes="lr-advanced",
            elem_id="tryon-part",
        ) as self.fold:
            hint = t(
                "Paint over what may change: all else stays as it is in the photo. With nothing "
                "painted, everything may change."
            )
            gr.HTML(f'<p class="lr-hint">{hint}</p>')
            self.missing = gr.HTML(
                f'<p class="lr-hint">{t("Add a photo of the person first (step 1).")}</p>'
            )
            self.canvas = gr.HTML(
                "{}", html_template=_template(), js_on_load=JS, elem_id="tryon-mask"
            )
            self.upload = gr.UploadButton(
                t("Load a mask from a file"),
                visible=False,
                size="sm",
                file_types=["image"],
                elem_id="tryon-mask-file",
            )

    def wire(self, cards: gr.State, dresser: gr.Dropdown, mode: gr.Radio, person: gr.Image) -> None:
        """Follow the model and the person; take a mask that was made elsewhere."""
        gr.on(
            [cards.change, dresser.change, mode.change],
            self._show,
            [cards, dresser, mode],
            self.fold,
            **AT_ONCE,
        )
        shown = {"outputs": self.outputs, "trigger_mode": "always_last"}
        person.change(self._follow, [person, self.canvas], **shown, **AT_ONCE)
        # What is refused is said in a corner of the page, where only queued events reach.
        self.upload.upload(self._load, [person, self.upload], **shown, **PRIVATE)

    @property
    def outputs(self) -> list[Any]:
        """What `show` may name."""
        return [self.canvas, self.missing, self.upload]

    def taken(self, value: str | None, person: str | None, card: ModelCard | None) -> str | None:
        """The mask as a file; None where nothing is painted on this person, or it has no use."""
        if card is None or not card.limits.mask or not person:
            return None
        given = _read(value)
        layer = masks.from_url(given.get("mask", ""))
        if layer is None or given.get("on") != masks.digest(person):
            return None
        mask = masks.painted(layer, person)
        return self._downloads.hold(masks.png(mask), "png") if mask else None

    def show(self, person: str | None, mask: str | None) -> Update:
        """A photo with the mask that an earlier job had, or with none."""
        painted = masks.read_mask(mask) if person and mask else None
        return dict(zip(self.outputs, self._shown(person, painted), strict=True))

    def _show(self, cards: str, dresser: str | None, mode: str) -> gr.Accordion:
        card = choose(cards_for(cards, Task.IMAGE_EDIT), dresser)
        return gr.Accordion(visible=mode == DRESS and card is not None and card.limits.mask)

    def _follow(self, person: str | None, value: str | None) -> list[Any]:
        """Another person is not painted on."""
        if person and _read(value).get("on") == masks.digest(person):
            return [gr.skip()] * len(self.outputs)
        return self._shown(person, None)

    def _load(self, person: str | None, path: str) -> list[Any]:
        if not person:
            return self._refused(t("Add a photo of the person first (step 1)."))
        try:
            mask = masks.read_mask(path)
        except (OSError, ValueError):
            return self._refused(t("This file cannot be read as a picture."))
        if not masks.has_shape_of(mask, masks.backdrop(person)):
            return self._refused(
                t(
                    "The mask ({width} × {height}) has another shape than the photo: it must lie "
                    "on it exactly.",
                    width=mask.width,
                    height=mask.height,
                )
            )
        if masks.paint(mask, mask.size).getbbox() is None:
            return self._refused(
                t("The mask leaves nothing to change: no part of it is white or transparent.")
            )
        return self._shown(person, mask)

    def _refused(self, message: str) -> list[Any]:
        warn(message)
        return [gr.skip()] * len(self.outputs)

    def _shown(self, person: str | None, mask: Image.Image | None) -> list[Any]:
        """The values of `outputs`: the photo with what of it is painted over."""
        there = bool(person)
        given = {}
        if person:
            picture, buffer = masks.backdrop(person), io.BytesIO()
            picture.save(buffer, "JPEG", quality=88)
            photo = self._downloads.hold(buffer.getvalue(), "jpg")
            given = {"photo": f"gradio_api/file={photo}", "on": masks.digest(person)}
            if mask is not None:
                given["mask"] = masks.to_url(masks.paint(mask, picture.size))
        return [json.dumps(given), gr.HTML(visible=not there), gr.UploadButton(visible=there)]


def _read(value: str | None) -> dict[str, str]:
    """What the browser has of it; a page can send anything."""
    try:
        found = json.loads(value or "{}")
    except ValueError:
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _template() -> str:
    """What is painted on and with."""
    words = t("The person's photo: arrow keys move the brush, the space bar paints.")
    return (
        '<div class="lr-mask" hidden><div class="lr-mask-tools">'
        f"{_band(t('Upper body'), UPPER_BODY)}{_band(t('Lower body'), LOWER_BODY)}"
        f'<button type="button" data-do="clear">{t("Clear")}</button>'
        f'<button type="button" data-do="undo">{t("Undo")}</button></div>'
        '<div class="lr-mask-tools">'
        f'<button type="button" data-do="paint" aria-pressed="true">{t("Brush")}</button>'
        f'<button type="button" data-do="erase" aria-pressed="false">{t("Eraser")}</button>'
        f'<label>{t("Brush size")} <input type="range" min="2" max="30" value="9"></label></div>'
        f'<div class="lr-mask-stage"><img alt=""><canvas tabindex="0" role="application" '
        f'aria-label="{words}" data-paint="rgb{masks.PAINT}"></canvas>'
        '<span class="lr-mask-ring"></span></div></div>'
    )


def _band(words: str, reach: tuple[float, float]) -> str:
    top, bottom = reach
    reaching = f'data-from="{top}" data-to="{bottom}"'
    return f'<button type="button" data-do="band" {reaching}>{words}</button>'
