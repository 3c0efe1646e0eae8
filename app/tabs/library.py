"""The *Library* tab: this browser's own clips and stills, to be found, played and used again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.cards import read_cards
from app.client import BackendError
from app.details import PAIR_JS, pair_html
from app.job_view import JobView
from app.panel import Update, unchanged, warn
from app.recorded import FILE_TYPES, read_file
from app.restoring import Restoring
from app.studio import Studio
from app.tabs.perform import Perform
from app.tabs.text_to_video import TextToVideo
from app.tabs.try_on import TryOn
from app.tabs.video_to_video import VideoToVideo
from app.tiles import JS as TILES_JS
from app.tiles import Filters, asked_for, tiles_html
from app.wiring import PRIVATE
from app.words import t
from serve.protocol import Job, JobPage, JobStatus

PAGE = 24
MOST_AT_ONCE = 100
"""Jobs in one answer of the backend."""


class Library:
    """The tab's components and what they do."""

    def __init__(
        self,
        studio: Studio,
        tabs: gr.Tabs,
        text_to_video: TextToVideo,
        video_to_video: VideoToVideo,
        try_on: TryOn,
        perform: Perform,
    ) -> None:
        self._studio = studio
        self.pair = gr.HTML(js_on_load=PAIR_JS, elem_id="library-pair")
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=6, min_width=320):
                self.filters = Filters()
                self.file = gr.File(
                    label=t("Drop a clip or picture made here to load its settings"),
                    file_types=FILE_TYPES,
                    height=120,
                    elem_classes="lr-drop",
                    elem_id="library-file",
                )
                self.grid = gr.HTML(js_on_load=TILES_JS, elem_id="library-grid")
                self.more = gr.Button(
                    t("Show more"), visible=False, size="sm", elem_id="library-more"
                )
            with gr.Column(scale=5, min_width=320, elem_classes="lr-stage-column"):
                self.restoring = Restoring(tabs, text_to_video, video_to_video, try_on, perform)
                self.view = JobView(studio, self.restoring)
        self.limit = gr.State(PAGE)
        self.timer = gr.Timer(2, active=False)
        self._wire()

    @property
    def _listing(self) -> dict[str, Any]:
        """The event that lists the jobs."""
        return {
            "fn": self._list,
            "inputs": [
                self._studio.browser,
                self._studio.cards,
                self.limit,
                *self.filters.inputs,
            ],
            "outputs": [self.grid, self.more, self.timer],
            "trigger_mode": "always_last",
            **PRIVATE,
        }

    def _wire(self) -> None:
        self.filters.follow(self._studio.cards)
        changed = [one.change for one in self.filters.inputs]
        gr.on(changed, lambda: PAGE, None, self.limit, **PRIVATE).then(**self._listing)
        self.more.click(lambda limit: limit + PAGE, self.limit, self.limit, **PRIVATE).then(
            **self._listing
        )
        detail = {"outputs": self.view.outputs, **PRIVATE}
        cards, browser = self._studio.cards, self._studio.browser
        self.grid.select(self._open, [browser, cards], **detail)
        self.view.panel.reveal(self.grid.select)
        self.grid.like(self._favourite, [browser, self.view.panel.job], **detail).then(
            **self._listing
        )
        # After the list: once that has nothing running any more, the timer stops.
        self.timer.tick(**self._listing).then(**self.view.looking_again)
        self.view.wire(self._listing)
        self.grid.submit(self._compare, browser, self.pair, **PRIVATE)
        read = {"inputs": [cards, self.file], "outputs": [self.file, *self.restoring.outputs]}
        self.file.upload(self._read_file, **read, **PRIVATE)
        self.pair.clear(lambda: "", None, self.pair, **PRIVATE)

    def open_with(self, tab: gr.Tab) -> None:
        """List the jobs whenever the tab is opened, and look again while some are running."""
        tab.select(**self._listing)

    async def _list(self, user: str, cards: str, limit: int, *values: Any) -> list[Any]:
        if not user:  # a page that has only just opened does not know its browser yet
            return [gr.skip()] * 2 + [gr.Timer(active=True)]
        try:
            page = await self._jobs(user, limit, values)
        except BackendError as error:
            warn(error.message)
            return [gr.skip()] * 2 + [gr.Timer(active=True)]
        titles = {card.id: card.title for card in read_cards(cards)}
        words, _order, *narrowing = values
        narrowed = any([words, *narrowing])
        running = any(not job.status.is_final for job in page.data)
        return [
            tiles_html(page.data, titles, narrowed=narrowed),
            gr.Button(visible=page.has_more),
            gr.Timer(active=running),
        ]

    async def _jobs(self, user: str, limit: int, values: Sequence[Any]) -> JobPage:
        """The first `limit` jobs of what the filters say."""
        found: list[Job] = []
        while True:
            after = found[-1].id if found else None
            wanted = min(limit - len(found), MOST_AT_ONCE)
            page = await self._studio.client.list_jobs(asked_for(user, wanted, after, values))
            found += page.data
            if len(found) >= limit or not page.has_more:
                return page.model_copy(update={"data": found})

    async def _own(self, user: str, job_id: str) -> Job:
        """The job of that id if this browser made it: a page may ask for any."""
        job = await self._studio.client.find_job(job_id, user)
        if not user or job.user != user:
            raise BackendError(f"There is no job {job_id!r}.", status=404)
        return job

    async def _open(self, user: str, cards: str, event: gr.EventData) -> Update:
        try:
            job = await self._own(user, event.job)
        except BackendError as error:
            return self.view.panel.problem(error.message)
        return await self.view.show(cards, job)

    async def _favourite(self, user: str, shown: Job | None, event: gr.EventData) -> Update:
        try:
            job = await self._own(user, event.job)
            job = await self._studio.client.set_favourite(job, bool(event.favourite))
        except BackendError as error:
            warn(error.message)
            return unchanged()
        return self.view.kept(job) if shown and shown.id == job.id else unchanged()

    async def _compare(self, user: str, event: gr.EventData) -> Any:
        try:
            jobs = [await self._own(user, job) for job in event.jobs]
        except BackendError as error:
            warn(error.message)
            return unchanged()
        if any(job.object != "video" or job.status is not JobStatus.COMPLETED for job in jobs):
            warn(t("Only finished clips can be compared."))
            return unchanged()
        return pair_html(jobs)

    async def _read_file(self, cards: str, path: str) -> Update:
        """The file's settings in the tab that they belong to."""
        empty: Update = {self.file: None}
        studio = self._studio
        try:
            job, pictures, found = await read_file(studio.client, studio.downloads, Path(path))
        except BackendError as error:
            warn(error.message)
            return empty
        if found.signature == "invalid":
            warn(t("This file was changed after it was made."))
        return self.restoring.restore(cards, job, pictures) | empty


def build_tab(
    studio: Studio,
    tabs: gr.Tabs,
    text_to_video: TextToVideo,
    video_to_video: VideoToVideo,
    try_on: TryOn,
    perform: Perform,
) -> Library:
    """Lay out the tab; call inside ``gr.Tab``."""
    return Library(studio, tabs, text_to_video, video_to_video, try_on, perform)
