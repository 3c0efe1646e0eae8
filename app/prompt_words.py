"""Chips that put words into a prompt: of each kind one, and the prompt stays the user's."""

import json

import gradio as gr

from app.directions import CAMERAS, MOTIONS, PLACES
from app.words import later, t

GARMENTS = {
    later("Red dress"): "wearing a red dress",
    later("Striped shirt"): "wearing a navy striped shirt and beige trousers",
    later("Black blazer"): "wearing a black blazer",
    later("Yellow coat"): "wearing a yellow coat",
    later("Polka dots"): "wearing a teal polka dot dress",
}
KINDS = {
    later("Garment"): GARMENTS,
    later("Motion"): MOTIONS,
    later("Place"): {name: words for name, words in PLACES.items() if words},
    later("Camera"): CAMERAS,
}

ADD_JS = """(prompt) => {
    const words = WORDS, kind = KIND, text = (prompt || '').trim();
    const there = kind.find((other) => text.includes(other));
    if (there === words)
        return text.replace(words, '').replace(/\\s+,/g, ',').replace(/,(\\s*,)+/g, ',')
            .replace(/^[\\s,]+|[\\s,]+$/g, '').replace(/\\s{2,}/g, ' ');
    if (there) return text.replace(there, words);
    return text ? `${text}, ${words}` : START + words }"""
"""Adds the words, puts them in the place of others of their kind, or takes them out again."""
SOMEBODY = "a person "
"""How a prompt of chips alone begins."""


class PromptWords:
    """The chips, each kind in a row; `camera` is the row that sketch models have no use for."""

    def __init__(self, prompt: gr.Textbox) -> None:
        for kind, chips in KINDS.items():
            with gr.Row(elem_classes="lr-words") as row:
                gr.HTML(f'<p class="lr-hint">{t(kind)}</p>', elem_classes="lr-kind")
                for name, words in chips.items():
                    js = ADD_JS.replace("WORDS", json.dumps(words))
                    js = js.replace("KIND", json.dumps([*chips.values()]))
                    js = js.replace("START", json.dumps("" if chips is CAMERAS else SOMEBODY))
                    gr.Button(t(name), size="sm", min_width=20, elem_classes="lr-word").click(
                        None, prompt, prompt, js=js, api_visibility="private"
                    )
        self.camera = row
