"""Controls built from a model's card: its limits and its defaults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import gradio as gr

from app.cards import cards_for, choose, size_choices
from app.model_notes import model_choices, model_note
from serve.protocol import Job, Limits, ModelCard, Range, Task

SECONDS_JS = """(frames, fps) => frames && fps
    ? `<p class="lr-seconds"><b>${(frames / fps).toFixed(1)} s</b> of film</p>` : ''"""

AS_PHOTO = ""
"""In place of a size: of the model's sizes the one with the photo's shape."""


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
        )

    def request_fields(self) -> dict[str, Any]:
        """The fields by the names they have in a request, without the empty ones."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        if self.size == AS_PHOTO:
            del given["size"]
        return given


class ModelControls:
    """The model, size and length in the open; the rest, or with `folded` all, under a fold."""

    def __init__(self, *tasks: Task, label: str = "Model", folded: bool = False) -> None:
        self.tasks = tasks
        if folded:
            with gr.Accordion("Clip settings", open=False, elem_classes="lr-advanced"):
                self._build_main(label)
                self._build_advanced()
            return
        self._build_main(label)
        with gr.Accordion("Advanced", open=False, elem_classes="lr-advanced"):
            self._build_advanced()

    def _build_main(self, label: str) -> None:
        self.model = gr.Dropdown(label=label, choices=[], interactive=True)
        self.note = gr.HTML(elem_classes="lr-note")
        with gr.Row(elem_classes="lr-pair"):
            self.size = gr.Dropdown(label="Size", choices=[], interactive=True, min_width=120)
            self.num_frames = gr.Slider(label="Frames", interactive=True, min_width=160)
        self.seconds = gr.HTML()

    def _build_advanced(self) -> None:
        with gr.Row(elem_classes="lr-pair"):
            self.fps = gr.Slider(label="Frames per second", interactive=True, min_width=160)
            self.num_inference_steps = gr.Slider(label="Steps", interactive=True, min_width=160)
        with gr.Row(elem_classes="lr-pair"):
            self.guidance_scale = gr.Slider(label="Guidance", interactive=True, min_width=160)
            self.seed = gr.Number(
                label="Seed", placeholder="a new one each time", precision=0, min_width=160
            )
        self.negative_prompt = gr.Textbox(label="Negative prompt", lines=2)

    def wire(self, cards: gr.State) -> None:
        """Follow the model list, the user's choice of a model, and the length in seconds."""
        cards.change(
            self.refresh,
            [cards, self.model],
            self.outputs,
            show_progress="hidden",
            api_visibility="private",
            queue=False,
        )
        self.model.input(
            self.select,
            [cards, self.model],
            self.outputs,
            show_progress="hidden",
            api_visibility="private",
            queue=False,
        )
        gr.on(
            [self.num_frames.change, self.fps.change],
            None,
            [self.num_frames, self.fps],
            self.seconds,
            js=SECONDS_JS,
            api_visibility="private",
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order of `ControlValues`."""
        return [
            self.model,
            self.size,
            self.num_frames,
            self.fps,
            self.num_inference_steps,
            self.guidance_scale,
            self.negative_prompt,
            self.seed,
        ]

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `refresh`, `select` and `show` return values for."""
        return [*self.inputs, self.note]

    def refresh(self, cards: str, model: str | None) -> list[Any]:
        """Follow a changed model list without touching what the user has set."""
        found = cards_for(cards, *self.tasks)
        card = choose(found, model)
        if card is None:
            return [gr.Dropdown(choices=[], value=None)] + [gr.skip()] * 7 + [""]
        if card.id != model:
            return self.show(found, card)
        return [gr.Dropdown(choices=model_choices(found))] + [gr.skip()] * 7 + [model_note(card)]

    def select(self, cards: str, model: str | None) -> list[Any]:
        """Take over the limits and defaults of a model that the user chose."""
        found = cards_for(cards, *self.tasks)
        card = choose(found, model)
        return self.show(found, card) if card else [gr.skip()] * 9

    def show(
        self, cards: Sequence[ModelCard], card: ModelCard, values: ControlValues | None = None
    ) -> list[Any]:
        """The controls of one model, at its defaults or at the given values."""
        set_to = values.request_fields() if values else {}
        size = card.limits.sizes[0] if self._free else AS_PHOTO
        at = card.defaults.model_dump() | {"size": size, "seed": None} | set_to
        limits = card.limits
        return [
            gr.Dropdown(choices=model_choices(cards), value=card.id),
            gr.Dropdown(choices=self._sizes(limits), value=at["size"]),
            _slider(limits.num_frames, at["num_frames"]),
            _slider(limits.fps, at["fps"]),
            _slider(limits.num_inference_steps, at["num_inference_steps"]),
            _slider(limits.guidance_scale, at["guidance_scale"]),
            gr.Textbox(at["negative_prompt"], visible=limits.negative_prompt),
            at["seed"],
            model_note(card),
        ]

    @property
    def _free(self) -> bool:
        """Whether no photo says what shape the clip is to have."""
        return self.tasks == (Task.TEXT_TO_VIDEO,)

    def _sizes(self, limits: Limits) -> list[tuple[str, str]]:
        shapes = size_choices(limits)
        return shapes if self._free else [("As the photo", AS_PHOTO), *shapes]


def _slider(limits: Range, value: float) -> gr.Slider:
    fixed = limits.minimum == limits.maximum
    # Gradio insists on a range; where the model leaves no choice, the slider just cannot be moved.
    maximum = limits.maximum + limits.step if fixed else limits.maximum
    return gr.Slider(
        minimum=_number(limits.minimum),
        maximum=_number(maximum),
        step=_number(limits.step),
        value=_number(value),
        interactive=not fixed,
    )


def _number(value: float) -> float:
    """Whole numbers as ``int``, so that a slider shows 16 rather than 16.0."""
    return int(value) if value == int(value) else value
