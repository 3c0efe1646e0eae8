"""The *Try-on* tab: a person and garments in, dressed stills to choose from, and a clip out."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from app import samples
from app.client import build_request
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready, models_note
from app.dressed_stills import DressedStills
from app.dressing import Dressing, dressing_for
from app.embedding import embedding_box
from app.fitting import DRESS, Fitting
from app.fitting_form import FittingForm
from app.last_frame import LastFrame
from app.panel import Last, ResultPanel, Update, cumulative, in_words, withheld
from app.studio import Studio
from app.wiring import AT_ONCE, PRIVATE
from app.words import later, t
from app.worn import noted
from serve.protocol import Job, JobStatus, Task, VideoCreateRequest

Steps = Callable[[Fitting, Sequence[Any]], AsyncIterator[Update]]


class TryOn:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                self.form = FittingForm(studio)
                self.clip = ModelControls(
                    Task.IMAGE_TO_VIDEO, label=later("Clip model"), folded=True
                )
                with self.clip.fold:
                    self.last_frame = LastFrame()
                    self.embed_inputs = embedding_box()
                self._build_actions()
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self.panel = self._build_panel()
                self.stills = DressedStills()
        words = f"{t('Try one')} <em>{t('a click dresses and animates')}</em>"
        gr.HTML(f'<h2 class="lr-section">{words}</h2>')
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

    def _build_actions(self) -> None:
        with gr.Row(elem_classes="lr-actions"):
            self.dress = gr.Button(
                t("Make dressed stills"), interactive=False, elem_id="tryon-dress"
            )
            self.both = gr.Button(
                t("Dress and animate"), variant="primary", interactive=False, elem_id="tryon-both"
            )
            self.animate_photo = gr.Button(
                t("Animate"), variant="primary", visible=False, elem_id="tryon-photo"
            )
        self.about_models = gr.HTML(elem_classes="lr-note")

    def _build_panel(self) -> ResultPanel:
        return ResultPanel(
            self._studio,
            "tryon-result",
            title=later("The fitting room"),
            text=later(
                "Add a person and a garment, then dress: the stills and the clip appear here."
            ),
        )

    @property
    def _buttons(self) -> list[gr.Button]:
        """Those that start a job from the form."""
        return [self.dress, self.both, self.animate_photo]

    def _wire(self) -> None:
        cards, browser = self._studio.cards, self._studio.browser
        self.form.wire(cards, self.clip.model)
        self.clip.wire(cards)
        self.last_frame.wire(cards, self.clip.model)
        self.stills.wire(cards, self.clip.model)
        chosen = [cards, self.panel.busy, self.form.dresser, self.clip.model, self.form.mode]
        gr.on(
            [component.change for component in chosen],
            self._readiness,
            chosen,
            [*self._buttons, self.about_models],
            **AT_ONCE,
        )
        inputs = [
            cards,
            browser,
            *self.stills.inputs,
            *self.form.inputs,
            *self.clip.inputs,
            self.last_frame.picture,
            self.embed_inputs,
        ]
        outputs = [*self._buttons, *self.stills.outputs, *self.panel.outputs]
        run = {"inputs": inputs, "outputs": outputs, "concurrency_limit": None, **PRIVATE}
        dressed = self.dress.click(self._run_dress, **run)
        self.both.click(self._run_both, **run)
        dressed_again = self.stills.again.click(self._run_again, **run)
        self.stills.settle(dressed, dressed_again)
        gr.on([self.stills.animate.click, self.animate_photo.click], self._run_animate, **run)
        filled = self.looks.select(self._example, None, self.form.filled, **PRIVATE)
        filled.then(self._run_both, **run)
        clicks = [button.click for button in [*self._buttons, *self.stills.buttons]]
        self.panel.reveal(*clicks, self.looks.select)

    def open_with(self, page: gr.Blocks) -> None:
        """What this browser has saved is shown when the page is opened."""
        self.form.open_with(page)

    def _readiness(
        self, cards: str, busy: bool, dresser: str | None, model: str | None, mode: str
    ) -> Any:
        can_dress = not busy and is_ready(cards, dresser, Task.IMAGE_EDIT)
        can_animate = not busy and is_ready(cards, model, Task.IMAGE_TO_VIDEO)
        dressing = mode == DRESS
        return [
            gr.Button(visible=dressing, interactive=can_dress),
            gr.Button(visible=dressing, interactive=can_dress and can_animate),
            gr.Button(visible=not dressing, interactive=can_animate),
            models_note(cards, {dresser, model} if dressing else {model}),
        ]

    def _example(self, event: gr.SelectData) -> list[Any]:
        return self.form.show_look(samples.LOOKS[event.index])

    async def _run_dress(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._dress, values)):
            yield update

    async def _run_both(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._dress_and_animate, values)):
            yield update

    async def _run_again(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._dress_again, values, form=False)):
            yield update

    async def _run_animate(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._guarded(self._animate, values, form=False)):
            yield update

    async def _guarded(
        self, steps: Steps, values: Sequence[Any], *, form: bool = True
    ) -> AsyncIterator[Update]:
        """Check the entries, keep the buttons still while it runs, and put errors in words."""
        fitting = self._read(values)
        makes_clip = steps not in (self._dress, self._dress_again)
        problem = fitting.problem(needs_garment=form, makes_clip=makes_clip)
        if problem:
            yield self.panel.problem(problem)
            return
        chosen = None if form else values[3]
        ending = self.panel.done(*self._buttons) | self.stills.enabled(False, chosen)
        yield self.panel.working(*self._buttons) | self.stills.enabled(True, chosen)
        run = in_words(steps(fitting, values[2:6]), self.panel.problem)
        async for update in withheld(run, ending):
            yield update
        yield ending

    async def _dress(self, fitting: Fitting, _stills: Sequence[Any]) -> AsyncIterator[Update]:
        """The stills, to choose from."""
        yield self.stills.clear()
        dressing = dressing_for(fitting)
        job = await self._submit_stills(dressing)
        async for current, update in self.panel.follow(job):
            job = current
            yield update
        if job.status is JobStatus.COMPLETED:
            yield Last(self.stills.show(await self._studio.downloads.stills(job), dressing))

    async def _dress_again(self, _fitting: Fitting, stills: Sequence[Any]) -> AsyncIterator[Update]:
        """Another still in the place of the chosen one: everything as it was but the seed."""
        shown, chosen, dressing, _kept = stills
        job = await self._submit_stills(dressing.again())
        async for current, update in self.panel.follow(job):
            job = current
            yield update
        if job.status is JobStatus.COMPLETED:
            still = (await self._studio.downloads.stills(job))[0]
            yield Last(self.stills.replace(shown, chosen, still, dressing))

    async def _animate(self, fitting: Fitting, stills: Sequence[Any]) -> AsyncIterator[Update]:
        """A clip of the approved still, or of the photo that is dressed already."""
        pictures = [*fitting.first_frame, *fitting.kept]
        worn = {"metadata": stills[2].request.metadata} if fitting.kept else {}
        job = await self._submit_clip(fitting, pictures, **worn)
        async for update in self.panel.play(job):
            yield update

    async def _dress_and_animate(
        self, fitting: Fitting, _stills: Sequence[Any]
    ) -> AsyncIterator[Update]:
        """Straight to the clip: in one job where the model can, else through one still."""
        yield self.stills.clear()
        if fitting.can_try_on:
            prompt = " ".join(filter(None, (fitting.direction, fitting.notes)))
            worn = noted(fitting.garments)
            job = await self._submit_clip(
                fitting, fitting.pictures, task=Task.TRY_ON, prompt=prompt, metadata=worn
            )
        else:
            job = await self._submit_stills(dressing_for(fitting, n=1))
            async for current, update in self.panel.follow(job):
                job = current
                yield update
            if job.status is not JobStatus.COMPLETED:
                return
            still = (await self._studio.downloads.stills(job))[0]
            job = await self._submit_clip(fitting, [still])
        async for update in self.panel.play(job):
            yield update

    async def _submit_stills(self, dressing: Dressing) -> Job:
        images = [Path(path) for path in dressing.pictures]
        mask = Path(dressing.mask) if dressing.mask else None
        return await self._studio.client.edit_images(dressing.request, images=images, mask=mask)

    async def _submit_clip(self, fitting: Fitting, pictures: Sequence[str], **more: Any) -> Job:
        """A clip of the first picture, wearing what the others show."""
        usual = {"prompt": fitting.direction, "task": Task.IMAGE_TO_VIDEO}
        fields = fitting.settings.request_fields() | {"user": fitting.user or None}
        request = build_request(VideoCreateRequest, fields | usual | more)
        first, *garments = (Path(path) for path in pictures)
        last = fitting.last_image
        return await self._studio.client.create_video(
            request,
            input_reference=first,
            garments=garments,
            last_image=Path(last) if last else None,
        )

    def _read(self, values: Sequence[Any]) -> Fitting:
        cards, user, stills, chosen, dressing, ticked, *rest = values
        form, approved = len(self.form.inputs), self.stills.approved(stills, chosen)
        *controls, last, embed = rest[form:]
        settings = replace(ControlValues(*controls), embed_inputs=bool(embed))
        kept = self.stills.garments(dressing, ticked)
        return self.form.read(cards, user, approved, rest[:form], settings, last, kept)

    def show_job(self, cards: str, job: Job, inputs: Sequence[str]) -> Update:
        """The settings and pictures of an earlier job, ready to run again."""
        updates = dict(zip(self.form.filled, self.form.show_job(cards, job, inputs), strict=True))
        updates[self.embed_inputs] = job.params.embed_inputs
        found = cards_for(cards, Task.IMAGE_TO_VIDEO)
        card = choose(found, job.model)
        if job.object == "video" and card is not None:
            shown = self.clip.show(found, card, ControlValues.of(job, card.id))
            updates |= dict(zip(self.clip.outputs, shown, strict=True))
        return updates

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return [*self.form.filled, self.embed_inputs, *self.clip.outputs]


def build_tab(studio: Studio) -> TryOn:
    """Lay out the tab; call inside ``gr.Tab``."""
    return TryOn(studio)
