"""What was running when the page was left is followed on when it is opened again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import gradio as gr

from app.client import BackendError, build_request
from app.dressing import Dressing
from app.finishing import final_button
from app.panel import ResultPanel, Update, cumulative
from app.studio import Studio
from app.tabs.compare import Compare
from app.tabs.perform import Perform
from app.tabs.text_to_video import TextToVideo
from app.tabs.try_on import TryOn
from app.tabs.video_to_video import VideoToVideo
from app.wiring import PRIVATE
from serve.protocol import ImageEditRequest, Job, JobStatus, ModelList

PAUSE, TRIES = 2.0, 60
"""Seconds between two tries to reach the backend, and how many there are."""

Play = Callable[..., AsyncIterator[Update]]
"""Jobs, and what else was kept, to what a tab shows of them until they are over."""


class Resuming:
    """Knows of each tab where it keeps the ids of its jobs and how it shows them."""

    def __init__(
        self,
        studio: Studio,
        text_to_video: TextToVideo,
        video_to_video: VideoToVideo,
        try_on: TryOn,
        compare: Compare,
        perform: Perform,
    ) -> None:
        self._studio = studio
        self._compare = compare
        self._text_to_video = text_to_video
        self._video_to_video = video_to_video
        self._try_on = try_on
        self._perform = perform

    def open_with(self, page: gr.Blocks) -> None:
        """Look for such jobs whenever the page is opened; a new job takes the place of an old."""
        words, clip, fitting = self._text_to_video, self._video_to_video, self._try_on
        starts = [words.run.click, words.prompt.submit, words.finish.click, words.examples.select]
        starts += [words.stills_first.animate.click]
        outputs = [words.finish, *words.panel.outputs, *words.stills_first.outputs]
        self._follow(page, words.panel.kept, self._clip_or_stills, outputs, starts)
        self._follow(page, words.takes.kept, words.takes.follow, words.takes.outputs, starts)
        starts = [clip.run.click, clip.prompt.submit]
        self._follow_clip(page, clip.panel, starts)
        stage, models = self._perform, self._compare
        self._follow_clip(page, stage.panel, [stage.run.click, stage.form.prompt.submit])
        starts = [models.run.click]
        self._follow(page, models.kept, models.resume, models.outputs, starts, models.asked)
        buttons = [fitting.dress, fitting.both, fitting.animate_photo, *fitting.stills.buttons]
        starts = [*(button.click for button in buttons), fitting.looks.select]
        outputs = [*fitting.panel.outputs, *fitting.stills.outputs]
        self._follow(page, fitting.panel.kept, self._fitted, outputs, starts)

    def _follow_clip(self, page: gr.Blocks, panel: ResultPanel, starts: Sequence[Any]) -> None:
        def play(jobs: Sequence[Job]) -> AsyncIterator[Update]:
            return panel.play(jobs[0])

        self._follow(page, panel.kept, play, panel.outputs, starts)

    def _follow(
        self,
        page: gr.Blocks,
        kept: gr.BrowserState,
        play: Play,
        outputs: list[Any],
        starts: Sequence[Any],
        *others: gr.BrowserState,
    ) -> None:
        async def resume(user: str, ids: list[str], *more: Any) -> AsyncIterator[Update]:
            async for update in cumulative(self._steps(user, ids, kept, play, *more)):
                yield update

        inputs = [self._studio.browser, kept, *others]
        event = page.load(resume, inputs, outputs, concurrency_limit=None, **PRIVATE)
        gr.on(list(starts), None, cancels=[event], api_visibility="private")

    async def _steps(
        self, user: str, ids: Sequence[str], kept: gr.BrowserState, play: Play, *more: Any
    ) -> AsyncIterator[Update]:
        yield {kept: list(ids)}  # Gradio empties every output of a generator that yields nothing
        if not user or not ids:
            return
        jobs = [job for job in await self._found(user, ids) if job.user == user]
        if not jobs:
            yield {kept: []}
            return
        try:
            async for update in play(jobs, *more):
                yield update
        except BackendError:
            return  # deleted meanwhile, or away: the Library has it if anything has

    async def _found(self, user: str, ids: Sequence[str]) -> list[Job]:
        """Those jobs that are still there, once the backend is."""
        found = []
        for job_id in ids:
            for _ in range(TRIES):
                try:
                    found.append(await self._studio.client.find_job(job_id, user))
                except BackendError as error:
                    if error.is_unreachable:
                        await asyncio.sleep(PAUSE)
                        continue
                break
        return found

    async def _clip_or_stills(self, jobs: Sequence[Job]) -> AsyncIterator[Update]:
        tab, job = self._text_to_video, jobs[0]
        async for current, update in tab.panel.follow(job):
            job = current
            yield update
        if job.object == "video":
            cards = ModelList(data=await self._studio.client.models()).model_dump_json()
            yield await tab.panel.show(job) | {tab.finish: final_button(cards, job)}
        elif job.status is JobStatus.COMPLETED:
            yield await tab.stills_first.show(job)

    async def _fitted(self, jobs: Sequence[Job]) -> AsyncIterator[Update]:
        tab, job = self._try_on, jobs[0]
        async for current, update in tab.panel.follow(job):
            job = current
            yield update
        if job.object == "video":
            yield await tab.panel.show(job)
        elif job.status is JobStatus.COMPLETED:
            stills = await self._studio.downloads.stills(job)
            yield tab.stills.show(stills, await self._dressing(job))

    async def _dressing(self, job: Job) -> Dressing:
        """What the stills were made of."""
        fields = {"prompt": job.prompt, "model": job.model, "n": job.params.n, "size": job.size}
        fields |= {"seed": job.params.seed, "user": job.user, "metadata": job.metadata}
        request = build_request(ImageEditRequest, fields)
        return Dressing.of(request, await self._studio.downloads.inputs(job), job.inputs)
