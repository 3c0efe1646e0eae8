"""The *Text to video* tab: a sentence in, a clip out."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from app import samples
from app.client import BackendError, build_request
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready
from app.panel import ResultPanel, Update, cumulative
from app.studio import Studio
from app.words import later
from serve.protocol import Job, JobStatus, Task, VideoCreateRequest


class TextToVideo:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                gr.HTML('<h2 class="lr-step"><span>1</span>Describe the look</h2>')
                self.prompt = gr.Textbox(
                    label="Prompt",
                    lines=3,
                    placeholder="Who, wearing what, doing what, where",
                    elem_id="t2v-prompt",
                )
                gr.HTML('<h2 class="lr-step"><span>2</span>Set the clip</h2>')
                self.controls = ModelControls(Task.TEXT_TO_VIDEO)
                self.run = gr.Button(
                    "Make the clip", variant="primary", interactive=False, elem_id="t2v-run"
                )
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self.panel = ResultPanel(
                    studio,
                    "t2v-result",
                    title=later("Your clip"),
                    text=later("Describe a look, or take one from below."),
                )
        gr.HTML('<h2 class="lr-section">Try one <em>a click makes the clip</em></h2>')
        self.examples = gr.Gallery(
            samples.prompt_pictures(),
            columns=5,
            allow_preview=False,
            show_label=False,
            object_fit="cover",
            buttons=[],
            interactive=False,
            elem_classes="lr-cards lr-prompts",
        )
        self._wire()

    def _wire(self) -> None:
        self.controls.wire(self._studio.cards)
        private = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on(
            [self._studio.cards.change, self.controls.model.change],
            self._readiness,
            [self._studio.cards, self.controls.model],
            self.run,
            queue=False,
            **private,
        )
        running = {
            "fn": self._generate,
            "inputs": [self._studio.browser, self.prompt, *self.controls.inputs],
            "outputs": [self.run, *self.panel.outputs],
            "concurrency_limit": None,
            **private,
        }
        gr.on([self.run.click, self.prompt.submit], **running)
        self.examples.select(self._example, None, self.prompt, **private).then(**running)
        self.panel.reveal(self.run.click, self.prompt.submit, self.examples.select)

    def show_job(self, cards: str, job: Job) -> Update:
        """The settings of an earlier job, ready to run again."""
        found = cards_for(cards, Task.TEXT_TO_VIDEO)
        card = choose(found, job.model)
        if card is None:
            return {self.prompt: job.prompt}
        values = ControlValues.of(job, card.id)
        updates = self.controls.show(found, card, values)
        return {self.prompt: job.prompt} | dict(zip(self.controls.outputs, updates, strict=True))

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return [self.prompt, *self.controls.outputs]

    def _readiness(self, cards: str, model: str | None) -> Any:
        return gr.Button(interactive=is_ready(cards, model, Task.TEXT_TO_VIDEO))

    def _example(self, event: gr.SelectData) -> str:
        return samples.PROMPTS[event.index]

    async def _generate(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._steps(*values)):
            yield update

    async def _steps(self, user: str, prompt: str | None, *values: Any) -> AsyncIterator[Update]:
        if not prompt or not prompt.strip():
            yield self.panel.problem("Write a prompt first: who, wearing what, doing what, where.")
            return
        settings = ControlValues(*values)
        if settings.model is None:
            yield self.panel.problem("No model is ready yet. Please wait a moment.")
            return
        fields = settings.request_fields() | {"prompt": prompt, "user": user or None}
        yield {self.run: gr.Button("Working…", interactive=False)}
        try:
            request = build_request(VideoCreateRequest, fields)
            job = await self._studio.client.create_video(request)
            async for current, update in self.panel.follow(job):
                job = current
                yield update
            if job.status is JobStatus.COMPLETED:
                yield await self.panel.show(job)
        except BackendError as error:
            yield self.panel.problem(error.message)
        yield {self.run: gr.Button("Make the clip", interactive=True)}


def build_tab(studio: Studio) -> TextToVideo:
    """Lay out the tab; call inside ``gr.Tab``."""
    return TextToVideo(studio)
