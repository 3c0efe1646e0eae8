"""Step 1 of a lookbook: people and garments as pictures, or a CSV with those that it names."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from app import samples
from app.consent import WORDS, needs_leave
from app.lookbook.book import Row
from app.lookbook.catalogue import COLUMNS, Named, Shared, cross, read_csv
from app.lookbook.pictures import PICTURES, unpack
from app.lookbook.problems import LookbookError
from app.strip import NAMED, filled, strip
from app.studio import Studio
from app.wardrobe import Leave, Saved
from app.wiring import AT_ONCE, PRIVATE
from app.words import t

Pictures = list[tuple[str, str | None]]
"""What a gallery shows: paths, some with captions."""
CROSS, TABLE = "cross", "table"


class PicturePicker:
    """The slots, the examples, the wardrobe, the drop and the consent."""

    def __init__(self, studio: Studio) -> None:
        self._wardrobe = studio.wardrobe
        gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("People and garments")}</h2>')
        self.source = gr.Radio(
            [(t("Everyone in everything"), CROSS), (t("From a CSV"), TABLE)],
            value=CROSS,
            show_label=False,
            container=False,
            elem_classes="lr-chips lr-mode",
            elem_id="lookbook-source",
        )
        with gr.Row(elem_classes="lr-pictures") as self.crossing:
            with gr.Column(min_width=150):
                gr.HTML(f'<p class="lr-hint">{t("People")}</p>')
                self.people = _pictures(t("People"), "lookbook-people")
                self.saved_people = _saved(t("Saved people"), "lookbook-saved-people")
                self.example_people = strip(samples.people(), t("Example people"))
            with gr.Column(min_width=150):
                gr.HTML(f'<p class="lr-hint">{t("Garments")}</p>')
                self.garments = _pictures(t("Garments"), "lookbook-garments")
                self.saved_garments = _saved(t("Saved garments"), "lookbook-saved-garments")
                self.example_garments = strip(example_garments(), t("Example garments"))
        with gr.Column(visible=False) as self.listing:
            self.drop = gr.File(
                label=t("The CSV and its pictures, or a ZIP with both"),
                file_count="multiple",
                file_types=[".csv", ".zip", *PICTURES],
                height=240,
                elem_classes="lr-drop",
                elem_id="lookbook-drop",
            )
            columns = ", ".join(f"<code>{name}</code>" for name in COLUMNS[2:])
            needed = t("A row for each look. The columns person and garment name pictures.")
            more = t("These may be there, too:")
            gr.HTML(f'<p class="lr-hint">{needed} {more} {columns}.</p>', elem_classes="lr-note")

        self.consent = gr.Checkbox(
            label=t(WORDS[Leave.PHOTOS]),
            visible=False,
            container=False,
            elem_classes="lr-consent",
            elem_id="lookbook-consent",
        )

    def wire(self, browser: gr.BrowserState) -> None:
        """Follow the source, the examples and the wardrobe."""
        self.source.change(
            lambda source: [gr.Row(visible=source == CROSS), gr.Column(visible=source == TABLE)],
            self.source,
            [self.crossing, self.listing],
            **AT_ONCE,
        )
        for examples, gallery, pictures in (
            (self.example_people, self.people, samples.people()),
            (self.example_garments, self.garments, example_garments()),
        ):
            examples.select(_adding(pictures), gallery, gallery, **PRIVATE)
        for saved, gallery, add in (
            (self.saved_people, self.people, self._add_person),
            (self.saved_garments, self.garments, self._add_garment),
        ):
            saved.select(add, [browser, gallery], gallery, **PRIVATE)

    @property
    def wardrobe_outputs(self) -> list[gr.components.Component]:
        """What `show_wardrobe` fills in."""
        return [self.saved_people, self.saved_garments]

    def show_wardrobe(self, browser: str) -> list[Any]:
        """What this browser has saved, a click from the lookbook."""
        if not browser:
            return [gr.skip()] * 2
        return [filled(self._wardrobe.list(browser, kind)) for kind in ("person", "garment")]

    def _add_person(self, event: gr.SelectData, browser: str, shown: Pictures | None) -> Pictures:
        return _with(shown, self._wardrobe.list(browser, "person")[int(event.index)])

    def _add_garment(self, event: gr.SelectData, browser: str, shown: Pictures | None) -> Pictures:
        return _with(shown, self._wardrobe.list(browser, "garment")[int(event.index)])

    def needs_consent(self, rows: Sequence[Row], ticked: bool, browser: str) -> bool:
        """Whether it is yet to be said that the photos of these rows may be used."""
        if ticked:
            self._wardrobe.set_consent(browser, True)
        if self._wardrobe.has_consent(browser):
            return False
        return any(map(needs_leave, {row.pictures[0] for row in rows}))

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What `rows` takes."""
        return [self.source, self.people, self.garments, self.drop]

    def rows(self, browser: str, values: Sequence[Any], shared: Shared) -> tuple[list[Row], str]:
        """The rows, and what there is to say about them."""
        source, people, garments, dropped = values
        if source == CROSS:
            worn = [self._as_saved(browser, one) for one in _named(garments)]
            return cross(_named(people), worn, shared), ""
        if not dropped:
            raise LookbookError(t("Add a CSV with the columns person and garment."))
        folder = Path(tempfile.mkdtemp(prefix="lookbook-", dir=Path(dropped[0]).parent))
        rows, unused = read_csv(unpack(dropped, folder), shared)
        said = t("Not used of the CSV: {columns}.", columns=", ".join(unused)) if unused else ""
        return rows, said

    def _as_saved(self, browser: str, garment: Named) -> Named:
        """With its back and kind, if it came out of the wardrobe."""
        for saved in self._wardrobe.list(browser, "garment") if browser else []:
            if Named.of(garment.path, saved.caption) == garment:
                return replace(garment, back=saved.back, category=saved.item.category)
        return garment


def _named(gallery: Sequence[tuple[str, str | None]] | None) -> list[Named]:
    return [Named.of(path, caption) for path, caption in gallery or []]


def _adding(pictures: Sequence[str]) -> Any:
    """A handler that adds the example that was clicked to those in the gallery."""

    def add(event: gr.SelectData, shown: Pictures | None) -> Pictures:
        there = list(shown or [])
        chosen = pictures[int(event.index)]
        names = {Path(path).name for path, _caption in there}
        return there if Path(chosen).name in names else [*there, (chosen, None)]

    return add


def _with(shown: Pictures | None, saved: Saved) -> Pictures:
    there = list(shown or [])
    known = {caption for _path, caption in there}
    return there if saved.caption in known else [*there, (saved.front, saved.caption)]


def _saved(label: str, elem_id: str) -> gr.Gallery:
    return strip([], label, visible=False, elem_classes=NAMED, elem_id=elem_id)


def _pictures(label: str, elem_id: str) -> gr.Gallery:
    return gr.Gallery(
        label=label,
        show_label=False,
        type="filepath",
        file_types=["image"],
        interactive=True,
        columns=3,
        height=260,
        object_fit="contain",
        allow_preview=False,
        buttons=[],
        elem_classes="lr-upload lr-several",
        elem_id=elem_id,
    )


def example_garments() -> list[str]:
    """Paths of the example garments."""
    return [garment.front for garment in samples.garments()]
