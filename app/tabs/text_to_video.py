"""The *Text to video* tab: a sentence in, a clip out; in takes, or by way of stills."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from app import samples
from app.client import BackendError, build_request
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready
from app.empty_numbers import away_unless
from app.finishing import final_button, final_values
from app.panel import Last, ResultPanel, Update, action, cumulative, in_words, warn, withheld
from app.prompt_words import PromptWords
from app.stills_first import StillsFirst
from app.studio import Studio
from app.takes import MAX_SEED, MOST, Takes, seeds
from app.wiring import AT_ONCE, PRIVATE
from app.words import later, t
from serve.protocol import Job, JobStatus, Task, VideoCreateRequest

CLIP, STILLS = "clip", "stills"
ACTIONS = {CLIP: later("Make the clip"), STILLS: later("Make the stills")}
NO_PROMPT = later("Write a prompt first: who, wearing what, doing what, where.")
NO_MODEL = later("No model is ready yet. Please wait a moment.")


class TextToVideo:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.stills_first = StillsFirst(studio)
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                self._build_settings()
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self._build_result()
        head, hint = t("Try one"), t("a click makes the clip")
        gr.HTML(f'<h2 class="lr-section">{head} <em>{hint}</em></h2>')
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

    def _build_settings(self) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("Describe the look")}</h2>')
        self.prompt = gr.Textbox(
            label=t("Prompt"),
            lines=3,
            placeholder=t("Who, wearing what, doing what, where"),
            elem_id="t2v-prompt",
        )
        self.words = PromptWords(self.prompt)
        gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("Set the clip")}</h2>')
        self.mode = gr.Radio(
            [(t("Straight to the clip"), CLIP), (t("Stills first"), STILLS)],
            value=CLIP,
            show_label=False,
            container=False,
            elem_classes="lr-chips lr-mode",
            elem_id="t2v-mode",
        )
        with gr.Column() as self.direct:
            self.controls = ModelControls(Task.TEXT_TO_VIDEO)
            self.takes_wanted = gr.Slider(
                1, MOST, value=1, step=1, label=t("Takes"), interactive=True
            )
        self.stills_first.build_settings()
        self.run = gr.Button(
            t(ACTIONS[CLIP]), variant="primary", interactive=False, elem_id="t2v-run"
        )

    def _build_result(self) -> None:
        self.panel = ResultPanel(
            self._studio,
            "t2v-result",
            title=later("Your clip"),
            text=later("Describe a look, or take one from below."),
        )
        self.finish = gr.Button(t("Make it final"), visible=False, elem_id="t2v-final")
        self.takes = Takes(self._studio)
        self.stills_first.build_result()

    def _wire(self) -> None:
        cards, browser = self._studio.cards, self._studio.browser
        self.controls.wire(cards)
        self.stills_first.wire()
        models = [self.controls.model, self.stills_first.stills.model, self.mode]
        gr.on(
            [one.change for one in (cards, self.panel.busy, *models)],
            self._fit,
            [cards, self.panel.busy, *models],
            [self.run, self.mode, self.direct, self.stills_first.settings, *self.words.outputs],
            **AT_ONCE,
        )
        about = [cards, browser, self.prompt]
        shown = [self.run, self.finish, *self.panel.outputs, *self.takes.outputs]
        shown += self.stills_first.outputs
        run = {"outputs": shown, "concurrency_limit": None, **PRIVATE}
        wanted = [self.mode, self.takes_wanted, *self.controls.inputs, *self.stills_first.inputs]
        making = {"fn": self._make, "inputs": [*about, *wanted], **run}
        asked = gr.on([self.run.click, self.prompt.submit], **making)
        filled = self.examples.select(self._example, None, self.prompt, **PRIVATE)
        self.stills_first.settle(asked, filled.then(**making))
        clip = self.stills_first.clip_inputs
        self.stills_first.animate.click(self._animate, [*about, *clip], **run)
        self.finish.click(self._finish, [*about, self.panel.job], **run)
        for index, slot in enumerate(self.takes.slots):
            slot.pick.click(self._pick(index), [cards, self.takes.jobs], **run)
        self.panel.reveal(
            self.run.click,
            self.prompt.submit,
            self.examples.select,
            self.finish.click,
            self.stills_first.animate.click,
        )

    def show_job(self, cards: str, job: Job) -> Update:
        """The settings of an earlier job, ready to run again."""
        if job.task is Task.TEXT_TO_IMAGE:
            shown = self.stills_first.show_job(cards, job)
            return {self.prompt: job.prompt, self.mode: STILLS} | shown
        found = cards_for(cards, Task.TEXT_TO_VIDEO)
        card = choose(found, job.model)
        if card is None:
            return {self.prompt: job.prompt}
        updates = self.controls.show(found, card, ControlValues.of(job, card.id))
        shown = dict(zip(self.controls.outputs, updates, strict=True))
        return {self.prompt: job.prompt, self.mode: CLIP} | shown

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        own = [self.prompt, self.mode, *self.controls.outputs]
        return [*own, *self.stills_first.reuse_outputs]

    def _fit(
        self, cards: str, busy: bool, model: str | None, still: str | None, mode: str
    ) -> list[Any]:
        """What these models and this way of working leave to set."""
        task, chosen = (Task.TEXT_TO_VIDEO, model) if mode == CLIP else (Task.TEXT_TO_IMAGE, still)
        makes_stills = cards_for(cards, Task.TEXT_TO_IMAGE)
        both = bool(makes_stills and cards_for(cards, Task.IMAGE_TO_VIDEO))
        card = choose(cards_for(cards, task), chosen)
        return [
            action(t(ACTIONS[mode]), busy, is_ready(cards, chosen, task)),
            gr.Radio(visible=both),
            *(gr.Column(elem_classes=away_unless(mode == one)) for one in (CLIP, STILLS)),
            *self.words.fit(card),
        ]

    def _example(self, event: gr.SelectData) -> str:
        return samples.PROMPTS[event.index]

    async def _make(self, cards: str, user: str, prompt: str | None, *values: Any) -> Any:
        mode, takes, *rest = values
        count = len(self.controls.inputs)
        settings, stills = ControlValues(*rest[:count]), rest[count:]
        model = settings.model if mode == CLIP else stills[1]
        problem = NO_MODEL if model is None else None if (prompt or "").strip() else NO_PROMPT
        if mode == STILLS:
            steps = self._make_stills(user, prompt or "", stills)
        elif takes > 1:
            steps = self._make_takes(user, prompt or "", settings, int(takes))
        else:
            steps = self._make_clip(cards, user, prompt or "", settings)
        run = self._guarded(steps, problem and t(problem))
        picked = [*self.panel.outputs, self.finish] if mode == CLIP and takes > 1 else ()
        async for update in cumulative(run, once=picked):
            yield update

    async def _animate(self, cards: str, user: str, prompt: str | None, *values: Any) -> Any:
        async def steps() -> AsyncIterator[Update]:
            job = await self.stills_first.create_clip(cards, user, prompt or "", values)
            async for update in self._play(cards, job):
                yield update

        async for update in cumulative(self._guarded(steps(), keeps_still=True)):
            yield update

    async def _finish(self, cards: str, user: str, _prompt: str, draft: Job) -> Any:
        """The clip on show as a final one, of the same pictures where it had any."""

        async def steps() -> AsyncIterator[Update]:
            if settings := final_values(cards, draft):
                pictures = await self._studio.downloads.inputs(draft)
                job = await self._create(user, draft.prompt, settings, pictures)
                async for update in self._play(cards, job):
                    yield update

        of_still = draft.task is not Task.TEXT_TO_VIDEO
        run = self._guarded(steps(), keeps_still=of_still)
        async for update in cumulative(run):
            yield update

    def _pick(self, index: int) -> Any:
        async def pick(cards: str, jobs: list[Job]) -> Update:
            """The take as the clip on show."""
            job = jobs[index]
            shown = self.panel.snapshot(job) | await self.panel.show(job)
            return shown | {self.finish: final_button(cards, job)}

        return pick

    async def _guarded(
        self,
        steps: AsyncIterator[Update],
        problem: str | None = None,
        *,
        keeps_still: bool = False,
    ) -> AsyncIterator[Update]:
        """Keep the buttons from being pressed while it runs, and put what is wrong in words.

        A still that stays approved can be animated again afterwards.
        """
        if problem:
            yield self.panel.problem(problem)
            return
        buttons = (self.finish, self.stills_first.animate)
        yield self.panel.working(self.run) | {
            button: gr.Button(interactive=False) for button in buttons
        }
        ending = self.panel.done(self.run)
        if keeps_still:
            ending[self.stills_first.animate] = gr.Button(interactive=True)
        async for update in withheld(in_words(steps, self._problem), ending):
            yield update
        yield ending

    def _problem(self, message: str) -> Update:
        return self.panel.problem(message) | {self.finish: gr.Button(interactive=True)}

    async def _make_clip(
        self, cards: str, user: str, prompt: str, settings: ControlValues
    ) -> AsyncIterator[Update]:
        yield self.takes.clear() | self.stills_first.clear()
        job = await self._create(user, prompt, settings)
        async for update in self._play(cards, job):
            yield update

    async def _make_takes(
        self, user: str, prompt: str, settings: ControlValues, n: int
    ) -> AsyncIterator[Update]:
        """The same with several seeds, as jobs of their own."""
        hidden = self.panel.clear() | self.stills_first.clear()
        hidden |= {self.finish: gr.Button(visible=False), self.panel.status: ""}
        yield hidden
        first = settings.seed if settings.seed is not None else random.randrange(MAX_SEED)
        jobs: list[Job] = []
        for seed in seeds(first, n):
            try:
                jobs.append(await self._create(user, prompt, replace(settings, seed=seed)))
            except BackendError as error:
                if not jobs:
                    raise
                warn(error.message)  # such as a full queue: those that it took go on
                break
        async for update in self.takes.follow(jobs, hidden):
            yield update

    async def _make_stills(
        self, user: str, prompt: str, values: Sequence[Any]
    ) -> AsyncIterator[Update]:
        yield self.takes.clear() | self.stills_first.clear()
        yield {self.finish: gr.Button(visible=False)}
        job = await self.stills_first.create_stills(user, prompt, values)
        async for current, update in self.panel.follow(job):
            job = current
            yield update
        if job.status is JobStatus.COMPLETED:
            yield Last(await self.stills_first.show(job))

    async def _play(self, cards: str, job: Job) -> AsyncIterator[Update]:
        """The job until it is over, and then its clip."""
        yield {self.finish: gr.Button(visible=False)}
        async for current, update in self.panel.follow(job):
            job = current
            yield update
        yield await self.panel.show(job) | {self.finish: final_button(cards, job)}

    async def _create(
        self, user: str, prompt: str, settings: ControlValues, pictures: Sequence[str] = ()
    ) -> Job:
        """Queue a clip; of two pictures the second is its last frame."""
        fields = settings.request_fields() | {"prompt": prompt, "user": user or None}
        first, last = [Path(path) for path in pictures[:2]] + [None] * (2 - len(pictures[:2]))
        return await self._studio.client.create_video(
            build_request(VideoCreateRequest, fields), input_reference=first, last_image=last
        )


def build_tab(studio: Studio) -> TextToVideo:
    """Lay out the tab; call inside ``gr.Tab``."""
    return TextToVideo(studio)
