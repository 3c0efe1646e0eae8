"""*Stills first*: pictures of a prompt, one of which is approved and set in motion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.cards import cards_for, choose, is_ready
from app.client import build_request
from app.controls import ControlValues, ModelControls
from app.empty_numbers import away_unless
from app.panel import Update
from app.studio import Studio
from app.wiring import AT_ONCE, PRIVATE
from app.words import later, t
from serve.protocol import (
    Allowance,
    ImageGenerationRequest,
    Job,
    Task,
    VideoCreateRequest,
)

MOST = 4
"""Stills at once; a model may make fewer."""


class StillsFirst:
    """The settings of stills and clip, the stills themselves, and the approved one."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def build_settings(self) -> None:
        """On the side where things are set."""
        with gr.Column(elem_classes=away_unless(False)) as self.settings:
            self.stills = ModelControls(Task.TEXT_TO_IMAGE, label=later("Still model"))
            self.n = gr.Slider(1, MOST, value=2, step=1, label=t("Stills"), interactive=True)
            self.clip = ModelControls(Task.IMAGE_TO_VIDEO, label=later("Clip model"), folded=True)
            self.last_image = gr.Image(
                label=t("Last frame, if the clip is to end with one"),
                type="filepath",
                sources=["upload", "clipboard"],
                height=180,
                visible=False,
                elem_id="t2v-last",
            )

    def build_result(self) -> None:
        """On the side where things appear."""
        self.approved = gr.State(None)
        self.gallery = gr.Gallery(
            visible=False,
            columns=2,
            allow_preview=False,
            show_label=False,
            object_fit="contain",
            buttons=[],
            interactive=False,
            elem_classes="lr-cards lr-stills",
            elem_id="t2v-stills",
        )
        self.animate = gr.Button(
            t("Click the still you approve"), visible=False, elem_id="t2v-animate"
        )

    def wire(self) -> None:
        """Follow the model list, and the still that is approved."""
        cards = self._studio.cards
        self.stills.wire(cards)
        self.clip.wire(cards)
        gr.on(
            [cards.change, self.stills.model.change, self.clip.model.change],
            self._fit,
            [cards, self.stills.model, self.clip.model, self.n],
            [self.n, self.last_image],
            **AT_ONCE,
        )
        self.gallery.select(
            self._approve,
            [cards, self.clip.model],
            [self.approved, self.animate],
            **PRIVATE,
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What `still_request` reads."""
        return [self.n, *self.stills.inputs]

    @property
    def clip_inputs(self) -> list[gr.components.Component]:
        """What `create_clip` reads."""
        return [self.approved, self.last_image, *self.clip.inputs]

    @property
    def outputs(self) -> list[Any]:
        """What the updates below may name."""
        return [self.approved, self.gallery, self.animate]

    def clear(self) -> Update:
        """No stills, none approved."""
        return {
            self.approved: None,
            self.gallery: gr.Gallery(value=[], visible=False),
            self.animate: gr.Button(visible=False),
        }

    async def create_stills(self, user: str, prompt: str, values: Sequence[Any]) -> Job:
        """Queue the stills."""
        n, *controls = values
        fields = ControlValues(*controls).for_stills().request_fields()
        fields |= {"prompt": prompt, "n": n, "user": user or None}
        request = build_request(ImageGenerationRequest, fields)
        return await self._studio.client.generate_images(request)

    async def show(self, job: Job) -> Update:
        """The finished stills, to choose from."""
        stills = await self._studio.downloads.stills(job)
        return {
            self.gallery: gr.Gallery(stills, visible=True, columns=min(len(stills), 2)),
            self.animate: gr.Button(
                t("Click the still you approve"),
                visible=True,
                variant="secondary",
                interactive=False,
            ),
        }

    async def create_clip(self, cards: str, user: str, prompt: str, values: Sequence[Any]) -> Job:
        """Queue the clip of the approved still, with the prompt that the still was made of."""
        approved, last, *controls = values
        settings = ControlValues(*controls)
        card = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), settings.model)
        silent = card is not None and not card.limits.prompt
        words = {"prompt": "" if silent else prompt, "user": user or None}
        request = build_request(VideoCreateRequest, settings.request_fields() | words)
        takes_last = card is not None and card.limits.last_image is not Allowance.REFUSED
        return await self._studio.client.create_video(
            request,
            input_reference=Path(approved),
            last_image=Path(last) if last and takes_last else None,
        )

    def show_job(self, cards: str, job: Job) -> Update:
        """The settings of earlier stills, ready to run again."""
        found = cards_for(cards, Task.TEXT_TO_IMAGE)
        card = choose(found, job.model)
        if card is None:
            return {}
        updates = self.stills.show(found, card, ControlValues.of(job, card.id).for_stills())
        return dict(zip(self.stills.outputs, updates, strict=True)) | {self.n: job.params.n}

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return [*self.stills.outputs, self.n]

    def _fit(self, cards: str, still: str | None, clip: str | None, n: int) -> list[Any]:
        """As many stills as the model makes, and a last frame where the clip's model takes one."""
        maker = choose(cards_for(cards, Task.TEXT_TO_IMAGE), still)
        mover = choose(cards_for(cards, Task.IMAGE_TO_VIDEO), clip)
        most = min(maker.limits.max_images, MOST) if maker else MOST
        ends = mover is not None and mover.limits.last_image is not Allowance.REFUSED
        number = gr.Slider(maximum=max(most, 2), value=min(n, most), interactive=most > 1)
        return [number, gr.Image(visible=ends)]

    def settle(self, *runs: Any) -> None:
        """As `DressedStills.settle`."""
        inputs = [self._studio.cards, self.clip.model, self.approved]
        for run in runs:
            run.then(self._animate_button, inputs, self.animate, **PRIVATE)

    def _approve(self, cards: str, model: str | None, event: gr.SelectData) -> Any:
        still = event.value["image"]["path"]
        return still, self._animate_button(cards, model, still)

    def _animate_button(self, cards: str, model: str | None, approved: str | None) -> Any:
        if approved is None:
            return gr.skip()
        ready = is_ready(cards, model, Task.IMAGE_TO_VIDEO)
        return gr.Button(t("Animate this still"), variant="primary", interactive=ready)
