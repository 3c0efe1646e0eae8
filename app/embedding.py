"""The choice to send the pictures along in the files that are made of them."""

import gradio as gr

from app.words import t


def embedding_box() -> gr.Checkbox:
    """Off unless it is ticked: not everybody who gets a clip is to get the photos."""
    return gr.Checkbox(
        label=t("Keep my pictures in the file"),
        info=t("Whoever gets the file can see them, and make it again."),
        elem_classes="lr-check",
        elem_id="tryon-embed",
    )
