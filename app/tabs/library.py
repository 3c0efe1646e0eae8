"""The *Library* tab: this browser's own clips and stills, newest first."""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app.client import BackendError
from app.panel import ResultPanel, Update
from app.progress import caption, stage_words
from app.studio import Studio
from app.tabs.text_to_video import TextToVideo
from app.tabs.try_on import TryOn
from app.tabs.video_to_video import VideoToVideo
from app.words import later
from serve.protocol import Job, JobQuery, JobStatus, Task

PAGE = 24
ASSETS = Path(__file__).resolve().parents[1] / "assets"
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class Library:
    """The tab's components and what they do."""

    def __init__(
        self,
        studio: Studio,
        tabs: gr.Tabs,
        text_to_video: TextToVideo,
        video_to_video: VideoToVideo,
        try_on: TryOn,
    ) -> None:
        self._studio = studio
        self._tabs = tabs
        self._text_to_video = text_to_video
        self._video_to_video = video_to_video
        self._try_on = try_on
        self.jobs = gr.State([])
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=6, min_width=320):
                self.grid = gr.Gallery(
                    columns=4,
                    allow_preview=False,
                    show_label=False,
                    object_fit="cover",
                    buttons=[],
                    interactive=False,
                    elem_classes="lr-cards lr-library",
                    elem_id="library-grid",
                )
                self.more = gr.Button("Show more", visible=False, size="sm")
            with gr.Column(scale=5, min_width=320, elem_classes="lr-stage-column"):
                self._build_detail()
        self.limit = gr.State(PAGE)
        self.timer = gr.Timer(2, active=False)
        self._wire()

    def _build_detail(self) -> None:
        self.panel = ResultPanel(
            self._studio,
            "library-result",
            title=later("Your library"),
            text=later("Everything made in this browser stays here. Choose one to play it."),
        )
        self.stills = gr.Gallery(
            visible=False,
            columns=2,
            show_label=False,
            object_fit="contain",
            buttons=["download"],
            interactive=False,
            elem_classes="lr-cards",
        )
        self.about = gr.HTML()
        with gr.Row(visible=False, elem_classes="lr-actions") as self.actions:
            self.reuse = gr.Button("Reuse settings", elem_id="library-reuse")
            self.delete = gr.Button("Delete", variant="stop", elem_id="library-delete")

    def _wire(self) -> None:
        listing = [self._studio.browser, self.limit, self.jobs]
        shown = [self.jobs, self.grid, self.more, self.timer]
        self.more.click(lambda limit: limit + PAGE, self.limit, self.limit, **PRIVATE).then(
            self._list, listing, shown, **PRIVATE
        )
        detail = [self.stills, self.about, self.actions, *self.panel.outputs]
        self.grid.select(self._open, self.jobs, detail, **PRIVATE)
        self.timer.tick(self._list, listing, shown, **PRIVATE)
        self.timer.tick(self._look_again, self.panel.job, detail, **PRIVATE)
        self.delete.click(self._delete, self.panel.job, detail, **PRIVATE).then(
            self._list, listing, shown, **PRIVATE
        )
        self.reuse.click(
            self._reuse,
            [self._studio.cards, self.panel.job],
            [
                self._tabs,
                *self._text_to_video.reuse_outputs,
                *self._video_to_video.reuse_outputs,
                *self._try_on.reuse_outputs,
            ],
            **PRIVATE,
        )
        self.panel.reveal(self.grid.select)

    def open_with(self, tab: gr.Tab) -> None:
        """List the jobs whenever the tab is opened, and look again while some are running."""
        tab.select(
            self._list,
            [self._studio.browser, self.limit, self.jobs],
            [self.jobs, self.grid, self.more, self.timer],
            **PRIVATE,
        )

    async def _list(self, user: str, limit: int, known: list[Job]) -> list[Any]:
        if not user:
            return [gr.skip()] * 4
        try:
            page = await self._studio.client.list_jobs(JobQuery(user=user, limit=limit, kind="all"))
            if page.data == known:
                return [gr.skip()] * 4
            tiles = [(await self._tile(job), tile_words(job)) for job in page.data]
        except BackendError:
            return [gr.skip()] * 3 + [gr.Timer(active=True)]
        running = any(not job.status.is_final for job in page.data)
        return [
            page.data,
            gr.Gallery(tiles),
            gr.Button(visible=page.has_more),
            gr.Timer(active=running),
        ]

    async def _tile(self, job: Job) -> str:
        if job.status is JobStatus.COMPLETED:
            return await self._studio.downloads.thumbnail(job)
        name = "waiting" if not job.status.is_final else "unmade"
        return str(ASSETS / f"{name}.svg")

    async def _open(self, event: gr.SelectData, jobs: list[Job]) -> Update:
        return await self._detail(jobs[event.index])

    async def _look_again(self, job: Job | None) -> Update:
        """While the opened job runs, show how far it has come."""
        if job is None or job.status.is_final:
            return {}
        return await self._detail(job)

    async def _detail(self, job: Job) -> Update:
        try:
            job = await self._studio.client.retrieve(job)
            files = await self._files(job)
        except BackendError as error:
            return self.panel.problem(error.message)
        return {self.about: about(job), self.actions: gr.Row(visible=True)} | files

    async def _files(self, job: Job) -> Update:
        updates = self.panel.snapshot(job) | {self.stills: gr.Gallery(value=[], visible=False)}
        if job.status is not JobStatus.COMPLETED:
            return updates
        if job.object == "image":
            stills = await self._studio.downloads.stills(job)
            return updates | {self.stills: gr.Gallery(stills, visible=True)}
        return updates | await self.panel.show(job)

    async def _delete(self, job: Job | None) -> Update:
        if job is None:
            return {}
        try:
            await self._studio.client.delete(job)
        except BackendError as error:
            return self.panel.problem(error.message)
        self._studio.downloads.forget(job)
        return self.panel.clear() | {
            self.stills: gr.Gallery(value=[], visible=False),
            self.about: "",
            self.actions: gr.Row(visible=False),
        }

    async def _reuse(self, cards: str, job: Job | None) -> Update:
        if job is None:
            return {}
        if job.task.starts_from_words:
            updates = self._text_to_video.show_job(cards, job)
            return updates | {self._tabs: gr.Tabs(selected="text-to-video")}
        try:
            inputs = await self._studio.downloads.inputs(job)
        except BackendError as error:
            gr.Warning(error.message)
            return {}
        if job.task is Task.VIDEO_TO_VIDEO:
            updates = self._video_to_video.show_job(cards, job, inputs)
            return updates | {self._tabs: gr.Tabs(selected="video-to-video")}
        updates = self._try_on.show_job(cards, job, inputs)
        return updates | {self._tabs: gr.Tabs(selected="try-on")}


def tile_words(job: Job) -> str:
    """The caption of one tile."""
    if job.status is JobStatus.COMPLETED:
        return job.prompt or caption(job)
    if not job.status.is_final:
        return stage_words(job)
    return "Cancelled" if job.status is JobStatus.CANCELLED else "Did not work"


def about(job: Job) -> str:
    """Prompt and model of a job."""
    prompt = escape(job.prompt) or "no prompt"
    return f'<div class="lr-about"><p>{prompt}</p><p class="lr-quiet">{escape(job.model)}</p></div>'


def build_tab(
    studio: Studio,
    tabs: gr.Tabs,
    text_to_video: TextToVideo,
    video_to_video: VideoToVideo,
    try_on: TryOn,
) -> Library:
    """Lay out the tab; call inside ``gr.Tab``."""
    return Library(studio, tabs, text_to_video, video_to_video, try_on)
