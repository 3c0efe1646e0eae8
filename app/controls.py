"""Controls built from a model's card: its limits and its defaults."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import gradio as gr

from app.cards import cards_for, choose
from app.length import Length
from app.loras import LoraControls
from app.model_notes import missing_note, model_choices, model_note
from app.presets import size_choices, steps_for
from app.sliders import slider
from app.wiring import AT_ONCE
from app.words import later, t
from serve.protocol import Job, Limits, ModelCard, Task

AS_PHOTO = ""
"""In place of a size: of the model's sizes the one with the photo's shape."""
SAME_JS = "(value) => value"


@dataclass(frozen=True)
class ControlValues:
    """What the controls say; ``None`` where a control is empty, which means the model's default."""

    model: str | None
    size: str | None
    num_frames: int | None
    fps: int | None
    num_inference_steps: int | None
    guidance_scale: float | None
    negative_prompt: str | None
    seed: int | None
    motion_bucket_id: int | None = None
    loras: dict[str, float] | None = None
    embed_inputs: bool | None = None

    @classmethod
    def of(cls, job: Job, model: str) -> Self:
        """The controls as they were for that job."""
        params = job.params
        return cls(
            model=model,
            size=job.size,
            num_frames=params.num_frames,
            fps=params.fps,
            num_inference_steps=params.num_inference_steps,
            guidance_scale=params.guidance_scale,
            negative_prompt=params.negative_prompt,
            seed=params.seed,
            motion_bucket_id=params.motion_bucket_id,
            loras=params.loras,
        )

    def for_stills(self) -> Self:
        """The same without what only a clip has."""
        return replace(self, num_frames=None, fps=None)

    def request_fields(self) -> dict[str, Any]:
        """The fields by the names they have in a request, without the empty ones."""
        given = {
            name: value for name, value in vars(self).items() if value is not None and value != {}
        }
        if self.size == AS_PHOTO:
            del given["size"]
        return given


