"""Several takes of one prompt side by side, from which one is picked."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from app.following import follow_all
from app.panel import Update, cancel_all
from app.progress import job_card
from app.studio import Studio
from app.wiring import PRIVATE
from app.words import t
from serve.protocol import Job, JobStatus

MOST = 4
"""Takes at once."""
MAX_SEED = 2**32


def seeds(first: int, n: int) -> list[int]:
    """The seed of each take: the first and those that follow."""
    return [(first + take) % MAX_SEED for take in range(n)]


class Takes:
    """A grid of jobs; it is hidden while there are none."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.jobs = gr.State([])
        self.kept = studio.kept["t2v-takes"]
        with gr.Row(visible=False, elem_classes="lr-takes", elem_id="t2v-takes") as self.grid:
            self.slots = [Slot() for _ in range(MOST)]
        self.cancel = gr.Button(t("Cancel all takes"), visible=False, size="sm")
        self.cancel.click(
            self._cancel,
            self.jobs,
            self.cancel,
            concurrency_limit=None,
            **PRIVATE,
        )

    @property
    def outputs(self) -> list[Any]:
        """Every component that the updates of these takes may name."""
        return [
            self.jobs,
            self.kept,
            self.grid,
            self.cancel,
            *(o for slot in self.slots for o in slot.outputs),
        ]

    def clear(self) -> Update:
        """No takes."""
        hidden: Update = {self.jobs: [], self.kept: [], self.grid: gr.Row(visible=False)}
        return hidden | {self.cancel: gr.Button(visible=False)}

    async def follow(
        self, jobs: Sequence[Job], beside: Update | None = None
    ) -> AsyncIterator[Update]:
        """What to show, again and again until every take is over.

        What is to be shown `beside` is said along until there is a take to pick.
        """
        standing, beside = list(jobs), dict(beside or {})
        shown: Update = {self.jobs: list(jobs), self.grid: gr.Row(visible=True)}
        shown[self.kept] = [job.id for job in jobs]
        shown[self.cancel] = gr.Button(t("Cancel all takes"), visible=True, interactive=True)
        for index, slot in enumerate(self.slots):
            shown |= slot.show(jobs[index] if index < len(jobs) else None)
        yield beside | shown
        for index, job in enumerate(jobs):
            if job.status is JobStatus.COMPLETED:
                yield self.slots[index].finished(await self._studio.downloads.video(job))
        async for index, event in follow_all(self._studio.client, jobs):
            job = standing[index] = event.job
            update = self.slots[index].progress(job, event.preview)
            if job.status is JobStatus.COMPLETED:
                path = await self._studio.downloads.video(job)
                update |= {self.jobs: list(standing), **self.slots[index].finished(path)}
                beside = {}
            yield beside | update
        yield {self.jobs: standing, self.kept: [], self.cancel: gr.Button(visible=False)}

    async def _cancel(self, jobs: list[Job]) -> gr.Button:
        return await cancel_all(self._studio.client, jobs)


class Slot:
    """The place of one take."""

    def __init__(self) -> None:
        with gr.Column(visible=False, min_width=150) as self.column:
            self.status = gr.HTML()
            self.video = gr.Video(
                visible=False,
                show_label=False,
                autoplay=True,
                loop=True,
                interactive=False,
                buttons=[],
            )
            self.pick = gr.Button(t("Pick this take"), visible=False, size="sm")

    @property
    def outputs(self) -> list[Any]:
        """Every component that the updates of this slot may name."""
        return [self.column, self.status, self.video, self.pick]

    def show(self, job: Job | None) -> Update:
        """A take that begins, or nothing."""
        return {
            self.column: gr.Column(visible=job is not None),
            self.status: job_card(job) if job else "",
            self.video: gr.Video(value=None, visible=False),
            self.pick: gr.Button(visible=False),
        }

    def progress(self, job: Job, preview: str | None) -> Update:
        """How far it has come."""
        return {self.status: job_card(job, preview)}

    def finished(self, path: str) -> Update:
        """Its clip, ready to be picked."""
        return {
            self.video: gr.Video(value=path, visible=True),
            self.pick: gr.Button(t("Pick this take"), visible=True),
        }
