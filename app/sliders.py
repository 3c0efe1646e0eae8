"""A slider over the values that a model allows."""

import gradio as gr

from serve.protocol import Range


def slider(limits: Range | None, value: float | None, *, visible: bool = True) -> gr.Slider:
    """One that can be moved within `limits`; hidden where there are none."""
    if limits is None or value is None:
        return gr.Slider(visible=False)
    fixed = limits.minimum == limits.maximum
    # Gradio insists on a range; where the model leaves no choice, the slider just cannot be moved.
    maximum = limits.maximum + limits.step if fixed else limits.maximum
    return gr.Slider(
        minimum=whole(limits.minimum),
        maximum=whole(maximum),
        step=whole(limits.step),
        value=whole(value),
        interactive=not fixed,
        visible=visible,
    )


def whole(value: float) -> float:
    """Whole numbers as ``int``, so that a slider shows 16 rather than 16.0."""
    return int(value) if value == int(value) else value
