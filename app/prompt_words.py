"""Chips that put words into a prompt: of each kind one, and the prompt stays the user's."""

import json

import gradio as gr

from app.directions import CAMERAS, MOTIONS, PLACES, motions_for
from app.words import later, t
from serve.protocol import ModelCard

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
    """The chips, each kind in a row."""

    def __init__(self, prompt: gr.Textbox) -> None:
        self._motions: dict[str, gr.Button] = {}
        for kind, chips in KINDS.items():
            with gr.Row(elem_classes="lr-words") as row:
                gr.HTML(f'<p class="lr-hint">{t(kind)}</p>', elem_classes="lr-kind")
                for name, words in chips.items():
                    js = ADD_JS.replace("WORDS", json.dumps(words))
                    js = js.replace("KIND", json.dumps([*chips.values()]))
                    js = js.replace("START", json.dumps("" if chips is CAMERAS else SOMEBODY))
                    chip = gr.Button(t(name), size="sm", min_width=20, elem_classes="lr-word")
                    chip.click(None, prompt, prompt, js=js, api_visibility="private")
                    if chips is MOTIONS:
                        self._motions[name] = chip
        self._camera = row

    @property
    def outputs(self) -> list[gr.Row | gr.Button]:
        """What `fit` shows or hides."""
        return [self._camera, *self._motions.values()]

    def fit(self, card: ModelCard | None) -> list[gr.Row | gr.Button]:
        """Only what means something to this model: a sketch has no camera and fewer motions."""
        known = motions_for(card)
        camera = gr.Row(visible=card is None or not card.sketch)
        return [camera, *(gr.Button(visible=name in known) for name in self._motions)]