class ModelControls:
    """The model, shape, length and quality in the open; the rest, or with `folded` all, in a fold.

    Where stills are made, nothing that only a clip has is shown; nor, where clips are not `timed`,
    how long they are. Labels are given as `later` texts.
    """

    def __init__(
        self,
        *tasks: Task,
        label: str = later("Model"),
        folded: bool = False,
        timed: bool = True,
        fold_label: str = later("Clip settings"),
    ) -> None:
        self.tasks = tasks
        self.timed = timed and not all(task.makes_stills for task in tasks)
        if folded:
            with gr.Accordion(t(fold_label), open=False, elem_classes="lr-advanced") as self.fold:
                self._build_main(label)
                self._build_advanced()
            return
        self._build_main(label)
        with gr.Accordion(t("Advanced"), open=False, elem_classes="lr-advanced"):
            self._build_advanced()

    def _build_main(self, label: str) -> None:
        self.model = gr.Dropdown(label=t(label), choices=[], interactive=True)
        self.note = gr.HTML(elem_classes="lr-note")
        self.missing = gr.HTML(elem_classes="lr-note")
        with gr.Row(elem_classes="lr-pair"):
            self.size = gr.Dropdown(label=t("Shape"), choices=[], interactive=True, min_width=160)
            self.length = Length(visible=self.timed)
        self.length.build_note()
        self.quality = gr.Radio(
            [], label=t("Quality"), interactive=True, visible=False, elem_classes="lr-chips"
        )
        self.motion = gr.Slider(label=t("Motion strength"), interactive=True, visible=False)
        # A slider cannot be empty, which is what it must be for models that can't be told.
        self.motion_bucket_id = gr.Number(precision=0, visible=False)

    def _build_advanced(self) -> None:
        self.length.build_exact()
        with gr.Row(elem_classes="lr-pair"):
            self.num_inference_steps = gr.Slider(label=t("Steps"), interactive=True, min_width=160)
            self.guidance_scale = gr.Slider(label=t("Guidance"), interactive=True, min_width=160)
        self.seed = gr.Number(label=t("Seed"), placeholder=t("a new one each time"), precision=0)
        self.negative_prompt = gr.Textbox(label=t("Negative prompt"), lines=2)
        self.loras = LoraControls()

    def wire(self, cards: gr.State) -> None:
        """Follow the model list, the user's choice of a model, the length and the quality."""
        asked = [cards, self.model]
        cards.change(self.refresh, asked, self.outputs, **AT_ONCE)
        cards.change(missing_note, cards, self.missing, **AT_ONCE)
        self.model.input(self.select, asked, self.outputs, **AT_ONCE)
        steps = self.num_inference_steps
        self.quality.input(None, self.quality, steps, js=SAME_JS, **AT_ONCE)
        steps.change(None, steps, self.quality, js=SAME_JS, **AT_ONCE)
        self.motion.input(None, self.motion, self.motion_bucket_id, js=SAME_JS, **AT_ONCE)
        self.length.wire()
        self.loras.wire()

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order of `ControlValues`."""
        return [
            self.model,
            self.size,
            self.length.num_frames,
            self.length.fps,
            self.num_inference_steps,
            self.guidance_scale,
            self.negative_prompt,
            self.seed,
            self.motion_bucket_id,
            self.loras.chosen,
        ]

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `refresh`, `select` and `show` return values for."""
        own = [*self.inputs, self.note, self.quality, self.motion]
        return [*own, *self.length.outputs, *self.loras.outputs]

    def refresh(self, cards: str, model: str | None) -> list[Any]:
        """Follow a changed model list without touching what the user has set."""
        found = cards_for(cards, *self.tasks)
        card = choose(found, model)
        if card is not None and card.id != model:
            return self.show(found, card)
        updates = [gr.skip()] * len(self.outputs)
        updates[0] = gr.Dropdown(choices=model_choices(found), **({} if card else {"value": None}))
        updates[len(self.inputs)] = model_note(card) if card else ""
        return updates

    def select(self, cards: str, model: str | None) -> list[Any]:
        """Take over the limits and defaults of a model that the user chose."""
        found = cards_for(cards, *self.tasks)
        card = choose(found, model)
        return self.show(found, card) if card else [gr.skip()] * len(self.outputs)

    def show(
        self, cards: Sequence[ModelCard], card: ModelCard, values: ControlValues | None = None
    ) -> list[Any]:
        """The controls of one model, at its defaults or at the given values."""
        set_to = values.request_fields() if values else {}
        sizes = self._sizes(card.limits)
        at = card.defaults.model_dump() | {"size": sizes[0][1], "seed": None} | set_to
        limits = card.limits
        return [
            gr.Dropdown(choices=model_choices(cards), value=card.id),
            gr.Dropdown(choices=sizes, value=at["size"]),
            slider(limits.num_frames, at["num_frames"]),
            slider(limits.fps, at["fps"], visible=not limits.keeps_fps),
            slider(limits.num_inference_steps, at["num_inference_steps"]),
            slider(limits.guidance_scale, at["guidance_scale"]),
            gr.Textbox(at["negative_prompt"], visible=limits.negative_prompt),
            at["seed"],
            at["motion_bucket_id"],
            at.get("loras") or {},
            model_note(card),
            _quality(card, at["num_inference_steps"]),
            slider(limits.motion_bucket_id, at["motion_bucket_id"]),
            *self.length.show(limits.num_frames, at["num_frames"], at["fps"]),
            *self.loras.show(card.loras, at.get("loras") or {}),
        ]

    def _sizes(self, limits: Limits) -> list[tuple[str, str]]:
        """The model's own default first, or before it the shape of the photo that there is."""
        if all(task.starts_from_words for task in self.tasks):
            first = limits.sizes[0]
            return sorted(size_choices(limits.sizes), key=lambda choice: choice[1] != first)
        repaints = self.tasks == (Task.VIDEO_TO_VIDEO,)
        as_given = t("As the clip") if repaints else t("As the photo")
        return [(as_given, AS_PHOTO), *size_choices(limits.sizes)]


def _quality(card: ModelCard, steps: int) -> gr.Radio:
    """Draft, standard and final by their steps; hidden where the model leaves no choice."""
    choices = [
        (t("{quality} · {n} steps", quality=t(name), n=number), number)
        for name, number in steps_for(card).items()
    ]
    return gr.Radio(choices, value=steps, visible=len(choices) > 1)
