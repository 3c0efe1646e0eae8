"""One job of the *Library*, opened: its result, what it is made of and what can be done with it."""

from typing import Any

import gradio as gr

from app.client import BackendError
from app.details import about
from app.panel import ResultPanel, Update, unchanged, warn
from app.restoring import Restoring
from app.studio import Studio
from app.wiring import PRIVATE
from app.words import later, t
from serve.protocol import Job, JobStatus, Variant


class JobView:
    """The right half of the tab."""

    def __init__(self, studio: Studio, restoring: Restoring) -> None:
        self._studio = studio
        self._restoring = restoring
        self.panel = ResultPanel(
            studio,
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
        with gr.Row(visible=False, elem_classes="lr-actions") as self.actions:
            self.reuse = gr.Button(t("Reuse settings"), elem_id="library-reuse")
            self.go_on = gr.Button(
                t("Continue from the last frame"), visible=False, elem_id="library-continue"
            )
            self.retry = gr.Button(t("Try again"), visible=False, elem_id="library-retry")
            self.favourite = gr.Button(elem_id="library-favourite")
            self.delete = gr.Button(t("Delete"), variant="stop", elem_id="library-delete")
        with gr.Row(visible=False, elem_classes="lr-actions") as self.asking:
            gr.HTML(f'<p class="lr-sure">{t("Delete it and its files for good?")}</p>')
            self.sure = gr.Button(t("Yes, delete"), variant="stop", elem_id="library-sure")
            self.keep = gr.Button(t("No, keep it"), elem_id="library-keep")
        self.about = gr.HTML(elem_id="library-about")

    @property
    def outputs(self) -> list[Any]:
        """Every component that `show` and its like may name."""
        buttons = [self.go_on, self.retry, self.favourite]
        return [
            self.stills,
            self.about,
            self.actions,
            self.asking,
            *buttons,
            *self.panel.outputs,
        ]

    def wire(self, listing: dict[str, Any]) -> None:
        """React to the buttons; `listing` is the event that draws the tiles anew."""
        opened = {"inputs": [self._studio.cards, self.panel.job], **PRIVATE}
        detail = {**opened, "outputs": self.outputs}
        filled = {**opened, "outputs": self._restoring.outputs}
        self.reuse.click(self._reuse, **filled)
        self.go_on.click(self._continue, **filled)
        self.retry.click(self._retry, **detail).then(**listing).then(**self.looking_again)
        self.favourite.click(self._favourite, **detail).then(**listing)
        self.delete.click(lambda: gr.Row(visible=True), None, self.asking, **PRIVATE)
        self.keep.click(lambda: gr.Row(visible=False), None, self.asking, **PRIVATE)
        self.sure.click(self._delete, **detail).then(**listing)

    @property
    def looking_again(self) -> dict[str, Any]:
        """The event that shows how far the opened job has come."""
        opened = [self._studio.cards, self.panel.job]
        return {"fn": self._look_again, "inputs": opened, "outputs": self.outputs, **PRIVATE}

    async def _look_again(self, cards: str, job: Job | None) -> Update:
        """While the opened job runs, show how far it has come."""
        if job is None or job.status.is_final:
            return unchanged()
        return await self.show(cards, job)

    async def show(self, cards: str, job: Job) -> Update:
        """The job as it is now."""
        try:
            job = await self._studio.client.retrieve(job)
            files = await self._files(job)
        except BackendError as error:
            return self.panel.problem(error.message)
        done = job.status is JobStatus.COMPLETED
        return {
            self.about: about(job, cards),
            self.actions: gr.Row(visible=True),
            self.asking: gr.Row(visible=False),
            self.go_on: gr.Button(visible=done and job.object == "video"),
            self.retry: gr.Button(visible=job.status.is_final and not done),
            **self.kept(job),
            **files,
        }

    def kept(self, job: Job) -> Update:
        """Whether it is a favourite."""
        words = t("★ Favourite") if job.favourite else t("☆ Favourite")
        return {self.favourite: gr.Button(words), self.panel.job: job}

    async def _files(self, job: Job) -> Update:
        updates = self.panel.snapshot(job) | {self.stills: gr.Gallery(value=[], visible=False)}
        if job.status is not JobStatus.COMPLETED:
            return updates
        if job.object == "image":
            stills = await self._studio.downloads.stills(job)
            return updates | {self.stills: gr.Gallery(stills, visible=True)}
        return updates | await self.panel.show(job)

    async def _favourite(self, _cards: str, job: Job | None) -> Update:
        if job is None:
            return unchanged()
        try:
            return self.kept(await self._studio.client.set_favourite(job, not job.favourite))
        except BackendError as error:
            warn(error.message)
            return unchanged()

    async def _retry(self, cards: str, job: Job | None) -> Update:
        if job is None:
            return unchanged()
        try:
            again = await self._studio.client.remix(job, job.prompt)
        except BackendError as error:
            warn(error.message)
            return unchanged()
        return await self.show(cards, again)

    async def _delete(self, _cards: str, job: Job | None) -> Update:
        if job is None:
            return unchanged()
        try:
            await self._studio.client.delete(job)
        except BackendError as error:
            return self.panel.problem(error.message)
        self._studio.downloads.forget(job)
        return self.panel.clear() | {
            self.stills: gr.Gallery(value=[], visible=False),
            self.about: "",
            self.actions: gr.Row(visible=False),
            self.asking: gr.Row(visible=False),
        }

    async def _reuse(self, cards: str, job: Job | None) -> Update:
        if job is None:
            return unchanged()
        try:
            pictures = await self._studio.downloads.inputs(job)
        except BackendError as error:
            warn(error.message)
            return unchanged()
        return self._restoring.restore(cards, job, pictures)

    async def _continue(self, cards: str, job: Job | None) -> Update:
        if job is None:
            return unchanged()
        try:
            frame = await self._studio.downloads.export(job, Variant.LAST_FRAME)
        except BackendError as error:
            warn(error.message)
            return unchanged()
        return self._restoring.continue_from(cards, job, frame)
