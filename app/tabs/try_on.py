"""The *Try-on* tab: a person and garments in, dressed stills to choose from, and a clip out."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app import samples
from app.client import BackendError, build_request
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready, models_note
from app.fitting import DRESS, Fitting, FittingForm
from app.panel import ResultPanel, Update, cumulative
from app.studio import Studio
from app.words import later
from serve.protocol import ImageEditRequest, Job, JobStatus, Task, VideoCreateRequest

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class TryOn:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                self.form = FittingForm()
                self.clip = ModelControls(Task.IMAGE_TO_VIDEO, label="Clip model", folded=True)
                with gr.Row(elem_classes="lr-actions"):
                    self.dress = gr.Button("Dress", interactive=False, elem_id="tryon-dress")
                    self.both = gr.Button(
                        "Dress and animate",
                        variant="primary",
                        interactive=False,
                        elem_id="tryon-both",
                    )
                    self.animate_photo = gr.Button(
                        "Animate", variant="primary", visible=False, elem_id="tryon-photo"
                    )
                self.about_models = gr.HTML(elem_classes="lr-note")
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self._build_result()
        gr.HTML('<h2 class="lr-section">Try one <em>a click dresses and animates</em></h2>')
        self.looks = gr.Gallery(
            samples.looks(),
            columns=4,
            allow_preview=False,
            show_label=False,
            object_fit="cover",
            buttons=[],
            interactive=False,
            elem_classes="lr-cards lr-looks",
        )
        self._wire()

    def _build_result(self) -> None:
        self.panel = ResultPanel(
            self._studio,
            "tryon-result",
            title=later("The fitting room"),
            text=later(
                "Add a person and a garment, then dress: the stills and the clip appear here."
            ),
        )
        self.approved = gr.State(None)
        self.stills = gr.Gallery(
            visible=False,
            columns=2,
            allow_preview=False,
            show_label=False,
            object_fit="contain",
            buttons=[],
            interactive=False,
            elem_classes="lr-cards lr-stills",
            elem_id="tryon-stills",
        )
        self.animate = gr.Button(
            "Click the still you approve", visible=False, elem_id="tryon-animate"
        )

    def _wire(self) -> None:
        cards, browser = self._studio.cards, self._studio.browser
        self.form.wire(cards)
        self.clip.wire(cards)
        buttons = [self.dress, self.both, self.animate_photo]
        gr.on(
            [cards.change, self.form.dresser.change, self.clip.model.change, self.form.mode.change],
            self._readiness,
            [cards, self.form.dresser, self.clip.model, self.form.mode],
            [*buttons, self.about_models],
            queue=False,
            **PRIVATE,
        )
        self.stills.select(self._approve, None, [self.approved, self.animate], **PRIVATE)
        inputs = [cards, browser, self.approved, *self.form.inputs, *self.clip.inputs]
        outputs = [*buttons, self.approved, self.stills, self.animate, *self.panel.outputs]
        run = {"inputs": inputs, "outputs": outputs, "concurrency_limit": None, **PRIVATE}
        self.dress.click(self._run_dress, **run)
        self.both.click(self._run_both, **run)
        self.animate.click(self._run_animate, **run)
        self.animate_photo.click(self._run_animate, **run)
        filled = self.looks.select(self._example, None, self.form.filled, **PRIVATE)
        filled.then(self._run_both, **run)
        self.panel.reveal(
            self.dress.click,
            self.both.click,
            self.animate.click,
            self.animate_photo.click,
            self.looks.select,
        )

    def _readiness(self, cards: str, dresser: str | None, model: str | None, mode: str) -> Any:
        can_dress = is_ready(cards, dresser, Task.IMAGE_EDIT)
        can_animate = is_ready(cards, model, Task.IMAGE_TO_VIDEO)
        dressing = mode == DRESS
        return [
            gr.Button(visible=dressing, interactive=can_dress),
            gr.Button(visible=dressing, interactive=can_dress and can_animate),
            gr.Button(visible=not dressing, interactive=can_animate),
            models_note(cards, {dresser, model} if dressing else {model}),
        ]

    def _approve(self, event: gr.SelectData) -> Any:
        still = event.value["image"]["path"]
        return still, gr.Button("Animate this look", variant="primary", interactive=True)

    def _example(self, event: gr.SelectData) -> list[Any]:
        return self.form.show_look(samples.LOOKS[event.index])

    async def _run_dress(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._dress, *values)):
            yield update

    async def _run_both(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._dress_and_animate, *values)):
            yield update

    async def _run_animate(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._animate, *values)):
            yield update

    async def _guarded(self, steps: Any, *values: Any) -> AsyncIterator[Update]:
        """Check the entries, keep the buttons still while it runs, and put errors in words."""
        fitting = self._read(values)
        problem = fitting.problem(needs_garment=steps != self._animate)
        if problem:
            yield self.panel.problem(problem)
            return
        buttons = (self.dress, self.both, self.animate_photo, self.animate)
        yield {button: gr.Button(interactive=False) for button in buttons}
        try:
            async for update in steps(fitting):
                yield update
        except BackendError as error:
            yield self.panel.problem(error.message)
        yield {button: gr.Button(interactive=True) for button in buttons}

    async def _dress(self, fitting: Fitting) -> AsyncIterator[Update]:
        """The stills, to choose from."""
        yield {self.stills: gr.Gallery(value=[], visible=False), self.approved: None}
        job = await self._submit_stills(fitting, fitting.n)
        async for current, update in self.panel.follow(job):
            job = current
            yield update | {self.animate: gr.Button(visible=False)}
        if job.status is not JobStatus.COMPLETED:
            return
        stills = await self._studio.downloads.stills(job)
        yield {
            self.stills: gr.Gallery(stills, visible=True, columns=min(len(stills), 2)),
            self.animate: gr.Button(
                "Click the still you approve", visible=True, variant="secondary"
            ),
        }

    async def _animate(self, fitting: Fitting) -> AsyncIterator[Update]:
        """A clip of the approved still, or of the photo that is dressed already."""
        job = await self._submit_clip(fitting, fitting.first_frame, fitting.direction)
        async for update in self._play(job):
            yield update

    async def _dress_and_animate(self, fitting: Fitting) -> AsyncIterator[Update]:
        """Straight to the clip: in one job where the model can, else through one still."""
        yield {
            self.stills: gr.Gallery(value=[], visible=False),
            self.approved: None,
            self.animate: gr.Button(visible=False),
        }
        if fitting.can_try_on:
            prompt = " ".join(filter(None, (fitting.direction, fitting.notes)))
            job = await self._submit_clip(fitting, fitting.pictures, prompt)
        else:
            job = await self._submit_stills(fitting, 1)
            async for current, update in self.panel.follow(job):
                job = current
                yield update
            if job.status is not JobStatus.COMPLETED:
                return
            still = (await self._studio.downloads.stills(job))[0]
            job = await self._submit_clip(fitting, [still], fitting.direction)
        async for update in self._play(job):
            yield update

    async def _play(self, job: Job) -> AsyncIterator[Update]:
        async for current, update in self.panel.follow(job):
            job = current
            yield update
        yield await self.panel.show(job)

    async def _submit_stills(self, fitting: Fitting, n: int) -> Job:
        request = build_request(
            ImageEditRequest,
            {
                "prompt": fitting.dress_prompt,
                "model": fitting.dresser,
                "n": n,
                "seed": fitting.settings.seed,
                "size": fitting.still_size,
                "user": fitting.user or None,
            },
        )
        images = [Path(path) for path in fitting.pictures]
        return await self._studio.client.edit_images(request, images=images)

    async def _submit_clip(self, fitting: Fitting, pictures: Sequence[str], prompt: str) -> Job:
        """A clip of the first picture, wearing what the others show."""
        fields = fitting.settings.request_fields() | {"user": fitting.user or None}
        request = build_request(VideoCreateRequest, fields | {"prompt": prompt})
        first, *garments = (Path(path) for path in pictures)
        return await self._studio.client.create_video(
            request, input_reference=first, garments=garments
        )

    def _read(self, values: Sequence[Any]) -> Fitting:
        cards, user, approved, *rest = values
        count = len(self.form.inputs)
        return self.form.read(cards, user, approved, rest[:count], ControlValues(*rest[count:]))

    def show_job(self, cards: str, job: Job, inputs: Sequence[str]) -> Update:
        """The settings and pictures of an earlier job, ready to run again."""
        updates = dict(zip(self.form.filled, self.form.show_job(job, inputs), strict=True))
        found = cards_for(cards, Task.IMAGE_TO_VIDEO)
        card = choose(found, job.model)
        if job.object == "video" and card is not None:
            shown = self.clip.show(found, card, ControlValues.of(job, card.id))
            updates |= dict(zip(self.clip.outputs, shown, strict=True))
        return updates

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return [*self.form.filled, *self.clip.outputs]


def build_tab(studio: Studio) -> TryOn:
    """Lay out the tab; call inside ``gr.Tab``."""
    return TryOn(studio)
