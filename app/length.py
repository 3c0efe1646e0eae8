"""How long a clip is: in seconds, which the frames that the model can make follow."""

from typing import Any

import gradio as gr

from app.sliders import slider, whole
from app.wiring import AT_ONCE
from app.words import t
from serve.protocol import Range

FRAMES_JS = """(seconds, fps, rule) => {
    const wanted = Math.min(Math.max(seconds * fps, rule.minimum), rule.maximum);
    return rule.minimum + Math.round((wanted - rule.minimum) / rule.step) * rule.step }"""
"""The allowed number of frames that comes nearest to so many seconds."""
SECONDS_JS = """(frames, fps, rule) => ({__type__: 'update', value: +(frames / fps).toFixed(1),
    minimum: +(rule.minimum / fps).toFixed(1), maximum: +(rule.maximum / fps).toFixed(1)})"""
NOTE_JS = """(frames, fps) => frames && fps ? '<p class="lr-seconds">' + `%s`
    .replace('{seconds}', `<b>${(frames / fps).toFixed(1)}</b>`)
    .replace('{frames}', frames) + '</p>' : ''"""


class Length:
    """Seconds in the open; frames and frames per second for who wants them exactly."""

    def __init__(self, *, visible: bool = True) -> None:
        self._visible = visible
        self.seconds = gr.Slider(
            label=t("Seconds"), step=0.1, interactive=True, min_width=160, visible=visible
        )
        self.rule = gr.JSON(visible=False)

    def build_note(self) -> None:
        """What the seconds came to."""
        self.note = gr.HTML(visible=self._visible)

    def build_exact(self) -> None:
        """Frames and their pace."""
        with gr.Row(elem_classes="lr-pair", visible=self._visible):
            self.num_frames = gr.Slider(label=t("Frames"), interactive=True, min_width=160)
            self.fps = gr.Slider(label=t("Frames per second"), interactive=True, min_width=160)

    def wire(self) -> None:
        """Keep seconds and frames together; all of it happens in the browser."""
        exact = [self.num_frames, self.fps]
        self.seconds.input(
            None, [self.seconds, self.fps, self.rule], self.num_frames, js=FRAMES_JS, **AT_ONCE
        )
        gr.on(
            [self.num_frames.input, self.fps.input],
            None,
            [*exact, self.rule],
            self.seconds,
            js=SECONDS_JS,
            **AT_ONCE,
        )
        note = NOTE_JS % t("{seconds} seconds, {frames} frames")
        gr.on([one.change for one in exact], None, exact, self.note, js=note, **AT_ONCE)

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `show` returns values for."""
        return [self.seconds, self.rule]

    def show(self, frames: Range, num_frames: int, fps: int) -> list[Any]:
        """The seconds that a model can make at that pace, set to so many frames."""
        seconds = Range(
            minimum=whole(round(frames.minimum / fps, 1)),
            maximum=whole(round(frames.maximum / fps, 1)),
            step=0.1,
        )
        at = round(num_frames / fps, 1)
        return [slider(seconds, at, visible=self._visible), frames.model_dump()]
