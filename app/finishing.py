"""*Make it final*: a clip once more, with its seed and as many steps as do it good."""

from dataclasses import replace

import gradio as gr

from app.cards import cards_for
from app.controls import ControlValues
from app.presets import final_steps
from app.words import t
from serve.protocol import Job, JobStatus, ModelCard


def final_values(cards: str, job: Job) -> ControlValues | None:
    """The settings of the final clip of this draft; None where there is none to be had."""
    card = _card_of(cards, job)
    if card is None or job.status is not JobStatus.COMPLETED or job.object != "video":
        return None
    steps = final_steps(card)
    if job.params.num_inference_steps >= steps:
        return None
    return replace(ControlValues.of(job, card.id), num_inference_steps=steps)


def final_button(cards: str, job: Job) -> gr.Button:
    """Shown where more steps than the clip's would do it good."""
    possible = final_values(cards, job) is not None
    return gr.Button(t("Make it final"), visible=possible, interactive=True)


def _card_of(cards: str, job: Job) -> ModelCard | None:
    return next((card for card in cards_for(cards, job.task) if card.id == job.model), None)
