"""The *Lookbook* tab: people in garments by the dozen, row by row, and all of it as one ZIP."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from app.client import BackendError
from app.lookbook.board import board_html, head_html, summary
from app.lookbook.book import Book, Kind, Row
from app.lookbook.form import LookbookForm
from app.lookbook.handover import FORMATS, Handover
from app.lookbook.problems import LookbookError
from app.lookbook.table import RowTable
from app.lookbook.workshop import Workshop
from app.panel import Update, warn
from app.progress import notice_card
from app.studio import Studio
from app.wiring import PRIVATE
from app.words import t
from serve.protocol import JobStatus, Variant

LOOK_SECONDS = 1.5
NEW_THUMBNAILS = 12
"""Most that are made at one look, so that a long lookbook opens at once."""
TITLE = "Lookbook"


class LookbookTab:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio, workshop: Workshop) -> None:
        self._studio = studio
        self._workshop = workshop
        self._handover = Handover(workshop, studio.downloads)
        self.earlier = gr.Dropdown(
            label=t("Your lookbooks"), choices=[], visible=False, elem_id="lookbook-earlier"
        )
        self.form = LookbookForm(studio)
        with gr.Row(elem_classes="lr-actions"):
            self.lay_out = gr.Button(t("Lay out the rows"), elem_id="lookbook-lay-out")
        self.notice = gr.HTML(elem_id="lookbook-notice")
        self.rows = gr.State([])
        self.table = RowTable()
        self.start = gr.Button(
            t("Make the lookbook"), variant="primary", visible=False, elem_id="lookbook-start"
        )
        self.opened = gr.State("")
        self._build_result()
        self.timer = gr.Timer(LOOK_SECONDS, active=False)
        self._wire()

    def _build_result(self) -> None:
        self.head = gr.HTML(elem_id="lookbook-head")
        self.formats = gr.CheckboxGroup(
            [(name, variant.value) for name, variant in FORMATS.items()],
            label=t("Clips in the ZIP also as"),
            visible=False,
            elem_classes="lr-chips lr-formats",
            elem_id="lookbook-formats",
        )
        with gr.Row(visible=False, elem_classes="lr-actions") as self.actions:
            self.pack = gr.Button(t("Pack the ZIP"), variant="primary", elem_id="lookbook-pack")
            self.retry = gr.Button(t("Retry what failed"), elem_id="lookbook-retry")
            self.cancel = gr.Button(t("Cancel all"), elem_id="lookbook-cancel")
            self.delete = gr.Button(t("Delete"), variant="stop", elem_id="lookbook-delete")
        with gr.Row(visible=False, elem_classes="lr-actions") as self.asking:
            question = t("Delete this lookbook and all that was made for it for good?")
            gr.HTML(f'<p class="lr-sure">{question}</p>')
            self.sure = gr.Button(t("Yes, delete"), variant="stop", elem_id="lookbook-sure")
            self.keep = gr.Button(t("No, keep it"), elem_id="lookbook-keep")
        self.files = gr.File(
            label=t("The ZIP and the contact sheet"),
            file_count="multiple",
            interactive=False,
            visible=False,
            elem_id="lookbook-files",
        )
        self.board = gr.HTML(elem_id="lookbook-board")

    def _wire(self) -> None:
        cards, browser = self._studio.cards, self._studio.browser
        self.form.wire(cards, browser)
        laid_out = [self.notice, self.rows, self.table.grid, self.start]
        self.lay_out.click(
            self._lay_out,
            [browser, self.form.picker.consent, *self.form.layout_inputs],
            [*laid_out, self.form.picker.consent],
            **PRIVATE,
        )
        begun = [*laid_out, *self.outputs]
        self.start.click(
            self._begin,
            [browser, cards, self.form.title, self.rows, self.table.grid] + self.form.recipe_inputs,
            begun,
            concurrency_limit=None,
            **PRIVATE,
        )
        opened = [browser, self.opened]
        look: dict[str, Any] = {"inputs": opened, "outputs": self.outputs, **PRIVATE}
        self.timer.tick(self._look, concurrency_limit=None, **look)
        self.cancel.click(self._cancel, **look)
        self.retry.click(self._retry, **look)
        self.delete.click(lambda: gr.Row(visible=True), None, self.asking, **PRIVATE)
        gr.on(
            [self.keep.click, self.sure.click, self.earlier.input],
            lambda: gr.Row(visible=False),
            None,
            self.asking,
            **PRIVATE,
        )
        self.sure.click(self._delete, **look)
        self.earlier.input(self._look, [browser, self.earlier], self.outputs, **PRIVATE)
        self.pack.click(
            self._pack,
            [*opened, self.formats],
            [self.pack, self.files, self.notice],
            concurrency_limit=None,
            **PRIVATE,
        )

    def open_with(self, tab: gr.Tab) -> None:
        """Find this browser's lookbooks whenever the tab is opened, and show the newest."""
        tab.select(
            self.form.picker.show_wardrobe,
            self._studio.browser,
            self.form.picker.wardrobe_outputs,
            **PRIVATE,
        )
        tab.select(self._find, [self._studio.browser, self.opened], self.outputs, **PRIVATE)

    @property
    def outputs(self) -> list[Any]:
        """What a look at a lookbook changes."""
        buttons = [self.actions, self.pack, self.retry, self.cancel]
        shown = [self.earlier, self.opened, self.head, self.board]
        return [*shown, *buttons, self.formats, self.files, self.timer]

    def _lay_out(self, browser: str, consent: bool, *values: Any) -> Update:
        nothing: Update = {
            self.rows: [],
            self.table.grid: gr.Dataframe(visible=False),
            self.start: gr.Button(visible=False),
        }
        try:
            rows, said = self.form.lay_out(browser, values)
        except LookbookError as error:
            return self._problem(error) | nothing
        if self.form.picker.needs_consent(rows, consent, browser):
            asked = t("Please confirm below the pictures that you have the right to use them.")
            return (
                self._problem(asked)
                | nothing
                | {self.form.picker.consent: gr.Checkbox(visible=True)}
            )
        words = t("{n} rows. Change what you like; rows without a tick are left out.", n=len(rows))
        return {
            self.notice: f'<p class="lr-hint">{words} {said}</p>',
            self.rows: rows,
            self.table.grid: self.table.show(rows),
            self.start: gr.Button(visible=True),
        }

    async def _begin(
        self,
        user: str,
        cards: str,
        title: str | None,
        rows: list[Row],
        lines: Sequence[Sequence[Any]],
        *settings: Any,
    ) -> Update:
        try:
            kept = self.table.read(lines, rows)
            recipe = self.form.recipe(cards, settings)
        except LookbookError as error:
            return self._problem(error)
        name = (title or "").strip() or TITLE
        book = Book(title=name, user=user, recipe=recipe, rows=kept, size=len(kept))
        try:
            await self._workshop.begin(book)
        except OSError as error:
            return self._problem(t("The lookbook cannot be kept: {reason}", reason=error))
        cleared: Update = {
            self.notice: "",
            self.rows: [],
            self.table.grid: gr.Dataframe(visible=False),
            self.start: gr.Button(visible=False),
        }
        return cleared | await self._find(user, book.id)

    async def _find(self, user: str, opened: str) -> Update:
        """List this browser's lookbooks; show the one that is opened, or the newest."""
        if not user:
            return {}
        try:
            books = await self._workshop.books(user)
        except BackendError as error:
            warn(error.message)
            return {}
        chosen = next((book for book in books if book.id == opened), next(iter(books), None))
        names = [(f"{book.title} · {summary(book)}", book.id) for book in books]
        listed: Update = {
            self.earlier: gr.Dropdown(
                choices=names, value=chosen.id if chosen else None, visible=len(books) > 1
            )
        }
        return listed | await self._look(user, chosen.id if chosen else "")

    async def _look(self, user: str, opened: str) -> Update:
        """How the opened lookbook stands now."""
        book = self._workshop.find(opened, user)
        if book is None:
            return {
                self.opened: "",
                self.head: "",
                self.board: "",
                self.actions: gr.Row(visible=False),
                self.formats: gr.CheckboxGroup(visible=False),
                self.files: gr.File(visible=False),
                self.timer: gr.Timer(active=False),
            }
        pictures = await self._handover.thumbnails(book, NEW_THUMBNAILS)
        done = book.number_of(JobStatus.COMPLETED)
        packed: Update = {} if book.is_done else {self.files: gr.File(visible=False)}
        return packed | {
            self.opened: book.id,
            self.head: head_html(book),
            self.board: board_html(book, pictures),
            self.actions: gr.Row(visible=True),
            self.formats: gr.CheckboxGroup(visible=any(row.what is Kind.CLIP for row in book.rows)),
            self.pack: gr.Button(interactive=done > 0),
            self.retry: gr.Button(visible=book.is_done and bool(book.to_retry)),
            self.cancel: gr.Button(visible=not book.is_done),
            self.timer: gr.Timer(active=not book.is_done or len(pictures) < done),
        }

    async def _cancel(self, user: str, opened: str) -> Update:
        if book := self._workshop.find(opened, user):
            await self._workshop.cancel(book)
        return await self._look(user, opened)

    async def _retry(self, user: str, opened: str) -> Update:
        if book := self._workshop.find(opened, user):
            try:
                await self._workshop.retry(book)
            except BackendError as error:
                warn(error.message)
        return await self._look(user, opened)

    async def _delete(self, user: str, opened: str) -> Update:
        if book := self._workshop.find(opened, user):
            try:
                await self._workshop.forget(book)
            except BackendError as error:
                warn(error.message)
        return await self._find(user, "")

    async def _pack(self, user: str, opened: str, formats: Sequence[str]) -> AsyncIterator[Update]:
        book = self._workshop.find(opened, user)
        if book is None:
            return
        yield {self.pack: gr.Button(t("Packing…"), interactive=False)}
        try:
            wanted = [Variant(name) for name in formats]
            paths = [str(path) for path in await self._handover.pack(book, wanted)]
            yield {self.files: gr.File(paths, visible=True), self.notice: ""}
        except (BackendError, OSError) as error:
            yield self._problem(error)
        yield {self.pack: gr.Button(t("Pack the ZIP"), interactive=True)}

    def _problem(self, problem: object) -> Update:
        """What is wrong; the entries stay as they are."""
        message = str(problem)
        gr.Warning(message.partition("\n")[0], title=t("Warning"))
        return {self.notice: notice_card(message)}


def build_tab(studio: Studio, workshop: Workshop) -> LookbookTab:
    """Lay out the tab; call inside ``gr.Tab``."""
    return LookbookTab(studio, workshop)
