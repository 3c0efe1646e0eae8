"""The *Video to video* tab: a clip in, and the same movement painted anew out."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.clip_part import ClipPart
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready
from app.consent import Consent
from app.panel import ResultPanel, Update, action, cumulative
from app.sliders import slider
from app.studio import Studio
from app.wardrobe import Leave
from app.wiring import AT_ONCE, PRIVATE
from app.words import later, t
from serve.protocol import Job, ModelCard, Range, Role, Task

ANY_STRENGTH = Range(minimum=0.1, maximum=1, step=0.05)
"""Until a model says what it takes."""


class VideoToVideo:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                self._build_form()
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self.panel = ResultPanel(
                    studio,
                    "v2v-result",
                    title=later("The repainted clip"),
                    text=later("Add a clip and say what it is to show: the movement stays."),
                )
        self._wire()

    def _build_form(self) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("Clip")}</h2>')
        self.source = gr.Video(
            label=t("Clip"),
            show_label=False,
            sources=["upload"],
            height=320,
            elem_classes="lr-upload",
            elem_id="v2v-source",
        )
        hint = t(
            "A few seconds, one person, a still camera. Its beginning is used; its end, where a "
            "model continues clips."
        )
        gr.HTML(f'<p class="lr-hint">{hint}</p>')
        self.consent = Consent(self._studio, Leave.CLIPS, "v2v-consent")
        gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("What it is to show")}</h2>')
        self.prompt = gr.Textbox(
            label=t("Prompt"),
            lines=3,
            placeholder=t("Who, wearing what, doing what, where"),
            elem_id="v2v-prompt",
        )
        self.strength = gr.Slider(
            ANY_STRENGTH.minimum,
            ANY_STRENGTH.maximum,
            step=ANY_STRENGTH.step,
            label=t("Strength"),
            info=t("Low keeps the clip, high follows the prompt."),
            interactive=True,
            elem_id="v2v-strength",
        )
        self.part = ClipPart()
        self.controls = ModelControls(Task.VIDEO_TO_VIDEO, folded=True)
        self.run = gr.Button(
            t("Repaint the clip"), variant="primary", interactive=False, elem_id="v2v-run"
        )

    def _wire(self) -> None:
        cards = self._studio.cards
        self.controls.wire(cards)
        model = self.controls.model
        follows = [cards, self.panel.busy, model]
        gr.on([one.change for one in follows], _run_button, follows, self.run, **AT_ONCE)
        cards.change(_first_strength, [cards, model], self.strength, **AT_ONCE)
        model.input(_strength, [cards, model], self.strength, **AT_ONCE)
        gr.on([cards.change, model.change], _prompt, [cards, model], self.prompt, **AT_ONCE)
        self.consent.wire(self.source)
        gr.on([cards.change, model.change], _part, [cards, model], self.part.fold, **AT_ONCE)
        entered = [self.source, self.consent.box, self.prompt, self.strength, *self.part.inputs]
        gr.on(
            [self.run.click, self.prompt.submit],
            self._generate,
            [self._studio.browser, cards, *entered, *self.controls.inputs],
            [self.run, *self.panel.outputs],
            concurrency_limit=None,
            **PRIVATE,
        )
        self.panel.reveal(self.run.click, self.prompt.submit)

    async def _generate(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._steps(*values)):
            yield update

    async def _steps(
        self,
        user: str,
        cards: str,
        source: str | None,
        ticked: bool,
        prompt: str | None,
        strength: float,
        mask: str | None,
        garments: list[str] | None,
        *values: Any,
    ) -> AsyncIterator[Update]:
        settings = ControlValues(*values)
        if not _takes_words(cards, settings.model):
            prompt = ""
        elif not (prompt or "").strip():
            prompt = None
        problem = _problem(source, prompt, settings, self.consent.given(ticked, user))
        if problem or not source:
            yield self.panel.problem(problem)
            return
        card = chosen(cards, settings.model)
        fields = request_fields(settings, card)
        fields |= {"prompt": prompt, "strength": strength, "user": user or None}
        files = {"video": Path(source), **self.part.files(card, mask, garments)}
        async for update in self.panel.make(fields, files, self.run):
            yield update

    def show_job(self, cards: str, job: Job, inputs: Sequence[str]) -> Update:
        """The clip and settings of an earlier job, ready to run again."""
        said = gr.Textbox(job.prompt, visible=_takes_words(cards, job.model))
        given = list(zip(job.inputs, inputs, strict=False))
        clip = next((path for role, path in given if role is Role.VIDEO), None)
        updates: Update = {self.source: clip, self.prompt: said} | self.part.show(given)
        found = cards_for(cards, Task.VIDEO_TO_VIDEO)
        card = choose(found, job.model)
        if card is None:
            return updates
        shown = self.controls.show(found, card, ControlValues.of(job, card.id))
        updates |= dict(zip(self.controls.outputs, shown, strict=True))
        allowed, usual = card.limits.strength or ANY_STRENGTH, card.defaults.strength
        return updates | {self.strength: _as_allowed(allowed, job.params.strength or usual)}

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return [
            *(self.source, self.prompt, self.strength),
            *(*self.part.inputs, *self.controls.outputs),
        ]


def request_fields(settings: ControlValues, card: ModelCard | None) -> dict[str, Any]:
    """The request's fields: the frames as seconds, of which a shorter clip may have fewer; their
    pace only where the model does not keep that of the clip."""
    fields = settings.request_fields()
    if settings.num_frames and settings.fps:
        fields["seconds"] = fields.pop("num_frames") / settings.fps
    if card is not None and card.limits.keeps_fps:
        fields.pop("fps", None)
    return fields


def chosen(cards: str, model: str | None) -> ModelCard | None:
    """That model, or the one that is used where none was chosen."""
    return choose(cards_for(cards, Task.VIDEO_TO_VIDEO), model)


def _run_button(cards: str, busy: bool, model: str | None) -> gr.Button:
    ready = is_ready(cards, model, Task.VIDEO_TO_VIDEO)
    return action(t("Repaint the clip"), busy, ready)


def _first_strength(cards: str, model: str | None) -> Any:
    """That of the model which is chosen by itself; what is set for one that was chosen stays."""
    return gr.skip() if model else _strength(cards, None)


def _strength(cards: str, model: str | None) -> Any:
    """As that model usually has it, within what it takes."""
    card = chosen(cards, model)
    if card is None or card.limits.strength is None:
        return gr.skip()
    allowed = card.limits.strength
    return _as_allowed(allowed, card.defaults.strength or allowed.maximum)


def _as_allowed(allowed: Range, value: float | None) -> gr.Slider:
    """The strength; hidden where the model knows none but one."""
    return slider(allowed, value, visible=allowed.minimum < allowed.maximum)


def _prompt(cards: str, model: str | None) -> gr.Textbox:
    """Shown for a model that takes one; what is written in it stays."""
    return gr.Textbox(visible=_takes_words(cards, model))


def _part(cards: str, model: str | None) -> gr.Accordion:
    """Shown for a model that can be told what of a clip may change."""
    card = chosen(cards, model)
    return gr.Accordion(visible=card is not None and card.limits.video_mask)


def _takes_words(cards: str, model: str | None) -> bool:
    card = chosen(cards, model)
    return card is None or card.limits.prompt


def _problem(source: str | None, prompt: str | None, settings: ControlValues, agreed: bool) -> str:
    """What is missing, in words; the prompt is None where one is needed and none is there."""
    if not source:
        return t("Add a clip first (step 1).")
    if prompt is None:
        return t("Write a prompt first: who, wearing what, doing what, where.")
    if not agreed:
        return t("Please confirm once, below the clip, that you have the right to use it.")
    return "" if settings.model else t("No model is ready yet. Please wait a moment.")


def build_tab(studio: Studio) -> VideoToVideo:
    """Lay out the tab; call inside ``gr.Tab``."""
    return VideoToVideo(studio)
