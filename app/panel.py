"""The result area: live status with a preview, a cancel button, and the finished clip."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from app.client import BackendClient, BackendError, build_request
from app.progress import empty_card, job_card, notice_card
from app.studio import Studio
from app.telling import tell_html
from app.told import told
from app.wiring import PRIVATE
from app.words import later, t
from serve.protocol import Job, JobStatus, VideoCreateRequest

logger = logging.getLogger(__name__)

Update = dict[Any, Any]
"""Component to new value, as an event handler yields it."""

GONE = later("A file that this needs was cleared away meanwhile. Please add or make it again.")
UNFORESEEN = later("Something went wrong in the studio; its log says what. Please try again.")


class Last(dict[Any, Any]):
    """An update that ends its run: one that came after it would undo a quick click."""


def unchanged() -> Update:
    """Nothing to show: Gradio takes an empty dictionary for a missing value."""
    nothing: Update = gr.skip()
    return nothing


async def cumulative(
    updates: AsyncIterator[Update], once: Sequence[Any] = ()
) -> AsyncIterator[Update]:
    """Every update together with those before it.

    Of several that reach a busy browser at once, Gradio applies only the last to a component.
    What the user may change while the updates come goes into `once`: it is not said again.
    """
    shown: Update = {}
    async for update in updates:
        yield shown | update
        shown |= {part: value for part, value in update.items() if part not in once}


async def withheld(updates: AsyncIterator[Update], ending: Update) -> AsyncIterator[Update]:
    """The updates but the last, which goes into what the run ends with."""
    async for update in updates:
        if isinstance(update, Last):
            ending |= update
        else:
            yield update


async def in_words(
    updates: AsyncIterator[Update], problem: Callable[[str], Update]
) -> AsyncIterator[Update]:
    """The updates of a run, and where it fails the problem, so that its ending still comes.

    A run that only broke off would leave its buttons waiting until the page is opened anew.
    """
    try:
        async for update in updates:
            yield update
    except BackendError as error:
        yield problem(error.message)
    except FileNotFoundError:  # what is fetched or uploaded is kept for a day
        logger.exception("A run needs a file that is gone")
        yield problem(t(GONE))
    except Exception:
        logger.exception("A run failed")
        yield problem(t(UNFORESEEN))


REVEAL_JS = """() => { setTimeout(() => document.getElementById('%s')
    .scrollIntoView({block: 'nearest', behavior: 'smooth'}), 300) }"""


def warn(message: str) -> None:
    """Say in the page's corner what went wrong, in the user's language where we know it."""
    gr.Warning(told(message), title=t("Warning"))


def action(words: str, busy: bool, ready: bool) -> gr.Button:
    """A button that starts a run, as it is while one is under way and while none is."""
    return gr.Button(t("Working…") if busy else words, interactive=ready and not busy)


async def cancel_all(client: BackendClient, jobs: Sequence[Job]) -> gr.Button:
    """Stop these jobs; the button that was pressed for it, until they have."""
    for job in jobs:
        try:
            await client.cancel(job)
        except BackendError as error:
            warn(error.message)
    return gr.Button(t("Cancelling…"), interactive=False)


class ResultPanel:
    """Shows one job at a time; the job itself lives in the backend and outlives the page.

    The title and text of the empty panel are given as `later` texts.
    """

    def __init__(self, studio: Studio, elem_id: str, *, title: str, text: str) -> None:
        self._studio = studio
        self._id = elem_id
        self._title, self._text = title, text
        self.job = gr.State(None)
        self.busy = gr.State(False)
        """Whether a run is under way: buttons that start one wait, whatever else changes."""
        self.kept = studio.kept[elem_id]
        self.status = gr.HTML(self._empty(), elem_classes="lr-panel", elem_id=self._id)
        self.cancel = gr.Button(t("Cancel"), visible=False, elem_classes="lr-cancel", size="sm")
        with gr.Row(visible=False) as self.tell:
            gr.HTML(tell_html())
        self.video = gr.Video(
            visible=False,
            show_label=False,
            autoplay=True,
            loop=True,
            interactive=False,
            buttons=["download"],
            elem_classes="lr-video",
        )
        self.cancel.click(
            self._cancel,
            self.job,
            self.cancel,
            concurrency_limit=None,
            **PRIVATE,
        )

    def reveal(self, *triggers: Any) -> None:
        """Scroll the result into view when one of these happens; on a phone it is far off."""
        gr.on(list(triggers), None, js=REVEAL_JS % self._id, api_visibility="private")

    @property
    def outputs(self) -> list[Any]:
        """Every component that the updates of this panel may name."""
        return [self.job, self.busy, self.kept, self.status, self.cancel, self.tell, self.video]

    async def follow(self, job: Job) -> AsyncIterator[tuple[Job, Update]]:
        """The job and what to show, again and again until it is final."""
        yield job, self.snapshot(job)
        preview: str | None = None
        async for event in self._studio.client.follow(job):
            preview = event.preview or preview
            job = event.job
            yield job, {self.status: job_card(job, preview)}
        yield job, {self.job: job, self.kept: [], **self._idle()}

    async def play(self, job: Job) -> AsyncIterator[Update]:
        """What to show of a clip until it is over, and then the clip."""
        async for current, update in self.follow(job):
            job = current
            yield update
        yield await self.show(job)

    async def make(
        self, fields: dict[str, Any], files: Mapping[str, Any], button: gr.Button
    ) -> AsyncIterator[Update]:
        """A clip from its order to its end; the button waits meanwhile.

        `files` go by the client's names for them.
        """

        async def steps() -> AsyncIterator[Update]:
            request = build_request(VideoCreateRequest, fields)
            job = await self._studio.client.create_video(request, **files)
            async for update in self.play(job):
                yield update

        yield self.working(button)
        async for update in in_words(steps(), self.problem):
            yield update
        yield self.done(button)

    def snapshot(self, job: Job) -> Update:
        """The job as it is at this moment, without its clip."""
        running = not job.status.is_final
        return {
            self.job: job,
            self.kept: [job.id] if running else [],
            self.status: job_card(job),
            self.cancel: gr.Button(t("Cancel"), visible=running, interactive=True),
            self.tell: gr.Row(visible=running),
            self.video: gr.Video(value=None, visible=False),
        }

    async def show(self, job: Job) -> Update:
        """A finished clip, playing."""
        if job.status is not JobStatus.COMPLETED or job.object != "video":
            return {}
        video = await self._studio.downloads.video(job)
        return {self.video: gr.Video(value=video, visible=True)}

    def clear(self) -> Update:
        """Back to the empty state."""
        return {
            self.job: None,
            self.kept: [],
            self.status: self._empty(),
            **self._idle(),
            self.video: gr.Video(value=None, visible=False),
        }

    def problem(self, message: str) -> Update:
        """Say what is missing or what went wrong; the user's entries stay as they are."""
        message = told(message)
        gr.Warning(message, title=t("Warning"))
        return {self.status: notice_card(message), **self._idle()}

    def working(self, *buttons: gr.Button) -> Update:
        """A run begins: these buttons, each of which starts one, wait until it is over."""
        return {self.busy: True} | {button: gr.Button(interactive=False) for button in buttons}

    def done(self, *buttons: gr.Button) -> Update:
        """The run is over: what follows `busy` says which of its buttons may start the next."""
        return {self.busy: False} | {button: gr.skip() for button in buttons}

    def _idle(self) -> Update:
        """Nothing to wait for."""
        return {self.cancel: gr.Button(visible=False), self.tell: gr.Row(visible=False)}

    def _empty(self) -> str:
        return empty_card(t(self._title), t(self._text))

    async def _cancel(self, job: Job | None) -> Any:
        if job is None:
            return gr.skip()
        try:
            await self._studio.client.cancel(job)
        except BackendError as error:
            warn(error.message)
            return gr.skip()
        return gr.Button(t("Cancelling…"), interactive=False)
